#pragma once

#include <gmock/gmock.h>

#include "store/testing/metadata_store_fixture.hpp"

namespace packhouse::testing {

/// What every SessionStore must do.
class SessionStoreContract : public MetadataStoreFixture {
 protected:
  static Session wanted(const std::string& project, const std::string& version, const std::string& owner,
                        Timestamp created = at(100)) {
    return {.id = 0,
            .release = release_of(project, version),
            .token = Secret{fmt::format("phs_{}-{}-{}-{}", project, version, owner,
                                        created.time_since_epoch().count())},
            .owner = {.kind = "token", .id = owner, .address = {}},
            .status = SessionStatus::open,
            .created = created,
            .expires = created + std::chrono::microseconds{1000},
            .files = {}};
  }

  Session open(const std::string& project, const std::string& version, const std::string& owner = "1") {
    const auto opened = sessions().open("main", wanted(project, version, owner), {}, note("session.create"));
    EXPECT_TRUE(opened.ok() && opened->fresh);
    return opened->session;
  }

  static StagedFile announced(const std::string& filename) {
    StagedFile file;
    file.filename = filename;
    file.size = 5;
    file.hashes = {{"sha256", Sha256::of("bytes").hex()}};
    return file;
  }

  StagedKey announce(const Session& session, const std::string& filename) {
    const auto file =
        sessions().announce(session.id, announced(filename), {}, note("session.file.create"), at(110));
    EXPECT_TRUE(file.ok()) << file.error().message;
    return {.session = session.id, .file = file->id};
  }

  /// Announced, received and completed as wheel() describes it.
  StagedKey stage(const Session& session, std::string_view bytes) {
    const auto row = completed(session, bytes);
    const auto key = announce(session, row.filename);
    EXPECT_TRUE(sessions().receive(key, received(bytes), note("session.file.receive"), at(120)).ok());
    EXPECT_TRUE(sessions().complete(key, row, {}, note("session.file.complete")).ok());
    return key;
  }

  static HashValues received(std::string_view bytes) {
    return {.sha256 = Sha256::of(bytes), .blake2b_256 = std::string(64, 'b'), .md5 = {}};
  }

  static File completed(const Session& session, std::string_view bytes) {
    auto row = wheel(session.release.project.str(), session.release.version.str(), bytes).file;
    row.uploaded = at(130);
    return row;
  }

  Result<PublishedSession> publish(const Session& session, const PublicationHooks& hooks = {}) {
    const PublicationNotes notes{.session = note("session.publish"),
                                 .file = [](const File&) { return note("file.upload"); }};
    return sessions().publish(session.id, notes, at(200), hooks);
  }

  Result<PublishedSession> publish_approved(const Session& session, std::vector<std::string> approvals) {
    const PublicationNotes notes{.session = note("session.publish"),
                                 .file = [](const File&) { return note("file.upload"); },
                                 .approvals = std::move(approvals)};
    return sessions().publish(session.id, notes, at(200), {});
  }

  Result<ReleasedBlobs> refuse(const Session& session, const Quotas& room) {
    const SessionRefusal refusal{.reason = "it does not import",
                                 .session = note("session.refuse"),
                                 .release = note("release.block"),
                                 .room = room};
    return sessions().refuse(session.id, refusal, at(140));
  }

  Result<Session> find(const Session& session, Timestamp now = at(150)) {
    return sessions().find("main", session.token, now);
  }

  std::size_t expire(Timestamp now) {
    const auto removed =
        sessions().expire([](std::string_view, const Session&) { return note("session.expire"); }, now);
    EXPECT_TRUE(removed.ok());
    return removed->count;
  }

  /// A conflict that changed nothing.
  template <typename Change>
  std::string conflict(const Change& change) {
    const State before = state();
    const auto result = change();
    EXPECT_FALSE(result.ok());
    EXPECT_EQ(state(), before);
    if (result.ok()) return "no refusal";
    EXPECT_EQ(result.error().code, Errc::conflict);
    return result.error().message;
  }
};

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(SessionStoreContract);

TEST_P(SessionStoreContract, returns_every_field_of_a_session_by_its_token) {
  const auto opened = open("demo", "1.0", "7");
  const auto found = find(opened);
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->id, opened.id);
  EXPECT_EQ(found->release.project.str(), "demo");
  EXPECT_EQ(found->release.version.str(), "1.0");
  EXPECT_EQ(found->token, opened.token);
  EXPECT_EQ(found->owner.kind, "token");
  EXPECT_EQ(found->owner.id, "7");
  EXPECT_EQ(found->status, SessionStatus::open);
  EXPECT_EQ(found->created, at(100));
  EXPECT_EQ(found->expires, at(1100));
  EXPECT_TRUE(found->files.empty());
  EXPECT_EQ(sessions().find("main", Secret{"phs_x"}, at(1)).error().code, Errc::not_found);
  EXPECT_EQ(sessions().find("none", opened.token, at(1)).error().message, "there is no index \"none\"");
  expect_sound_ledger(2);
  EXPECT_EQ(ledger().entries(1, 1)->front().note.detail.at("session"), opened.id);
}

