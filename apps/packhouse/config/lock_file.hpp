#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.hpp"
#include "base/result.hpp"
#include "pep/release_name.hpp"
#include "sys/file_system.hpp"

namespace packhouse::app {

/// A release that a file pins, with the digests of the files that may be used; none: any file of it.
struct PinnedRelease {
  ReleaseName release;
  std::vector<Sha256> digests = {};
};

/// requirements.txt in which every requirement is NAME==VERSION, with hashes or without. Options such as
/// --index-url are passed over. invalid_input for a requirement that pins no version, and for a file that
/// includes another: nothing here resolves versions.
Result<std::vector<PinnedRelease>> read_requirements(std::string_view text);

/// pylock.toml (PEP 751) or uv.lock: what it has from an index; sources on a disk or in a repository are
/// passed over. `name` is what messages call the file.
Result<std::vector<PinnedRelease>> read_lock(std::string_view text, std::string_view name);

/// One of the two.
struct PinFile {
  std::optional<std::string> requirements;
  std::optional<std::string> lock;
};

struct Pins {
  Sha256 sha256;  ///< of the file
  std::vector<PinnedRelease> releases;
};

/// Reads at most 64 MiB of it.
Result<Pins> read_pins(const PinFile& file, FileSystem& disk);

}  // namespace packhouse::app
