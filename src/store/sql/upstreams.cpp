#include "store/sql/upstreams.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "store/sql/index_steps.hpp"
#include "store/sql/ledger.hpp"
#include "store/sql/rows.hpp"
#include "store/sql/text_rules.hpp"
#include "store/sql/upstream_queries.hpp"
#include "store/store_error.hpp"

namespace packhouse::sql {
namespace {

OptionalNumber size_number(const std::optional<std::uint64_t>& size) {
  return size ? OptionalNumber{static_cast<Number>(*size)} : std::nullopt;
}

UpstreamFile to_upstream_file(const UpstreamFileRow& row) {
  const auto& [project, filename, sha256, size, metadata, url, fetched, findings, evicted] = row;
  return {.project = project,
          .filename = filename,
          .sha256 = to_sha256(sha256),
          .size = size ? std::optional{static_cast<std::uint64_t>(*size)} : std::nullopt,
          .metadata_sha256 = to_optional_sha256(metadata),
          .url = url,
          .fetched = to_time(fetched),
          .findings = findings,
          .evicted = to_optional_time(evicted)};
}

RecallCause to_cause(const Text& text) {
  for (const auto cause : {RecallCause::deleted, RecallCause::quarantined, RecallCause::yanked})
    if (to_string(cause) == text) return cause;
  throw StoreError("the database holds what packhouse did not write: the recall " + quote(text));
}

std::vector<UpstreamFile> fetched_files(Connection& connection, Number index, std::string_view project) {
  std::vector<UpstreamFile> all;
  const auto keep = [&](const UpstreamFileRow& row) { all.push_back(to_upstream_file(row)); };
  if (project.empty()) {
    connection.each<ListAllUpstreamFiles>({index}, keep);
  } else {
    connection.each<ListUpstreamFiles>({index, Text{project}}, keep);
  }
  return all;
}

std::vector<UpstreamRecall> listed_recalls(Connection& connection, Number index, std::string_view project) {
  std::vector<UpstreamRecall> all;
  connection.each<ListRecalls>({index, Text{project}}, [&](const ListRecalls::Row& row) {
    const auto& [name, filename, sha256, cause, reason, seen] = row;
    all.push_back({.project = name,
                   .filename = filename,
                   .sha256 = to_sha256(sha256),
                   .cause = to_cause(cause),
                   .reason = reason,
                   .seen = to_time(seen)});
  });
  return all;
}

/// What of a project's recalls begins and ends.
struct RecallChange {
  std::vector<UpstreamRecall> begun;
  std::vector<UpstreamRecall> ended;
};

RecallChange compare_recalls(const std::vector<UpstreamFile>& files, std::vector<UpstreamRecall> there,
                             const RecallRule& rule, Timestamp now) {
  RecallChange change;
  for (const auto& file : files) {
    auto recall = file.was_fetched() ? rule(file) : std::nullopt;
    if (!recall) continue;
    const auto known = std::ranges::find_if(there, [&](const UpstreamRecall& each) {
      return each.filename == file.filename && each.sha256 == file.sha256;
    });
    const bool goes_on =
        known != there.end() && known->cause == recall->cause && known->reason == recall->reason;
    if (known != there.end()) there.erase(known);
    if (goes_on) continue;
    recall->project = file.project;
    recall->filename = file.filename;
    recall->sha256 = file.sha256;
    recall->seen = now;
    change.begun.push_back(*std::move(recall));
  }
  change.ended = std::move(there);
  return change;
}

void write_recalls(Connection& connection, Number index, const RecallChange& change) {
  for (const auto& each : change.begun) {
    connection.run<PutRecall>({index, each.project, each.filename, each.sha256.hex(),
                               Text{to_string(each.cause)}, each.reason, to_number(each.seen)});
  }
  for (const auto& each : change.ended)
    connection.run<DropRecall>({index, each.project, each.filename, each.sha256.hex()});
}

class SqlUpstreams final : public UpstreamStore {
 public:
  explicit SqlUpstreams(Transactions& transactions) : transactions_(transactions) {}

  Result<NameClaim> claim(std::string_view project, Timestamp now) override {
    return transactions_.read([&](Connection& connection) -> Result<NameClaim> {
      const auto [is_project, has_session, is_reserved] =
          connection.one<FindClaim>({Text{project}, to_number(now)}).value();
      if (is_project != 0) return NameClaim::project;
      if (has_session != 0) return NameClaim::session;
      return is_reserved != 0 ? NameClaim::reservation : NameClaim::none;
    });
  }

  Result<bool> reserve(const ReservedName& name, const LedgerNote& note) override {
    CHECK_OK(check_text("reason", name.reason));
    return transactions_.write([&](Connection& connection) -> Result<bool> {
      const auto changed =
          connection.run<ReserveName>({name.name, name.prefix ? 1 : 0, name.reason, to_number(name.made)});
      if (changed == 0) return false;
      CHECK_OK(append_to_ledger(connection, note, name.made));
      return true;
    });
  }

