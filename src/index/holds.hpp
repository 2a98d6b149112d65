#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "index/context.hpp"

namespace packhouse::index {

struct DoomedFile {
  std::string filename;
  Sha256 sha256;
  std::uint64_t size = 0;
};

struct DoomedRelease {
  ReleaseName release;
  Timestamp uploaded;  ///< of its last file
  std::vector<DoomedFile> files;

  std::uint64_t bytes() const noexcept;
};

/// A release that was to be deleted, and stays all the same.
struct HeldRelease {
  ReleaseName release;
  std::string reason;
};

/// `files` are those of the release, at least one.
DoomedRelease doomed_release(ReleaseName release, std::span<const File> files);

/// What keeps a release of an index from being deleted: a label, which is permanent, a copy in another index
/// of the server, and a freeze. Reads the lists of indexes and freezes once.
class Holds {
 public:
  /// `context` outlives it.
  static Result<Holds> of(const Context& context);

  /// Why a release stays; empty: nothing holds it.
  Result<std::string> reason(const std::optional<ReleaseLabel>& label, const DoomedRelease& doomed) const;

 private:
  explicit Holds(const Context& context) : context_(&context) {}
  Result<std::string> reason(const DoomedFile& file) const;

  const Context* context_;
  std::vector<std::string> indexes_;  // the others
  std::vector<Freeze> freezes_;
};

}  // namespace packhouse::index
