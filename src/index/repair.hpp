#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "blob/blob_store.hpp"
#include "index/audit.hpp"
#include "index/context.hpp"
#include "model/file.hpp"
#include "model/ledger_entry.hpp"
#include "sys/clock.hpp"
#include "sys/file_system.hpp"

namespace packhouse::index {

/// Compares what is stored of a file with its digests, and replaces what is missing or has other bytes:
/// `content` is finished and has those of the file; `metadata` is its METADATA, empty where it is not known.
/// True: something was replaced, with the ledger entry file.repair after it. A crash before that entry leaves
/// bytes that are right or damaged as they were. unavailable for a fault of the disk.
Result<bool> repair(const Context& context, const File& file, BlobWriter& content, std::string_view metadata,
                    const Actor& actor);

/// Where repair_files() looks for lost bytes.
struct RepairSource {
  FileSystem& disk;
  std::vector<Path> folders;  ///< with all that is below them: a backup, a folder of wheels, …
};

/// Replaces what audit() found damaged of files by bytes with the same SHA-256 from the source, and the
/// METADATA of a wheel by that in the wheel. Returns a line for each blob that was replaced, such as
/// "main/demo/1.0/demo-1.0-py3-none-any.whl: file"; each file gets one ledger entry file.repair. What the
/// source lacks stays as it is. Meant for a data folder that no server is using.
Result<std::vector<std::string>> repair_files(MetadataStore& store, BlobStore& blobs,
                                              std::span<const DamagedFile> damaged,
                                              const RepairSource& source, const Actor& actor,
                                              const Clock& clock);

}  // namespace packhouse::index
