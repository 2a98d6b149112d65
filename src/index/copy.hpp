#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "index/release_lifecycle.hpp"

namespace packhouse::index {

/// The result of copying a release.
struct CopyOutcome {
  std::size_t files = 0;  ///< of the release
  std::size_t added = 0;  ///< of them new here; 0: all of it was here already, and nothing was written
  std::string subject;    ///< "prod/demo/1.0"
  std::string manifest;   ///< SHA-256 of the release's manifest: what the copy is, on both sides
};

/// Copies a release from the index `from` of the same data folder: the same blobs, no byte copied, all
/// files or none in one transaction with its ledger entry. The release must be offered there, not yanked, and
/// every file and the files together must pass the checks of this index's policy. forbidden where this
/// index's policy does not name `from`, or where the release or the project is closed on either side;
/// `refused` for what a check refuses; conflict when other bytes are here under one of the names, the release
/// is here with another file, or it changed meanwhile; not_found for what is not there.
Result<CopyOutcome> copy_release(const Context& context, std::string_view from, const ReleaseTarget& target,
                                 std::string_view reason, const Actor& actor);

json::Object to_json(const CopyOutcome& outcome);

}  // namespace packhouse::index
