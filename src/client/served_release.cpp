#include "client/served_release.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace packhouse::client {
namespace {

/// What is wrong with a served file, given what it should be; empty: nothing.
std::string difference(const dist::Manifest& manifest, const ServedFile& file) {
  const auto* entry = manifest.find(file.filename);
  if (entry == nullptr) return quote(file.filename) + " is not of this release";
  if (entry->sha256 != file.sha256) {
    return fmt::format("{} has sha256:{} and not sha256:{}", file.filename, file.sha256.hex(),
                       entry->sha256.hex());
  }
  return {};
}

std::vector<std::string> differences(const dist::Manifest& manifest, const IndexRelease& served) {
  std::vector<std::string> found;
  for (const ServedFile& file : served.files) {
    std::string text = difference(manifest, file);
    if (!text.empty()) found.push_back(std::move(text));
  }
  return found;
}

}  // namespace

bool serves_other_files(const dist::Manifest& manifest, const IndexRelease& served) {
  return !differences(manifest, served).empty();
}

Check decide_simple(const http::Url& simple, const SimpleProof& proof, bool has_root) {
  CheckBuilder exam;
  exam.on({"index"}).require("index.simple", proof.is_simple || !has_root,
                             "a simple repository at " + simple.str() + ", as pip reads it",
                             proof.is_simple ? proof.found
                             : has_root      ? proof.found
                                             : "nothing yet, and an index without a root page",
                             "set PRIVATE_INDEX_PIP_INDEX_URL to the address that pip installs from (many "
                             "end in /simple/); for an index "
                             "that lists its projects nowhere, set `root-page = false` in [index]",
                             RefusalKind::missing);
  return exam.take().front();
}

Check decide_same_index(const std::optional<std::string>& upload, const std::optional<std::string>& simple) {
  const auto name = [](const std::optional<std::string>& identity) {
    return identity ? "the index " + quote(*identity) : std::string("one that states no identity");
  };
  CheckBuilder exam;
  exam.on({"index"}).require(
      "index.same", upload == simple, "one index at the address for uploads and at the one for reading",
      !upload && !simple ? "none that states its identity"
      : upload == simple ? name(upload)
                         : fmt::format("uploads go to {}, and pip reads {}", name(upload), name(simple)),
      "correct PRIVATE_INDEX_REPOSITORY_URL or PRIVATE_INDEX_PIP_INDEX_URL; a proxy in front of the index "
      "must "
      "pass on the field Packhouse-Index",
      RefusalKind::missing);
  return exam.take().front();
}

Checks decide_unused(const dist::Manifest& manifest, const IndexRelease& served) {
  const auto found = differences(manifest, served);
  CheckBuilder exam;
  exam.on({"index", "files"})
      .require("index.version-unused", found.empty(), "no other file of this version on the index",
               !found.empty() ? join(found, "; ")
               : served.files.empty()
                   ? "none"
                   : fmt::format("{} of {} files, the very same bytes: an earlier try goes on",
                                 served.files.size(), manifest.entries().size()),
               "bump the version: what was once released is never overwritten", RefusalKind::conflict);
  return exam.take();
}

Checks decide_served(const dist::Manifest& manifest, const IndexRelease& served) {
  auto found = differences(manifest, served);
  for (const auto& entry : manifest.entries()) {
    const auto count = std::ranges::count(served.files, entry.filename, &ServedFile::filename);
    if (count == 0) found.push_back(entry.filename + " is not on the page");
    if (count > 1) found.push_back(entry.filename + " is on the page more than once");
  }
  CheckBuilder exam;
  exam.on({"index", "files"})
      .require("index.serves-release", found.empty(), "exactly the files of this release, byte for byte",
               found.empty() ? fmt::format("{} files, downloaded and compared", served.files.size())
                             : join(found, "; "),
               "tell the index's owner: it does not serve what was uploaded", RefusalKind::conflict);
  std::vector<std::string> misstated;
  for (const ServedFile& file : served.files) {
    if (file.stated_sha256 && ascii_lower(*file.stated_sha256) != file.sha256.hex())
      misstated.push_back(file.filename);
  }
  exam.require("index.page-digests", misstated.empty(), "a page that states each file's own SHA-256, or none",
               misstated.empty() ? "it does" : "another one for " + join(misstated, ", "),
               "installers will refuse these files: tell the index's owner", RefusalKind::conflict);
  const auto yanked = std::ranges::count_if(served.files, &ServedFile::yanked);
  exam.require("index.not-yanked", yanked == 0, "no yanked file", fmt::format("{} yanked", yanked),
               "the index's owner withdrew this version: release a higher one", RefusalKind::conflict);
  return exam.take();
}

}  // namespace packhouse::client
