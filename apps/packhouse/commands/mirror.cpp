// packhouse mirror: what is stored of upstreams.
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>

#include "base/text.hpp"
#include "commands/commands.hpp"
#include "sys/clock.hpp"
#include "sys/hash_file.hpp"
#include "upstream/recall.hpp"
#include "wiring/data_folder.hpp"

namespace packhouse::app {
namespace {

struct MirrorOptions {
  std::string data = "packhouse-data";
  std::string index{main_index};
  std::string name;
  std::string version;  ///< empty: all
};

std::string pinned_text(const LockFileUse& use) {
  return fmt::format("{} files, of which {} are stored ({})", use.pinned, use.stored, human_size(use.bytes));
}

Status show_status(const MirrorOptions& options) {
  TRY(const auto data, DataFolder::open(options.data, Sharing::beside, Opening::as_it_is));
  auto& store = *data.store;
  TRY(const auto files, store.upstreams().files(options.index, {}));
  std::uint64_t stored = 0;
  std::uint64_t bytes = 0;
  std::uint64_t evicted = 0;
  for (const auto& file : files) {
    stored += file.size ? 1 : 0;
    bytes += file.size.value_or(0);
    evicted += file.evicted ? 1 : 0;
  }
  TRY(const auto recalls, store.upstreams().recalls(options.index, {}));
  TRY(const auto freezes, store.freezes().list(options.index));
  TRY(const auto total, store.upstreams().stored_bytes());
  fmt::print("index {}: {} files of upstreams are stored ({})\n", options.index, stored, human_size(bytes));
  fmt::print("{} were removed to make room, {} are recalled, {} freezes\n", evicted, recalls.size(),
             freezes.size());
  TRY(const auto locks, store.upstreams().locks());
  for (const auto& use : locks)
    fmt::print("the lock file {} pins {}\n", use.lock.name, pinned_text(use));
  fmt::print("all indexes together: {}\n", human_size(total));
  return success();
}

Status purge(const MirrorOptions& options) {
  TRY(const auto name, ProjectName::parse(options.name));
  std::optional<Version> version;
  if (!options.version.empty()) {
    TRY(version, Version::parse(options.version));
  }
  TRY(const auto data, DataFolder::open(options.data, Sharing::beside, Opening::as_it_is));
  TRY(const auto files, data.store->upstreams().files(options.index, name.str()));
  std::size_t purged = 0;
  for (const auto& file : files) {
    const auto of_file = upstream::version_in(file.filename);
    if (!file.size || (version && (!of_file || *of_file != *version))) continue;
    TRY(const bool gone, data.store->upstreams().evict(file.sha256, SystemClock().now()));
    if (!gone) fmt::print("{} stays: a freeze, a lock file or a project here needs it\n", file.filename);
    purged += gone ? 1 : 0;
  }
  fmt::print("{} files of {} are fetched again when they are asked for; `packhouse gc` removes their bytes\n",
             purged, name.str());
  return success();
}

Result<bool> is_sound(BlobStore& blobs, const Sha256& digest) {
  auto blob = blobs.open(digest);
  if (!blob.ok()) {
    if (blob.error().code == Errc::not_found) return false;
    return blob.error();
  }
  const FileDescriptor file{blob->release()};
  Hasher hasher;
  CHECK_OK(read_blocks(file, digest.hex(), [&](std::string_view block) {
    hasher.update(block);
    return success();
  }));
  return hasher.finish().sha256 == digest;
}

Result<ExitCode> verify(const MirrorOptions& options) {
  TRY(const auto data, DataFolder::open(options.data, Sharing::beside, Opening::as_it_is));
  TRY(const auto files, data.store->upstreams().files(options.index, {}));
  std::uint64_t checked = 0;
  std::uint64_t faults = 0;
  for (const auto& file : files) {
    if (!file.size) continue;
    TRY(const bool sound, is_sound(*data.blobs, file.sha256));
    ++checked;
    if (sound) continue;
    ++faults;
    fmt::print("{}: the stored bytes do not have SHA-256 {}\n", file.filename, file.sha256.hex());
  }
  fmt::print("{} files of upstreams were read, {} are damaged\n", checked, faults);
  return faults == 0 ? ExitCode::ok : ExitCode::refused;
}

void add_place(Command command, MirrorOptions& options) {
  command.text("--index", options.index, "Its name").show_default();
  add_data(command, options.data);
}

}  // namespace

void register_mirror(Command root) {
  const auto group = root.group("mirror", "Look after what is stored of upstreams");
  register_mirror_warm(group);
  register_mirror_pin(group);
  const auto shown = std::make_shared<MirrorOptions>();  // shared, as the next two
  add_place(group.command("status", "Print how much is stored", shown, show_status), *shown);
  const auto verified = std::make_shared<MirrorOptions>();
  add_place(
      group.command("verify", "Read every stored file of upstreams and compare its digest", verified, verify),
      *verified);
  const auto purged = std::make_shared<MirrorOptions>();
  const auto command =
      group.command("purge", "Have a project's files fetched again when they are asked for", purged, purge);
  command.text("name", purged->name, "The project").placeholder("NAME").required();
  command.text("version", purged->version, "One version of it").placeholder("VERSION");
  add_place(command, *purged);
}

}  // namespace packhouse::app
