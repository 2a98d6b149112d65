#include "index/audit.hpp"

#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "commands/commands.hpp"
#include "index/repair.hpp"
#include "wiring/data_folder.hpp"
#include "wiring/data_statistics.hpp"

namespace packhouse::app {
namespace {

struct AuditOptions {
  std::string data = "packhouse-data";
  bool json = false;
  bool repair = false;
  std::vector<std::string> from;
};

void print_report(const index::AuditReport& report) {
  for (const auto& finding : report.findings)
    fmt::print("{}  {}: {}\n", finding.kind, finding.subject, finding.message);
  for (const auto& orphan : report.orphans)
    fmt::print("orphan  {} ({})\n", orphan.digest.hex(), human_size(orphan.size));
  fmt::print("{} files, {} hashed again, {} ledger entries: {}\n", report.files, human_size(report.bytes),
             report.ledger_entries, report.sound() ? "sound" : "NOT SOUND");
}

/// Lines about it would not be JSON.
Result<index::AuditReport> repaired(const DataFolder& data, const index::AuditReport& found,
                                    const AuditOptions& options) {
  index::RepairSource source{.disk = *data.disk, .folders = {}};
  for (const auto& folder : options.from)
    source.folders.emplace_back(folder);
  TRY(const auto done,
      index::repair_files(*data.store, *data.blobs, found.damaged, source, console_actor(), SystemClock{}));
  if (!options.json) {
    for (const auto& line : done)
      fmt::print("repaired  {}\n", line);
  }
  return index::audit(*data.store, *data.blobs);
}

Result<ExitCode> run_audit(const AuditOptions& options) {
  if (!options.repair && !options.from.empty()) return Error{Errc::invalid_input, "--from is for --repair"};
  TRY(const auto data, DataFolder::open(options.data, Sharing::alone, Opening::as_it_is));
  TRY(auto report, index::audit(*data.store, *data.blobs));
  if (options.repair && !report.damaged.empty()) {
    TRY(report, repaired(data, report, options));
  }
  if (report.sound()) note_time(*data.disk, data.path / last_audit_name, "sound");
  if (options.json) {
    fmt::print("{}\n", json::dump_pretty(index::to_json(report)));
  } else {
    print_report(report);
  }
  return report.sound() ? ExitCode::ok : ExitCode::refused;
}

}  // namespace

void register_audit(Command root) {
  const auto options = std::make_shared<AuditOptions>();  // shared by the parser and the action
  const auto command =
      root.command("audit", "Read every file and the whole ledger again and say what is not as it must be",
                   options, run_audit);
  add_data(command, options->data);
  command.flag("--json", options->json, "For programs");
  command.flag("--repair", options->repair,
               "Replace damaged bytes by those in --from, and METADATA by that in its wheel");
  command.list("--from", options->from, "A folder that has them, such as a backup; repeatable");
}

}  // namespace packhouse::app
