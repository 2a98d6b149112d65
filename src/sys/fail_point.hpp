#pragma once

#include <span>
#include <string_view>

namespace packhouse {

/// The points at which a test may end the process as a power cut would. A test can run each of them
/// (`packhouse fail-points` prints their names).
enum class FailPoint {
  upload_body_begun,      ///< some bytes of the file are in the temporary file
  upload_body_complete,   ///< all bytes written, none synced
  upload_checked,         ///< accepted by the checks, not yet durable
  upload_blob_synced,     ///< file synced under its temporary name
  upload_blob_linked,     ///< renamed to its digest, folder synced, no row
  upload_in_transaction,  ///< rows written, not committed
  upload_committed,       ///< committed, not answered

  // Of a release that is copied from one index to another.
  copy_file_written,    ///< one file's row written, not committed
  copy_in_transaction,  ///< all rows written, not committed
  copy_committed,       ///< committed, not answered

  // Of a session (PEP 694), whose bytes also pass upload_blob_synced and upload_blob_linked.
  session_bytes_begun,             ///< some bytes of a file are in the temporary file
  session_bytes_stored,            ///< all are in the blob store, no row refers to them
  session_file_checked,            ///< accepted by the checks, the row is still pending
  session_publish_begun,           ///< requested, nothing written
  session_publish_half,            ///< one file's rows written, not committed
  session_publish_in_transaction,  ///< all rows written, not committed
  session_publish_committed,       ///< committed, not answered

  // Of what comes from an upstream; a file also passes upload_blob_synced and upload_blob_linked.
  upstream_page_stored,    ///< a project's page is in the database, not answered
  upstream_file_begun,     ///< some bytes of a file are in the temporary file
  upstream_file_verified,  ///< all have the digest of the page, none is durable
  upstream_file_recorded,  ///< stored, its row written, not answered

  // Of a backup, and of an index that is restored from one.
  backup_database_copied,   ///< the copy of the database is complete, no blob is copied
  backup_blob_placed,       ///< a blob is durable under its digest, its name is not
  backup_snapshot_written,  ///< all is durable, under a name that no reader looks at
  backup_snapshot_named,    ///< the snapshot is complete, older ones are not removed yet
  restore_blob_placed,      ///< a blob is in the new folder
  restore_database_copied,  ///< all is durable, the database under a temporary name

  // Of the desk's journal.
  journal_line_begun,        ///< an intent or an outcome is known, but not on the disk
  journal_line_written,      ///< its line is in the file, the next action has not begun
  journal_evidence_written,  ///< a piece of evidence is complete under its temporary name
};

std::span<const FailPoint> all_fail_points() noexcept;
/// "upload-body-begun", …
std::string_view to_string(FailPoint point) noexcept;

/// Ends the process with SIGKILL if the environment variable PACKHOUSE_FAIL_POINT named this point when it
/// started: as "NAME" the first time, as "NAME:3" the third. Otherwise costs one comparison. Thread-safe.
void reach(FailPoint point) noexcept;

}  // namespace packhouse
