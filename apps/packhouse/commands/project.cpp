#include <fmt/format.h>

#include <memory>
#include <string>

#include "commands/project_options.hpp"
#include "pep/project_status.hpp"
#include "wiring/local_index.hpp"

namespace packhouse::app {
namespace {

struct StatusOptions {
  ProjectOptions project;
  std::string status;
  std::string reason;
};

Result<json::Object> read_project(const ProjectOptions& options) {
  if (options.url) {
    TRY(auto remote, options.open_remote());
    return remote.admin.call(http::Method::get, options.path());
  }
  TRY(const auto name, ProjectName::parse(options.project));
  TRY(const auto local, LocalIndex::open(options.data, options.index));
  TRY(const auto detail, local->context().store.catalog().project(options.index, name.str()));
  return index::to_json(detail);
}

Result<ExitCode> run_show(const ProjectOptions& options) {
  TRY(const auto project, read_project(options));
  fmt::print("{}\n", json::dump_pretty(project));
  return ExitCode::ok;
}

Result<index::StateChange> set_status(const StatusOptions& options, ProjectStatus status) {
  const ProjectOptions& project = options.project;
  if (!project.url) {
    TRY(const auto local, LocalIndex::open(project.data, project.index));
    return index::ReleaseLifecycle{local->context()}.set_status(project.project, status, options.reason,
                                                                console_actor());
  }
  TRY(auto remote, project.open_remote());
  const json::Object body{{"status", to_string(status)}, {"reason", options.reason}};
  TRY(const auto answer, remote.admin.call(http::Method::put, project.path() + "/status", body));
  return read_change(answer);
}

Result<ExitCode> run_status(const StatusOptions& options) {
  if (!options.status.empty()) {
    TRY(const auto status, parse_project_status(options.status));
    TRY(const auto change, set_status(options, status));
    print_change(change, to_string(status));
    return ExitCode::ok;
  }
  TRY(const auto project, read_project(options.project));
  TRY(const auto status, json::get_string(project, "status"));
  TRY(const auto reason, json::get_string(project, "status_reason"));
  fmt::print("{}{}{}\n", status, reason.empty() ? "" : ": ", reason);
  return ExitCode::ok;
}

void add_show(Command group) {
  const auto options = std::make_shared<ProjectOptions>();  // shared by the parser and the action
  options->add_to(
      group.command("show", "Print all that the index knows of a project, as JSON", options, run_show));
}

void add_status(Command group) {
  const auto options = std::make_shared<StatusOptions>();  // shared by the parser and the action
  const auto command =
      group.command("status", "Print a project's status marker, or set it", options, run_status);
  options->project.add_to(command);
  const auto word = command.text("status", options->status, "active, archived, deprecated or quarantined");
  command.text("--reason", options->reason, "Kept in the ledger and shown").needs(word);
}

}  // namespace

void register_project(Command root) {
  const auto group = root.group("project", "Show a project, or say where it stands");
  add_show(group);
  add_status(group);
}

}  // namespace packhouse::app
