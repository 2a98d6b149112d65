#include "index/audit.hpp"

#include <fmt/format.h>

#include <memory>
#include <string>

#include "base/text.hpp"
#include "commands/commands.hpp"
#include "wiring/data_folder.hpp"

namespace packhouse::app {
namespace {

struct AuditOptions {
  std::string data = "packhouse-data";
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

Result<ExitCode> run_audit(const AuditOptions& options) {
  TRY(const auto data, DataFolder::open(options.data, Sharing::alone, Opening::as_it_is));
  TRY(const auto report, index::audit(*data.store, *data.blobs));
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
      root.command("audit", "Read every file and the whole ledger again and say what is not as it must be.",
                   options, run_audit);
  add_data(command, options->data);
  command.flag("--json", options->json, "For programs");
}

}  // namespace packhouse::app
