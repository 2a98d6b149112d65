#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/digest.hpp"
#include "dist/record.hpp"
#include "evidence/check.hpp"
#include "sys/file_system.hpp"

namespace packhouse::smoke {

/// Where an interpreter keeps what is installed: sysconfig's paths.
struct InstallScheme {
  Path site;  ///< purelib or platlib, whichever the wheel went to
  Path scripts;
  Path prefix;
  Path headers;
};

/// The files of a wheel by the place where they must be installed, with the digest they must have. No digest:
/// a script whose first line names the interpreter, which the installer rewrites.
using ExpectedFiles = std::map<std::string, std::optional<Sha256>>;

/// Reads the wheel itself, member by member: neither its RECORD nor what pip wrote is believed.
Result<ExpectedFiles> expected_files(FileSystem& disk, const Path& wheel, std::string_view dist_info,
                                     const InstallScheme& scheme);

/// The names of the scripts that an installer makes for the entry points of an installed distribution, whose
/// `.dist-info` folder this is; none where they cannot be read.
std::vector<std::string> script_names(FileSystem& disk, const Path& dist_info);

/// What is at those places, and what the installed RECORD names beside them.
struct InstalledFiles {
  std::map<std::string, Field<Sha256>> on_disk;  ///< one for each expected file
  std::vector<std::string> unexpected;           ///< in RECORD, but neither of the wheel nor of the installer
};

Result<InstalledFiles> read_installed(FileSystem& disk, const ExpectedFiles& expected,
                                      std::string_view dist_info, const InstallScheme& scheme,
                                      const std::vector<std::string>& console_scripts);

/// Whether what is installed is the wheel, byte for byte. pip itself never compares (pypa/pip#4705).
Checks decide_installed(const ExpectedFiles& expected, const InstalledFiles& found);

}  // namespace packhouse::smoke
