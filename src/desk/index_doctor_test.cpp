#include "desk/index_doctor.hpp"

#include <gmock/gmock.h>

#include "client/testing/memory_index.hpp"

namespace packhouse::desk {
namespace {

using client::testing::MemoryIndex;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// An index that answers some requests by a status alone.
class GuardedIndex final : public http::Client {
 public:
  Result<http::ClientResponse> send(const http::ClientRequest& request) override {
    seen.push_back(std::string(http::to_string(request.method)) + " " + request.url);
    for (const auto& [part, status] : refused)
      if (seen.back().find(part) != std::string::npos) return MemoryIndex::answer(status);
    return index.send(request);
  }

  MemoryIndex index;
  std::vector<std::pair<std::string, int>> refused;  ///< of a request: a part of it, and the answer
  std::vector<std::string> seen;
};

class IndexDoctorTest : public ::testing::Test {
 protected:
  static client::IndexAddress address(std::string_view url) {
    return {http::Url::parse(url).value(), std::nullopt};
  }
  void examine() {
    client::IndexClient index(peer, address(client::testing::index_upload_url),
                              address(client::testing::index_simple_url));
    client::SessionClient sessions(
        peer, {client::session_root(http::Url::parse(client::testing::index_upload_url).value()), {}});
    const auto diagnosis = examine_index({.index = index,
                                          .sessions = sessions,
                                          .project = project,
                                          .staging = staging,
                                          .has_staged = has_staged,
                                          .learn = [](const Secret&) {}});
    checks = diagnosis.checks;
    warnings = diagnosis.warnings;
  }
  bool examined(std::string_view id) const {
    return std::ranges::any_of(checks, [&](const Check& check) { return check.id == id; });
  }

  const ProjectName project = ProjectName::parse("demo").value();
  GuardedIndex peer;
  Staging staging = Staging::automatic;
  bool has_staged = false;
  Checks checks;
  std::vector<std::string> warnings;
};

TEST_F(IndexDoctorTest, opens_and_cancels_a_session_where_a_promotion_would_stage) {
  peer.index.can_stage = true;
  examine();
  EXPECT_TRUE(all_passed(checks));
  EXPECT_TRUE(examined("index.stage"));
  EXPECT_FALSE(examined("index.upload"));
  EXPECT_THAT(peer.index.sessions.sessions(), ElementsAre("0.0.0.dev0 canceled"));
  EXPECT_THAT(warnings, IsEmpty());
}

TEST_F(IndexDoctorTest, warns_of_a_credential_that_can_only_expose) {
  peer.index.can_stage = true;
  peer.refused = {{"POST https://index.example/upload/", 403}, {"POST https://index.example/legacy/", 400}};
  examine();
  EXPECT_TRUE(all_passed(checks));
  EXPECT_TRUE(examined("index.upload"));
  EXPECT_THAT(warnings, ElementsAre(HasSubstr("public before the smoke check")));
}

TEST_F(IndexDoctorTest, a_credential_that_may_not_stage_is_a_finding_where_a_promotion_must) {
  peer.index.can_stage = true;
  peer.refused = {{"POST https://index.example/upload/", 403}};
  staging = Staging::required;
  examine();
  EXPECT_THAT(refused_ids(checks), ElementsAre("index.stage"));
  staging = Staging::automatic;
  has_staged = true;
  examine();
  EXPECT_THAT(refused_ids(checks), ElementsAre("index.stage"));
}

TEST_F(IndexDoctorTest, an_index_without_sessions_is_a_finding_where_a_promotion_must_stage) {
  peer.refused = {{"POST https://index.example/legacy/", 400}};
  has_staged = true;
  examine();
  EXPECT_THAT(refused_ids(checks), ElementsAre("index.staging"));
  has_staged = false;
  examine();
  EXPECT_TRUE(all_passed(checks));
  EXPECT_TRUE(examined("index.upload"));
}

TEST_F(IndexDoctorTest, two_indexes_are_a_finding) {
  peer.index.can_stage = true;
  peer.index.upload_identity = "one";
  for (const auto& other : {std::optional<std::string>("two"), std::optional<std::string>()}) {
    peer.index.simple_identity = other;
    examine();
    EXPECT_THAT(refused_ids(checks), ElementsAre("index.same"));
  }
  peer.index.simple_identity = "one";
  examine();
  EXPECT_TRUE(all_passed(checks));
}

TEST_F(IndexDoctorTest, warns_of_a_credential_that_cannot_roll_back) {
  peer.index.can_stage = true;
  peer.index.packhouse = true;
  peer.refused = {{"/releases/0.0.0.dev0/block", 403}};
  examine();
  EXPECT_TRUE(all_passed(checks));
  EXPECT_THAT(warnings, ElementsAre(HasSubstr("`packhouse rollback`")));
  peer.refused = {{"/releases/0.0.0.dev0/block", 400}};
  examine();
  EXPECT_THAT(warnings, IsEmpty());
}

TEST_F(IndexDoctorTest, credentials_that_the_index_does_not_take_are_findings) {
  peer.refused = {{"GET https://index.example/simple/", 401}, {"POST https://index.example/legacy/", 401}};
  examine();
  EXPECT_THAT(refused_ids(checks), ElementsAre("index.read", "index.upload"));
  EXPECT_EQ(worst_refusal(checks), RefusalKind::authentication);
}

}  // namespace
}  // namespace packhouse::desk
