#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/digest.hpp"
#include "base/json.hpp"
#include "client/index_client.hpp"
#include "smoke/installed.hpp"
#include "sys/file_system.hpp"

namespace packhouse::desk {

/// A Python environment by its folders. Nothing of it is run: what it would say of itself proves nothing.
struct InstalledEnvironment {
  Path site;     ///< the folder with the `.dist-info` folders
  Path scripts;  ///< "bin"
  Path prefix;
  std::string python;  ///< "python3.11"; empty: unknown
};

/// A virtual environment, by its pyvenv.cfg, or a folder that `pip install --target` filled. not_found for
/// what is neither.
Result<InstalledEnvironment> find_environment(FileSystem& disk, const Path& folder);

/// What is known of one installed distribution.
struct Proof {
  enum class Kind : std::uint8_t {
    proved,   ///< each file is the one of the wheel that the index serves, byte for byte; byte code aside
    changed,  ///< files of that wheel are missing, have other bytes, or others were added
    missing,  ///< the index serves no wheel that it could be of
  };
  Kind kind = Kind::missing;
  std::string name;                       ///< as its folder spells it
  std::string version;                    ///< likewise
  std::string filename = {};              ///< of the wheel
  std::optional<Sha256> sha256 = {};      ///< of the wheel's bytes, hashed here
  std::size_t files = 0;                  ///< that were compared
  bool yanked = false;                    ///< as the index states it now, as the next two
  std::optional<std::string> label = {};  ///< of the release
  bool has_provenance = false;            ///< the index links to attestations; none is verified here
  std::string found = {};                 ///< what is wrong, or why nothing is known

  json::Object to_json() const;
};

std::string_view to_string(Proof::Kind kind) noexcept;

struct EnvironmentProof {
  std::vector<Proof> distributions;  ///< by name
  std::vector<std::string> strays;   ///< files below the site folder that no RECORD names, relative to it
  std::size_t stray_count = 0;       ///< of them; `strays` has the first

  bool contradicted() const;  ///< something is not what the index serves
  bool complete() const;      ///< everything is proved
};

struct ProveTools {
  FileSystem& disk;
  client::IndexClient& index;
  Path work;  ///< wheels are kept here until they have been compared: exists and is empty
};

/// Compares everything that is installed with what the index serves: each file with the one in the wheel, and
/// neither RECORD nor the index's stated digests are believed. Files of a distribution that were compiled
/// (`__pycache__`) are not compared. Errors are those of the index and of the disk.
Result<EnvironmentProof> prove(const ProveTools& tools, const InstalledEnvironment& environment);

}  // namespace packhouse::desk
