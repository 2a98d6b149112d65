#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/session.hpp"
#include "pep/release_name.hpp"

/// Requests of clients on a session (PEP 694), made by parse() only.
namespace packhouse::index {

/// Opens a session.
struct SessionRequest {
  ReleaseName release;
  std::optional<ReleaseLabel> label = {};  ///< from "_label", an extension of this server

  /// The body of "Create a Publishing Session". invalid_input, naming the key at fault.
  static Result<SessionRequest> parse(const json::Object& body);
};

/// Publishes a session.
struct PublishRequest {
  /// From "_manifest_sha256", an extension of this server: the digest of the manifest (dist/manifest.hpp) of
  /// the files that are to be published. Unset: whatever is in the session.
  std::optional<Sha256> manifest = {};
  /// From "_approvals", likewise: the nonces of the owners' approvals that the publication uses up.
  std::vector<std::string> approvals = {};

  static constexpr std::size_t max_approvals = 32;
  static constexpr std::size_t nonce_digits = 32;  ///< lower-case hexadecimal

  /// The body of "Publish a Session". invalid_input, naming the key at fault.
  static Result<PublishRequest> parse(const json::Object& body);
};

/// Announces a file.
struct FileRequest {
  std::string filename;
  std::uint64_t size = 0;
  NamedDigests hashes;
  std::string mechanism;

  static constexpr std::size_t max_filename = 255;  ///< bytes: what file systems and clients take
  static constexpr std::size_t max_hashes = 12;

  /// The body of "Create a File Upload Session". invalid_input, naming the key at fault, also for a filename
  /// of another release or with the version spelled otherwise, and without one secure digest.
  static Result<FileRequest> parse(const json::Object& body, const ReleaseName& release);
};

}  // namespace packhouse::index
