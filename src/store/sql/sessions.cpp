#include "store/sql/sessions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "base/text.hpp"
#include "store/sql/file_steps.hpp"
#include "store/sql/index_steps.hpp"
#include "store/sql/ledger.hpp"
#include "store/sql/release_labels.hpp"
#include "store/sql/rows.hpp"
#include "store/sql/session_queries.hpp"
#include "store/sql/text_rules.hpp"

namespace packhouse::sql {
namespace {

Error no_such_session() {
  return {Errc::not_found, "there is no such session", "it expired, or was never opened: open a new one"};
}

Error no_such_file_here() {
  return {Errc::not_found, "there is no such file in this session", "the session's status lists its files"};
}

Text to_text(const NamedDigests& hashes) {
  json::Object object;
  for (const auto& [name, hex] : hashes)
    object[name] = hex;
  return json::canonical(object);
}

NamedDigests to_digests(const Text& text) {
  const auto parsed = require(json::parse(text));
  NamedDigests hashes;
  for (const auto& [name, hex] : parsed.as_object())
    hashes.emplace(std::string(name), std::string(hex.as_string()));
  return hashes;
}

Session to_session(const SessionRow& row) {
  const auto& [id, project, version, owner_kind, owner_id, status, created, expires, label] = row;
  return {.id = id,
          .release = to_release_name(project, version),
          .token = {},
          .owner = {.kind = owner_kind, .id = owner_id, .address = {}},
          .status = require(parse_session_status(status)),
          .created = to_time(created),
          .expires = to_time(expires),
          .label = to_label(label),
          .files = {}};
}

StagedFile to_staged(const StagedRow& row, const Session& session) {
  const auto& [id, filename, size, hashes, status, sha256, blake2b_256, kind, requires_python,
               metadata_sha256, completed, findings] = row;
  StagedFile staged{.id = id,
                    .filename = filename,
                    .size = static_cast<std::uint64_t>(size),
                    .hashes = to_digests(hashes),
                    .status = require(parse_staged_status(status)),
                    .received = std::nullopt,
                    .file = std::nullopt,
                    .findings = require(json::parse(findings)).as_array()};
  if (sha256 && blake2b_256)
    staged.received = HashValues{.sha256 = to_sha256(*sha256), .blake2b_256 = *blake2b_256, .md5 = {}};
  if (staged.status != StagedStatus::completed) return staged;
  staged.file = File{.id = 0,
                     .release = session.release,
                     .filename = filename,
                     .kind = require(parse_file_kind(kind.value())),
                     .sha256 = staged.received->sha256,
                     .blake2b_256 = staged.received->blake2b_256,
                     .size = staged.size,
                     .requires_python = requires_python,
                     .metadata_sha256 = to_optional_sha256(metadata_sha256),
                     .uploaded = to_time(completed.value()),
                     .yanked = std::nullopt};
  return staged;
}

Session with_files(Connection& connection, Session session) {
  connection.each<ListStaged>(
      {session.id}, [&](const ListStaged::Row& row) { session.files.push_back(to_staged(row, session)); });
  return session;
}

bool is_live(const Session& session, Timestamp now) {
  return session.status == SessionStatus::open && now < session.expires;
}

/// The live session of that release. SQL cannot compare versions; a project has no more sessions than an
/// index may have.
std::optional<Session> find_equal(Connection& connection, const IndexHandle& index, const Session& wanted) {
  std::optional<Session> equal;
  connection.each<ListLiveSessions>({index.id, wanted.release.project.str(), to_number(wanted.created)},
                                    [&](const ListLiveSessions::Row& row) {
                                      auto live = to_session(row);
                                      if (!equal && live.release == wanted.release) equal = std::move(live);
                                    });
  return equal;
}

/// A session that may be changed.
Result<Session> find_live(Connection& connection, Number id, Timestamp now) {
  const auto row = connection.one<FindSession>({id});
  if (!row) return no_such_session();
  auto session = to_session(*row);
  if (is_live(session, now)) return session;
  if (session.status == SessionStatus::open) return no_such_session();
  return Error{Errc::conflict, fmt::format("the session was {}", to_string(session.status)),
               "open a new session"};
}

Result<StagedFile> find_staged(Connection& connection, const Session& session, Number id) {
  const auto row = connection.one<FindStaged>({session.id, id});
  if (!row) return no_such_file_here();
  return to_staged(*row, session);
}

Result<StagedFile> find_pending(Connection& connection, const StagedKey& key, Timestamp now) {
  TRY(const auto session, find_live(connection, key.session, now));
  TRY(auto staged, find_staged(connection, session, key.file));
  if (staged.status == StagedStatus::pending) return staged;
  return Error{
      Errc::conflict,
      fmt::format("the upload of {} is {}, not pending", quote(staged.filename), to_string(staged.status)),
      "delete the file from the session, then announce it again"};
}

bool holds(const StagedFile& staged, const Sha256& sha256) {
  return staged.received && staged.received->sha256 == sha256;
}

Error bytes_changed(std::string_view filename) {
  return {Errc::conflict, fmt::format("the bytes of {} changed while they were checked", quote(filename)),
          "complete the file again after the last upload of it"};
}

Result<IndexHandle> index_of(Connection& connection, Number session) {
  const auto row = connection.one<FindIndexOfSession>({session});
  if (!row) return no_such_session();
  return find_index(connection, std::get<0>(*row));
}

std::string joined(const std::vector<std::string>& parts) {
  return join(parts, "; ");
}

/// PEP 694: every file of a published session is completed.
Status refuse_unfinished(const Session& session) {
  if (session.files.empty()) {
    return Error{Errc::conflict, "the session has no file to publish", "upload one, or cancel the session"};
  }
  std::vector<std::string> unfinished;
  for (const auto& file : session.files) {
    if (file.status != StagedStatus::completed)
      unfinished.push_back(fmt::format("{} is {}", quote(file.filename), to_string(file.status)));
  }
  if (unfinished.empty()) return success();
  return Error{Errc::conflict, "expected every file to be completed, found: " + joined(unfinished),
               "complete each file, or delete it from the session"};
}

/// A verdict is one on files.
Status refuse_untried(const Session& session) {
  const bool has_bytes = std::ranges::any_of(session.files, [](const StagedFile& file) {
    return file.status != StagedStatus::canceled && file.received.has_value();
  });
  if (has_bytes) return success();
  return Error{Errc::conflict, "the session has received no file that could be refused", "cancel it instead"};
}

/// Names all conflicts, not only the first, so that they can be resolved together.
Status refuse_taken(Connection& connection, const IndexHandle& index, const Session& session) {
  std::vector<std::string> taken;
  for (const auto& staged : session.files) {
    const auto there = find_file(connection, index, staged.filename);
    if (there && there->sha256 != staged.file->sha256) {
      taken.push_back(fmt::format("{} is published with other bytes (SHA-256 {})", quote(staged.filename),
                                  there->sha256.hex()));
    } else if (!there && !refuse_retired(connection, index, staged.filename).ok()) {
      taken.push_back(
          fmt::format("{} was used by a file that has since been deleted", quote(staged.filename)));
    } else if (const auto other = other_spelling(connection, index, staged.filename); !there && other) {
      taken.push_back(fmt::format("{} is published as {}", quote(staged.filename), quote(*other)));
    }
  }
  if (taken.empty()) return success();
  return Error{Errc::conflict, "File already exists: " + joined(taken),
               "a file never changes: delete it from the session, or publish a new version"};
}

/// Each approval opens one publication of an index, whatever the machine that sends it.
Status spend_approvals(Connection& connection, const IndexHandle& index,
                       const std::vector<std::string>& nonces, Timestamp now) {
  for (const std::string& nonce : nonces) {
    if (connection.one<FindSpentApproval>({index.id, nonce})) {
      return Error{Errc::conflict,
                   fmt::format("the approval {} was used by an earlier publication of this index", nonce),
                   "an approval opens one release: have the owners approve this one"};
    }
    connection.run<SpendApproval>({index.id, nonce, to_number(now)});
  }
  return success();
}

class SqlSessions final : public SessionStore {
 public:
  explicit SqlSessions(Transactions& transactions) : transactions_(transactions) {}

