#include "sys/fail_point.hpp"

#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <optional>

namespace packhouse {
namespace {

constexpr std::array points{
    FailPoint::upload_body_begun,
    FailPoint::upload_body_complete,
    FailPoint::upload_checked,
    FailPoint::upload_blob_synced,
    FailPoint::upload_blob_linked,
    FailPoint::upload_in_transaction,
    FailPoint::upload_committed,
    FailPoint::copy_file_written,
    FailPoint::copy_in_transaction,
    FailPoint::copy_committed,
    FailPoint::session_bytes_begun,
    FailPoint::session_bytes_stored,
    FailPoint::session_file_checked,
    FailPoint::session_publish_begun,
    FailPoint::session_publish_half,
    FailPoint::session_publish_in_transaction,
    FailPoint::session_publish_committed,
    FailPoint::upstream_page_stored,
    FailPoint::upstream_file_begun,
    FailPoint::upstream_file_verified,
    FailPoint::upstream_file_recorded,
    FailPoint::backup_database_copied,
    FailPoint::backup_blob_placed,
    FailPoint::backup_snapshot_written,
    FailPoint::backup_snapshot_named,
    FailPoint::restore_blob_placed,
    FailPoint::restore_database_copied,
    FailPoint::journal_line_begun,
    FailPoint::journal_line_written,
    FailPoint::journal_evidence_written,
};

struct Choice {
  FailPoint point;
  unsigned long time;  // from 1
};

std::optional<Choice> named_by_environment() noexcept {
  const char* text = std::getenv("PACKHOUSE_FAIL_POINT");
  if (text == nullptr) return std::nullopt;
  const std::string_view words(text);
  const std::size_t colon = words.find(':');
  const unsigned long time =
      colon == std::string_view::npos ? 1 : std::strtoul(text + colon + 1, nullptr, 10);
  for (const FailPoint point : points) {
    if (to_string(point) == words.substr(0, colon)) return Choice{point, time};
  }
  return std::nullopt;
}

// Read before main(), so that reach() costs one comparison and no lock.
const std::optional<Choice> chosen = named_by_environment();
std::atomic<unsigned long> times_reached{0};

}  // namespace

std::span<const FailPoint> all_fail_points() noexcept {
  return points;
}

std::string_view to_string(FailPoint point) noexcept {
  switch (point) {
    case FailPoint::upload_body_begun:
      return "upload-body-begun";
    case FailPoint::upload_body_complete:
      return "upload-body-complete";
    case FailPoint::upload_checked:
      return "upload-checked";
    case FailPoint::upload_blob_synced:
      return "upload-blob-synced";
    case FailPoint::upload_blob_linked:
      return "upload-blob-linked";
    case FailPoint::upload_in_transaction:
      return "upload-in-transaction";
    case FailPoint::upload_committed:
      return "upload-committed";
    case FailPoint::copy_file_written:
      return "copy-file-written";
    case FailPoint::copy_in_transaction:
      return "copy-in-transaction";
    case FailPoint::copy_committed:
      return "copy-committed";
    case FailPoint::session_bytes_begun:
      return "session-bytes-begun";
    case FailPoint::session_bytes_stored:
      return "session-bytes-stored";
    case FailPoint::session_file_checked:
      return "session-file-checked";
    case FailPoint::session_publish_begun:
      return "session-publish-begun";
    case FailPoint::session_publish_half:
      return "session-publish-half";
    case FailPoint::session_publish_in_transaction:
      return "session-publish-in-transaction";
    case FailPoint::session_publish_committed:
      return "session-publish-committed";
    case FailPoint::upstream_page_stored:
      return "upstream-page-stored";
    case FailPoint::upstream_file_begun:
      return "upstream-file-begun";
    case FailPoint::upstream_file_verified:
      return "upstream-file-verified";
    case FailPoint::upstream_file_recorded:
      return "upstream-file-recorded";
    case FailPoint::backup_database_copied:
      return "backup-database-copied";
    case FailPoint::backup_blob_placed:
      return "backup-blob-placed";
    case FailPoint::backup_snapshot_written:
      return "backup-snapshot-written";
    case FailPoint::backup_snapshot_named:
      return "backup-snapshot-named";
    case FailPoint::restore_blob_placed:
      return "restore-blob-placed";
    case FailPoint::restore_database_copied:
      return "restore-database-copied";
    case FailPoint::journal_line_begun:
      return "journal-line-begun";
    case FailPoint::journal_line_written:
      return "journal-line-written";
    case FailPoint::journal_evidence_written:
      return "journal-evidence-written";
  }
  return "unknown";
}

void reach(FailPoint point) noexcept {
  if (!chosen || chosen->point != point || ++times_reached != chosen->time) return;
  // SIGKILL, and not _exit(): no handler, no flush, no destructor of this process runs.
  ::kill(::getpid(), SIGKILL);
  ::pause();
}

}  // namespace packhouse