TEST_P(SessionStoreContract, has_one_live_session_for_a_project_and_version) {
  const auto first = open("demo", "1.0");
  const State before = state();
  const auto second =
      sessions().open("main", wanted("demo", "1.0", "2", at(101)), {}, note("session.create"));
  ASSERT_TRUE(second.ok());
  EXPECT_FALSE(second->fresh);
  EXPECT_EQ(second->session.id, first.id);
  EXPECT_EQ(state(), before);
  ASSERT_TRUE(sessions().cancel(first.id, note("session.cancel"), at(102)).ok());
  EXPECT_TRUE(
      sessions().open("main", wanted("demo", "1.0", "2", at(103)), {}, note("session.create"))->fresh);
}

TEST_P(SessionStoreContract, keeps_the_first_token_of_a_session_and_the_last_further_ones) {
  const auto first = open("demo", "1.0");
  std::vector<Secret> further;
  for (std::size_t i = 0; i <= SessionStore::max_further_tokens; ++i) {
    auto again = wanted("demo", "1.0", "2", at(101));
    again.token = Secret{fmt::format("phs_further_{}", i)};
    const auto opened = sessions().open("main", again, {}, note("session.create"));
    ASSERT_TRUE(opened.ok());
    EXPECT_EQ(opened->session.token, again.token);
    further.push_back(again.token);
  }
  const auto found = [&](const Secret& token) {
    const auto session = sessions().find("main", token, at(150));
    return session.ok() && session->id == first.id && session->token == token;
  };
  EXPECT_TRUE(found(first.token));
  EXPECT_FALSE(found(further.front())) << "their number is bounded";
  for (std::size_t i = 1; i < further.size(); ++i)
    EXPECT_TRUE(found(further.at(i))) << i;
  EXPECT_EQ(expire(at(1100)), 1U);
  EXPECT_EQ(sessions().find("main", further.back(), at(1100)).error().code, Errc::not_found);
}

TEST_P(SessionStoreContract, has_one_live_session_for_equal_versions) {
  const auto first = open("demo", "1.0");
  const State before = state();
  for (const auto* equal : {"1.0.0", "1", "1.0.0.0"}) {
    const auto second =
        sessions().open("main", wanted("demo", equal, "2", at(101)), {}, note("session.create"));
    ASSERT_TRUE(second.ok());
    EXPECT_FALSE(second->fresh) << equal;
    EXPECT_EQ(second->session.release.version.str(), "1.0");
    EXPECT_EQ(second->session.id, first.id);
  }
  EXPECT_EQ(state(), before);
  EXPECT_TRUE(
      sessions().open("main", wanted("demo", "1.0.1", "1", at(101)), {}, note("session.create"))->fresh);
  EXPECT_TRUE(
      sessions().open("main", wanted("demo", "1.0.0", "1", at(1100)), {}, note("session.create"))->fresh)
      << "the first one expired";
}

TEST_P(SessionStoreContract, reserves_a_new_name_for_the_owner_of_its_first_session) {
  open("fresh", "1.0", "1");
  const auto mine = sessions().open("main", wanted("fresh", "2.0", "1"), {}, note("session.create"));
  EXPECT_TRUE(mine.ok() && mine->fresh);
  const std::string message =
      "the project name \"fresh\" is reserved until 1970-01-01T00:00:00.001100Z by a session of another "
      "owner";
  EXPECT_EQ(conflict([&] {
              return sessions().open("main", wanted("fresh", "3.0", "2"), {}, note("session.create"));
            }),
            message);
  auto upload = wheel("fresh", "1.0", "bytes");
  upload.file.uploaded = at(150);
  auto stranger = note("file.upload");
  stranger.actor.id = "2";
  EXPECT_EQ(conflict([&] { return files().add("main", upload, file_note(stranger), {}); }), message);
  EXPECT_EQ(files().can_name("main", named("fresh"), stranger.actor, at(150)).error().message, message);
  EXPECT_TRUE(files().can_name("main", named("fresh"), note("").actor, at(150)).ok()) << "it is theirs";
  EXPECT_TRUE(files().can_name("main", named("fresh"), stranger.actor, at(1100)).ok())
      << "the sessions have expired";
  upload.file.uploaded = at(1100);  // the sessions have expired
  EXPECT_TRUE(files().add("main", upload, file_note(stranger), {}).ok());
  EXPECT_TRUE(sessions().open("main", wanted("fresh", "3.0", "3"), {}, note("session.create"))->fresh)
      << "a project with a release cannot be reserved";
}

