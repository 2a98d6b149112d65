#include "desk/released_file.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace packhouse::desk {

Status fetch_released_file(client::IndexClient& index, FileSystem& disk, const ReleasedFile& file,
                           std::uint64_t max_bytes) {
  const std::string& filename = file.entry.filename;
  TRY(const auto links, index.links(file.release));
  const auto link = std::ranges::find(
      links, filename, [](const client::PageLink& each) -> const auto& { return each.file.filename; });
  if (link == links.end())
    return Error{Errc::not_found, fmt::format("expected {} on the index, found no such file", filename)};
  TRY(const auto out, disk.create(file.path));
  TRY(const auto served,
      index.fetch(*link, max_bytes, [&](std::string_view chunk) { return out->write(chunk); }));
  if (served.sha256 == file.entry.sha256) return success();
  return Error{Errc::conflict, fmt::format("expected {} with sha256:{} on the index, found sha256:{}",
                                           filename, file.entry.sha256.hex(), served.sha256.hex())};
}

}  // namespace packhouse::desk
