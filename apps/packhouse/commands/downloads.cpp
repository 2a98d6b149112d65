// packhouse downloads: who fetched a project's files.
#include "commands/downloads.hpp"

#include <fmt/format.h>

#include <memory>
#include <optional>

#include "commands/commands.hpp"
#include "pep/project_name.hpp"
#include "pep/version.hpp"
#include "wiring/data_folder.hpp"

namespace packhouse::app {
namespace {

struct DownloadsOptions {
  std::string data = "packhouse-data";
  std::string index{main_index};
  std::string name;
  std::string version;  ///< empty: all
};

Status show(const DownloadsOptions& options) {
  TRY(const auto name, ProjectName::parse(options.name));
  std::optional<Version> version;
  if (!options.version.empty()) {
    TRY(version, Version::parse(options.version));
  }
  TRY(const auto data, DataFolder::open(options.data, Sharing::beside, Opening::as_it_is));
  TRY(const auto names, CallerNames::read(data.store->access()));
  TRY(const auto all, data.store->downloads().of_project(options.index, name.str()));
  std::map<std::string, std::vector<DownloadTally>> files;
  for (const auto& tally : all) {
    const auto of_file = Version::parse(tally.version);
    if (version && (!of_file.ok() || *of_file != *version)) continue;
    files[fmt::format("{}  sha256 {}", tally.filename, tally.sha256.hex())].push_back(tally);
  }
  if (files.empty()) fmt::print("no download of {} is on record\n", name.str());
  for (const auto& [file, downloads] : files) {
    fmt::print("{}\n", file);
    print_callers(downloads, names);
  }
  return success();
}

}  // namespace

Result<CallerNames> CallerNames::read(AccessStore& store) {
  TRY(const auto tokens, store.tokens());
  CallerNames names;
  for (const auto& token : tokens)
    names.labels_[fmt::to_string(token.id)] = token.label;
  return names;
}

std::string CallerNames::name_of(const Actor& actor) const {
  if (actor.id.empty()) return actor.kind;
  const auto label = labels_.find(actor.id);
  if (actor.kind != "token" || label == labels_.end()) return fmt::format("{} {}", actor.kind, actor.id);
  return fmt::format("token {} ({})", actor.id, label->second);
}

void print_callers(const std::vector<DownloadTally>& downloads, const CallerNames& names) {
  for (const auto& each : downloads) {
    fmt::print("  {}  {}  {}x  first {}  last {}\n", names.name_of(each.actor), each.actor.address,
               each.count, to_iso8601(each.first), to_iso8601(each.last));
  }
}

void register_downloads(Command root) {
  const auto options = std::make_shared<DownloadsOptions>();  // shared by the parser and the action
  const auto command =
      root.command("downloads", "Print who fetched a project's files, and when", options, show);
  command.text("name", options->name, "The project").placeholder("NAME").required();
  command.text("version", options->version, "One version of it").placeholder("VERSION");
  add_data(command, options->data);
  command.text("--index", options->index, "Its name").show_default();
}

}  // namespace packhouse::app