TEST_P(SessionStoreContract, a_credential_that_has_ended_reserves_no_name) {
  const auto refused = [&](const std::string& owner, Timestamp now) {
    return !files().can_name("main", named("fresh"), {.kind = "user", .id = owner, .address = {}}, now).ok();
  };
  ASSERT_TRUE(access().add_user(user("alice"), note("user.create")).ok());
  auto bound = token("second");
  bound.user = "alice";
  bound.expires.reset();
  auto expiring = token("first");
  expiring.expires = at(500);
  const auto first = access().add_token(expiring, note("token.create"));
  const auto second = access().add_token(bound, note("token.create"));
  open("fresh", "1.0", std::to_string(first->id));
  EXPECT_TRUE(refused("bob", at(499)));
  EXPECT_FALSE(refused("bob", at(500))) << "the token has expired";
  open("fresh", "2.0", std::to_string(first->id));
  ASSERT_TRUE(access().revoke_token(first->id, note("token.revoke"), at(150)).ok());
  EXPECT_FALSE(refused("bob", at(151)));

  const auto of_second = open("fresh", "3.0", std::to_string(second->id));
  EXPECT_TRUE(refused("bob", at(151)));
  ASSERT_TRUE(sessions().cancel(of_second.id, note("session.cancel"), at(152)).ok());
  auto by_user = wanted("fresh", "4.0", "alice");
  by_user.owner.kind = "user";
  ASSERT_TRUE(sessions().open("main", by_user, {}, note("session.create")).ok());
  open("other", "1.0", std::to_string(second->id));
  EXPECT_TRUE(refused("bob", at(153)));
  ASSERT_TRUE(access().change_user("alice", {.disabled = true}, note("user.disable"), at(154)).ok());
  EXPECT_FALSE(refused("bob", at(155)));
  EXPECT_TRUE(files().can_name("main", named("other"), note("").actor, at(155)).ok())
      << "a token ends with its user";
}

TEST_P(SessionStoreContract, limits_the_sessions_of_a_project_and_of_an_owner) {
  const Quotas room{.sessions_per_project = 2, .sessions_per_owner = 3};
  const auto open_one = [&](const std::string& project, const std::string& version,
                            const std::string& owner) {
    return sessions().open("main", wanted(project, version, owner), room, note("session.create"));
  };
  const auto first = open_one("demo", "1.0", "1");
  ASSERT_TRUE(open_one("demo", "2.0", "1").ok());
  EXPECT_EQ(conflict([&] { return open_one("demo", "3.0", "1"); }),
            "project demo has 2 open sessions, the most that it may have");
  EXPECT_FALSE(open_one("demo", "2.0", "1")->fresh) << "the open one of that version is no further one";
  ASSERT_TRUE(open_one("other", "1.0", "1").ok());
  EXPECT_EQ(conflict([&] { return open_one("third", "1.0", "1"); }),
            "token 1 has 3 open sessions, the most that it may have");
  EXPECT_TRUE(open_one("third", "1.0", "2").ok()) << "others are not concerned";
  ASSERT_TRUE(sessions().cancel(first->session.id, note("session.cancel"), at(150)).ok());
  EXPECT_TRUE(open_one("demo", "3.0", "1").ok());
}

TEST_P(SessionStoreContract, lists_the_live_sessions_with_what_they_hold) {
  const auto session = open("demo", "1.0", "7");
  stage(session, "bytes");
  const auto gone = open("demo", "2.0", "7");
  ASSERT_TRUE(sessions().cancel(gone.id, note("session.cancel"), at(150)).ok());
  open("later", "1.0", "7");
  const auto listed = sessions().list("main", at(150));
  ASSERT_TRUE(listed.ok());
  ASSERT_EQ(listed->size(), 2U);
  EXPECT_EQ(listed->front().session.id, session.id);
  EXPECT_EQ(listed->front().session.owner.id, "7");
  EXPECT_EQ(listed->front().files, 1U);
  EXPECT_EQ(listed->front().bytes, 5U);
  EXPECT_EQ(listed->back().files, 0U);
  EXPECT_TRUE(sessions().list("main", at(1100))->empty()) << "they have expired";
  EXPECT_EQ(sessions().list("none", at(150)).error().code, Errc::not_found);
}