  Result<OpenedSession> open(std::string_view index, const Session& wanted, const Quotas& room,
                             const LedgerNote& note) override {
    return transactions_.write([&](Connection& connection) -> Result<OpenedSession> {
      TRY(const auto found, find_index(connection, index));
      if (auto live = find_equal(connection, found, wanted)) {
        add_token(connection, *live, wanted.token);
        return OpenedSession{.session = with_files(connection, *std::move(live)), .fresh = false};
      }
      CHECK_OK(refuse_reserved(connection, found, wanted.release.project, wanted.owner, wanted.created));
      CHECK_OK(refuse_too_many(connection, found, wanted, room));
      Session opened = wanted;
      opened.id = insert(connection, found, wanted);
      CHECK_OK(append(connection, note, opened, wanted.created));
      return OpenedSession{.session = std::move(opened), .fresh = true};
    });
  }

  Result<std::vector<ListedSession>> list(std::string_view index, Timestamp now) override {
    return transactions_.read([&](Connection& connection) -> Result<std::vector<ListedSession>> {
      TRY(const auto found, find_index(connection, index));
      std::vector<ListHeld::Row> rows;
      connection.each<ListHeld>({found.id, to_number(now)},
                                [&](const ListHeld::Row& row) { rows.push_back(row); });
      std::vector<ListedSession> sessions;
      for (const auto& [id, files, bytes] : rows) {
        sessions.push_back({.session = to_session(connection.one<FindSession>({id}).value()),
                            .files = static_cast<std::size_t>(files),
                            .bytes = static_cast<std::uint64_t>(bytes)});
      }
      return sessions;
    });
  }

