#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>

#include "base/text.hpp"
#include "commands/commands.hpp"
#include "index/deletion.hpp"
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
  std::string target;  ///< a filename, or a project
  std::optional<std::string> version;
  std::string reason;
  bool dry_run = false;
};

/// The project of a file; nullopt for what is no filename, and so a project.
std::optional<ProjectName> project_of(std::string_view filename) {
  if (auto wheel = WheelFilename::parse(filename); wheel.ok()) return std::move(wheel->name);
  if (auto sdist = SdistFilename::parse(filename); sdist.ok()) return std::move(sdist->name);
  return std::nullopt;
}

Status delete_file_here(const DeleteOptions& options) {
  TRY(const auto local, LocalIndex::open(options.data, options.index));
  const auto gone = index::remove_file(local->context(), "", options.target, options.reason, console_actor());
  return gone.ok() ? success() : Status{gone.error()};
}

Status delete_file_there(const DeleteOptions& options, const ProjectName& project) {
  TRY(auto remote, RemoteIndex::open(*options.url, options.index));
  const auto path =
      fmt::format("{}/files/{}", client::project_path(project.str()), percent_encode(options.target));
  const auto gone = remote.admin.call(http::Method::del, path, {{"reason", options.reason}});
  return gone.ok() ? success() : Status{gone.error()};
}

Status delete_file(const DeleteOptions& options, const ProjectName& project) {
  if (options.dry_run) {
    return Error{Errc::invalid_input, "expected a project with --dry-run, found the name of a file",
                 "a file is deleted by itself: there is nothing to preview"};
  }
  CHECK_OK(options.url ? delete_file_there(options, project) : delete_file_here(options));
  fmt::print("deleted {}; its name can never be used again\n", options.target);
  return success();
}

Result<json::Object> delete_releases_here(const DeleteOptions& options) {
  TRY(const auto target, index::DeletionTarget::parse(options.target, options.version));
  TRY(const auto local, LocalIndex::open(options.data, options.index));
  TRY(const auto deletion,
      options.dry_run ? index::plan_deletion(local->context(), target)
                      : index::delete_releases(local->context(), target, options.reason, console_actor()));
  return deletion.to_json();
}

Result<json::Object> delete_releases_there(const DeleteOptions& options) {
  TRY(const auto target, index::DeletionTarget::parse(options.target, options.version));
  TRY(auto remote, RemoteIndex::open(*options.url, options.index));
  auto path = client::project_path(target.project.str());
  if (target.version) path += "/releases/" + percent_encode(target.version->str());
  json::Object body{{"dry_run", options.dry_run}};
  if (!options.dry_run) body["reason"] = options.reason;
  return remote.admin.call(http::Method::del, path, body);
}

std::uint64_t number_at(const json::Object& object, std::string_view key) {
  return static_cast<std::uint64_t>(json::get_int(object, key).value_or(0));
}

std::string text_at(const json::Object& object, std::string_view key) {
  return json::get_string(object, key).value_or("");
}

void print_each(const json::Object& deletion, std::string_view key, const auto& print) {
  const auto list = json::get_array(deletion, key);
  if (!list.ok()) return;
  for (const auto& value : *list) {
    if (value.is_object()) print(value.get_object());
  }
}

void print(const json::Object& deletion, bool dry_run) {
  const auto project = text_at(deletion, "project");
  print_each(deletion, "releases", [&](const json::Object& release) {
    fmt::print("{}  {} {}: {} files, {}\n", dry_run ? "delete " : "deleted", project,
               text_at(release, "version"), number_at(release, "files"),
               human_size(number_at(release, "bytes")));
  });
  print_each(deletion, "held", [&](const json::Object& held) {
    fmt::print("held     {} {}: {}\n", project, text_at(held, "version"), text_at(held, "reason"));
  });
  fmt::print("{} files, {}; {}\n", number_at(deletion, "files"), human_size(number_at(deletion, "bytes")),
             dry_run ? "nothing is deleted yet"
                     : "their names can never be used again; packhouse gc gives the room back");
}

Status delete_releases(const DeleteOptions& options) {
  TRY(const auto deletion, options.url ? delete_releases_there(options) : delete_releases_here(options));
  print(deletion, options.dry_run);
  return success();
}

Status run_delete(const DeleteOptions& options) {
  if (options.reason.empty() && !options.dry_run) {
    return Error{Errc::invalid_input, "expected --reason, or --dry-run for a preview",
                 "the ledger keeps the reason"};
  }
  if (!options.version) {
    if (const auto project = project_of(options.target)) return delete_file(options, *project);
  }
  return delete_releases(options);
}

}  // namespace

void register_delete(Command root) {
  const auto options = std::make_shared<DeleteOptions>();  // shared by the parser and the action
  const auto command = root.command(
      "delete", "Delete a file, a release or a project from the index; the filenames are retired", options,
      run_delete);
  add_data(command, options->data);
  command
      .text("target", options->target,
            "A file as demo-1.0-py3-none-any.whl, or a project: all of it, or with VERSION one release")
      .required();
  command.text("version", options->version, "Of the release");
  command.text("--reason", options->reason, "Kept in the ledger");
  command.flag("--dry-run", options->dry_run, "Say what would be deleted, and what holds it");
  command.text("--index", options->index, "Its name").show_default();
  command.text("--url", options->url, "Work over HTTP, with the admin token from PACKHOUSE_TOKEN");
}

}  // namespace packhouse::app
