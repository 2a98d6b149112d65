// Commands on an index's content: audit, gc, delete.
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>

#include "base/text.hpp"
#include "commands/commands.hpp"
#include "index/audit.hpp"
#include "index/remove.hpp"
#include "index/sessions.hpp"
#include "pep/filename.hpp"
#include "wiring/data_folder.hpp"
#include "wiring/local_index.hpp"
#include "wiring/remote.hpp"

namespace packhouse::app {
namespace {

struct MaintenanceOptions {
  std::string data = "packhouse-data";
  std::optional<std::string> url;
  std::string index{main_index};
  std::string filename;
  std::string reason;
  bool json = false;
};

void print_report(const index::AuditReport& report) {
  for (const auto& finding : report.findings)
    fmt::print("{}  {}: {}\n", finding.kind, finding.subject, finding.message);
  for (const auto& orphan : report.orphans)
    fmt::print("orphan  {} ({})\n", orphan.digest.hex(), human_size(orphan.size));
  fmt::print("{} files, {} hashed again, {} ledger entries: {}\n", report.files, human_size(report.bytes),
             report.ledger_entries, report.sound() ? "sound" : "NOT SOUND");
}

Result<ExitCode> run_audit(const MaintenanceOptions& options) {
  TRY(const auto data, DataFolder::open(options.data, Sharing::alone, /*create=*/false));
  TRY(const auto report, index::audit(*data.store, *data.blobs));
  if (options.json) {
    fmt::print("{}\n", json::dump_pretty(index::to_json(report)));
  } else {
    print_report(report);
  }
  return report.sound() ? ExitCode::ok : ExitCode::refused;
}

Result<ExitCode> run_collect(const MaintenanceOptions& options) {
  TRY(const auto data, DataFolder::open(options.data, Sharing::alone, /*create=*/false));
  const index::SessionLimits limits;
  TRY(const auto expired, index::expire_sessions(data.store->sessions(), SystemClock{}.now(), limits.kept));
  if (expired > 0) fmt::print("{} sessions expired\n", expired);
  TRY(const auto removed, index::collect_garbage(*data.store, *data.blobs));
  std::uint64_t bytes = 0;
  for (const auto& orphan : removed)
    bytes += orphan.size;
  fmt::print("removed {} blobs that no file needs ({})\n", removed.size(), human_size(bytes));
  return ExitCode::ok;
}

Status delete_here(const MaintenanceOptions& options) {
  TRY(const auto local, LocalIndex::open(options.data, options.index));
  const auto gone =
      index::remove_file(local->context(), "", options.filename, options.reason, console_actor());
  return gone.ok() ? success() : Status{gone.error()};
}

Result<ProjectName> project_of(std::string_view filename) {
  if (filename.ends_with(".whl")) {
    TRY(auto wheel, WheelFilename::parse(filename));
    return std::move(wheel.name);
  }
  TRY(auto sdist, SdistFilename::parse(filename));
  return std::move(sdist.name);
}

Status delete_there(const MaintenanceOptions& options) {
  TRY(auto remote, RemoteIndex::open(*options.url));
  TRY(const auto project, project_of(options.filename));
  const auto path = fmt::format("{}/api/v1/projects/{}/files/{}", index_path(options.index), project.str(),
                                percent_encode(options.filename));
  const auto gone = remote.call(http::Method::del, path, {{"reason", options.reason}});
  return gone.ok() ? success() : Status{gone.error()};
}

Result<ExitCode> run_delete(const MaintenanceOptions& options) {
  CHECK_OK(options.url ? delete_there(options) : delete_here(options));
  fmt::print("deleted {}; its name can never be used again\n", options.filename);
  return ExitCode::ok;
}

using Options = std::shared_ptr<MaintenanceOptions>;

Command add(Command root, const Options& options, const char* name, const char* about,
            Result<ExitCode> (*run)(const MaintenanceOptions&)) {
  const auto command = root.command(name, about, options, run);
  add_data(command, options->data);
  return command;
}

}  // namespace

void register_audit(Command root) {
  const auto options = std::make_shared<MaintenanceOptions>();  // shared by the parser and the action
  const auto command =
      add(root, options, "audit",
          "Read every file and the whole ledger again and say what is not as it must be.", run_audit);
  command.flag("--json", options->json, "For programs");
}

void register_gc(Command root) {
  const auto options = std::make_shared<MaintenanceOptions>();
  add(root, options, "gc", "Remove the bytes that no file needs any more.", run_collect);
}

void register_delete(Command root) {
  const auto options = std::make_shared<MaintenanceOptions>();
  const auto command =
      add(root, options, "delete", "Delete a file from the index; its name is retired.", run_delete);
  command.text("filename", options->filename, "Such as demo-1.0-py3-none-any.whl").required();
  command.text("--reason", options->reason, "Kept in the ledger").required();
  command.text("--index", options->index, "Its name").show_default();
  command.text("--url", options->url, "Work over HTTP, with the admin token from PACKHOUSE_TOKEN");
}

}  // namespace packhouse::app