TEST_P(SessionStoreContract, counts_what_is_announced_into_the_room_of_the_project) {
  const auto session = open("demo", "1.0");
  const auto key = announce(session, "demo-1.0-py3-none-any.whl");
  const Quotas room{.project_size = 9};
  const auto refused = [&] {
    return sessions().announce(open("demo", "2.0").id, announced("demo-2.0.tar.gz"), room,
                               note("session.file.create"), at(122));
  };
  EXPECT_EQ(refused().error().code, Errc::too_large);
  EXPECT_EQ(files().totals("main", named("demo"))->staged, 5U);
  auto upload = wheel("demo", "3.0", "bytes");
  upload.room = room;
  EXPECT_EQ(add(upload).error().code, Errc::too_large);
  ASSERT_TRUE(sessions().remove(key, note("session.file.delete"), at(123)).ok());
  EXPECT_EQ(files().totals("main", named("demo"))->staged, 0U);
  EXPECT_EQ(*add(upload), Recorded::added);
}

TEST_P(SessionStoreContract, names_the_blobs_that_a_session_releases) {
  const std::vector<Sha256> held{Sha256::of("bytes"), Sha256::of("metadata")};
  const auto first = open("demo", "1.0");
  const auto key = stage(first, "bytes");
  EXPECT_EQ(*sessions().remove(key, note("session.file.delete"), at(140)), held);
  EXPECT_TRUE(sessions().cancel(first.id, note("session.cancel"), at(141))->empty());
  const auto second = open("demo", "2.0");
  stage(second, "bytes");
  EXPECT_EQ(*sessions().cancel(second.id, note("session.cancel"), at(142)), held);
  const auto third = open("demo", "3.0");
  stage(third, "bytes");
  const auto expired =
      sessions().expire([](std::string_view, const Session&) { return note("session.expire"); }, at(1100));
  EXPECT_EQ(expired->blobs, held);
}

TEST_P(SessionStoreContract, a_refused_release_is_blocked_for_every_session_and_upload) {
  const auto session = open("demo", "1.0");
  stage(session, "bytes");
  const auto blobs = refuse(session, {});
  ASSERT_TRUE(blobs.ok()) << blobs.error().message;
  EXPECT_THAT(*blobs, ::testing::Contains(Sha256::of("bytes")));
  EXPECT_EQ(find(session)->status, SessionStatus::canceled);
  const auto detail = catalog().project("main", "demo");
  ASSERT_TRUE(detail.ok());
  EXPECT_TRUE(detail->files.empty());
  EXPECT_EQ(detail->releases.at(0).blocked, "it does not import");
  for (const std::string version : {"1.0", "1.0.0"}) {
    EXPECT_EQ(files().can_add("main", release_of("demo", version), {}, at(300)).error().code,
              Errc::forbidden);
    EXPECT_EQ(add(wheel("demo", version, "others")).error().code, Errc::forbidden);
  }
  EXPECT_TRUE(files().can_add("main", release_of("demo", "1.1"), {}, at(300)).ok());
}

TEST_P(SessionStoreContract, a_refused_release_that_is_unblocked_closes_from_its_first_file_on) {
  const auto session = open("demo", "1.0");
  stage(session, "bytes");
  ASSERT_TRUE(refuse(session, {}).ok());
  const auto demo = release_of("demo", "1.0");
  ASSERT_TRUE(states().block_release("main", demo, {}, note("release.unblock"), at(250)).ok());
  auto file = wheel("demo", "1.0", "bytes");
  file.file.uploaded = at(260) + std::chrono::days{400};
  ASSERT_TRUE(add(file).ok()) << "closes-after did not begin before";
  const auto further = [&](std::chrono::days later) {
    return files().can_add("main", demo, "demo-1.0-py2-none-any.whl", file.file.uploaded + later);
  };
  EXPECT_TRUE(further(std::chrono::days{13}).ok());
  EXPECT_EQ(further(std::chrono::days{15}).error().code, Errc::conflict);
}

TEST_P(SessionStoreContract, refuses_no_release_that_was_not_tried_or_that_readers_have) {
  const auto empty = open("demo", "1.0");
  EXPECT_EQ(conflict([&] { return refuse(empty, {}); }),
            "the session has received no file that could be refused");
  expect_added(wheel("demo", "2.0", "bytes"));
  const auto second = open("demo", "2.0");
  stage(second, "bytes");
  EXPECT_EQ(conflict([&] { return refuse(second, {}); }), "release 2.0 of demo has files on this index");
  EXPECT_EQ(find(second)->status, SessionStatus::open);
}