  Result<Session> find(std::string_view index, const Secret& token, Timestamp now) override {
    return transactions_.read([&](Connection& connection) -> Result<Session> {
      TRY(const auto found, find_index(connection, index));
      const auto hash = Sha256::of(token.reveal()).hex();
      const auto row = connection.one<FindSessionByToken>({found.id, hash, hash});
      if (!row) return no_such_session();
      auto session = to_session(*row);
      session.token = token;
      if (session.status == SessionStatus::open && !is_live(session, now)) return no_such_session();
      return with_files(connection, std::move(session));
    });
  }

  Result<StagedFile> file(const StagedKey& key) override {
    return transactions_.read([&](Connection& connection) -> Result<StagedFile> {
      const auto row = connection.one<FindSession>({key.session});
      if (!row) return no_such_file_here();
      return find_staged(connection, to_session(*row), key.file);
    });
  }

  Status extend(std::int64_t session, Timestamp expires, const LedgerNote& note, Timestamp now) override {
    return transactions_.write([&](Connection& connection) -> Status {
      TRY(const auto live, find_live(connection, session, now));
      // PEP 694: never moved earlier.
      if (expires <= live.expires) return success();
      connection.run<ExtendSession>({to_number(expires), session});
      return append(connection, note, live, now);
    });
  }

  Result<ReleasedBlobs> cancel(std::int64_t session, const LedgerNote& note, Timestamp now) override {
    return transactions_.write([&](Connection& connection) -> Result<ReleasedBlobs> {
      TRY(const auto live, find_live(connection, session, now));
      ReleasedBlobs blobs;
      drop_files(connection, session, blobs);
      connection.run<EndSession>({Text{to_string(SessionStatus::canceled)}, to_number(now), session});
      CHECK_OK(append(connection, note, live, now));
      return blobs;
    });
  }

  Result<ReleasedBlobs> refuse(std::int64_t session, const SessionRefusal& refusal, Timestamp now) override {
    CHECK_OK(check_text("reason", refusal.reason));
    return transactions_.write([&](Connection& connection) -> Result<ReleasedBlobs> {
      TRY(auto live, find_live(connection, session, now));
      live = with_files(connection, std::move(live));
      CHECK_OK(refuse_untried(live));
      TRY(const auto index, index_of(connection, session));
      CHECK_OK(block_unpublished(connection, index, live.release, refusal, now));
      ReleasedBlobs blobs;
      drop_files(connection, session, blobs);
      connection.run<EndSession>({Text{to_string(SessionStatus::canceled)}, to_number(now), session});
      CHECK_OK(append(connection, refusal.session, live, now));
      return blobs;
    });
  }

