#include "store/sql/copy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "store/sql/catalog_queries.hpp"
#include "store/sql/file_queries.hpp"
#include "store/sql/file_steps.hpp"
#include "store/sql/index_steps.hpp"
#include "store/sql/release_labels.hpp"
#include "store/sql/rows.hpp"

namespace packhouse::sql {
namespace {

/// SHA-256 by filename: what a release is.
using Content = std::map<std::string, Sha256, std::less<>>;

/// What an index has of a release; empty where the release does not exist.
struct Holding {
  Content content;
  bool offered = true;
};

Holding read_release(Connection& connection, const IndexHandle& index, const ReleaseCopy& copy) {
  Holding holding;
  const auto row = connection.one<FindProject>({index.id, copy.release.project.str()});
  if (!row) return holding;
  const auto& [id, serial, status, reason] = *row;
  connection.each<ListFiles>({copy.release.project.str(), status, reason, id}, [&](FileRow file_row) {
    const File file = to_file(std::move(file_row));
    if (file.release != copy.release) return;
    holding.content.emplace(file.filename, file.sha256);
    if (file.withheld || file.yanked) holding.offered = false;
  });
  return holding;
}

Content content_of(const ReleaseCopy& copy) {
  Content content;
  for (const File& file : copy.files)
    content.emplace(file.filename, file.sha256);
  return content;
}

Status check_source(Connection& connection, const ReleaseCopy& copy, const Content& wanted) {
  TRY(const auto source, find_index(connection, copy.from));
  const auto found = read_release(connection, source, copy);
  if (found.offered && found.content == wanted) return success();
  return Error{Errc::conflict,
               fmt::format("release {} of {} in the index {} changed while it was being copied",
                           copy.release.version.str(), copy.release.project.str(), quote(copy.from)),
               "look at it and try again"};
}

/// A filename belongs to one release, so a file of the wanted names can only be in this one.
Status check_target(Connection& connection, const IndexHandle& target, const ReleaseCopy& copy,
                    const Content& wanted, const Content& there, Timestamp now) {
  CHECK_OK(refuse_closed(connection, target, copy.release));
  for (const auto& [filename, digest] : there) {
    const auto same = wanted.find(filename);
    if (same == wanted.end()) {
      return Error{Errc::conflict,
                   fmt::format("release {} of {} is there with the file {}, which the index {} has not",
                               copy.release.version.str(), copy.release.project.str(), quote(filename),
                               quote(copy.from)),
                   "a release is copied whole: use a new version"};
    }
    if (same->second == digest) continue;
    return Error{
        Errc::conflict,
        fmt::format("File already exists: {} is there with other bytes: expected sha256 {}, found {}",
                    quote(filename), same->second.hex(), digest.hex()),
        "a file never changes: use a new version"};
  }
  for (const auto& [filename, unused] : wanted) {
    if (there.contains(filename)) continue;
    CHECK_OK(refuse_retired(connection, target, filename));
    CHECK_OK(refuse_second_spelling(connection, target, filename));
    CHECK_OK(refuse_settled(connection, target, copy.release, now));
  }
  return success();
}

/// The upload time is that of this index: an installer that excludes files newer than some date asks it.
File arriving(File file, Timestamp now) {
  file.uploaded = now;
  file.yanked.reset();
  return file;
}

}  // namespace

Result<std::size_t> copy_release(Connection& connection, std::string_view index, const ReleaseCopy& copy,
                                 const DatedNote& dated, const CopyHooks& hooks) {
  TRY(const auto target, find_index(connection, index));
  CHECK_OK(refuse_reserved(connection, target, copy.release.project, dated.note.actor, dated.now));
  const auto wanted = content_of(copy);
  CHECK_OK(check_source(connection, copy, wanted));
  const auto there = read_release(connection, target, copy).content;
  CHECK_OK(check_target(connection, target, copy, wanted, there, dated.now));
  std::size_t added = 0;
  for (const File& file : copy.files) {
    if (there.contains(file.filename)) continue;
    if (copy.room) CHECK_OK(refuse_full(connection, target, file, *copy.room));
    insert_file(connection, target, arriving(file, dated.now), dated.now);
    ++added;
    if (hooks.after_file) hooks.after_file();
  }
  if (added > 0) settle(connection, target, copy.release);
  TRY(const auto source, find_index(connection, copy.from));
  const auto label = find_label(connection, source, copy.release);
  const bool labelled = label && label_release(connection, target, copy.release, *label);
  if (added == 0 && !labelled) return added;
  LedgerNote note = dated.note;
  if (label) note.detail["label"] = to_string(*label);
  CHECK_OK(append_to_ledger(connection, note, dated.now));
  if (hooks.before_commit) hooks.before_commit();
  return added;
}

}  // namespace packhouse::sql
