#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "archive/byte_source.hpp"
#include "dist/check.hpp"
#include "dist/manifest.hpp"
#include "dist/policy.hpp"

namespace packhouse::dist {

/// Endings of names.
using Sidecars = std::vector<std::string>;

/// The zip that a CI run keeps: flat members only, each one a `*.whl` or `*.tar.gz`, at least one of each
/// kind and nothing else. Nothing in it is run or written by this class. Not for several threads at once.
class Artifact {
 public:
  /// Reads and checks the zip's records; inflates nothing. `source` and `policy` must outlive it. The
  /// container rules are those of archive, but data descriptors are allowed: every forge writes them.
  /// `sidecars`: endings such as ".publish.attestation" of members that are no part of the release.
  Artifact(const archive::ByteSource& source, const Policy& policy, const Sidecars& sidecars = {});
  ~Artifact();
  Artifact(Artifact&&) noexcept;
  Artifact& operator=(Artifact&&) noexcept;

  /// The named checks `artifact.*` and those of the container, as far as they need no inflating.
  const std::vector<CheckResult>& results() const noexcept;
  bool accepted() const noexcept;

  struct File {
    std::string filename;  ///< a plain name: no '/', no '\\', no leading dot
    std::uint64_t size;    ///< unpacked
    std::size_t position;  ///< in files(); of a sidecar after them
  };
  /// Empty unless accepted(). In the order of the zip.
  const std::vector<File>& files() const noexcept;
  /// The members with one of the endings; extract() takes them too.
  const std::vector<File>& sidecars() const noexcept;

  /// Streams one file's bytes to `sink` and gives its manifest entry. Call only if accepted(). Whatever the
  /// sink returns as an error ends it and is returned. invalid_input, with the broken rule, if size, CRC or
  /// the deflate stream is wrong: then what the sink has seen must be thrown away.
  Result<ManifestEntry> extract(const File& file, const std::function<Status(std::string_view)>& sink);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Calls `work` for each of the `count` files of the artifact in `source`, by position, on every core: each
/// thread has a reader for itself. The first exception ends it and is thrown again.
void for_each_file(const archive::ByteSource& source, const Policy& policy, const Sidecars& sidecars,
                   std::size_t count,
                   const std::function<void(Artifact& reader, std::size_t position)>& work);

}  // namespace packhouse::dist
