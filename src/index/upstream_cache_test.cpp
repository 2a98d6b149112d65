#include "index/upstream_cache.hpp"

#include <gmock/gmock.h>

#include "index/testing/test_index.hpp"

namespace packhouse::index {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class UpstreamCacheTest : public ::testing::Test {
 protected:
  void fetch(const std::string& project, std::string_view bytes) {
    const auto digest = *site_.blobs->put(bytes);
    site_.clock.sleep(std::chrono::seconds{1});
    const UpstreamFile file{.project = project,
                            .filename = project + "-1.0-py3-none-any.whl",
                            .sha256 = digest,
                            .size = bytes.size(),
                            .metadata_sha256 = {},
                            .url = "https://files.example/x",
                            .fetched = site_.clock.now()};
    ASSERT_TRUE(site_.store->upstreams().put_file("main", file).ok());
  }
  bool stored(std::string_view bytes) { return site_.blobs->open(Sha256::of(bytes)).ok(); }
  std::uint64_t step(UpstreamCache& cache) {
    const auto evicted =
        cache.step(site_.clock.now(), [&](const std::string& project) { forgotten_.push_back(project); });
    EXPECT_TRUE(evicted.ok());
    return evicted.ok() ? evicted->bytes : 0;
  }

  testing::TestIndex site_;
  std::vector<std::string> forgotten_;
};

TEST_F(UpstreamCacheTest, the_bytes_used_longest_ago_go_once_nothing_can_be_about_to_open_them) {
  fetch("old", "12345");
  fetch("new", "123456");
  UpstreamCache cache{*site_.store, *site_.blobs, 6};
  EXPECT_EQ(step(cache), 5U);
  EXPECT_THAT(forgotten_, ElementsAre("old"));
  EXPECT_TRUE(stored("12345")) << "an answer may have looked the file up";
  EXPECT_EQ(step(cache), 0U);
  EXPECT_FALSE(stored("12345"));
  EXPECT_TRUE(stored("123456"));
  EXPECT_EQ(site_.store->upstreams().files("main", "old")->size(), 1U) << "that it was fetched stays known";
}

TEST_F(UpstreamCacheTest, what_comes_again_meanwhile_stays) {
  fetch("old", "12345");
  UpstreamCache cache{*site_.store, *site_.blobs, 0};
  EXPECT_EQ(step(cache), 5U);
  fetch("old", "12345");
  UpstreamCache roomy{*site_.store, *site_.blobs, 100};
  EXPECT_EQ(step(roomy), 0U);
  EXPECT_TRUE(stored("12345"));
}

TEST_F(UpstreamCacheTest, what_is_frozen_never_goes) {
  fetch("old", "12345");
  const std::vector<FrozenPage> pages{
      {.project = "old", .document = "{}", .files = {{.filename = "x", .sha256 = Sha256::of("12345")}}}};
  const auto note = [](std::int64_t) {
    return LedgerNote{.actor = {.kind = "system", .id = "test", .address = {}},
                      .action = "index.freeze",
                      .subject = "main",
                      .reason = {},
                      .detail = {}};
  };
  const auto serial = *site_.store->catalog().serial("main");
  ASSERT_TRUE(site_.store->freezes().freeze("main", serial, pages, note, site_.clock.now()).ok());
  UpstreamCache cache{*site_.store, *site_.blobs, 0};
  EXPECT_EQ(step(cache), 0U);
  EXPECT_EQ(step(cache), 0U);
  EXPECT_THAT(forgotten_, IsEmpty());
  EXPECT_TRUE(stored("12345"));
}

}  // namespace
}  // namespace packhouse::index
