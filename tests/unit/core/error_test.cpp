#include "mlo/core/error.h"

#include <cerrno>
#include <stdexcept>

#include <catch2/catch.hpp>

using namespace mlo;

TEST_CASE("an error carries what was being done, innermost first", "[error]") {
  try {
    in_context("outer", [] {
      in_context("inner", [] { throw Error(ErrorKind::conflict, "no '{}'", 1).hint("go"); });
    });
    FAIL("nothing was thrown");
  } catch (const Error& error) {
    CHECK(error.message() == "no '1'");
    CHECK(error.context() == std::vector<std::string>{"inner", "outer"});
    CHECK(error.hint() == "go");
  }
}

TEST_CASE("each kind has the exit code of the command contract", "[error]") {
  CHECK(exit_code(ErrorKind::usage) == 2);
  CHECK(exit_code(ErrorKind::not_found) == 3);
  CHECK(exit_code(ErrorKind::bad_input) == 3);
  CHECK(exit_code(ErrorKind::conflict) == 4);
  CHECK(exit_code(ErrorKind::integrity) == 5);
  CHECK(exit_code(ErrorKind::not_allowed) == 6);
  CHECK(exit_code(ErrorKind::unavailable) == 7);
  CHECK(exit_code(ErrorKind::interrupted) == 130);
}

TEST_CASE("a full disk says that nothing is lost", "[error]") {
  const auto error = system_error(ENOSPC, "write");
  CHECK(error.kind() == ErrorKind::unavailable);
  CHECK(error.hint().find("nothing that was stored is lost") != std::string::npos);
  CHECK(system_error(EROFS, "write").kind() == ErrorKind::not_allowed);
}

TEST_CASE("what may not be done points to the deepest place that can be looked at", "[error]") {
  const auto error = system_error(EACCES, "open", "/proc/not-there/file");
  CHECK(error.message() == "cannot open '/proc/not-there/file': Permission denied");
  CHECK(error.hint() == "see who may: namei -l '/proc'");
  CHECK(system_error(EROFS, "open", "not-there").hint() ==
        "its file system is mounted read-only: findmnt -T '.'");
}

TEST_CASE("a broken promise of ours is a logic error with its place", "[error]") {
  CHECK_THROWS_AS(invariant(false, "one is two"), std::logic_error);
  CHECK_NOTHROW(invariant(true, "one is one"));
}
