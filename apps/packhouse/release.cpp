// Commands on what becomes of a release after its upload, and on a project's status.
#include <fmt/format.h>

#include <array>
#include <memory>
#include <optional>
#include <string>

#include "base/text.hpp"
#include "command.hpp"
#include "index/copy.hpp"
#include "index/release_lifecycle.hpp"
#include "local_index.hpp"
#include "pep/project_status.hpp"
#include "remote.hpp"

namespace packhouse::app {
namespace {

struct ReleaseOptions {
  std::string data = "packhouse-data";
  std::optional<std::string> url;
  std::string index{main_index};
  std::string project;
  std::string version;
  std::optional<std::string> file;
  std::string status;
  std::string from;
  std::string reason;
};

/// One of the four changes of a release.
struct Verb {
  const char* word;
  const char* done;
  const char* about;
  Result<index::StateChange> (index::ReleaseLifecycle::*change)(const index::ReleaseTarget&, std::string_view,
                                                                const Actor&) const;
  bool takes_file;
};

constexpr std::array verbs{
    Verb{"yank", "yanked", "Offer a release, or one file of it, only to whoever pins it exactly.",
         &index::ReleaseLifecycle::yank, true},
    Verb{"unyank", "offered again", "Take a yank back.", &index::ReleaseLifecycle::unyank, true},
    Verb{"block", "blocked", "Offer a release to nobody; its bytes are kept.",
         &index::ReleaseLifecycle::block, false},
    Verb{"unblock", "offered again", "Take a block back.", &index::ReleaseLifecycle::unblock, false},
};

std::string project_path(const ReleaseOptions& options) {
  return fmt::format("{}/api/v1/projects/{}", index_path(options.index), percent_encode(options.project));
}

/// A server's answer, as ReleaseLifecycle gives it.
Result<index::StateChange> read_change(const json::Object& answer) {
  TRY(const auto changed, json::get_bool(answer, "changed"));
  TRY(auto subject, json::get_string(answer, "subject"));
  return index::StateChange{.changed = changed, .subject = std::move(subject)};
}

Result<index::StateChange> change_there(const ReleaseOptions& options, const Verb& verb) {
  TRY(auto remote, RemoteIndex::open(*options.url));
  json::Object body{{"reason", options.reason}};
  if (options.file) body["file"] = *options.file;
  const auto path =
      fmt::format("{}/releases/{}/{}", project_path(options), percent_encode(options.version), verb.word);
  TRY(const auto answer, remote.call(http::Method::post, path, body));
  return read_change(answer);
}

Result<index::StateChange> change_here(const ReleaseOptions& options, const Verb& verb) {
  TRY(const auto target, index::ReleaseTarget::parse(options.project, options.version, options.file));
  TRY(const auto local, LocalIndex::open(options.data, options.index));
  const index::ReleaseLifecycle life{local->context()};
  return (life.*verb.change)(target, options.reason, console_actor());
}

void print(const index::StateChange& change, std::string_view done) {
  fmt::print("{}: {}{}\n", change.subject, done, change.changed ? "" : " already; nothing changed");
}

Result<ExitCode> run_verb(const ReleaseOptions& options, const Verb& verb) {
  TRY(const auto change, options.url ? change_there(options, verb) : change_here(options, verb));
  print(change, verb.done);
  return ExitCode::ok;
}

Result<json::Object> project_of(const ReleaseOptions& options) {
  if (options.url) {
    TRY(auto remote, RemoteIndex::open(*options.url));
    return remote.call(http::Method::get, project_path(options));
  }
  TRY(const auto name, ProjectName::parse(options.project));
  TRY(const auto local, LocalIndex::open(options.data, options.index));
  TRY(const auto detail, local->context().store.catalog().project(options.index, name.str()));
  return index::to_json(detail);
}

Result<index::StateChange> set_status(const ReleaseOptions& options, ProjectStatus status) {
  if (!options.url) {
    TRY(const auto local, LocalIndex::open(options.data, options.index));
    return index::ReleaseLifecycle{local->context()}.set_status(options.project, status, options.reason,
                                                                console_actor());
  }
  TRY(auto remote, RemoteIndex::open(*options.url));
  const json::Object body{{"status", to_string(status)}, {"reason", options.reason}};
  TRY(const auto answer, remote.call(http::Method::put, project_path(options) + "/status", body));
  return read_change(answer);
}

Result<ExitCode> run_status(const ReleaseOptions& options) {
  if (!options.status.empty()) {
    TRY(const auto status, parse_project_status(options.status));
    TRY(const auto change, set_status(options, status));
    print(change, to_string(status));
    return ExitCode::ok;
  }
  TRY(const auto project, project_of(options));
  TRY(const auto status, json::get_string(project, "status"));
  TRY(const auto reason, json::get_string(project, "status_reason"));
  fmt::print("{}{}{}\n", status, reason.empty() ? "" : ": ", reason);
  return ExitCode::ok;
}

Result<ExitCode> run_show(const ReleaseOptions& options) {
  TRY(const auto project, project_of(options));
  fmt::print("{}\n", json::dump_pretty(project));
  return ExitCode::ok;
}

Result<json::Object> copy_there(const ReleaseOptions& options) {
  TRY(auto remote, RemoteIndex::open(*options.url));
  const auto path =
      fmt::format("{}/releases/{}/copy", project_path(options), percent_encode(options.version));
  return remote.call(http::Method::post, path, {{"from", options.from}, {"reason", options.reason}});
}

Result<json::Object> copy_here(const ReleaseOptions& options) {
  TRY(const auto target, index::ReleaseTarget::parse(options.project, options.version));
  TRY(const auto local, LocalIndex::open(options.data, options.index));
  TRY(const auto done,
      index::copy_release(local->context(), options.from, target, options.reason, console_actor()));
  return index::to_json(done);
}

Result<ExitCode> run_copy(const ReleaseOptions& options) {
  TRY(const auto done, options.url ? copy_there(options) : copy_here(options));
  TRY(const auto subject, json::get_string(done, "subject"));
  TRY(const auto files, json::get_int(done, "files"));
  TRY(const auto changed, json::get_bool(done, "changed"));
  TRY(const auto manifest, json::get_string(done, "manifest"));
  fmt::print("{}: {} files from {}{}\nmanifest {}\n", subject, files, options.from,
             changed ? "" : ", all of them there already; nothing changed", manifest);
  return ExitCode::ok;
}

using Options = std::shared_ptr<ReleaseOptions>;

template <typename Run>
CLI::App* add(CLI::App& group, Action& chosen, const Options& options, const char* name, const char* about,
              Run run) {
  auto* command = add_command(group, chosen, options, name, about, run);
  add_data_or_url(*command, options->data, options->url);
  command->add_option("--index", options->index, "Its name")->capture_default_str();
  command->add_option("project", options->project, "Such as demo")->required();
  return command;
}

void add_verb(CLI::App& group, Action& chosen, const Verb& verb) {
  const auto options = std::make_shared<ReleaseOptions>();  // shared by the parser and the action
  auto* command = add(group, chosen, options, verb.word, verb.about,
                      [&verb](const ReleaseOptions& given) { return run_verb(given, verb); });
  command->add_option("version", options->version, "Such as 1.0")->required();
  if (verb.takes_file) command->add_option("--file", options->file, "This file of the release alone");
  command->add_option("--reason", options->reason, "Kept in the ledger and shown")->required();
}

void add_copy(CLI::App& group, Action& chosen) {
  const auto options = std::make_shared<ReleaseOptions>();
  auto* command =
      add(group, chosen, options, "copy",
          "Take a release over from another index of the server: the same bytes, no copy of them.", run_copy);
  command->add_option("version", options->version, "Such as 1.0")->required();
  command->add_option("--from", options->from, "The index that has it")->required();
  command->get_option("--index")->description("The index that takes it");
  command->add_option("--reason", options->reason, "Kept in the ledger")->required();
}

}  // namespace

void register_release(CLI::App& root, Action& chosen) {
  auto* group =
      root.add_subcommand("release", "What becomes of a release in the index: yank, block, and back; copy.");
  group->require_subcommand(1);
  for (const Verb& verb : verbs)
    add_verb(*group, chosen, verb);
  add_copy(*group, chosen);
}

void register_project(CLI::App& root, Action& chosen) {
  auto* group = root.add_subcommand("project", "Show a project, or say where it stands.");
  group->require_subcommand(1);
  add(*group, chosen, std::make_shared<ReleaseOptions>(), "show",
      "Print all that the index knows of a project, as JSON.", run_show);
  const auto options = std::make_shared<ReleaseOptions>();
  auto* status =
      add(*group, chosen, options, "status", "Print a project's status marker, or set it.", run_status);
  auto* word = status->add_option("status", options->status, "active, archived, deprecated or quarantined");
  auto* reason = status->add_option("--reason", options->reason, "Kept in the ledger and shown");
  reason->needs(word);
}

}  // namespace packhouse::app
