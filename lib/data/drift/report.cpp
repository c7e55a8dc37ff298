#include "mlo/data/drift.h"

namespace mlo::data {
namespace {

Json texts(const std::vector<std::string>& all) {
  return Json::Array(all.begin(), all.end());
}
Json numbers(const std::vector<double>& all) {
  return Json::Array(all.begin(), all.end());
}
Json or_null(const std::optional<double>& value) {
  return value ? Json(*value) : Json();
}

Json to_json(const std::optional<ValueChange>& change) {
  if (!change) return {};
  return Json::object(
      {{"count", change->count}, {"share", change->share}, {"examples", texts(change->examples)}});
}

Json to_json(const std::optional<ColumnDrift::Text>& text) {
  if (!text) return {};
  return Json::object({{"length", Json::object({{"reference", text->reference_length},
                                                {"current", text->current_length}})},
                       {"out_of_vocabulary", text->out_of_vocabulary}});
}

Json to_json(const std::optional<DomainClassifier>& classifier) {
  if (!classifier) return {};
  Json importance = Json::array();
  for (const auto& [name, share] : classifier->importance)
    importance.add(Json::object({{"name", name}, {"importance", share}}));
  return Json::object({{"rows", classifier->rows},
                       {"roc_auc", classifier->roc_auc},
                       {"threshold", classifier->threshold},
                       {"columns", std::move(importance)}});
}

Json to_json(const ColumnDrift& column) {
  return Json::object({{"name", column.name},
                       {"type", column.type},
                       {"current_type", column.current_type},
                       {"kind", column.kind},
                       {"method", column.method},
                       {"statistic", column.statistic},
                       {"p_value", or_null(column.p_value)},
                       {"p_adjusted", or_null(column.p_adjusted)},
                       {"threshold", column.threshold},
                       {"drifted", column.drifted},
                       {"change", column.change.empty() ? Json() : Json(column.change)},
                       {"rank", column.rank},
                       {"contribution", column.contribution},
                       {"missing", Json::object({{"reference", column.reference_missing},
                                                 {"current", column.current_missing}})},
                       {"out_of_range", or_null(column.out_of_range)},
                       {"new_values", to_json(column.new_values)},
                       {"vanished_values", to_json(column.vanished_values)},
                       {"text", to_json(column.text)},
                       {"bins", texts(column.bins)},
                       {"edges", column.edges.empty() ? Json() : numbers(column.edges)},
                       {"reference", numbers(column.reference)},
                       {"current", numbers(column.current)}});
}

}  // namespace

Json to_json(const DriftReport& report) {
  Json columns = Json::array();
  for (const auto& column : report.columns) columns.add(to_json(column));
  return Json::object({{"rows", Json::object({{"reference", report.reference_rows},
                                              {"current", report.current_rows}})},
                       {"columns", std::move(columns)},
                       {"missing_columns", texts(report.missing_columns)},
                       {"new_columns", texts(report.new_columns)},
                       {"classifier", to_json(report.classifier)},
                       {"drifted_share", report.drifted_share},
                       {"drifted", report.drifted}});
}

}  // namespace mlo::data
