#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "model/file.hpp"
#include "model/ledger_entry.hpp"
#include "model/release_label.hpp"

namespace packhouse {

/// PEP 694's states of a publishing session. Publishing is one transaction, so "processing" and "error" do
/// not occur.
enum class SessionStatus { open, published, canceled };

/// "open", "published", "canceled".
std::string_view to_string(SessionStatus status) noexcept;
Result<SessionStatus> parse_session_status(std::string_view text);

/// PEP 694's states of a file upload session. A file is checked at once, so "processing" does not occur.
enum class StagedStatus { pending, completed, error, canceled };

/// "pending", "completed", "error", "canceled".
std::string_view to_string(StagedStatus status) noexcept;
Result<StagedStatus> parse_staged_status(std::string_view text);

/// Digests by hashlib's names of their algorithms, lower-case hexadecimal.
using NamedDigests = std::map<std::string, std::string>;

/// A file of a session: announced, then received, then checked.
struct StagedFile {
  std::int64_t id = 0;
  std::string filename;
  std::uint64_t size = 0;  ///< bytes, as announced
  NamedDigests hashes;     ///< as announced
  StagedStatus status = StagedStatus::pending;
  std::optional<HashValues> received;  ///< of bytes that match the announcement; without MD5
  std::optional<File> file;            ///< once completed: the row to be published
  /// Of the checks: objects with "check", "expected" and "found".
  json::Array findings = {};
};

/// An upload that is not visible until it is published as a whole.
struct Session {
  std::int64_t id = 0;  ///< its name in the ledger; no secret
  ReleaseName release;
  /// Stands in its URLs: it grants reading of the stage. Only its hash is stored, so it is empty unless the
  /// session was found by it or just opened.
  Secret token;
  /// Who opened it (without the address): until it ends, the name of a new project is reserved for them.
  Actor owner;
  SessionStatus status = SessionStatus::open;
  Timestamp created;
  Timestamp expires;                       ///< whole seconds
  std::optional<ReleaseLabel> label = {};  ///< its release gets it with the publication
  std::vector<StagedFile> files;           ///< by filename, without those that were canceled

  /// Null for a file that does not exist or was canceled.
  const StagedFile* find(std::string_view filename) const;
};

}  // namespace packhouse
