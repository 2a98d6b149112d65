#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "desk/testing/faulty_world.hpp"
#include "source/testing/evidence.hpp"

// A promotion with a fault at any of its requests: the same command again ends in the same release, and the
// journal says of it what the index serves.
namespace packhouse::desk {
namespace {

using http::Fault;
using ::testing::ElementsAre;
using Kind = PromoteOutcome::Kind;

class PromotionCase final : public testing::FaultyWorld {
 public:
  using FaultyWorld::FaultyWorld;

 private:
  PromoteOutcome call(const DeskTools& tools) override {
    const source::PromoteRequest request{
        .run = source::RunId::parse(std::to_string(source::testing::run_number)).value(),
        .version = Version::parse(version).value(),
        .dry_run = false,
        .state = state.path(),
        .actor = "tester",
        .plan = std::nullopt,
        .approvals = {}};
    return desk::promote(settings, request, tools);
  }
};

// ----- without a fault

/// The requests of a promotion, with short names for what is the same in many of them.
std::vector<std::string> requests_of(const PromotionCase& release) {
  auto lines = release.requests();
  for (std::string& line : lines) {
    for (const auto& [part, word] :
         {std::pair{"https://api.github.example/repos/example-lab/nanonis-qcodes-controller", "FORGE"},
          std::pair{"actions/runs/9400100200", "RUN"}, std::pair{"https://index.example/", ""},
          std::pair{"upload/phs_session-1", "SESSION"}, std::pair{"stage/phs_session-1", "STAGE"},
          std::pair{"nanonis-qcodes-controller", "PROJECT"},
          std::pair{"nanonis_qcodes_controller-1.4.0", "RELEASE"}})
      line = replace_all(line, part, word);
  }
  return lines;
}

const std::vector<std::string> proof{
    "GET FORGE",
    "GET FORGE/RUN",
    "GET FORGE/actions/workflows/ci.yml",
    "GET FORGE/RUN/attempts/1",
    "GET FORGE/RUN/attempts/1/jobs?per_page=100",
    "GET FORGE/git/ref/heads/main",
    fmt::format("GET FORGE/compare/{}...{}?per_page=1", source::testing::built_commit,
                source::testing::tip_commit),
    "GET FORGE/git/ref/tags/main",
    "GET FORGE/RUN/artifacts?name=dist&per_page=100",
    "GET FORGE/actions/artifacts/4411000001",
    "GET FORGE/actions/artifacts/4411000001/zip",
    "GET https://blobs.example/dist.zip",
    "GET FORGE/RUN",
    "GET simple/PROJECT/",
    "GET legacy/",
    "GET api/v1/projects/PROJECT",
};

std::vector<std::string> after_proof(const std::vector<std::string>& requests) {
  const auto rest = requests.begin() + static_cast<std::ptrdiff_t>(std::min(proof.size(), requests.size()));
  EXPECT_EQ(std::vector(requests.begin(), rest), proof);
  return {rest, requests.end()};
}

TEST(PromotionStory, a_staged_release_is_tried_before_it_is_published) {
  PromotionCase release(Staging::required);
  EXPECT_EQ(release.run().kind, Kind::released);
  auto requests = after_proof(requests_of(release));
  // The smoke check reads this page beside the uploads, and its files are read back once they are staged.
  EXPECT_EQ(std::erase(requests, "GET STAGE/simple/PROJECT/"), 2);
  EXPECT_THAT(
      requests,
      ElementsAre("GET upload/", "POST upload/", "POST SESSION/files", "POST SESSION/files/1/bytes",
                  "POST SESSION/files/1/complete", "POST SESSION/files", "POST SESSION/files/2/bytes",
                  "POST SESSION/files/2/complete", "GET STAGE/files/RELEASE-py3-none-any.whl",
                  "GET STAGE/files/RELEASE.tar.gz", "GET SESSION", "POST SESSION/publish",
                  "GET simple/PROJECT/", "GET simple/PROJECT/", "GET simple/PROJECT/RELEASE-py3-none-any.whl",
                  "GET simple/PROJECT/RELEASE.tar.gz"));
  EXPECT_THAT(release.record(),
              ElementsAre("preflight intent", "preflight outcome", "fetch intent", "fetch outcome",
                          "verify intent", "verify outcome", "index intent", "index outcome", "stage intent",
                          "upload intent", "upload intent", "upload outcome", "upload outcome",
                          "stage outcome", "smoke intent", "smoke outcome", "publish intent",
                          "publish outcome", "confirm intent", "confirm outcome", "release outcome"));
  EXPECT_TRUE(release.is_served());
  EXPECT_FALSE(release.was_half_seen());
  EXPECT_THAT(release.sessions(), ElementsAre("1.4.0 published"));
}

TEST(PromotionStory, an_exposed_release_is_public_file_by_file_and_tried_afterwards) {
  PromotionCase release(Staging::off);
  EXPECT_EQ(release.run().kind, Kind::released);
  EXPECT_THAT(
      after_proof(requests_of(release)),
      ElementsAre("POST legacy/", "GET simple/PROJECT/", "GET simple/PROJECT/RELEASE.tar.gz", "POST legacy/",
                  "GET simple/PROJECT/", "GET simple/PROJECT/", "GET simple/PROJECT/RELEASE-py3-none-any.whl",
                  "GET simple/PROJECT/RELEASE.tar.gz", "GET simple/PROJECT/"));
  EXPECT_THAT(
      release.record(),
      ElementsAre("preflight intent", "preflight outcome", "fetch intent", "fetch outcome", "verify intent",
                  "verify outcome", "index intent", "index outcome", "publish intent", "upload intent",
                  "upload outcome", "upload intent", "upload outcome", "publish outcome", "confirm intent",
                  "confirm outcome", "smoke intent", "smoke outcome", "clients intent", "clients outcome",
                  "release outcome"));
  EXPECT_TRUE(release.is_served());
  EXPECT_TRUE(release.was_half_seen());
}

// ----- with one

/// How many requests a promotion makes; at each of them something can go wrong.
std::size_t count_requests(Staging staging) {
  PromotionCase release(staging);
  EXPECT_EQ(release.run().kind, Kind::released);
  return release.requests().size();
}

class PromotionFaults : public ::testing::TestWithParam<Fault> {
 protected:
  static void spoil_each_request(Staging staging) {
    const std::size_t requests = count_requests(staging);
    for (std::size_t number = 1; number <= requests; ++number)
      spoil(staging, number);
  }