  Status lift(const std::string& name, bool prefix, const LedgerNote& note, Timestamp now) override {
    return transactions_.write([&](Connection& connection) -> Status {
      if (connection.run<LiftName>({name, prefix ? 1 : 0}) == 0) {
        return Error{Errc::not_found, fmt::format("{}{} is not reserved", name, prefix ? "-*" : ""),
                     "`packhouse name list` shows what is"};
      }
      return append_to_ledger(connection, note, now);
    });
  }

  Result<std::vector<ReservedName>> reserved() override {
    return transactions_.read([&](Connection& connection) -> Result<std::vector<ReservedName>> {
      std::vector<ReservedName> all;
      connection.each<ListReservedNames>({}, [&](const ListReservedNames::Row& row) {
        const auto& [name, prefix, reason, made] = row;
        all.push_back({.name = name, .prefix = prefix != 0, .reason = reason, .made = to_time(made)});
      });
      return all;
    });
  }

  Status allow(std::string_view index, const AgeException& exception, const LedgerNote& note) override {
    CHECK_OK(check_text("reason", exception.reason));
    return transactions_.write([&](Connection& connection) -> Status {
      TRY(const auto found, find_index(connection, index));
      connection.run<PutException>({found.id, exception.project, exception.version,
                                    to_number(exception.until), exception.reason, to_number(exception.made)});
      return append_to_ledger(connection, note, exception.made);
    });
  }

  Status end_exception(std::string_view index, const AgeException& exception, const LedgerNote& note,
                       Timestamp now) override {
    return transactions_.write([&](Connection& connection) -> Status {
      TRY(const auto found, find_index(connection, index));
      if (connection.run<DropException>({found.id, exception.project, exception.version}) == 0) {
        return Error{Errc::not_found, fmt::format("there is no exception for {}", exception.requirement()),
                     "`packhouse upstream list` shows what there is"};
      }
      return append_to_ledger(connection, note, now);
    });
  }

  Result<std::vector<AgeException>> exceptions(std::string_view index) override {
    return transactions_.read([&](Connection& connection) -> Result<std::vector<AgeException>> {
      TRY(const auto found, find_index(connection, index));
      std::vector<AgeException> all;
      connection.each<ListExceptions>({found.id}, [&](const ListExceptions::Row& row) {
        const auto& [project, version, until, reason, made] = row;
        all.push_back({.project = project,
                       .version = version,
                       .until = to_time(until),
                       .reason = reason,
                       .made = to_time(made)});
      });
      return all;
    });
  }

  Result<std::optional<UpstreamPage>> page(std::string_view index, std::string_view project) override {
    return transactions_.read([&](Connection& connection) -> Result<std::optional<UpstreamPage>> {
      TRY(const auto found, find_index(connection, index));
      auto row = connection.one<FindUpstreamPage>({found.id, Text{project}});
      if (!row) return std::optional<UpstreamPage>{};
      auto& [upstream, document, etag, last_modified, read] = *row;
      return std::optional{UpstreamPage{.upstream = std::move(upstream),
                                        .document = std::move(document),
                                        .etag = std::move(etag),
                                        .last_modified = std::move(last_modified),
                                        .read = to_time(read)}};
    });
  }

  Status put_page(std::string_view index, std::string_view project, const UpstreamPage& page) override {
    CHECK_OK(check_text("page", page.document));
    CHECK_OK(check_text("entity tag", page.etag));
    CHECK_OK(check_text("date", page.last_modified));
    return transactions_.write([&](Connection& connection) -> Status {
      TRY(const auto found, find_index(connection, index));
      connection.run<PutUpstreamPage>({found.id, Text{project}, page.upstream, page.document, page.etag,
                                       page.last_modified, to_number(page.read)});
      return success();
    });
  }

  Status drop_page(std::string_view index, std::string_view project) override {
    return transactions_.write([&](Connection& connection) -> Status {
      TRY(const auto found, find_index(connection, index));
      connection.run<DropUpstreamPage>({found.id, Text{project}});
      return success();
    });
  }

  Result<std::vector<UpstreamFile>> files(std::string_view index, std::string_view project) override {
    return transactions_.read([&](Connection& connection) -> Result<std::vector<UpstreamFile>> {
      TRY(const auto found, find_index(connection, index));
      return fetched_files(connection, found.id, project);
    });
  }

  Status put_file(std::string_view index, const UpstreamFile& file) override {
    CHECK_OK(check_text("filename", file.filename));
    CHECK_OK(check_text("address", file.url));
    CHECK_OK(check_text("findings", file.findings));
    return transactions_.write([&](Connection& connection) -> Status {
      TRY(const auto found, find_index(connection, index));
      connection.run<PutUpstreamFile>({found.id, file.project, file.filename, file.sha256.hex(),
                                       size_number(file.size), digest_text(file.metadata_sha256), file.url,
                                       to_number(file.fetched), file.findings});
      return success();
    });
  }

