#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mlo/data/drift.h"
#include "mlo/data/table.h"

namespace mlo::data {

/// One column of the rows that a classifier looks at, the reference's first.
using DomainFeature = std::vector<std::uint8_t>;
DomainFeature domain_feature(const Table& reference, const Table& current,
                             const std::string& column);

/// Of both whole tables.
struct DomainRows {
  std::int64_t reference = 0;
  std::int64_t current = 0;
};

/// How well a classifier tells rows of the two tables apart by these columns: what no single column
/// shows (two that no longer go together) shows here.
///
/// Gradient-boosted trees (logistic loss, 40 rounds of depth 3, learning rate 0.3) over at most 32
/// bins a column, five-fold cross-validation, at most 10,000 evenly spaced rows a side, both sides
/// weighing the same. The same to the byte for every thread count.
/// Source: Friedman, Ann. Stat. 29 (2001), 1189–1232; for the idea Lopez-Paz & Oquab, Revisiting
/// Classifier Two-Sample Tests, ICLR (2017).
DomainClassifier domain_classifier(const std::vector<std::string>& columns,
                                   const std::vector<DomainFeature>& features,
                                   const DomainRows& tables, int threads);

}  // namespace mlo::data
