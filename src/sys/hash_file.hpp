#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/digest.hpp"
#include "sys/file_system.hpp"

namespace packhouse {

/// A block of this size stays in the processor's cache between the read and the digest.
inline constexpr std::size_t hash_block_bytes = 256U << 10U;

/// The next bytes of an open file, at most as many as `block` is long, which holds them; empty at the file's
/// end. `unavailable`, naming `path`, for a failed read.
Result<std::string_view> read_block(const FileDescriptor& file, const Path& path, std::string& block);

/// Gives `sink` the rest of an open file in such blocks, until it refuses one. The errors of read_block and
/// of `sink`.
Status read_blocks(const FileDescriptor& file, const Path& path,
                   const std::function<Status(std::string_view)>& sink);

/// SHA-256 of a whole file, and the other digests in `wanted`, read in blocks. The errors of FileSystem::open
/// and of read_block.
Result<HashValues> hash_file(FileSystem& disk, const Path& path, HashSet wanted = {});

}  // namespace packhouse
