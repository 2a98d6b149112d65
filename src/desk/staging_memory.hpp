#pragma once

#include "http/url.hpp"
#include "sys/file_system.hpp"

// An index that was seen to stage is staged to from then on: an answer that denies it would have a release
// exposed before it is tried. A file of the state folder for each upload address remembers it.
namespace packhouse::desk {

/// Whether this machine has staged on the index that takes uploads there.
bool has_staged(FileSystem& disk, const Path& state, const http::Url& upload);
/// Durable when it returns. Nothing happens where it is known already.
Status remember_staging(FileSystem& disk, const Path& state, const http::Url& upload);

}  // namespace packhouse::desk
