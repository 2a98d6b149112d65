#pragma once

#include "store/testing/metadata_store_fixture.hpp"

namespace packhouse::testing {

/// What every UpstreamStore must do.
class UpstreamStoreContract : public MetadataStoreFixture {
 protected:
  UpstreamStore& upstreams() { return store_->upstreams(); }

  static UpstreamFile fetched(std::string_view bytes) {
    return {.project = "flask",
            .filename = "flask-3.0-py3-none-any.whl",
            .sha256 = Sha256::of(bytes),
            .size = bytes.size(),
            .metadata_sha256 = {},
            .url = "https://files.example/flask-3.0-py3-none-any.whl",
            .fetched = at(7)};
  }

  /// Settles the recalls of flask: each fetched file has this cause, or none.
  void settle(std::optional<RecallCause> cause, std::int64_t now, std::string reason = {}) {
    const RecallRule rule = [&](const UpstreamFile&) -> std::optional<UpstreamRecall> {
      if (!cause) return std::nullopt;
      return UpstreamRecall{.project = {}, .filename = {}, .cause = *cause, .reason = reason, .seen = {}};
    };
    const RecallNote notes = [](bool began, const std::vector<UpstreamRecall>&) {
      return note(began ? "upstream.recall" : "upstream.restore");
    };
    const auto settled = upstreams().settle_recalls("main", "flask", rule, notes, at(now));
    ASSERT_TRUE(settled.ok()) << settled.error().message;
  }
  std::string last_action() { return ledger().entries(0, 1000)->back().note.action; }
  std::vector<Sha256> least_used(std::uint64_t keep) {
    std::vector<Sha256> all;
    for (const auto& file : *upstreams().least_used(keep))
      all.push_back(file.sha256);
    return all;
  }

