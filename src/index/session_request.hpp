#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "model/session.hpp"
#include "pep/project_name.hpp"
#include "pep/version.hpp"

/// What clients ask of a session (PEP 694), in order: the only way to have one is to have parsed it.
namespace packhouse::index {

/// Of the project and version that a session is for.
struct SessionRequest {
  ProjectName project;
  Version version;
  std::optional<ReleaseLabel> label = {};  ///< from "_label", a key of our own

  /// The body of "Create a Publishing Session". invalid_input, naming the key at fault.
  static Result<SessionRequest> parse(const json::Object& body);
};

/// Of a file that is to come.
struct FileRequest {
  std::string filename;
  std::uint64_t size = 0;
  NamedDigests hashes;
  std::string mechanism;

  static constexpr std::size_t max_filename = 255;  ///< bytes: what file systems and clients take
  static constexpr std::size_t max_hashes = 12;

  /// The body of "Create a File Upload Session". invalid_input, naming the key at fault, also for a filename
  /// that is not one of that project and version, and without one secure digest.
  static Result<FileRequest> parse(const json::Object& body, std::string_view project,
                                   std::string_view version);
};

}  // namespace packhouse::index
