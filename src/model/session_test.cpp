#include "model/session.hpp"

#include <gtest/gtest.h>

namespace packhouse {
namespace {

TEST(Session, states_have_the_names_of_pep_694) {
  for (const auto status : {SessionStatus::open, SessionStatus::published, SessionStatus::canceled})
    EXPECT_EQ(*parse_session_status(to_string(status)), status);
  for (const auto status :
       {StagedStatus::pending, StagedStatus::completed, StagedStatus::error, StagedStatus::canceled})
    EXPECT_EQ(*parse_staged_status(to_string(status)), status);
  EXPECT_EQ(to_string(SessionStatus::canceled), "canceled");
  EXPECT_EQ(parse_session_status("cancelled").error().message,
            "expected a state of PEP 694, found \"cancelled\"");
  EXPECT_EQ(parse_staged_status("").error().code, Errc::invalid_input);
}

TEST(Session, finds_its_files_by_name) {
  Session session{.release = *ReleaseName::parse("demo", "1.0"),
                  .token = {},
                  .owner = {},
                  .created = {},
                  .expires = {},
                  .files = {}};
  StagedFile file;
  file.id = 7;
  file.filename = "a.whl";
  session.files.push_back(std::move(file));
  ASSERT_NE(session.find("a.whl"), nullptr);
  EXPECT_EQ(session.find("a.whl")->id, 7);
  EXPECT_EQ(session.find("b.whl"), nullptr);
}

}  // namespace
}  // namespace packhouse