TEST_P(SessionStoreContract, a_refusal_makes_no_project_beyond_the_quota) {
  expect_added(wheel("first", "1.0", "x"));
  const auto session = open("demo", "1.0");
  stage(session, "bytes");
  const auto before = state();
  EXPECT_EQ(refuse(session, {.projects = 1}).error().code, Errc::too_large);
  EXPECT_EQ(state(), before);
}

TEST_P(SessionStoreContract, shows_nothing_of_a_file_before_it_is_published) {
  const auto session = open("demo", "1.0");
  stage(session, "bytes");
  EXPECT_EQ(catalog().project("main", "demo").error().code, Errc::not_found);
  EXPECT_EQ(files().find("main", "demo-1.0-py3-none-any.whl").error().code, Errc::not_found);
  EXPECT_TRUE(catalog().projects("main", {}, 1)->empty());
  EXPECT_EQ(*catalog().serial("main"), 0);
  const auto published = publish(session);
  ASSERT_TRUE(published.ok()) << published.error().message;
  EXPECT_EQ(published->session.status, SessionStatus::published);
  const auto file = files().find("main", "demo-1.0-py3-none-any.whl");
  ASSERT_TRUE(file.ok());
  EXPECT_EQ(file->sha256, Sha256::of("bytes"));
  EXPECT_EQ(file->uploaded, at(200));
  EXPECT_EQ(file->requires_python, ">=3.9");
  EXPECT_EQ(file->metadata_sha256, Sha256::of("metadata"));
  EXPECT_EQ(find(session)->status, SessionStatus::published);
  EXPECT_EQ(find(session)->files.size(), 1U);
  expect_sound_ledger(7);
}

TEST_P(SessionStoreContract, publishes_nothing_over_the_quota) {
  const auto session = open("demo", "1.0");
  stage(session, "bytes");
  const State before = state();
  const PublicationNotes notes{.session = note("session.publish"),
                               .file = [](const File&) { return note("file.upload"); },
                               .room = Quotas{.project_size = 4}};
  const auto refused = sessions().publish(session.id, notes, at(200), {});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Errc::too_large);
  EXPECT_EQ(state(), before);
  EXPECT_EQ(find(session)->status, SessionStatus::open);
}

TEST_P(SessionStoreContract, takes_a_file_through_its_states) {
  const auto session = open("demo", "1.0");
  const auto key = announce(session, "demo-1.0-py3-none-any.whl");
  const auto pending = sessions().file(key);
  ASSERT_TRUE(pending.ok());
  EXPECT_EQ(pending->status, StagedStatus::pending);
  EXPECT_EQ(pending->size, 5U);
  EXPECT_EQ(pending->hashes, announced("").hashes);
  EXPECT_EQ(pending->received, std::nullopt);
  EXPECT_EQ(conflict([&] { return publish(session); }),
            "expected every file to be completed, found: \"demo-1.0-py3-none-any.whl\" is pending");
  ASSERT_TRUE(sessions().receive(key, received("bytes"), note("session.file.receive"), at(120)).ok());
  EXPECT_EQ(sessions().file(key)->received->sha256, Sha256::of("bytes"));
  EXPECT_EQ(sessions().file(key)->received->blake2b_256, std::string(64, 'b'));
  EXPECT_EQ(conflict([&] {
              return sessions().complete(key, completed(session, "other"), {}, note("session.file.complete"));
            }),
            "the bytes of \"demo-1.0-py3-none-any.whl\" changed while they were checked");
  ASSERT_TRUE(
      sessions().complete(key, completed(session, "bytes"), {"warned"}, note("session.file.complete")).ok());
  EXPECT_EQ(sessions().file(key)->status, StagedStatus::completed);
  EXPECT_EQ(sessions().file(key)->findings, json::Array{"warned"});
  EXPECT_EQ(
      conflict([&] { return sessions().receive(key, received("x"), note("session.file.receive"), at(1)); }),
      "the upload of \"demo-1.0-py3-none-any.whl\" is completed, not pending");
}

