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

/// PEP 694's states of a publishing session. Publishing is one transaction, so that "processing" and "error"
/// never come up here.
enum class SessionStatus { open, published, canceled };

/// "open", "published", "canceled".
std::string_view to_string(SessionStatus status) noexcept;
Result<SessionStatus> parse_session_status(std::string_view text);

/// PEP 694's states of a file upload session; "processing" never comes up, since a file is checked at once.
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
  std::optional<HashValues> received;  ///< of bytes that arrived and are what was announced; without MD5
  std::optional<File> file;            ///< once completed: what is to be published
  /// What the checks said: objects with "check", "expected" and "found".
  json::Array findings = {};
};

/// An upload that nobody sees until it is published as a whole.
struct Session {
  std::int64_t id = 0;  ///< what the ledger calls it; no secret
  std::string project;  ///< normalised
  std::string version;  ///< canonical
  Secret token;         ///< stands in its URLs: whoever knows it may read the stage
  /// Who opened it (without the address): the name of a project's first release is theirs meanwhile.
  Actor owner;
  SessionStatus status = SessionStatus::open;
  Timestamp created;
  Timestamp expires;                       ///< whole seconds
  std::optional<ReleaseLabel> label = {};  ///< what its release is called from its publication on
  std::vector<StagedFile> files;           ///< by filename, without those that were canceled

  /// Of the files, that one; canceled ones are not found.
  const StagedFile* find(std::string_view filename) const;
};

}  // namespace packhouse
