#include "client/session_uploader.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "base/redactor.hpp"
#include "http/retry.hpp"
#include "sys/clock.hpp"

namespace packhouse::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string root = "https://index.example/upload/";
const std::string own = root + "phs_secret";

http::ClientResponse answer(int status, std::string body, std::string type = "application/problem+json") {
  http::ClientResponse response;
  response.status = status;
  response.headers.add("Content-Type", std::move(type));
  response.body = std::move(body);
  return response;
}

std::string session_json(std::string_view status, std::string_view files = "{}",
                         std::string_view stage = "https://index.example/stage/phs_secret/simple/") {
  return fmt::format(
      R"({{"status":"{}","links":{{"session":"{}","upload":"{}/files","publish":"{}/publish","stage":"{}"}},)"
      R"("files":{}}})",
      status, own, own, own, stage, files);
}

std::string problem(std::string_view detail) {
  return fmt::format(R"({{"meta":{{"api-version":"2.0"}},"detail":"{}","errors":[]}})", detail);
}

/// Gives its answers in turn and remembers what was asked.
class ScriptedIndex final : public http::Client {
 public:
  Result<http::ClientResponse> send(const http::ClientRequest& request) override {
    asked.push_back(std::string(to_string(request.method)) + " " + request.url);
    if (answers.empty()) return Error{Errc::internal, "the script has no further answer"};
    auto next = std::move(answers.front());
    answers.pop_front();
    return next;
  }
  std::deque<Result<http::ClientResponse>> answers;
  std::vector<std::string> asked;
};

class StagerTest : public ::testing::Test {
 protected:
  Result<UploadSession> open() { return stager_.open(*ReleaseName::parse("demo", "1.0")); }
  UploadSession session() {
    index_.answers.emplace_back(answer(201, session_json("open")));
    auto opened = open();
    EXPECT_TRUE(opened.ok());
    index_.asked.clear();
    return *opened;
  }