TEST_P(SessionStoreContract, a_failed_file_can_only_be_removed) {
  const auto session = open("demo", "1.0");
  const auto key = announce(session, "demo-1.0-py3-none-any.whl");
  ASSERT_TRUE(sessions().receive(key, received("bytes"), note("session.file.receive"), at(120)).ok());
  ASSERT_TRUE(
      sessions().fail(key, Sha256::of("bytes"), {"refused"}, note("session.file.refuse"), at(121)).ok());
  EXPECT_EQ(find(session)->files.front().status, StagedStatus::error);
  EXPECT_TRUE(files().referenced_blobs()->empty());
  EXPECT_EQ(conflict([&] { return publish(session); }),
            "expected every file to be completed, found: \"demo-1.0-py3-none-any.whl\" is error");
  EXPECT_EQ(conflict([&] {
              return sessions().announce(session.id, announced("demo-1.0-py3-none-any.whl"), {},
                                         note("session.file.create"), at(122));
            }),
            "the session has a file \"demo-1.0-py3-none-any.whl\" already, which is error");
  ASSERT_TRUE(sessions().remove(key, note("session.file.delete"), at(123)).ok());
  EXPECT_TRUE(find(session)->files.empty());
  EXPECT_EQ(sessions().file(key)->status, StagedStatus::canceled);
  EXPECT_EQ(sessions().remove(key, note("session.file.delete"), at(124)).error().code, Errc::not_found);
  stage(session, "other");
  EXPECT_TRUE(publish(session).ok());
}

TEST_P(SessionStoreContract, a_file_of_another_session_is_not_found) {
  const auto mine = open("demo", "1.0");
  const auto other = open("demo", "2.0");
  auto key = announce(mine, "demo-1.0-py3-none-any.whl");
  key.session = other.id;
  EXPECT_EQ(sessions().file(key).error().code, Errc::not_found);
  EXPECT_EQ(sessions().receive(key, received("x"), note("session.file.receive"), at(1)).error().message,
            "there is no such file in this session");
}

TEST_P(SessionStoreContract, publishes_all_files_or_none) {
  const auto session = open("demo", "1.0");
  stage(session, "bytes");
  auto sdist = completed(session, "sdist");
  sdist.filename = "demo-1.0.tar.gz";
  const auto key = announce(session, sdist.filename);
  ASSERT_TRUE(sessions().receive(key, received("sdist"), note("session.file.receive"), at(120)).ok());
  ASSERT_TRUE(sessions().complete(key, sdist, {}, note("session.file.complete")).ok());
  const State before = state();
  const PublicationHooks failing{.after_file = [] { throw std::runtime_error("no"); }, .before_commit = {}};
  EXPECT_THROW(static_cast<void>(publish(session, failing)), std::runtime_error);
  EXPECT_EQ(state(), before);
  EXPECT_EQ(find(session)->status, SessionStatus::open);
  auto taken = wheel("demo", "1.0", "others");
  taken.file.filename = "demo-1.0.tar.gz";
  expect_added(taken);
  EXPECT_EQ(conflict([&] { return publish(session); }),
            fmt::format("File already exists: \"demo-1.0.tar.gz\" is published with other bytes (SHA-256 {})",
                        Sha256::of("others").hex()));
  EXPECT_EQ(find(session)->status, SessionStatus::open);
  ASSERT_TRUE(sessions().remove(key, note("session.file.delete"), at(140)).ok());
  EXPECT_EQ(publish(session)->added.size(), 1U);
}

TEST_P(SessionStoreContract, names_every_conflicting_file) {
  const auto session = open("demo", "1.0");
  stage(session, "bytes");
  expect_added(wheel("demo", "1.0", "others"));
  ASSERT_TRUE(files().remove("main", "demo-1.0-py3-none-any.whl", note("file.delete"), at(140)).ok());
  EXPECT_EQ(conflict([&] { return publish(session); }),
            "File already exists: \"demo-1.0-py3-none-any.whl\" was used by a file that has since been "
            "deleted");
}

TEST_P(SessionStoreContract, counts_files_published_already_with_the_same_bytes) {
  const auto session = open("demo", "1.0");
  stage(session, "bytes");
  expect_added(wheel("demo", "1.0", "bytes"));
  const auto published = publish(session);
  ASSERT_TRUE(published.ok());
  EXPECT_TRUE(published->added.empty());
  EXPECT_EQ(published->identical, 1U);
  EXPECT_EQ(*catalog().serial("main"), 1);
}

TEST_P(SessionStoreContract, a_publication_closes_the_release) {
  const auto session = open("demo", "1.0");
  stage(session, "bytes");
  ASSERT_TRUE(publish(session).ok());
  EXPECT_EQ(conflict([&] { return add(sdist("demo", "1.0.0", "later")); }),
            "release 1.0 of demo is closed: it takes no further file");
  const auto later = open("demo", "1.0.0");
  auto row = sdist("demo", "1.0", "later").file;
  row.uploaded = at(130);
  const auto key = announce(later, row.filename);
  ASSERT_TRUE(sessions().receive(key, received("later"), note("session.file.receive"), at(120)).ok());
  ASSERT_TRUE(sessions().complete(key, row, {}, note("session.file.complete")).ok());
  EXPECT_EQ(conflict([&] { return publish(later); }),
            "release 1.0 of demo is closed: it takes no further file");
}

