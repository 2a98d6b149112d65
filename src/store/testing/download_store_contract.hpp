#pragma once

#include "store/testing/metadata_store_fixture.hpp"

namespace packhouse::testing {

/// What every DownloadStore must do.
class DownloadStoreContract : public MetadataStoreFixture {
 protected:
  DownloadStore& downloads() { return store_->downloads(); }

  static DownloadTally tally(std::string id, std::int64_t time, std::string_view project = "demo") {
    return {.index = "main",
            .project = std::string(project),
            .version = "1.0",
            .filename = fmt::format("{}-1.0-py3-none-any.whl", project),
            .sha256 = Sha256::of("bytes"),
            .actor = {.kind = "token", .id = std::move(id), .address = "192.0.2.1"},
            .first = at(time),
            .last = at(time)};
  }
  void add(const std::vector<DownloadTally>& tallies) { ASSERT_TRUE(downloads().add(tallies).ok()); }
  /// "ID FIRST-LAST xCOUNT" of each.
  std::vector<std::string> shown(std::string_view project = "demo") {
    std::vector<std::string> all;
    for (const auto& each : *downloads().of_project("main", project)) {
      all.push_back(fmt::format("{} {}-{} x{}", each.actor.id, each.first.time_since_epoch().count(),
                                each.last.time_since_epoch().count(), each.count));
    }
    return all;
  }
};

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(DownloadStoreContract);

TEST_P(DownloadStoreContract, keeps_one_row_for_each_file_and_caller) {
  add({tally("1", 5), tally("2", 6)});
  auto more = tally("1", 9);
  more.count = 3;
  add({more, tally("1", 2)});
  reopen();
  EXPECT_EQ(shown(), (std::vector<std::string>{"1 2-9 x5", "2 6-6 x1"}));
  auto elsewhere = tally("1", 10);
  elsewhere.actor.address = "192.0.2.7";
  auto other_bytes = tally("1", 11);
  other_bytes.sha256 = Sha256::of("other");
  add({elsewhere, other_bytes});
  EXPECT_EQ(shown().size(), 4U) << "another address, and other bytes, are rows of their own";
}

TEST_P(DownloadStoreContract, knows_the_projects_of_which_a_file_was_fetched) {
  add({tally("1", 5, "zeta"), tally("1", 5), tally("2", 5)});
  EXPECT_EQ(*downloads().projects("main"), (std::vector<std::string>{"demo", "zeta"}));
  EXPECT_EQ(downloads().projects("absent").error().code, Errc::not_found);
}

TEST_P(DownloadStoreContract, leaves_out_what_was_fetched_of_an_index_that_does_not_exist) {
  auto stray = tally("1", 5);
  stray.index = "absent";
  add({stray, tally("2", 6)});
  EXPECT_EQ(shown(), std::vector<std::string>{"2 6-6 x1"});
}

TEST_P(DownloadStoreContract, removes_the_oldest_rows) {
  add({tally("1", 5), tally("2", 6), tally("3", 7), tally("4", 8)});
  EXPECT_EQ(*downloads().prune(at(6), 100), 1);
  EXPECT_EQ(*downloads().prune(at(6), 2), 1);
  EXPECT_EQ(shown(), (std::vector<std::string>{"4 8-8 x1", "3 7-7 x1"}));
  EXPECT_EQ(*downloads().prune(at(6), 2), 0);
}

}  // namespace packhouse::testing
