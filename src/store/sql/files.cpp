#include "store/sql/files.hpp"

#include <fmt/format.h>

#include <utility>

#include "store/sql/copy.hpp"
#include "store/sql/file_queries.hpp"
#include "store/sql/file_steps.hpp"
#include "store/sql/index_steps.hpp"
#include "store/sql/ledger.hpp"
#include "store/sql/rows.hpp"

namespace packhouse::sql {
namespace {

Status refuse_immutable(const IndexHandle& found, std::string_view index) {
  if (!found.immutable) return success();
  return Error{Errc::forbidden, fmt::format("the index {} is immutable: its files stay", quote(index)),
               "yank or block the release instead; only the server's configuration can change this"};
}

std::vector<File> files_of(Connection& connection, const IndexHandle& index, const ReleaseName& release) {
  std::vector<File> files;
  connection.each<ListReleaseFiles>({index.id, release.project.str(), release.version.identity()},
                                    [&](FileRow row) { files.push_back(to_file(std::move(row))); });
  return files;
}

class SqlFiles final : public FileStore {
 public:
  explicit SqlFiles(Transactions& transactions) : transactions_(transactions) {}

  Result<File> find(std::string_view index, std::string_view filename) override {
    return transactions_.read([&](Connection& connection) -> Result<File> {
      TRY(const auto found, find_index(connection, index));
      auto file = find_file(connection, found, filename);
      if (!file) return no_such_file(index, filename);
      return *std::move(file);
    });
  }

  Result<std::vector<File>> of_release(std::string_view index, const ReleaseName& release) override {
    return transactions_.read([&](Connection& connection) -> Result<std::vector<File>> {
      TRY(const auto found, find_index(connection, index));
      return files_of(connection, found, release);
    });
  }

  Result<Totals> totals(std::string_view index, const ProjectName& project) override {
    return transactions_.read([&](Connection& connection) -> Result<Totals> {
      TRY(const auto found, find_index(connection, index));
      return count_held(connection, found, project);
    });
  }

  Result<Recorded> add(std::string_view index, const NewFile& file, const FileNote& note,
                       const std::function<void()>& before_commit) override {
    return transactions_.write([&](Connection& connection) -> Result<Recorded> {
      TRY(const auto found, find_index(connection, index));
      TRY(const auto outcome, take_file(connection, found, file, note));
      if (before_commit && outcome == Recorded::added) before_commit();
      return outcome;
    });
  }

  Status can_add(std::string_view index, const ReleaseName& release, std::string_view filename,
                 Timestamp now) override {
    return transactions_.read([&](Connection& connection) -> Status {
      TRY(const auto found, find_index(connection, index));
      CHECK_OK(refuse_uploads(connection, found));
      CHECK_OK(refuse_closed(connection, found, release));
      if (find_file(connection, found, filename)) return success();
      CHECK_OK(refuse_retired(connection, found, filename));
      CHECK_OK(refuse_second_spelling(connection, found, filename));
      return refuse_settled(connection, found, release, now);
    });
  }

  Status can_name(std::string_view index, const ProjectName& project, const Actor& actor,
                  Timestamp now) override {
    return transactions_.read([&](Connection& connection) -> Status {
      TRY(const auto found, find_index(connection, index));
      return refuse_reserved(connection, found, project, actor, now);
    });
  }

  Result<File> remove(std::string_view index, std::string_view filename, const LedgerNote& note,
                      Timestamp now) override {
    return transactions_.write([&](Connection& connection) -> Result<File> {
      TRY(const auto found, find_index(connection, index));
      auto file = find_file(connection, found, filename);
      if (!file) return no_such_file(index, filename);
      CHECK_OK(refuse_immutable(found, index));
      delete_file(connection, found, *file, now);
      CHECK_OK(append_to_ledger(connection, note, now));
      return *std::move(file);
    });
  }

  Result<std::vector<File>> remove_releases(std::string_view index, std::span<const ReleaseName> releases,
                                            const FileNote& note, Timestamp now) override {
    return transactions_.write([&](Connection& connection) -> Result<std::vector<File>> {
      TRY(const auto found, find_index(connection, index));
      CHECK_OK(refuse_immutable(found, index));
      std::vector<File> gone;
      for (const auto& release : releases) {
        for (auto& file : files_of(connection, found, release)) {
          delete_file(connection, found, file, now);
          CHECK_OK(append_to_ledger(connection, note(file), now));
          gone.push_back(std::move(file));
        }
      }
      return gone;
    });
  }

  Result<std::size_t> copy_release(std::string_view index, const ReleaseCopy& copy, const LedgerNote& note,
                                   Timestamp now, const CopyHooks& hooks) override {
    return transactions_.write([&](Connection& connection) {
      return sql::copy_release(connection, index, copy, {note, now}, hooks);
    });
  }

  Result<std::vector<Sha256>> referenced_blobs() override {
    return transactions_.read([&](Connection& connection) -> Result<std::vector<Sha256>> {
      std::vector<Sha256> all;
      connection.each<ListReferencedBlobs>(
          {}, [&](const ListReferencedBlobs::Row& row) { all.push_back(to_sha256(std::get<0>(row))); });
      return all;
    });
  }

  Result<bool> needs_blob(const Sha256& digest) override {
    return transactions_.read([&](Connection& connection) -> Result<bool> {
      return std::get<0>(*connection.one<NeedsBlob>({digest.hex()})) != 0;
    });
  }

 private:
  Transactions& transactions_;
};

}  // namespace

std::unique_ptr<FileStore> make_file_store(Transactions& transactions) {
  return std::make_unique<SqlFiles>(transactions);
}

}  // namespace packhouse::sql