  Result<StagedFile> announce(std::int64_t session, const StagedFile& file, const Quotas& room,
                              const LedgerNote& note, Timestamp now) override {
    CHECK_OK(check_text("filename", file.filename));
    if (!std::in_range<Number>(file.size)) return Error{Errc::invalid_input, "size: too large a number"};
    return transactions_.write([&](Connection& connection) -> Result<StagedFile> {
      TRY(const auto live, find_live(connection, session, now));
      CHECK_OK(refuse_second(connection, session, file.filename));
      TRY(const auto index, index_of(connection, session));
      CHECK_OK(check_room(room, count_held(connection, index, live.release.project), file.size));
      const auto row = connection.one<InsertStaged>(
          {session, file.filename, static_cast<Number>(file.size), to_text(file.hashes)});
      CHECK_OK(append(connection, note, live, now));
      return find_staged(connection, live, std::get<0>(row.value()));
    });
  }

  Status receive(const StagedKey& key, const HashValues& digests, const LedgerNote& note,
                 Timestamp now) override {
    return transactions_.write([&](Connection& connection) -> Status {
      TRY(const auto pending, find_pending(connection, key, now));
      if (holds(pending, digests.sha256)) return success();
      connection.run<ReceiveStaged>({digests.sha256.hex(), digests.blake2b_256, key.file});
      return append(connection, note, key.session, now);
    });
  }

  Status complete(const StagedKey& key, const File& file, const json::Array& findings,
                  const LedgerNote& note) override {
    CHECK_OK(check_texts(file));
    return transactions_.write([&](Connection& connection) -> Status {
      TRY(const auto pending, find_pending(connection, key, file.uploaded));
      if (!holds(pending, file.sha256)) return bytes_changed(pending.filename);
      connection.run<CompleteStaged>({Text{to_string(file.kind)}, file.requires_python,
                                      digest_text(file.metadata_sha256), to_number(file.uploaded),
                                      json::canonical(findings), key.file});
      return append(connection, note, key.session, file.uploaded);
    });
  }

  Result<ReleasedBlobs> fail(const StagedKey& key, const Sha256& sha256, const json::Array& findings,
                             const LedgerNote& note, Timestamp now) override {
    return transactions_.write([&](Connection& connection) -> Result<ReleasedBlobs> {
      TRY(const auto pending, find_pending(connection, key, now));
      if (!holds(pending, sha256)) return bytes_changed(pending.filename);
      connection.run<EndStaged>({Text{to_string(StagedStatus::error)}, json::canonical(findings), key.file});
      CHECK_OK(append(connection, note, key.session, now));
      return ReleasedBlobs{sha256};
    });
  }

  Result<ReleasedBlobs> remove(const StagedKey& key, const LedgerNote& note, Timestamp now) override {
    return transactions_.write([&](Connection& connection) -> Result<ReleasedBlobs> {
      TRY(const auto session, find_live(connection, key.session, now));
      TRY(const auto staged, find_staged(connection, session, key.file));
      if (staged.status == StagedStatus::canceled) return no_such_file_here();
      ReleasedBlobs blobs;
      add_blobs(staged, blobs);
      connection.run<EndStaged>({Text{to_string(StagedStatus::canceled)}, Text{"[]"}, key.file});
      CHECK_OK(append(connection, note, session, now));
      return blobs;
    });
  }