TEST_P(SessionStoreContract, an_approval_opens_one_publication) {
  const std::string ada(32, 'a');
  const std::string grace(32, 'b');
  const auto first = open("demo", "1.0");
  stage(first, "bytes");
  ASSERT_TRUE(publish_approved(first, {ada}).ok());
  const auto second = open("demo", "2.0");
  stage(second, "others");
  EXPECT_EQ(conflict([&] { return publish_approved(second, {grace, ada}); }),
            "the approval " + ada + " was used by an earlier publication of this index");
  EXPECT_TRUE(publish_approved(second, {grace}).ok());
}

TEST_P(SessionStoreContract, refuses_another_spelling_of_a_file) {
  const auto session = open("demo", "1.0");
  stage(session, "bytes");
  EXPECT_EQ(conflict([&] {
              return sessions().announce(session.id, announced("demo-1.0.0-py3-none-any.whl"), {},
                                         note("session.file.create"), at(122));
            }),
            "the session has \"demo-1.0-py3-none-any.whl\", which is \"demo-1.0.0-py3-none-any.whl\" in "
            "another spelling (equal project, version, build and tags)");
  expect_added(wheel("demo", "1.0.0", "bytes"));
  EXPECT_EQ(conflict([&] { return publish(session); }),
            "File already exists: \"demo-1.0-py3-none-any.whl\" is published as "
            "\"demo-1.0.0-py3-none-any.whl\"");
}

TEST_P(SessionStoreContract, publishes_nothing_that_its_examination_refuses) {
  const auto session = open("demo", "1.0");
  stage(session, "bytes");
  const auto examined = [&](const Status& verdict) {
    const PublicationNotes notes{.session = note("session.publish"),
                                 .file = file_note("file.upload"),
                                 .examine = [&](const Session& seen, const ReleaseDigests& there) {
                                   EXPECT_EQ(seen.files.size(), 1U);
                                   EXPECT_EQ(there, ReleaseDigests{});
                                   return verdict;
                                 }};
    return sessions().publish(session.id, notes, at(200), {});
  };
  EXPECT_EQ(conflict([&] { return examined(Error{Errc::conflict, "it changed"}); }), "it changed");
  EXPECT_TRUE(examined(success()).ok());
}

TEST_P(SessionStoreContract, a_session_without_a_file_is_not_published) {
  const auto session = open("demo", "1.0");
  EXPECT_EQ(conflict([&] { return publish(session); }), "the session has no file to publish");
}

TEST_P(SessionStoreContract, has_one_winner_when_eight_threads_publish) {
  const auto session = open("demo", "1.0");
  stage(session, "bytes");
  std::vector<std::thread> threads;
  std::vector<std::string> outcomes(8);
  for (auto& outcome : outcomes) {
    threads.emplace_back([&] {
      const auto done = publish(session);
      outcome = done.ok() ? "published" : done.error().message;
    });
  }
  for (auto& thread : threads)
    thread.join();
  EXPECT_EQ(std::ranges::count(outcomes, "published"), 1);
  EXPECT_EQ(std::ranges::count(outcomes, "the session was published"), 7);
  expect_sound_ledger(7);
}

TEST_P(SessionStoreContract, refuses_changes_of_an_ended_session) {
  const auto session = open("demo", "1.0");
  const auto key = stage(session, "bytes");
  ASSERT_TRUE(sessions().cancel(session.id, note("session.cancel"), at(150)).ok());
  EXPECT_EQ(find(session)->status, SessionStatus::canceled);
  EXPECT_TRUE(find(session)->files.empty());
  EXPECT_TRUE(files().referenced_blobs()->empty());
  for (const std::string& message :
       {conflict([&] { return publish(session); }),
        conflict([&] { return sessions().cancel(session.id, note("session.cancel"), at(151)); }),
        conflict([&] { return sessions().extend(session.id, at(9999), note("session.extend"), at(151)); }),
        conflict([&] { return sessions().remove(key, note("session.file.delete"), at(151)); }), conflict([&] {
          return sessions().announce(session.id, announced("x"), {}, note("session.file.create"), at(151));
        })})
    EXPECT_EQ(message, "the session was canceled");
}