  Session session_of(std::string_view project) {
    return {.release = release_of(project, "1.0"),
            .token = Secret{"token"},
            .owner = {.kind = "token", .id = "1", .address = {}},
            .created = at(1'000'000),
            .expires = at(9'000'000),
            .files = {}};
  }
};

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(UpstreamStoreContract);

TEST_P(UpstreamStoreContract, a_name_without_project_and_session_is_not_claimed) {
  EXPECT_EQ(*upstreams().claim("demo", at(1)), NameClaim::none);
}

TEST_P(UpstreamStoreContract, a_project_claims_its_name_after_its_last_file_was_deleted) {
  expect_added(wheel("demo", "1.0", "bytes"));
  EXPECT_EQ(*upstreams().claim("demo", at(1)), NameClaim::project);
  ASSERT_TRUE(files().remove("main", "demo-1.0-py3-none-any.whl", note("file.delete"), at(2)).ok());
  EXPECT_EQ(*upstreams().claim("demo", at(3)), NameClaim::project);
}

TEST_P(UpstreamStoreContract, a_project_of_another_index_claims_its_name) {
  ASSERT_TRUE(catalog().ensure_index("staging", note("index.create"), at(1)).ok());
  ASSERT_TRUE(files().add("staging", wheel("demo", "1.0", "x"), file_note("file.upload"), {}).ok());
  EXPECT_EQ(*upstreams().claim("demo", at(1)), NameClaim::project);
}

TEST_P(UpstreamStoreContract, a_session_claims_its_name_until_it_ends) {
  const auto opened = sessions().open("main", session_of("demo"), {}, note("session.open"));
  ASSERT_TRUE(opened.ok()) << opened.error().message;
  EXPECT_EQ(*upstreams().claim("demo", at(2'000'000)), NameClaim::session);
  EXPECT_EQ(*upstreams().claim("other", at(2'000'000)), NameClaim::none);
  EXPECT_EQ(*upstreams().claim("demo", at(9'000'000)), NameClaim::none) << "expired";
  ASSERT_TRUE(sessions().cancel(opened->session.id, note("session.cancel"), at(2'000'000)).ok());
  EXPECT_EQ(*upstreams().claim("demo", at(2'000'000)), NameClaim::none) << "canceled";
}

TEST_P(UpstreamStoreContract, a_reservation_claims_its_name_until_it_is_lifted) {
  const ReservedName name{.name = "demo", .prefix = false, .reason = "ours", .made = at(5)};
  const auto entries = ledger().entries(0, 100)->size();
  EXPECT_TRUE(*upstreams().reserve(name, note("name.reserve")));
  EXPECT_FALSE(*upstreams().reserve(name, note("name.reserve"))) << "it is reserved already";
  EXPECT_EQ(ledger().entries(0, 100)->size(), entries + 1);
  EXPECT_EQ(*upstreams().reserved(), std::vector{name});
  EXPECT_EQ(*upstreams().claim("demo", at(6)), NameClaim::reservation);
  EXPECT_EQ(*upstreams().claim("demo-tools", at(6)), NameClaim::none) << "a name is no prefix";
  ASSERT_TRUE(upstreams().lift("demo", false, note("name.lift"), at(7)).ok());
  EXPECT_EQ(*upstreams().claim("demo", at(8)), NameClaim::none);
  EXPECT_EQ(ledger().entries(0, 100)->size(), entries + 2);
  EXPECT_EQ(upstreams().lift("demo", false, note("name.lift"), at(9)).error().code, Errc::not_found);
  EXPECT_EQ(ledger().entries(0, 100)->size(), entries + 2);
}

TEST_P(UpstreamStoreContract, a_reserved_prefix_claims_its_namespace) {
  ASSERT_TRUE(*upstreams().reserve({.name = "acme-labs", .prefix = true, .reason = "ours", .made = at(5)},
                                   note("name.reserve")));
  for (const char* name : {"acme-labs", "acme-labs-core", "acme-labs-a-b"})
    EXPECT_EQ(*upstreams().claim(name, at(6)), NameClaim::reservation) << name;
  for (const char* name : {"acme", "acme-labsx", "acmelabs", "acme-lab", "x-acme-labs"})
    EXPECT_EQ(*upstreams().claim(name, at(6)), NameClaim::none) << name;
  EXPECT_EQ(upstreams().reserved()->front().pattern(), "acme-labs-*");
  reopen();
  EXPECT_EQ(*upstreams().claim("acme-labs-core", at(6)), NameClaim::reservation);
}

TEST_P(UpstreamStoreContract, keeps_exceptions_until_they_are_ended) {
  AgeException every{.project = "flask", .version = {}, .until = at(9), .reason = "a fix", .made = at(5)};
  const AgeException one{
      .project = "flask", .version = "3.0", .until = at(8), .reason = "tried", .made = at(5)};
  const auto entries = ledger().entries(0, 100)->size();
  ASSERT_TRUE(upstreams().allow("main", one, note("upstream.allow")).ok());
  ASSERT_TRUE(upstreams().allow("main", every, note("upstream.allow")).ok());
  EXPECT_EQ(*upstreams().exceptions("main"), (std::vector{every, one}));
  every.until = at(20);
  ASSERT_TRUE(upstreams().allow("main", every, note("upstream.allow")).ok()) << "in place of the last";
  reopen();
  EXPECT_EQ(*upstreams().exceptions("main"), (std::vector{every, one}));
  ASSERT_TRUE(upstreams().end_exception("main", one, note("upstream.lift"), at(6)).ok());
  EXPECT_EQ(*upstreams().exceptions("main"), std::vector{every});
  EXPECT_EQ(ledger().entries(0, 100)->size(), entries + 4);
  EXPECT_EQ(upstreams().end_exception("main", one, note("upstream.lift"), at(7)).error().code,
            Errc::not_found);
  EXPECT_EQ(upstreams().allow("absent", one, note("upstream.allow")).error().code, Errc::not_found);
  EXPECT_EQ(ledger().entries(0, 100)->size(), entries + 4);
}

TEST_P(UpstreamStoreContract, keeps_the_page_that_was_read_last_also_when_it_is_opened_again) {
  EXPECT_FALSE(upstreams().page("main", "flask")->has_value());
  UpstreamPage page{.upstream = "https://up.example/simple/",
                    .document = R"({"a":1})",
                    .etag = "\"1\"",
                    .last_modified = {},
                    .read = at(5)};
  ASSERT_TRUE(upstreams().put_page("main", "flask", page).ok());
  page.document = R"({"a":2})";
  page.read = at(6);
  ASSERT_TRUE(upstreams().put_page("main", "flask", page).ok());
  reopen();
  EXPECT_EQ(upstreams().page("main", "flask")->value(), page);
  ASSERT_TRUE(upstreams().drop_page("main", "flask").ok());
  ASSERT_TRUE(upstreams().drop_page("main", "flask").ok()) << "there is none any more";
  EXPECT_FALSE(upstreams().page("main", "flask")->has_value());
}

TEST_P(UpstreamStoreContract, a_new_name_that_an_upstream_has_takes_no_file_until_it_is_reserved) {
  ASSERT_TRUE(catalog().ensure_index("staging", note("index.create"), at(1)).ok());
  const UpstreamPage page{
      .upstream = "https://up.example/", .document = "{}", .etag = {}, .last_modified = {}, .read = at(5)};
  ASSERT_TRUE(upstreams().put_page("main", "demo", page).ok());
  ASSERT_TRUE(upstreams().put_page("main", "acme-core", page).ok());
  for (const char* index : {"main", "staging"}) {
    const auto refused = files().add(index, wheel("demo", "1.0", "x"), file_note("file.upload"), {});
    ASSERT_FALSE(refused.ok()) << index << ": a name that is private in one index is so in all";
    EXPECT_EQ(refused.error().code, Errc::forbidden);
    EXPECT_EQ(refused.error().message,
              "demo is a project of the upstream https://up.example/, and not reserved here: an "
              "administrator gives `packhouse name reserve demo --reason WHY` if it is to be this server's");
    EXPECT_EQ(files().can_add(index, release_of("demo", "1.0"), "", at(6)).error().code, Errc::forbidden);
  }
  EXPECT_EQ(*upstreams().claim("demo", at(6)), NameClaim::none) << "nothing was stored";
  ASSERT_TRUE(*upstreams().reserve({.name = "demo", .prefix = false, .reason = "ours", .made = at(6)},
                                   note("name.reserve")));
  ASSERT_TRUE(*upstreams().reserve({.name = "acme", .prefix = true, .reason = "ours", .made = at(6)},
                                   note("name.reserve")));
  expect_added(wheel("demo", "1.0", "x"));
  expect_added(wheel("acme-core", "1.0", "y"));
  ASSERT_TRUE(upstreams().lift("demo", false, note("name.lift"), at(7)).ok());
  expect_added(wheel("demo", "2.0", "z"));
}

TEST_P(UpstreamStoreContract, pages_of_two_indexes_are_apart) {
  ASSERT_TRUE(catalog().ensure_index("staging", note("index.create"), at(1)).ok());
  const UpstreamPage page{.upstream = "u", .document = "{}", .etag = {}, .last_modified = {}, .read = at(5)};
  ASSERT_TRUE(upstreams().put_page("staging", "flask", page).ok());
  EXPECT_FALSE(upstreams().page("main", "flask")->has_value());
  EXPECT_EQ(upstreams().put_page("absent", "flask", page).error().code, Errc::not_found);
}

TEST_P(UpstreamStoreContract, blobs_of_fetched_files_are_needed) {
  UpstreamFile file = fetched("bytes");
  file.size = {};
  file.metadata_sha256 = Sha256::of("metadata");
  ASSERT_TRUE(upstreams().put_file("main", file).ok());
  EXPECT_EQ(*files().referenced_blobs(), std::vector{Sha256::of("metadata")}) << "the file is not here yet";
  EXPECT_FALSE(*files().needs_blob(Sha256::of("bytes")));
  UpstreamFile whole = fetched("bytes");
  whole.findings = R"([{"check":"x"}])";
  ASSERT_TRUE(upstreams().put_file("main", whole).ok());
  EXPECT_EQ(files().referenced_blobs()->size(), 2U);
  EXPECT_TRUE(*files().needs_blob(Sha256::of("bytes")));
  EXPECT_TRUE(*files().needs_blob(Sha256::of("metadata")));
  file.size = 5;
  file.findings = whole.findings;
  EXPECT_EQ(*upstreams().files("main", "flask"), std::vector{file});
}

TEST_P(UpstreamStoreContract, a_recall_of_a_fetched_file_has_one_entry_when_it_begins_and_one_when_it_ends) {
  ASSERT_TRUE(upstreams().put_file("main", fetched("bytes")).ok());
  auto only_metadata = fetched("never fetched");
  only_metadata.size.reset();
  ASSERT_TRUE(upstreams().put_file("main", only_metadata).ok());
  const auto entries = ledger().entries(0, 1000)->size();
  settle(std::nullopt, 8);
  EXPECT_EQ(ledger().entries(0, 1000)->size(), entries) << "nothing changed";
  settle(RecallCause::deleted, 9);
  settle(RecallCause::deleted, 10);
  reopen();
  settle(RecallCause::deleted, 11);
  EXPECT_EQ(ledger().entries(0, 1000)->size(), entries + 1);
  EXPECT_EQ(last_action(), "upstream.recall");
  const UpstreamRecall recall{.project = "flask",
                              .filename = fetched("bytes").filename,
                              .sha256 = Sha256::of("bytes"),
                              .cause = RecallCause::deleted,
                              .reason = {},
                              .seen = at(9)};
  EXPECT_EQ(*upstreams().recalls("main", "flask"), std::vector{recall});
  EXPECT_EQ(*upstreams().recalls("main", ""), std::vector{recall});
  EXPECT_TRUE(upstreams().recalls("main", "other")->empty());
  EXPECT_TRUE(*files().needs_blob(Sha256::of("bytes"))) << "held, not deleted";
  settle(RecallCause::quarantined, 12, "malware");
  EXPECT_EQ(upstreams().recalls("main", "flask")->front().reason, "malware");
  EXPECT_EQ(ledger().entries(0, 1000)->size(), entries + 2) << "another cause is another recall";
  settle(std::nullopt, 13);
  EXPECT_EQ(last_action(), "upstream.restore");
  EXPECT_TRUE(upstreams().recalls("main", "")->empty());
  EXPECT_EQ(ledger().entries(0, 1000)->size(), entries + 3);
}

TEST_P(UpstreamStoreContract, the_file_used_longest_ago_makes_room_first) {
  auto first = fetched("first");
  first.filename = "flask-1.0-py3-none-any.whl";
  auto second = fetched("second!");
  second.fetched = at(8);
  ASSERT_TRUE(upstreams().put_file("main", first).ok());
  ASSERT_TRUE(upstreams().put_file("main", second).ok());
  ASSERT_TRUE(catalog().ensure_index("staging", note("index.create"), at(1)).ok());
  ASSERT_TRUE(upstreams().put_file("staging", first).ok());
  EXPECT_EQ(*upstreams().stored_bytes(), 12U) << "equal bytes count once";
  EXPECT_TRUE(least_used(12).empty());
  EXPECT_EQ(least_used(11), std::vector{first.sha256});
  const DownloadTally use{.index = "main",
                          .project = "flask",
                          .version = "1.0",
                          .filename = first.filename,
                          .sha256 = first.sha256,
                          .actor = {.kind = "token", .id = "1", .address = "192.0.2.1"},
                          .first = at(20),
                          .last = at(20)};
  ASSERT_TRUE(store().downloads().add(std::vector{use}).ok());
  EXPECT_EQ(least_used(11), std::vector{second.sha256});
  EXPECT_EQ(least_used(0), (std::vector{second.sha256, first.sha256}));
  EXPECT_TRUE(*upstreams().evict(first.sha256, at(30)));
  EXPECT_FALSE(*upstreams().evict(first.sha256, at(31))) << "it is gone already";
  EXPECT_FALSE(*files().needs_blob(first.sha256));
  EXPECT_EQ(*upstreams().stored_bytes(), 7U);
  const auto gone = upstreams().files("main", "flask")->front();
  EXPECT_EQ(gone.evicted, at(30));
  EXPECT_TRUE(gone.was_fetched()) << "that it was fetched stays known";
  ASSERT_TRUE(upstreams().put_file("main", first).ok());
  EXPECT_EQ(upstreams().files("main", "flask")->front(), first) << "it came again";
}

TEST_P(UpstreamStoreContract, a_file_that_the_server_has_itself_makes_no_room) {
  ASSERT_TRUE(upstreams().put_file("main", fetched("bytes")).ok());
  expect_added(wheel("demo", "1.0", "bytes"));
  EXPECT_TRUE(least_used(0).empty());
  EXPECT_FALSE(*upstreams().evict(Sha256::of("bytes"), at(30)));
}

TEST_P(UpstreamStoreContract, a_file_that_a_registered_lock_pins_makes_no_room_until_it_is_unpinned) {
  ASSERT_TRUE(upstreams().put_file("main", fetched("bytes")).ok());
  const LockFile lock{.name = "app", .sha256 = Sha256::of("lock"), .reason = "production", .made = at(9)};
  const std::vector pinned{Sha256::of("bytes"), Sha256::of("never fetched"), Sha256::of("bytes")};
  const auto entries = ledger().entries(0, 1000)->size();
  EXPECT_TRUE(*upstreams().pin(lock, pinned, note("lock.pin")));
  EXPECT_FALSE(*upstreams().pin(lock, pinned, note("lock.pin"))) << "it is registered already";
  EXPECT_EQ(ledger().entries(0, 1000)->size(), entries + 1);
  reopen();
  EXPECT_EQ(*upstreams().locks(),
            (std::vector{LockFileUse{.lock = lock, .pinned = 2, .stored = 1, .bytes = 5}}));
  EXPECT_TRUE(least_used(0).empty());
  EXPECT_FALSE(*upstreams().evict(Sha256::of("bytes"), at(30)));

  auto next = lock;
  next.sha256 = Sha256::of("the next lock");
  EXPECT_TRUE(*upstreams().pin(next, std::vector{Sha256::of("other")}, note("lock.pin")));
  EXPECT_EQ(*upstreams().locks(),
            (std::vector{LockFileUse{.lock = next, .pinned = 1, .stored = 0, .bytes = 0}}));
  EXPECT_EQ(least_used(0), std::vector{Sha256::of("bytes")}) << "the new lock does not pin it";

  ASSERT_TRUE(upstreams().pin(lock, pinned, note("lock.pin")).ok());
  ASSERT_TRUE(upstreams().unpin("app", note("lock.unpin"), at(31)).ok());
  EXPECT_EQ(upstreams().unpin("app", note("lock.unpin"), at(32)).error().code, Errc::not_found);
  EXPECT_EQ(ledger().entries(0, 1000)->size(), entries + 4);
  EXPECT_TRUE(upstreams().locks()->empty());
  EXPECT_TRUE(*upstreams().evict(Sha256::of("bytes"), at(33)));
}

TEST_P(UpstreamStoreContract, one_filename_with_other_bytes_is_another_file) {
  ASSERT_TRUE(upstreams().put_file("main", fetched("bytes")).ok());
  ASSERT_TRUE(upstreams().put_file("main", fetched("other bytes")).ok());
  EXPECT_EQ(upstreams().files("main", "flask")->size(), 2U);
}

}  // namespace packhouse::testing
