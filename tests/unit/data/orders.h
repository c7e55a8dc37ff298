#pragma once

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "mlo/data/contract.h"
#include "unit/data/tables.h"

// Five orders, and contracts that are held against them.

namespace mlo::data {

inline constexpr auto kOrders =
    "id,customer,store,amount,start,end,day\n"
    "1,a,north,10,1,2,2026-03-01\n"
    "2,b,north,20,2,2,2026-03-02\n"
    "3,a,south,30,3,9,2026-03-03\n"
    "4,c,south,40,5,4,2026-03-04\n"
    "4,a,south,,6,7,2026-03-03\n";

/// A contract of the orders with further keys of the table and of its column `amount`.
inline std::string contract_text(const std::string& table, const std::string& amount = "",
                                 const std::string& top = "") {
  return R"(apiVersion: v3.1.0
kind: DataContract
id: orders
version: 1.0.0
status: active
)" + top +
         R"(schema:
  - name: orders
)" + table +
         R"(    properties:
      - {name: id, logicalType: integer}
      - {name: customer, logicalType: string}
      - {name: store, logicalType: string}
      - name: amount
        logicalType: number
)" + amount +
         R"(      - {name: start, logicalType: integer}
      - {name: end, logicalType: integer}
      - {name: day, logicalType: date}
)";
}

/// 2026-03-05T12:00:00Z
inline const CheckSituation kNoon{.now = {1'772'712'000'000'000}};

struct Orders {
  Folder folder;

  [[nodiscard]] std::vector<CheckResult> judge(const std::string& text,
                                               CheckSituation situation = kNoon) const {
    situation.folder = folder.path();
    const auto contract = parse_contract(text, "orders.yaml");
    // What is written says the same.
    const auto again = parse_contract(format_contract(contract), "again.yaml");
    CHECK(again.rules == contract.rules);
    return check_file(contract, folder.write("orders.csv", kOrders), "orders.csv", situation);
  }
  [[nodiscard]] CheckResult rule(const std::string& table, const std::string& name,
                                 const std::string& amount = "",
                                 const std::string& top = "") const {
    for (auto& result : judge(contract_text(table, amount, top)))
      if (result.name == name) return result;
    FAIL("no rule is called " << name);
    return {};
  }
};

inline std::string quality(const std::string& rule) {
  return "    quality:\n      - " + rule + "\n";
}
inline std::string amount_quality(const std::string& rule) {
  return "        quality:\n          - " + rule + "\n";
}
inline std::string expression(const std::string& sql, const std::string& more = "") {
  return quality("{type: custom, engine: mlo, implementation: {expression: \"" + sql + "\"}" +
                 more + "}");
}

}  // namespace mlo::data
