#include "base/redactor.hpp"

#include <gtest/gtest.h>

#include "base/text.hpp"

namespace packhouse {
namespace {

class RedactorOfOneSecret : public ::testing::Test {
 protected:
  RedactorOfOneSecret() { redactor_.add_basic("__token__", Secret{"p@ss/w\"rd+1"}); }
  Redactor redactor_;
};

TEST_F(RedactorOfOneSecret, masks_every_spelling) {
  for (const std::string& spelling :
       {std::string("p@ss/w\"rd+1"), std::string("p%40ss%2Fw%22rd%2B1"), std::string("p%40ss%2fw%22rd%2b1"),
        std::string("p@ss/w\\\"rd+1"), to_base64("p@ss/w\"rd+1"), to_base64("__token__:p@ss/w\"rd+1"),
        to_base64("x:p@ss/w\"rd+1"), to_base64("xy:p@ss/w\"rd+1"), to_base64("xyz:p@ss/w\"rd+1"),
        to_base64url("__token__:p@ss/w\"rd+1")}) {
    const std::string shown = redactor_.redact("before " + spelling + " after");
    EXPECT_TRUE(shown.starts_with("before ")) << shown;
    EXPECT_NE(shown.find("****"), std::string::npos) << spelling << " was shown as " << shown;
    EXPECT_EQ(shown.find(spelling), std::string::npos);
  }
}

TEST_F(RedactorOfOneSecret, finds_a_secret_split_at_any_byte) {
  const std::string text = "user p@ss/w\"rd+1 end";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    RedactingStream stream{redactor_};
    std::string shown = stream.feed(text.substr(0, cut));
    shown += stream.feed(text.substr(cut));
    shown += stream.finish();
    EXPECT_EQ(shown, "user **** end") << "cut at " << cut;
  }
}

TEST_F(RedactorOfOneSecret, finds_a_secret_fed_byte_by_byte) {
  RedactingStream stream{redactor_};
  std::string shown;
  for (const char c : std::string("a p@ss/w\"rd+1 b p@ss/w\"rd+1"))
    shown += stream.feed(std::string(1, c));
  shown += stream.finish();
  EXPECT_EQ(shown, "a **** b ****");
}

TEST(Redactor, without_secrets_changes_nothing) {
  RedactingStream stream{Redactor{}};
  const Redactor none;
  EXPECT_EQ(none.redact("plain"), "plain");
}

TEST(Secret, prints_as_stars_and_compares_by_value) {
  EXPECT_EQ(format_as(Secret{"x"}), "****");
  EXPECT_EQ(Secret{"same"}, Secret{"same"});
  EXPECT_FALSE(Secret{"same"} == Secret{"samf"});
}

TEST(Secret, a_moved_from_secret_is_empty) {
  Secret from{"short"};
  const Secret to = std::move(from);
  EXPECT_EQ(to.reveal(), "short");
  EXPECT_TRUE(from.empty());  // NOLINT(bugprone-use-after-move): the point
}

}  // namespace
}  // namespace packhouse
