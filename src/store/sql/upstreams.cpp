#include "store/sql/upstreams.hpp"

#include <fmt/format.h>

#include "store/sql/index_steps.hpp"
#include "store/sql/ledger.hpp"
#include "store/sql/rows.hpp"
#include "store/sql/text_rules.hpp"
#include "store/sql/upstream_queries.hpp"

namespace packhouse::sql {
namespace {

OptionalNumber size_number(const std::optional<std::uint64_t>& size) {
  return size ? OptionalNumber{static_cast<Number>(*size)} : std::nullopt;
}

UpstreamFile to_upstream_file(std::string_view project, const ListUpstreamFiles::Row& row) {
  const auto& [filename, sha256, size, metadata, url, fetched, findings] = row;
  return {.project = std::string(project),
          .filename = filename,
          .sha256 = to_sha256(sha256),
          .size = size ? std::optional{static_cast<std::uint64_t>(*size)} : std::nullopt,
          .metadata_sha256 = to_optional_sha256(metadata),
          .url = url,
          .fetched = to_time(fetched),
          .findings = findings};
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
      std::vector<UpstreamFile> all;
      connection.each<ListUpstreamFiles>({found.id, Text{project}}, [&](const ListUpstreamFiles::Row& row) {
        all.push_back(to_upstream_file(project, row));
      });
      return all;
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

 private:
  Transactions& transactions_;
};

}  // namespace

std::unique_ptr<UpstreamStore> make_upstream_store(Transactions& transactions) {
  return std::make_unique<SqlUpstreams>(transactions);
}

}  // namespace packhouse::sql
