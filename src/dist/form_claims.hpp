#pragma once

#include <optional>
#include <string>

#include "base/digest.hpp"

namespace packhouse::dist {

/// What an upload form claims of its file; unset where the form did not say. Each claim must agree with the
/// file, which is the truth.
struct FormClaims {
  std::optional<std::string> name;
  std::optional<std::string> version;
  std::optional<std::string> filetype;  ///< "bdist_wheel" or "sdist"
  std::optional<std::string> metadata_version;
  std::optional<std::string> pyversion;  ///< of a wheel its Python tags, e.g. "py3"; of an sdist "source"
  std::optional<std::string> sha256;
  std::optional<std::string> blake2b_256;
  std::optional<std::string> md5;
  /// The digests of the received bytes that the claimed ones must equal. The receiver computed them in the
  /// pass in which it wrote the file, so the checks need not read it again.
  std::optional<HashValues> received;
};

}  // namespace packhouse::dist
