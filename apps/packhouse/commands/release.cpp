// What becomes of a release after its upload.
#include <fmt/format.h>

#include <array>
#include <memory>
#include <optional>
#include <string>

#include "commands/project_options.hpp"
#include "index/copy.hpp"
#include "wiring/local_index.hpp"

namespace packhouse::app {
namespace {

struct ReleaseOptions {
  ProjectOptions project;
  std::string version;
  std::optional<std::string> file;
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
    Verb{"yank", "yanked", "Offer a release, or one file of it, only to installers that pin it exactly.",
         &index::ReleaseLifecycle::yank, true},
    Verb{"unyank", "offered again", "Take a yank back.", &index::ReleaseLifecycle::unyank, true},
    Verb{"block", "blocked", "Stop offering a release; its bytes are kept.", &index::ReleaseLifecycle::block,
         false},
    Verb{"unblock", "offered again", "Take a block back.", &index::ReleaseLifecycle::unblock, false},
};

/// Has the server do it.
Result<json::Object> post(const ReleaseOptions& options, std::string_view word, const json::Object& body) {
  TRY(auto remote, options.project.open_remote());
  return remote.admin.call(http::Method::post,
                           client::release_path(options.project.project, options.version, word), body);
}

Result<index::StateChange> change_there(const ReleaseOptions& options, const Verb& verb) {
  json::Object body{{"reason", options.reason}};
  if (options.file) body["file"] = *options.file;
  TRY(const auto answer, post(options, verb.word, body));
  return read_change(answer);
}

Result<index::StateChange> change_here(const ReleaseOptions& options, const Verb& verb) {
  const ProjectOptions& project = options.project;
  TRY(const auto target, index::ReleaseTarget::parse(project.project, options.version, options.file));
  TRY(const auto local, LocalIndex::open(project.data, project.index));
  const index::ReleaseLifecycle life{local->context()};
  return (life.*verb.change)(target, options.reason, console_actor());
}

Result<ExitCode> run_verb(const ReleaseOptions& options, const Verb& verb) {
  TRY(const auto change, options.project.url ? change_there(options, verb) : change_here(options, verb));
  print_change(change, verb.done);
  return ExitCode::ok;
}

Result<json::Object> copy_here(const ReleaseOptions& options) {
  const ProjectOptions& project = options.project;
  TRY(const auto target, index::ReleaseTarget::parse(project.project, options.version));
  TRY(const auto local, LocalIndex::open(project.data, project.index));
  TRY(const auto done,
      index::copy_release(local->context(), options.from, target, options.reason, console_actor()));
  return index::to_json(done);
}

Result<ExitCode> run_copy(const ReleaseOptions& options) {
  TRY(const auto done, options.project.url
                           ? post(options, "copy", {{"from", options.from}, {"reason", options.reason}})
                           : copy_here(options));
  TRY(const auto subject, json::get_string(done, "subject"));
  TRY(const auto files, json::get_int(done, "files"));
  TRY(const auto changed, json::get_bool(done, "changed"));
  TRY(const auto manifest, json::get_string(done, "manifest"));
  fmt::print("{}: {} files from {}{}\nmanifest {}\n", subject, files, options.from,
             changed ? "" : ", all of them there already; nothing changed", manifest);
  return ExitCode::ok;
}

void add_verb(Command group, const Verb& verb) {
  const auto options = std::make_shared<ReleaseOptions>();  // shared by the parser and the action
  const auto command = group.command(verb.word, verb.about, options,
                                     [&verb](const ReleaseOptions& given) { return run_verb(given, verb); });
  options->project.add_to(command);
  command.text("version", options->version, "Such as 1.0").required();
  if (verb.takes_file) command.text("--file", options->file, "This file of the release alone");
  command.text("--reason", options->reason, "Kept in the ledger and shown").required();
}

void add_copy(Command group) {
  const auto options = std::make_shared<ReleaseOptions>();  // shared by the parser and the action
  const auto command = group.command(
      "copy", "Take a release over from another index of the server: the same bytes, no copy of them",
      options, run_copy);
  options->project.add_to(command, "The index that takes it");
  command.text("version", options->version, "Such as 1.0").required();
  command.text("--from", options->from, "The index that has it").required();
  command.text("--reason", options->reason, "Kept in the ledger").required();
}

}  // namespace

void register_release(Command root) {
  const auto group =
      root.group("release", "What becomes of a release in the index: yank, block, and back; copy");
  for (const Verb& verb : verbs)
    add_verb(group, verb);
  add_copy(group);
}

}  // namespace packhouse::app