TEST_P(SessionStoreContract, moves_the_expiry_later_only) {
  const auto session = open("demo", "1.0");
  ASSERT_TRUE(sessions().extend(session.id, at(5000), note("session.extend"), at(150)).ok());
  EXPECT_EQ(find(session)->expires, at(5000));
  const State before = state();
  ASSERT_TRUE(sessions().extend(session.id, at(4000), note("session.extend"), at(151)).ok());
  EXPECT_EQ(find(session)->expires, at(5000));
  EXPECT_EQ(state(), before);
}

TEST_P(SessionStoreContract, an_expired_session_leaves_only_its_ledger_entries) {
  const auto session = open("demo", "1.0");
  const auto key = stage(session, "bytes");
  EXPECT_EQ(expire(at(1099)), 0U);
  EXPECT_NE(home_->refusal("INSERT INTO session_files SELECT * FROM session_files"), "");
  EXPECT_EQ(files().referenced_blobs()->size(), 2U);
  EXPECT_EQ(find(session, at(1100)).error().message, "there is no such session");
  EXPECT_EQ(sessions().receive(key, received("x"), note("x"), at(1100)).error().code, Errc::not_found);
  EXPECT_EQ(expire(at(1100)), 1U);
  EXPECT_EQ(expire(at(1100)), 0U);
  EXPECT_TRUE(files().referenced_blobs()->empty());
  EXPECT_EQ(sessions().file(key).error().code, Errc::not_found);
  // A row that is there would be its own duplicate.
  EXPECT_EQ(home_->refusal("INSERT INTO sessions SELECT * FROM sessions"), "");
  EXPECT_EQ(home_->refusal("INSERT INTO session_files SELECT * FROM session_files"), "");
  EXPECT_EQ(ledger().entries(0, 100)->back().note.action, "session.expire");
  expect_sound_ledger(6);
}

TEST_P(SessionStoreContract, forgets_sessions_that_ended_long_ago) {
  const auto session = open("demo", "1.0");
  stage(session, "bytes");
  ASSERT_TRUE(publish(session).ok());
  EXPECT_EQ(*sessions().forget(at(200)), 0U);
  EXPECT_TRUE(find(session).ok());
  EXPECT_EQ(*sessions().forget(at(201)), 1U);
  EXPECT_EQ(find(session).error().code, Errc::not_found);
  EXPECT_EQ(files().referenced_blobs()->size(), 2U) << "the published file is there";
}

TEST_P(SessionStoreContract, survives_reopening_the_database) {
  const auto session = open("demo", "1.0");
  stage(session, "bytes");
  reopen();
  ASSERT_EQ(find(session)->files.size(), 1U);
  EXPECT_EQ(find(session)->files.front().file->sha256, Sha256::of("bytes"));
  EXPECT_TRUE(publish(session).ok());
}

TEST_P(SessionStoreContract, does_not_reopen_an_ended_session) {
  const auto session = open("demo", "1.0");
  ASSERT_TRUE(sessions().cancel(session.id, note("session.cancel"), at(150)).ok());
  EXPECT_NE(home_->refusal("UPDATE sessions SET status = 'open', ended = NULL").find("never changes"),
            std::string::npos);
}

TEST_P(SessionStoreContract, a_label_comes_with_the_publication_and_stays) {
  auto labelled = wanted("demo", "1.0", "1");
  labelled.label = ReleaseLabel::no_ci_provenance;
  const auto opened = sessions().open("main", labelled, {}, note("session.create"));
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ(find(opened->session)->label, ReleaseLabel::no_ci_provenance);
  stage(opened->session, "bytes");
  PublicationHooks killed;
  killed.before_commit = [] { throw std::runtime_error("killed"); };
  EXPECT_THROW(static_cast<void>(publish(opened->session, killed)), std::runtime_error);
  EXPECT_FALSE(catalog().project("main", "demo").ok()) << "neither the files nor the label";
  ASSERT_TRUE(publish(opened->session).ok());
  EXPECT_EQ(catalog().project("main", "demo")->releases.front().label, ReleaseLabel::no_ci_provenance);
  EXPECT_EQ(catalog().project("main", "demo")->files.front().label, ReleaseLabel::no_ci_provenance);
  for (const char* statement :
       {"UPDATE releases SET label = NULL", "DELETE FROM releases WHERE label IS NOT NULL"}) {
    const auto refusal = home_->refusal(statement);
    EXPECT_NE(refusal.find("a release keeps its label"), std::string::npos) << refusal;
  }
  EXPECT_NE(home_->refusal("UPDATE sessions SET label = NULL").find("a session keeps its label"),
            std::string::npos);
  EXPECT_NE(home_->refusal("UPDATE releases SET label = 'trusted' WHERE label IS NULL OR label <> ''"), "");
}

}  // namespace packhouse::testing
