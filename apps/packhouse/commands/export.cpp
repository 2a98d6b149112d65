#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <string>

#include "api/static_tree.hpp"
#include "base/text.hpp"
#include "commands/commands.hpp"
#include "wiring/local_index.hpp"

namespace packhouse::app {
namespace {

struct ExportOptions {
  std::string data = "packhouse-data";
  std::string index{main_index};
  std::string folder;
};

Status run_export(const ExportOptions& options) {
  TRY(const auto local, LocalIndex::open(options.data, options.index));
  const index::Catalog catalog(local->context());
  const auto disk = make_posix_file_system();
  TRY(const auto report, api::StaticTree(catalog, *disk, std::filesystem::absolute(options.folder)).write());
  fmt::print("exported {} files of {} projects: {} new ({}), {} removed\n", report.files, report.projects,
             report.new_files, human_size(report.new_bytes), report.removed);
  return success();
}

}  // namespace

void register_export(Command root) {
  const auto options = std::make_shared<ExportOptions>();  // shared by the parser and the action
  const auto command =
      root.command("export", "Write an index as files that any web server serves", options, run_export);
  command.text("folder", options->folder, "New, empty, or of an earlier export")
      .placeholder("FOLDER")
      .required();
  add_data(command, options->data);
  command.text("--index", options->index, "Its name").show_default();
}

}  // namespace packhouse::app
