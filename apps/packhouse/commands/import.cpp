#include "index/import.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <memory>
#include <string>

#include "base/text.hpp"
#include "commands/commands.hpp"
#include "wiring/local_index.hpp"

namespace packhouse::app {
namespace {

struct ImportOptions {
  std::string data = "packhouse-data";
  std::string index{main_index};
  std::string folder;
  bool strict = false;
  bool dry_run = false;
  bool json = false;
};

/// Counts what became of the files, and says at once what is not as usual.
class Tally {
 public:
  Tally(const ImportOptions& options, std::size_t files) : options_(options), files_(files) {}

  void take(const index::ImportedFile& imported) {
    ++counts_.at(static_cast<std::size_t>(imported.outcome));
    if (options_.json) note(imported);
    if (!options_.json && !imported.reason.empty())
      fmt::print("{}  {}: {}\n", to_string(imported.outcome), imported.file.filename, imported.reason);
    if (++done_ % progress_step == 0) fmt::print(stderr, "{} of {} files\n", done_, files_);
  }

  std::size_t count(index::ImportOutcome outcome) const {
    return counts_.at(static_cast<std::size_t>(outcome));
  }
  json::Array take_notes() { return std::move(notes_); }

 private:
  static constexpr std::size_t progress_step = 1000;

  void note(const index::ImportedFile& imported) {
    json::Object object{{"filename", imported.file.filename},
                        {"outcome", to_string(imported.outcome)},
                        {"uploaded", to_iso8601(imported.file.uploaded)}};
    if (!imported.reason.empty()) object["reason"] = imported.reason;
    notes_.emplace_back(std::move(object));
  }

  const ImportOptions& options_;
  const std::size_t files_;
  std::size_t done_ = 0;
  std::array<std::size_t, 4> counts_{};
  json::Array notes_;
};

void print_summary(const ImportOptions& options, const index::FoundFiles& found, const Tally& tally) {
  using enum index::ImportOutcome;
  for (const auto& path : found.passed_over)
    fmt::print("passed over  {}: not the name of a wheel or an sdist\n", quote(path.string(), 300));
  fmt::print(
      "{} {} files into {}: {} as the index's policy has it, {} by the policy mirror alone; {} were "
      "there, {} refused, {} passed over\n",
      options.dry_run ? "would import" : "imported", tally.count(added) + tally.count(lowered), options.index,
      tally.count(added), tally.count(lowered), tally.count(present), tally.count(refused),
      found.passed_over.size());
}

json::Object to_json(const index::FoundFiles& found, Tally& tally) {
  json::Array passed_over;
  for (const auto& path : found.passed_over)
    passed_over.emplace_back(path.string());
  return {{"files", tally.take_notes()}, {"passed_over", std::move(passed_over)}};
}

Result<ExitCode> run_import(const ImportOptions& options) {
  TRY(const auto local, LocalIndex::open(options.data, options.index));
  const auto disk = make_posix_file_system();
  TRY(const auto found, index::find_distributions(*disk, options.folder));
  Tally tally(options, found.files.size());
  const index::Import import(local->context(), *disk,
                             {.lenient = !options.strict, .dry_run = options.dry_run});
  const auto from = std::filesystem::absolute(options.folder).filename().string();
  CHECK_OK(import.run(found.files, from, console_actor(),
                      [&](const index::ImportedFile& imported) { tally.take(imported); }));
  if (options.json) {
    fmt::print("{}\n", json::dump_pretty(to_json(found, tally)));
  } else {
    print_summary(options, found, tally);
  }
  return tally.count(index::ImportOutcome::refused) == 0 ? ExitCode::ok : ExitCode::refused;
}

}  // namespace

void register_import(Command root) {
  const auto options = std::make_shared<ImportOptions>();  // shared by the parser and the action
  const auto command =
      root.command("import", "Take the files of another index from a folder, with their upload times",
                   options, run_import);
  command.text("folder", options->folder, "Of pypiserver, of devpi-export, of bandersnatch, or any other")
      .placeholder("FOLDER")
      .required();
  add_data(command, options->data);
  command.text("--index", options->index, "Its name").show_default();
  command.flag("--strict", options->strict, "Only what the index's own policy takes, not what mirror takes");
  command.flag("--dry-run", options->dry_run, "Say what would be imported; change nothing");
  command.flag("--json", options->json, "For programs");
}

}  // namespace packhouse::app
