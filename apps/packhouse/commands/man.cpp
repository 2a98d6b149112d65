#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "commands/commands.hpp"
#include "man_page.hpp"
#include "sys/file_system.hpp"
#include "sys/write_file.hpp"

namespace packhouse::app {
namespace {

struct ManOptions {
  std::string folder;
};

Result<ExitCode> write_pages(const ManOptions& options, const CommandDescription& program) {
  const auto disk = make_posix_file_system();
  const Path folder = options.folder;
  CHECK_OK(disk->make_folders(folder));
  const auto commands = all_commands(program);
  for (const auto* command : commands) {
    const auto page = man_page(*command, PACKHOUSE_VERSION);
    CHECK_OK(write_new_file(*disk, folder / page.file, page.text));
    std::filesystem::permissions(folder / page.file,
                                 std::filesystem::perms::group_read | std::filesystem::perms::others_read,
                                 std::filesystem::perm_options::add);
  }
  fmt::print("{} pages in {}\n", commands.size(), options.folder);
  return ExitCode::ok;
}

}  // namespace

void register_man(Command root) {
  auto options = std::make_shared<ManOptions>();  // shared by the parser and the action
  const auto command =
      root.command("man", "Write the manual pages, one for each command, into a folder", options,
                   [root](const ManOptions& given) { return write_pages(given, root.describe()); });
  command.text("folder", options->folder, "Made if missing; nothing in it is overwritten").required();
}

}  // namespace packhouse::app