 private:
  static void spoil(Staging staging, std::size_t number) {
    PromotionCase release(staging);
    const auto first = release.run_spoiled(GetParam(), number);
    SCOPED_TRACE(fmt::format("request {}: {}", number, release.struck()));
    EXPECT_FALSE(release.struck().empty());
    // Only an answer that was falsified may be refused.
    EXPECT_TRUE(first.kind != Kind::refused || GetParam() == Fault::wrong_bytes);
    if (first.kind != Kind::released) {
      EXPECT_FALSE(release.is_recorded_as_released());
      EXPECT_EQ(release.run().kind, Kind::released);
    }
    EXPECT_TRUE(release.is_recorded_as_released());
    EXPECT_TRUE(release.is_served());
    EXPECT_TRUE(staging == Staging::off || !release.was_half_seen());
  }
};

TEST_P(PromotionFaults, at_any_request_of_a_staged_release_end_in_the_same_release) {
  spoil_each_request(Staging::required);
}

TEST_P(PromotionFaults, at_any_request_of_an_exposed_release_end_in_the_same_release) {
  spoil_each_request(Staging::off);
}

INSTANTIATE_TEST_SUITE_P(Each, PromotionFaults, ::testing::ValuesIn(http::every_fault), [](const auto& each) {
  return replace_all(std::string(to_string(each.param)), "-", "_");
});

}  // namespace
}  // namespace packhouse::desk
