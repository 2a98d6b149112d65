#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.hpp"
#include "base/result.hpp"

namespace packhouse::dist {

struct ManifestEntry {
  std::string filename;
  std::uint64_t size;
  Sha256 sha256;
  auto operator<=>(const ManifestEntry&) const = default;
};

/// A release's exact file set. Sorted by filename, each name once; its digest names the release's content.
class Manifest {
 public:
  static constexpr std::size_t max_files = 10'000;

  /// In any order. invalid_input for a name that occurs twice or is no plain filename, too_large above
  /// max_files.
  static Result<Manifest> make(std::vector<ManifestEntry> entries);

  /// Reads exactly what text() writes.
  static Result<Manifest> parse(std::string_view text);

  const std::vector<ManifestEntry>& entries() const noexcept { return entries_; }
  const ManifestEntry* find(std::string_view filename) const noexcept;

  /// "packhouse-manifest 1", then one line per file: SHA-256 in lower case, a blank, the size in decimal, a
  /// blank, the filename; every line ends in a newline.
  std::string text() const;
  /// Of text().
  Sha256 digest() const;

  bool operator==(const Manifest&) const = default;

 private:
  explicit Manifest(std::vector<ManifestEntry> entries) : entries_(std::move(entries)) {}
  std::vector<ManifestEntry> entries_;
};

}  // namespace packhouse::dist
