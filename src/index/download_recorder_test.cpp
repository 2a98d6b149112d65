#include "index/download_recorder.hpp"

#include <gmock/gmock.h>

#include <map>

#include "index/testing/test_index.hpp"

namespace packhouse::index {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

class DownloadRecorderTest : public ::testing::Test {
 protected:
  DownloadTally fetched(std::string id, int second = 0) const {
    const auto time = site_.clock.now() + std::chrono::seconds{second};
    return {.index = "main",
            .project = "demo",
            .version = {},
            .filename = "demo-1.0-py3-none-any.whl",
            .sha256 = Sha256::of("bytes"),
            .actor = {.kind = "token", .id = std::move(id), .address = "192.0.2.1"},
            .first = time,
            .last = time};
  }
  std::vector<DownloadTally> stored() { return *site_.store->downloads().of_project("main", "demo"); }
  void write() { ASSERT_TRUE(recorder_.write(site_.store->downloads()).ok()); }

  testing::TestIndex site_;
  DownloadRecorder recorder_{3};
};

TEST_F(DownloadRecorderTest, repeated_downloads_of_a_caller_are_one_row) {
  recorder_.add(fetched("1", 3));
  recorder_.add(fetched("1", 1));
  recorder_.add(fetched("2", 2));
  EXPECT_THAT(stored(), IsEmpty()) << "a download waits for no disk";
  write();
  ASSERT_THAT(stored(), SizeIs(2));
  EXPECT_EQ(stored().front().count, 2);
  EXPECT_EQ(stored().front().first, fetched("1", 1).first);
  EXPECT_EQ(stored().front().last, fetched("1", 3).last);
  EXPECT_EQ(stored().front().version, "1.0") << "as its filename says";
  write();
  EXPECT_EQ(stored().front().count, 2) << "each is written once";
}

TEST_F(DownloadRecorderTest, rows_beyond_the_limit_are_dropped_and_counted) {
  for (const char* id : {"1", "2", "3", "4", "5", "1"})
    recorder_.add(fetched(id));
  EXPECT_EQ(recorder_.take_dropped(), 2U);
  EXPECT_EQ(recorder_.take_dropped(), 0U);
  write();
  EXPECT_THAT(stored(), SizeIs(3));
  recorder_.add(fetched("4"));
  write();
  EXPECT_THAT(stored(), SizeIs(4)) << "there is room again";
}

/// A store that is away for some calls.
class BusyStore final : public DownloadStore {
 public:
  Status add(std::span<const DownloadTally> tallies) override {
    if (busy) return Error{Errc::unavailable, "busy", {}};
    rows += tallies.size();
    return success();
  }
  Result<std::vector<DownloadTally>> of_project(std::string_view /*index*/,
                                                std::string_view /*project*/) override {
    return std::vector<DownloadTally>{};
  }
  Result<std::vector<std::string>> projects(std::string_view /*index*/) override {
    return std::vector<std::string>{};
  }
  Result<std::int64_t> prune(Timestamp /*before*/, std::int64_t /*most*/) override { return 0; }

  bool busy = true;
  std::size_t rows = 0;
};

TEST_F(DownloadRecorderTest, what_could_not_be_written_waits_for_the_next_time) {
  BusyStore store;
  recorder_.add(fetched("1"));
  recorder_.add(fetched("2"));
  EXPECT_EQ(recorder_.write(store).error().code, Errc::unavailable);
  store.busy = false;
  EXPECT_TRUE(recorder_.write(store).ok());
  EXPECT_EQ(store.rows, 2U);
}

}  // namespace
}  // namespace packhouse::index