  Status settle_recalls(std::string_view index, std::string_view project, const RecallRule& rule,
                        const RecallNote& note, Timestamp now) override {
    const auto change_in = [&](Connection& connection, Number id) {
      return compare_recalls(fetched_files(connection, id, project), listed_recalls(connection, id, project),
                             rule, now);
    };
    const auto settled = transactions_.read([&](Connection& connection) -> Result<bool> {
      TRY(const auto found, find_index(connection, index));
      const auto change = change_in(connection, found.id);
      return change.begun.empty() && change.ended.empty();
    });
    if (!settled.ok()) return settled.error();
    if (*settled) return success();  // most often: no need to wait for the writer
    return transactions_.write([&](Connection& connection) -> Status {
      TRY(const auto found, find_index(connection, index));
      const auto change = change_in(connection, found.id);
      write_recalls(connection, found.id, change);
      if (!change.begun.empty()) CHECK_OK(append_to_ledger(connection, note(true, change.begun), now));
      if (!change.ended.empty()) CHECK_OK(append_to_ledger(connection, note(false, change.ended), now));
      return success();
    });
  }

  Result<std::vector<UpstreamRecall>> recalls(std::string_view index, std::string_view project) override {
    return transactions_.read([&](Connection& connection) -> Result<std::vector<UpstreamRecall>> {
      TRY(const auto found, find_index(connection, index));
      return listed_recalls(connection, found.id, project);
    });
  }

  Result<std::uint64_t> stored_bytes() override {
    return transactions_.read([&](Connection& connection) -> Result<std::uint64_t> {
      return static_cast<std::uint64_t>(std::get<0>(connection.one<SumStoredUpstreamFiles>({}).value()));
    });
  }

  Result<std::vector<StoredUpstreamFile>> least_used(std::uint64_t keep) override {
    return transactions_.read([&](Connection& connection) -> Result<std::vector<StoredUpstreamFile>> {
      auto stored =
          static_cast<std::uint64_t>(std::get<0>(connection.one<SumStoredUpstreamFiles>({}).value()));
      std::vector<StoredUpstreamFile> all;
      if (stored <= keep) return all;
      connection.each<ListLeastUsed>({}, [&](const ListLeastUsed::Row& row) {
        if (stored <= keep) return;
        const auto& [project, sha256, size] = row;
        all.push_back(
            {.project = project, .sha256 = to_sha256(sha256), .size = static_cast<std::uint64_t>(size)});
        stored -= all.back().size;
      });
      return all;
    });
  }

  Result<bool> evict(const Sha256& sha256, Timestamp now) override {
    return transactions_.write([&](Connection& connection) -> Result<bool> {
      if (std::get<0>(connection.one<NeedsBesideUpstream>({sha256.hex()}).value()) != 0) return false;
      return connection.run<EvictUpstreamFiles>({to_number(now), sha256.hex()}) > 0;
    });
  }

  Result<bool> pin(const LockFile& lock, std::span<const Sha256> digests, const LedgerNote& note) override {
    CHECK_OK(check_text("name", lock.name));
    CHECK_OK(check_text("reason", lock.reason));
    return transactions_.write([&](Connection& connection) -> Result<bool> {
      const auto there = connection.one<FindLockFile>({lock.name});
      if (there && std::get<0>(*there) == lock.sha256.hex()) return false;
      connection.run<DropLockFile>({lock.name});
      const auto id = std::get<0>(
          connection.one<AddLockFile>({lock.name, lock.sha256.hex(), lock.reason, to_number(lock.made)})
              .value());
      for (const auto& digest : digests)
        connection.run<AddLockedFile>({id, digest.hex()});
      CHECK_OK(append_to_ledger(connection, note, lock.made));
      return true;
    });
  }

  Status unpin(const std::string& name, const LedgerNote& note, Timestamp now) override {
    return transactions_.write([&](Connection& connection) -> Status {
      if (connection.run<DropLockFile>({name}) == 0) {
        return Error{Errc::not_found, fmt::format("no lock file {} is registered", quote(name)),
                     "`packhouse mirror pins` shows those that are"};
      }
      return append_to_ledger(connection, note, now);
    });
  }

  Result<std::vector<LockFileUse>> locks() override {
    return transactions_.read([&](Connection& connection) -> Result<std::vector<LockFileUse>> {
      std::vector<LockFileUse> all;
      connection.each<ListLockFiles>({}, [&](const ListLockFiles::Row& row) {
        const auto& [name, sha256, reason, made, pinned, stored, bytes] = row;
        all.push_back(
            {.lock = {.name = name, .sha256 = to_sha256(sha256), .reason = reason, .made = to_time(made)},
             .pinned = static_cast<std::uint64_t>(pinned),
             .stored = static_cast<std::uint64_t>(stored),
             .bytes = static_cast<std::uint64_t>(bytes)});
      });
      return all;
    });
  }

 private:
  Transactions& transactions_;
};

}  // namespace

std::unique_ptr<UpstreamStore> make_upstream_store(Transactions& transactions) {
  return std::make_unique<SqlUpstreams>(transactions);
}

}  // namespace packhouse::sql