  Result<PublishedSession> publish(std::int64_t session, const PublicationNotes& notes, Timestamp now,
                                   const PublicationHooks& hooks) override {
    return transactions_.write([&](Connection& connection) -> Result<PublishedSession> {
      TRY(auto live, find_live(connection, session, now));
      live = with_files(connection, std::move(live));
      TRY(const auto index, index_of(connection, session));
      CHECK_OK(refuse_unfinished(live));
      if (notes.examine) CHECK_OK(notes.examine(live, digests_of(connection, index, live.release)));
      CHECK_OK(refuse_taken(connection, index, live));
      CHECK_OK(spend_approvals(connection, index, notes.approvals, now));
      // Ended first: its reservation must not refuse another actor who publishes it.
      connection.run<EndSession>({Text{to_string(SessionStatus::published)}, to_number(now), session});
      live.status = SessionStatus::published;
      PublishedSession done{.session = live, .added = {}, .identical = 0};
      for (const auto& staged : live.files) {
        CHECK_OK(take_staged(connection, index, staged, notes, now, done));
        if (hooks.after_file) hooks.after_file();
      }
      settle(connection, index, live.release);
      if (live.label) label_release(connection, index, live.release, *live.label);
      CHECK_OK(append(connection, notes.session, live, now));
      if (hooks.before_commit) hooks.before_commit();
      return done;
    });
  }

  Result<ExpiredSessions> expire(
      const std::function<LedgerNote(std::string_view index, const Session&)>& note_for,
      Timestamp now) override {
    // Runs twice a second: without anything to do it must not take the writer.
    TRY(const auto due, listed<ListExpiredSessions>(now));
    if (due.empty()) return ExpiredSessions{};
    return transactions_.write([&](Connection& connection) -> Result<ExpiredSessions> {
      ExpiredSessions expired;
      for (const Number id : due) {
        const auto row = connection.one<FindSession>({id});
        if (!row) continue;
        const auto session = to_session(*row);
        if (session.status != SessionStatus::open || is_live(session, now)) continue;
        const auto index = std::get<0>(connection.one<FindIndexOfSession>({id}).value());
        drop_files(connection, id, expired.blobs);
        connection.run<DeleteSession>({id});
        CHECK_OK(append(connection, note_for(index, session), session, now));
        ++expired.count;
      }
      return expired;
    });
  }

  Result<std::size_t> forget(Timestamp before) override {
    TRY(const auto old, listed<ListForgettableSessions>(before));
    if (old.empty()) return std::size_t{0};
    return transactions_.write([&](Connection& connection) -> Result<std::size_t> {
      for (const Number id : old) {
        connection.run<DeleteStagedOfSession>({id});
        connection.run<DeleteSession>({id});
      }
      return old.size();
    });
  }

 private:
  template <typename Query>
  Result<std::vector<Number>> listed(Timestamp time) {
    return transactions_.read([&](Connection& connection) -> Result<std::vector<Number>> {
      std::vector<Number> ids;
      connection.each<Query>({to_number(time)},
                             [&](const typename Query::Row& row) { ids.push_back(std::get<0>(row)); });
      return ids;
    });
  }

  /// Every entry names its session by number: the token is a secret.
  static Status append(Connection& connection, const LedgerNote& note, Number session, Timestamp now) {
    LedgerNote numbered = note;
    numbered.detail["session"] = session;
    return append_to_ledger(connection, numbered, now);
  }
  static Status append(Connection& connection, const LedgerNote& note, const Session& session,
                       Timestamp now) {
    return append(connection, note, session.id, now);
  }

  static Number insert(Connection& connection, const IndexHandle& index, const Session& session) {
    const auto row = connection.one<InsertSession>(
        {index.id, session.release.project.str(), session.release.version.str(),
         Sha256::of(session.token.reveal()).hex(), session.owner.kind, session.owner.id,
         to_number(session.created), to_number(session.expires), label_text(session.label)});
    return std::get<0>(row.value());
  }

