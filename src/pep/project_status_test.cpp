#include "pep/project_status.hpp"

#include <gtest/gtest.h>

namespace packhouse {
namespace {

TEST(ProjectStatus, says_what_may_be_done) {
  // PEP 792
  const std::tuple<const char*, bool, bool> rows[] = {{"active", true, true},
                                                      {"archived", false, true},
                                                      {"quarantined", false, false},
                                                      {"deprecated", true, true}};
  for (const auto& [text, uploads, files] : rows) {
    const auto status = parse_project_status(text);
    ASSERT_TRUE(status.ok());
    EXPECT_EQ(to_string(*status), text);
    EXPECT_EQ(accepts_uploads(*status), uploads) << text;
    EXPECT_EQ(offers_files(*status), files) << text;
  }
}

TEST(ProjectStatus, refuses_other_words) {
  EXPECT_EQ(parse_project_status("Active").error().message,
            "expected one of active, archived, quarantined and deprecated, found \"Active\"");
}

}  // namespace
}  // namespace packhouse
