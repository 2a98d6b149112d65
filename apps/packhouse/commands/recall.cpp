// packhouse recall: files that are not offered as they were, and who has them.
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>

#include "commands/commands.hpp"
#include "commands/downloads.hpp"
#include "upstream/recall.hpp"
#include "wiring/data_folder.hpp"

namespace packhouse::app {
namespace {

struct RecallOptions {
  std::string data = "packhouse-data";
  std::string index{main_index};
  std::string name;     ///< empty: --list
  std::string version;  ///< empty: all
  bool list = false;
};

void print_file(const upstream::RecalledFile& file, const CallerNames& names) {
  fmt::print("{}  sha256 {}\n  {}\n", file.filename, file.sha256.hex(), file.reason);
  if (file.downloads.empty()) fmt::print("  no download of it is on record\n");
  print_callers(file.downloads, names);
}

Status show_project(const DataFolder& data, const RecallOptions& options) {
  TRY(const auto name, ProjectName::parse(options.name));
  std::optional<Version> version;
  if (!options.version.empty()) {
    TRY(version, Version::parse(options.version));
  }
  TRY(const auto names, CallerNames::read(data.store->access()));
  TRY(const auto files, upstream::recalled_files(*data.store, options.index, name, version));
  if (files.empty()) fmt::print("no file of {} is recalled\n", name.str());
  for (const auto& file : files)
    print_file(file, names);
  return success();
}

Status show_list(const DataFolder& data, const RecallOptions& options) {
  TRY(const auto projects, upstream::recallable_projects(*data.store, options.index));
  for (const auto& project : projects) {
    TRY(const auto name, ProjectName::parse(project));
    TRY(const auto files, upstream::recalled_files(*data.store, options.index, name));
    for (const auto& file : files) {
      fmt::print("{}  fetched by {} callers  {}\n", file.filename, file.downloads.size(), file.reason);
    }
  }
  return success();
}

Status show(const RecallOptions& options) {
  if (options.list == !options.name.empty()) {
    return Error{Errc::invalid_input, "expected either NAME or --list", "such as packhouse recall demo 1.0"};
  }
  TRY(const auto data, DataFolder::open(options.data, Sharing::beside, Opening::as_it_is));
  return options.list ? show_list(data, options) : show_project(data, options);
}

}  // namespace

void register_recall(Command root) {
  const auto options = std::make_shared<RecallOptions>();  // shared by the parser and the action
  const auto command =
      root.command("recall", "Print which files were withdrawn here or by an upstream, and who fetched them",
                   options, show);
  command.text("name", options->name, "The project").placeholder("NAME");
  command.text("version", options->version, "One version of it").placeholder("VERSION");
  command.flag("--list", options->list, "Of every project, without the callers");
  add_data(command, options->data);
  command.text("--index", options->index, "Its name").show_default();
}

}  // namespace packhouse::app
