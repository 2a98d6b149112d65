#pragma once

#include "store/testing/metadata_store_fixture.hpp"

namespace packhouse::testing {

/// What every FreezeStore must do.
class FreezeStoreContract : public MetadataStoreFixture {
 protected:
  FreezeStoreContract() { expect_added(wheel("demo", "1.0", "bytes")); }

  FreezeStore& freezes() { return store_->freezes(); }

  static FrozenPage page(std::string_view document = "{}") {
    return {.project = "demo",
            .document = std::string(document),
            .files = {{.filename = "demo-1.0-py3-none-any.whl",
                       .sha256 = Sha256::of("bytes"),
                       .metadata_sha256 = Sha256::of("metadata")}}};
  }
  Result<std::int64_t> freeze(const std::vector<FrozenPage>& pages, std::int64_t time = 9) {
    const FreezeNote notes = [](std::int64_t serial) {
      auto made = note("index.freeze");
      made.subject = fmt::format("main/at/{}", serial);
      made.reason = "the release of May";
      return made;
    };
    return freezes().freeze("main", *catalog().serial("main"), pages, notes, at(time));
  }
};

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(FreezeStoreContract);

TEST_P(FreezeStoreContract, keeps_pages_under_a_serial_of_their_own) {
  const auto before = *catalog().serial("main");
  const auto serial = freeze({page(R"({"a":1})")});
  ASSERT_TRUE(serial.ok()) << serial.error().message;
  EXPECT_EQ(*serial, before + 1);
  EXPECT_EQ(*catalog().serial("main"), *serial);
  EXPECT_EQ(ledger().entries(0, 100)->back().note.subject, fmt::format("main/at/{}", *serial));
  reopen();
  EXPECT_EQ(*freezes().projects("main", *serial), std::vector<std::string>{"demo"});
  EXPECT_EQ(freezes().page("main", *serial, "demo")->value(), R"({"a":1})");
  EXPECT_FALSE(freezes().page("main", *serial, "other")->has_value());
  const auto place = freezes().file("main", *serial, "demo-1.0-py3-none-any.whl", Sha256::of("bytes"));
  ASSERT_TRUE(place->has_value());
  EXPECT_EQ((*place)->project, "demo");
  EXPECT_EQ((*place)->file.metadata_sha256, Sha256::of("metadata"));
  EXPECT_FALSE(freezes().file("main", *serial, "demo-1.0-py3-none-any.whl", Sha256::of("x"))->has_value());
  EXPECT_EQ(freezes().page("main", *serial + 1, "demo").error().code, Errc::not_found);
  EXPECT_EQ(freezes().projects("absent", *serial).error().code, Errc::not_found);
}

TEST_P(FreezeStoreContract, lists_what_each_one_keeps) {
  ASSERT_TRUE(freeze({page()}).ok());
  ASSERT_TRUE(freeze({page(), {.project = "empty", .document = "{\"b\":1}", .files = {}}}, 10).ok());
  const auto all = *freezes().list("main");
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all.front().projects, 2);
  EXPECT_EQ(all.front().files, 1);
  EXPECT_EQ(all.front().made, at(10));
  EXPECT_EQ(all.back().projects, 1);
  EXPECT_EQ(all.back().reason, "the release of May");
}

TEST_P(FreezeStoreContract, is_refused_where_the_index_changed_since_the_pages_were_read) {
  const auto seen = *catalog().serial("main");
  expect_added(wheel("demo", "2.0", "more"));
  const auto before = state();
  const auto refused =
      freezes().freeze("main", seen, std::vector{page()}, [](std::int64_t) { return note("x"); }, at(9));
  EXPECT_EQ(refused.error().code, Errc::conflict);
  EXPECT_EQ(state(), before);
}

TEST_P(FreezeStoreContract, is_refused_where_a_blob_may_be_gone) {
  auto gone = page();
  gone.files.front().sha256 = Sha256::of("evicted meanwhile");
  const auto before = state();
  EXPECT_EQ(freeze({gone}).error().code, Errc::conflict);
  EXPECT_EQ(state(), before);
  EXPECT_TRUE(freezes().list("main")->empty());
}

TEST_P(FreezeStoreContract, needs_its_blobs_until_the_last_freeze_that_has_them_goes) {
  const auto first = *freeze({page()});
  const auto second = *freeze({page()}, 10);
  ASSERT_TRUE(files().remove("main", "demo-1.0-py3-none-any.whl", note("file.delete"), at(11)).ok());
  EXPECT_TRUE(*files().needs_blob(Sha256::of("bytes")));
  EXPECT_EQ(files().referenced_blobs()->size(), 2U);
  ASSERT_TRUE(freezes().remove("main", first, note("index.thaw"), at(12)).ok());
  EXPECT_TRUE(*files().needs_blob(Sha256::of("bytes")));
  EXPECT_EQ(freezes().page("main", second, "demo")->value(), "{}");
  ASSERT_TRUE(freezes().remove("main", second, note("index.thaw"), at(13)).ok());
  EXPECT_FALSE(*files().needs_blob(Sha256::of("bytes")));
  EXPECT_TRUE(files().referenced_blobs()->empty());
  EXPECT_EQ(freezes().remove("main", second, note("index.thaw"), at(14)).error().code, Errc::not_found);
}

TEST_P(FreezeStoreContract, keeps_files_of_an_upstream_from_making_room) {
  const UpstreamFile fetched{.project = "flask",
                             .filename = "flask-3.0-py3-none-any.whl",
                             .sha256 = Sha256::of("flask"),
                             .size = 5,
                             .metadata_sha256 = {},
                             .url = "https://files.example/flask-3.0-py3-none-any.whl",
                             .fetched = at(7)};
  ASSERT_TRUE(store().upstreams().put_file("main", fetched).ok());
  const auto serial = *freeze({{.project = "flask",
                                .document = "{}",
                                .files = {{.filename = fetched.filename, .sha256 = fetched.sha256}}}});
  EXPECT_TRUE(store().upstreams().least_used(0)->empty());
  EXPECT_FALSE(*store().upstreams().evict(fetched.sha256, at(20)));
  ASSERT_TRUE(freezes().remove("main", serial, note("index.thaw"), at(21)).ok());
  EXPECT_TRUE(*store().upstreams().evict(fetched.sha256, at(22)));
}

}  // namespace packhouse::testing
