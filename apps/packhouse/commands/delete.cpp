#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>

#include "base/text.hpp"
#include "commands/commands.hpp"
#include "index/remove.hpp"
#include "pep/filename.hpp"
#include "wiring/local_index.hpp"
#include "wiring/remote_index.hpp"

namespace packhouse::app {
namespace {

struct DeleteOptions {
  std::string data = "packhouse-data";
  std::optional<std::string> url;
  std::string index{main_index};
  std::string filename;
  std::string reason;
};

Status delete_here(const DeleteOptions& options) {
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

Status delete_there(const DeleteOptions& options) {
  TRY(auto remote, RemoteIndex::open(*options.url, options.index));
  TRY(const auto project, project_of(options.filename));
  const auto path =
      fmt::format("{}/files/{}", client::project_path(project.str()), percent_encode(options.filename));
  const auto gone = remote.admin.call(http::Method::del, path, {{"reason", options.reason}});
  return gone.ok() ? success() : Status{gone.error()};
}

Result<ExitCode> run_delete(const DeleteOptions& options) {
  CHECK_OK(options.url ? delete_there(options) : delete_here(options));
  fmt::print("deleted {}; its name can never be used again\n", options.filename);
  return ExitCode::ok;
}

}  // namespace

void register_delete(Command root) {
  const auto options = std::make_shared<DeleteOptions>();  // shared by the parser and the action
  const auto command =
      root.command("delete", "Delete a file from the index; its name is retired", options, run_delete);
  add_data(command, options->data);
  command.text("filename", options->filename, "Such as demo-1.0-py3-none-any.whl").required();
  command.text("--reason", options->reason, "Kept in the ledger").required();
  command.text("--index", options->index, "Its name").show_default();
  command.text("--url", options->url, "Work over HTTP, with the admin token from PACKHOUSE_TOKEN");
}

}  // namespace packhouse::app