  static Status refuse_too_many(Connection& connection, const IndexHandle& index, const Session& wanted,
                                const Quotas& room) {
    const auto& project = wanted.release.project.str();
    const auto& owner = wanted.owner;
    const auto refuse_beyond = [](Number live, std::uint64_t most, const std::string& whose) -> Status {
      if (std::cmp_less(live, most)) return success();
      return Error{Errc::conflict,
                   fmt::format("{} has {} open sessions, the most that it may have", whose, live),
                   "publish or cancel some; packhouse session list shows them to an administrator"};
    };
    const auto of_project = connection.one<CountLiveSessionsOfProject>({index.id, project}).value();
    CHECK_OK(refuse_beyond(std::get<0>(of_project), room.sessions_per_project, "project " + project));
    const auto of_owner = connection.one<CountLiveSessionsOfOwner>({index.id, owner.kind, owner.id}).value();
    CHECK_OK(refuse_beyond(std::get<0>(of_owner), room.sessions_per_owner,
                           fmt::format("{} {}", owner.kind, owner.id)));
    const auto of_index = connection.one<CountLiveSessions>({index.id}).value();
    return refuse_beyond(std::get<0>(of_index), max_live, "this index");
  }

  static void add_blobs(const StagedFile& staged, ReleasedBlobs& blobs) {
    if (staged.received) blobs.push_back(staged.received->sha256);
    if (staged.file && staged.file->metadata_sha256) blobs.push_back(*staged.file->metadata_sha256);
  }

  /// Deletes the rows of a session's files, and adds the blobs that they held.
  static void drop_files(Connection& connection, Number session, ReleasedBlobs& blobs) {
    connection.each<ListStagedBlobs>({session}, [&](const ListStagedBlobs::Row& row) {
      for (const auto& hex : {std::get<0>(row), std::get<1>(row)})
        if (hex) blobs.push_back(to_sha256(*hex));
    });
    connection.run<DeleteStagedOfSession>({session});
  }

  /// The tokens that it has stay valid, the last ones of them: their number is bounded.
  static void add_token(Connection& connection, Session& session, const Secret& token) {
    connection.run<InsertSessionToken>({session.id, Sha256::of(token.reveal()).hex()});
    connection.run<DropOldSessionTokens>({session.id, session.id, static_cast<Number>(max_further_tokens)});
    session.token = token;
  }

  static Status refuse_second(Connection& connection, Number session, const std::string& filename) {
    if (const auto there = connection.one<FindStagedByName>({session, filename})) {
      return Error{
          Errc::conflict,
          fmt::format("the session has a file {} already, which is {}", quote(filename), std::get<0>(*there)),
          "delete it first, then announce it again"};
    }
    CHECK_OK(refuse_second_spelling_in(connection, session, filename));
    const auto count = std::get<0>(connection.one<CountStaged>({session}).value());
    if (std::cmp_less(count, max_files)) return success();
    return Error{Errc::conflict,
                 fmt::format("expected at most {} files in a session, replaced ones included", max_files),
                 "publish what is there, or cancel the session"};
  }

  /// Of a file in the same session: a conflict that its publication would meet anyway.
  static Status refuse_second_spelling_in(Connection& connection, Number session,
                                          const std::string& filename) {
    const auto identity = identity_of(filename);
    std::optional<Text> other;
    connection.each<ListStaged>({session}, [&](const ListStaged::Row& row) {
      const Text& name = std::get<1>(row);
      if (identity_of(name) == identity) other = name;
    });
    if (!other) return success();
    return Error{Errc::conflict,
                 fmt::format("the session has {}, which is {} in another spelling (equal project, version, "
                             "build and tags)",
                             quote(*other), quote(filename)),
                 "delete one of them from the session"};
  }

  static Status take_staged(Connection& connection, const IndexHandle& index, const StagedFile& staged,
                            const PublicationNotes& notes, Timestamp now, PublishedSession& done) {
    NewFile row{.file = staged.file.value(), .warnings = staged.findings, .room = notes.room};
    row.file.uploaded = now;  // the moment from which others can see it, which is what clients ask of it
    TRY(const auto outcome, take_file(connection, index, row, notes.file));
    if (outcome == Recorded::added) {
      done.added.push_back(std::move(row.file));
    } else {
      ++done.identical;
    }
    return success();
  }

  Transactions& transactions_;
};

}  // namespace

std::unique_ptr<SessionStore> make_session_store(Transactions& transactions) {
  return std::make_unique<SqlSessions>(transactions);
}

}  // namespace packhouse::sql
