#include "console/command_outcome.hpp"

#include <gtest/gtest.h>

namespace packhouse::console {
namespace {

Check check_of(std::string id, bool passed) {
  Check check;
  check.id = std::move(id);
  check.passed = passed;
  return check;
}

json::Object document_of(std::string_view outcome) {
  return {{"outcome", outcome}, {"project", "demo-lib"}, {"version", "1.2.3"}, {"run", 42}};
}

TEST(Headline, has_the_project_the_version_the_run_and_the_outcome) {
  EXPECT_EQ(headline(document_of("released")), "demo-lib 1.2.3, run 42: released");
}

TEST(Headline, names_the_checks_that_refused_and_no_others) {
  auto document = document_of("refused");
  document["checks"] = to_json(
      Checks{check_of("run.event", true), check_of("run.status", false), check_of("run.conclusion", false)});
  EXPECT_EQ(headline(document), "demo-lib 1.2.3, run 42: refused by run.status, run.conclusion");
}

TEST(Headline, has_the_error_and_not_the_checks_before_it) {
  auto document = document_of("error");
  document["checks"] = to_json(Checks{check_of("run.status", false)});
  document["error"] = to_json(Error{Errc::unavailable, "no answer"});
  EXPECT_EQ(headline(document), "demo-lib 1.2.3, run 42: error: no answer");
}

TEST(Headline, of_a_command_that_names_no_release_is_the_program_s) {
  EXPECT_EQ(headline({{"outcome", "error"}, {"error", to_json(Error{Errc::invalid_input, "no secret"})}}),
            "packhouse: error: no secret");
}

}  // namespace
}  // namespace packhouse::console
