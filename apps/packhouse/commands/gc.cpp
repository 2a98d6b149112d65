#include <fmt/format.h>

#include <memory>
#include <string>

#include "base/text.hpp"
#include "commands/commands.hpp"
#include "index/audit.hpp"
#include "index/sessions.hpp"
#include "wiring/data_folder.hpp"
#include "wiring/data_statistics.hpp"

namespace packhouse::app {
namespace {

struct CollectOptions {
  std::string data = "packhouse-data";
  bool dry_run = false;
  bool all = false;
};

std::uint64_t size_of(const index::Garbage& garbage) {
  std::uint64_t bytes = 0;
  for (const auto& orphan : garbage.orphans)
    bytes += orphan.size;
  return bytes;
}

Result<ExitCode> show_garbage(const DataFolder& data) {
  TRY(const auto garbage, index::find_garbage(*data.store, *data.blobs));
  for (const auto& orphan : garbage.orphans)
    fmt::print("{} ({})\n", orphan.digest.hex(), human_size(orphan.size));
  fmt::print("{} of {} blobs are needed by no file ({})\n", garbage.orphans.size(), garbage.blobs,
             human_size(size_of(garbage)));
  return ExitCode::ok;
}

Result<ExitCode> run_collect(const CollectOptions& options) {
  TRY(const auto data, DataFolder::open(options.data, Sharing::alone, Opening::as_it_is));
  if (options.dry_run) return show_garbage(data);
  const index::SessionLimits limits;
  TRY(const auto expired, index::expire_sessions(data.store->sessions(), SystemClock{}.now(), limits.kept));
  if (expired.count > 0) fmt::print("{} sessions expired\n", expired.count);
  TRY(const auto garbage, index::find_garbage(*data.store, *data.blobs));
  if (garbage.suspicious() && !options.all) {
    return Error{
        Errc::conflict,
        fmt::format("{} of {} blobs are needed by no file: a database that was lost or restored from an "
                    "older copy looks like this",
                    garbage.orphans.size(), garbage.blobs),
        "--dry-run lists them; --all removes them"};
  }
  CHECK_OK(index::remove_garbage(*data.blobs, garbage));
  note_time(*data.disk, data.path / last_collection_name, fmt::format("{} blobs", garbage.orphans.size()));
  fmt::print("removed {} blobs that no file needs ({})\n", garbage.orphans.size(),
             human_size(size_of(garbage)));
  return ExitCode::ok;
}

}  // namespace

void register_gc(Command root) {
  const auto options = std::make_shared<CollectOptions>();  // shared by the parser and the action
  const auto command =
      root.command("gc", "Remove the bytes that no file needs any more", options, run_collect);
  add_data(command, options->data);
  command.flag("--dry-run", options->dry_run, "List them, remove nothing");
  command.flag("--all", options->all, "Remove them also where they are more than half of all blobs");
}

}  // namespace packhouse::app
