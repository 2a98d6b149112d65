#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/digest.hpp"
#include "base/time.hpp"

namespace packhouse {

/// A project's page as it was read from an upstream.
struct UpstreamPage {
  std::string upstream;  ///< the upstream's address, without credentials
  std::string document;  ///< JSON: what was parsed and checked of the page
  std::string etag;      ///< of the answer, for the next request; may be empty, as the next
  std::string last_modified;
  Timestamp read;
  bool operator==(const UpstreamPage&) const = default;
};

/// A file that was fetched from an upstream, or whose metadata was. The digests are those of stored bytes.
struct UpstreamFile {
  std::string project;  ///< normalised
  std::string filename;
  Sha256 sha256{{}};
  std::optional<std::uint64_t> size;      ///< unset: the file itself was not fetched yet
  std::optional<Sha256> metadata_sha256;  ///< of the stored METADATA (PEP 658)
  std::string url;                        ///< where it came from, without query
  Timestamp fetched;
  std::string findings = "[]";  ///< of the index's checks, as a JSON array of objects
  /// Set: its bytes were removed to make room, and `size` is unset again.
  std::optional<Timestamp> evicted = {};
  bool operator==(const UpstreamFile&) const = default;

  /// Whether the file itself was fetched once.
  bool was_fetched() const noexcept { return size || evicted; }
};

/// What an upstream did to a file that was fetched from it.
enum class RecallCause {
  deleted,      ///< its page no longer has the file, or there is no page
  quarantined,  ///< it calls the project quarantined (PEP 792)
  yanked,       ///< PEP 592: it is still offered, as yanked, unless the policy of the upstream holds it
};

/// "deleted", "quarantined", "yanked".
std::string_view to_string(RecallCause cause) noexcept;

/// A file that was fetched from an upstream and that it has withdrawn or yanked since.
struct UpstreamRecall {
  std::string project;  ///< normalised
  std::string filename;
  Sha256 sha256{{}};
  RecallCause cause = RecallCause::deleted;
  std::string reason;  ///< the upstream's; may be empty
  Timestamp seen;      ///< when that was noticed
  bool operator==(const UpstreamRecall&) const = default;

  /// "deleted by its upstream, seen 2026-12-01T…: REASON"
  std::string text() const;
};

/// A blob that is stored for files of upstreams alone.
struct StoredUpstreamFile {
  std::string project;
  Sha256 sha256{{}};
  std::uint64_t size = 0;
};

/// A lock file that is registered: the files it pins are never removed to make room.
struct LockFile {
  std::string name;    ///< what it is called here
  Sha256 sha256{{}};   ///< of the lock file itself
  std::string reason;  ///< never empty
  Timestamp made;
  bool operator==(const LockFile&) const = default;
};

/// A registered lock file, and what there is of it.
struct LockFileUse {
  LockFile lock;
  std::uint64_t pinned = 0;  ///< digests
  std::uint64_t stored = 0;  ///< of these, files of upstreams that are stored
  std::uint64_t bytes = 0;   ///< of the stored ones
  bool operator==(const LockFileUse&) const = default;
};

/// What makes a name private on this server.
enum class NameClaim {
  none,
  project,  ///< there is a project of that name, in whatever state, with files or without
  session,  ///< an open publishing session of that name
  reservation,
};

/// A name that belongs to this server before a project has it.
struct ReservedName {
  std::string name;     ///< normalised
  bool prefix = false;  ///< also every name that begins with it and a dash (PEP 752)
  std::string reason;   ///< never empty
  Timestamp made;

  /// As a configuration writes it: "acme-*" for a prefix.
  std::string pattern() const { return prefix ? name + "-*" : name; }
  bool operator==(const ReservedName&) const = default;
};

/// While it is in force, files of an upstream are offered whatever their age.
struct AgeException {
  std::string project;  ///< normalised
  std::string version;  ///< normalised (PEP 440); empty: every version
  Timestamp until;
  std::string reason;  ///< never empty
  Timestamp made;

  /// As the command takes it: "flask" or "flask==3.0".
  std::string requirement() const { return version.empty() ? project : project + "==" + version; }
  bool operator==(const AgeException&) const = default;
};

}  // namespace packhouse
