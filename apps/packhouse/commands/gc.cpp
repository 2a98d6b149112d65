#include <fmt/format.h>

#include <memory>
#include <string>

#include "base/text.hpp"
#include "commands/commands.hpp"
#include "index/audit.hpp"
#include "index/sessions.hpp"
#include "wiring/data_folder.hpp"

namespace packhouse::app {
namespace {

struct CollectOptions {
  std::string data = "packhouse-data";
};

Result<ExitCode> run_collect(const CollectOptions& options) {
  TRY(const auto data, DataFolder::open(options.data, Sharing::alone, /*create=*/false));
  const index::SessionLimits limits;
  TRY(const auto expired, index::expire_sessions(data.store->sessions(), SystemClock{}.now(), limits.kept));
  if (expired.count > 0) fmt::print("{} sessions expired\n", expired.count);
  TRY(const auto removed, index::collect_garbage(*data.store, *data.blobs));
  std::uint64_t bytes = 0;
  for (const auto& orphan : removed)
    bytes += orphan.size;
  fmt::print("removed {} blobs that no file needs ({})\n", removed.size(), human_size(bytes));
  return ExitCode::ok;
}

}  // namespace

void register_gc(Command root) {
  const auto options = std::make_shared<CollectOptions>();  // shared by the parser and the action
  const auto command =
      root.command("gc", "Remove the bytes that no file needs any more.", options, run_collect);
  add_data(command, options->data);
}

}  // namespace packhouse::app
