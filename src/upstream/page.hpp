#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.hpp"
#include "base/json.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "http/url.hpp"
#include "model/file.hpp"
#include "model/release.hpp"
#include "pep/project_name.hpp"

namespace packhouse::upstream {

/// One file that an upstream offers. The digest is what its page says; bytes are served only if they have it.
struct RemoteFile {
  std::string filename;
  std::string version;  ///< normalised (PEP 440)
  FileKind kind = FileKind::wheel;
  Sha256 sha256{{}};
  std::optional<std::uint64_t> size;
  std::optional<Timestamp> uploaded;
  std::optional<std::string> requires_python;
  std::optional<std::string> yanked;  ///< as File::yanked
  std::optional<Sha256> metadata_sha256;
  std::string provenance;  ///< a whole URL (PEP 740); empty: none is stated
  std::string url;         ///< a whole URL
  bool operator==(const RemoteFile&) const = default;
};

/// A file of an upstream's page that is not offered.
struct LeftOut {
  std::string filename;  ///< quoted: it may be anything
  std::string reason;
  bool operator==(const LeftOut&) const = default;
};

/// A project as an upstream offers it, with nothing left of the upstream's own text.
struct RemotePage {
  std::string project;  ///< normalised
  ProjectState state = {};
  std::vector<RemoteFile> files;
  std::size_t left_out_count = 0;      ///< files of the upstream's page that are not offered
  std::vector<LeftOut> left_out = {};  ///< the first of them

  void leave_out(std::string_view filename, std::string_view reason);

  /// Null where there is no such file.
  const RemoteFile* find(std::string_view filename, const Sha256& sha256) const;
  /// What is stored.
  json::Object to_json() const;
  /// Reads the result of to_json(). invalid_input for anything else.
  static Result<RemotePage> parse(const json::Object& object);
  bool operator==(const RemotePage&) const = default;
};

/// The answer to a request for a project's page: JSON (PEP 691) or HTML (PEP 503) at `address`, where
/// redirects ended. Left out, with the reason, is each file whose name is no wheel's or sdist's of exactly
/// this project, that has no SHA-256, whose address is no web address or has a credential, and each name that
/// stands for two digests. invalid_input for what is no page; too_large beyond the limits of
/// client/simple_page.hpp.
Result<RemotePage> read_page(const ProjectName& project, const http::Url& address,
                             std::string_view content_type, std::string_view body);

}  // namespace packhouse::upstream
