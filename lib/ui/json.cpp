#include "mlo/ui/view.h"

namespace mlo::ui {

std::string to_json(const View& view) {
  Json document = Json::object({{"shape", view.shape}});
  for (const auto& field : view.fields)
    if (!field.key.empty()) document.set(field.key, field.value);
  return document.dump() + '\n';
}

std::string to_json(const Error& error) {
  Json context = Json::array();
  for (const auto& line : error.context()) context.add(line);
  const Json body = Json::object({{"kind", name_of(error.kind())},
                                  {"message", error.message()},
                                  {"context", std::move(context)},
                                  {"hint", error.hint()},
                                  {"exit_code", exit_code(error.kind())}});
  return Json::object({{"error", body}}).dump() + '\n';
}

}  // namespace mlo::ui