  ScriptedIndex index_;
  SessionClient client_{index_, {.url = *http::Url::parse(root), .auth = std::nullopt}};
  ManualClock clock_{Timestamp(std::chrono::seconds(1'800'000'000))};
  Redactor redactor_;
  std::string said_;
  console::Console console_{{.text = [this](std::string_view text) { said_ += text; }}, redactor_, clock_};
  SessionUploader stager_{client_, clock_, console_};
};

TEST_F(StagerTest, knows_an_index_by_the_form_of_its_refusal) {
  index_.answers.emplace_back(answer(405, problem("POST here")));
  EXPECT_TRUE(stager_.is_possible().value());
  index_.answers.emplace_back(answer(404, "<h1>Not found</h1>", "text/html"));
  EXPECT_FALSE(stager_.is_possible().value());
  index_.answers.emplace_back(answer(404, R"({"meta":{"api-version":"3.0"}})"));
  EXPECT_FALSE(stager_.is_possible().value());
  index_.answers.emplace_back(answer(200, "{}", "application/json"));
  EXPECT_FALSE(stager_.is_possible().value());
  EXPECT_THAT(index_.asked, ElementsAre("GET " + root, "GET " + root, "GET " + root, "GET " + root));
}

TEST_F(StagerTest, an_index_that_is_unwell_is_asked_again_and_not_taken_for_one_without_sessions) {
  index_.answers.emplace_back(answer(500, "<h1>Oops</h1>", "text/html"));
  index_.answers.emplace_back(answer(405, "{\"meta\":"));
  index_.answers.emplace_back(answer(405, problem("POST here")));
  EXPECT_TRUE(stager_.is_possible().value());
  index_.answers.emplace_back(answer(501, "", "text/html"));
  EXPECT_FALSE(stager_.is_possible().value());
}

TEST_F(StagerTest, goes_on_with_the_session_that_is_open_already) {
  auto conflict = answer(409, problem("there is one"));
  conflict.headers.add("Location", own);
  index_.answers.emplace_back(std::move(conflict));
  index_.answers.emplace_back(answer(200, session_json("open")));
  const auto opened = open();
  ASSERT_TRUE(opened.ok()) << opened.error().message;
  EXPECT_EQ(opened->link.str(), own);
  EXPECT_EQ(session_secret(*opened).reveal(), "phs_secret");
  EXPECT_THAT(index_.asked, ElementsAre("POST " + root, "GET " + own));
}

TEST_F(StagerTest, follows_no_link_to_another_origin) {
  index_.answers.emplace_back(
      answer(201, session_json("open", "{}", "https://elsewhere.example/stage/phs_secret/simple/")));
  const auto opened = open();
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, Errc::forbidden);
  EXPECT_THAT(opened.error().message, HasSubstr("found https://elsewhere.example:443"));
}

TEST_F(StagerTest, an_answer_that_is_no_session_is_not_relied_upon) {
  for (const auto* body : {"", "[]", "{}", R"({"status":"open","links":{},"files":{}})"}) {
    for (int tries = 0; tries < http::max_failures; ++tries)
      index_.answers.emplace_back(answer(201, body));
    const auto opened = open();
    ASSERT_FALSE(opened.ok()) << body;
    EXPECT_EQ(opened.error().code, Errc::unavailable) << body;
  }
}

TEST_F(StagerTest, says_what_the_index_said) {
  index_.answers.emplace_back(answer(
      409,
      R"({"detail":"closed","errors":[{"source":"a","message":"closed"},{"source":"b","message":"for good"}]})"));
  const auto opened = open();
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, Errc::conflict);
  EXPECT_THAT(opened.error().message, HasSubstr("status 409: \"closed\"; \"for good\""));
}

TEST_F(StagerTest, a_lost_answer_to_publishing_is_read_back_and_not_repeated_blindly) {
  const auto live = session();
  index_.answers.emplace_back(answer(200, session_json("open")));
  index_.answers.emplace_back(Error{Errc::unavailable, "cut off"});
  index_.answers.emplace_back(answer(200, session_json("published")));
  const auto checks = stager_.publish(live, {});
  ASSERT_TRUE(checks.ok()) << checks.error().message;
  EXPECT_TRUE(all_passed(*checks));
  EXPECT_THAT(index_.asked, ElementsAre("GET " + own, "POST " + own + "/publish", "GET " + own));
}

TEST_F(StagerTest, a_publication_that_ended_after_it_was_read_back_is_one) {
  const auto live = session();
  index_.answers.emplace_back(answer(200, session_json("open")));
  index_.answers.emplace_back(Error{Errc::unavailable, "cut off"});
  index_.answers.emplace_back(answer(200, session_json("open")));
  index_.answers.emplace_back(answer(409, problem("the session was published")));
  index_.answers.emplace_back(answer(200, session_json("published")));
  EXPECT_TRUE(all_passed(stager_.publish(live, {}).value()));
}

TEST_F(StagerTest, a_conflict_with_what_is_published_stays_a_refusal) {
  const auto live = session();
  index_.answers.emplace_back(answer(200, session_json("open")));
  index_.answers.emplace_back(answer(409, problem("File already exists")));
  index_.answers.emplace_back(answer(200, session_json("open")));
  const auto checks = stager_.publish(live, {});
  ASSERT_TRUE(checks.ok());
  EXPECT_FALSE(all_passed(*checks));
  EXPECT_THAT(checks->front().found, HasSubstr("File already exists"));
}

TEST_F(StagerTest, publishes_nothing_that_is_not_of_this_release) {
  const auto live = session();
  const auto file = [](std::string_view name, std::string_view status) {
    return fmt::format(R"({{"{}":{{"status":"{}","link":"{}/files/1"}}}})", name, status, own);
  };
  const ReleaseFile wheel{.path = {},
                          .filename = "demo-1.0-py3-none-any.whl",
                          .size = 1,
                          .sha256 = Sha256::of("x"),
                          .report = {}};
  struct Case {
    std::string body;
    std::string found;
  };
  for (const auto& [body, found] : {
           Case{session_json("open", file("evil-1.0.tar.gz", "completed")),
                "\"evil-1.0.tar.gz\" in the session beside them"},
           Case{session_json("open", file(wheel.filename, "pending")),
                "\"demo-1.0-py3-none-any.whl\" is \"pending\""},
           Case{session_json("open"), "demo-1.0-py3-none-any.whl is not in the session"},
           Case{session_json("canceled"), "the session is \"canceled\""},
       }) {
    index_.asked.clear();
    index_.answers.emplace_back(answer(200, body));
    const auto checks = stager_.publish(live, {&wheel});
    ASSERT_TRUE(checks.ok());
    EXPECT_FALSE(all_passed(*checks));
    EXPECT_EQ(checks->front().id, "index.publish");
    EXPECT_EQ(checks->front().found, found);
    EXPECT_THAT(index_.asked, ElementsAre("GET " + own));
  }
}

TEST_F(StagerTest, canceling_what_is_gone_is_no_error) {
  const auto live = session();
  index_.answers.emplace_back(answer(404, problem("no such session")));
  EXPECT_TRUE(stager_.cancel(live).ok());
  index_.answers.emplace_back(answer(403, problem("not yours")));
  EXPECT_EQ(stager_.cancel(live).error().code, Errc::forbidden);
}

TEST(SessionRoot, is_beside_the_legacy_upload) {
  const auto beside = [](std::string_view upload) {
    return session_root(http::Url::parse(upload).value()).str();
  };
  EXPECT_EQ(beside("https://h/legacy/"), "https://h/upload/");
  EXPECT_EQ(beside("https://h/legacy"), "https://h/upload/");
  EXPECT_EQ(beside("https://h/root/dev/legacy/?x=1"), "https://h/root/dev/upload/");
  EXPECT_EQ(beside("https://h/"), "https://h/upload/");
}

}  // namespace
}  // namespace packhouse::client
