#include <fmt/format.h>

#include <memory>

#include "commands/commands.hpp"
#include "desk/status.hpp"
#include "wiring/command_context.hpp"

namespace packhouse::app {
namespace {

struct HistoryOptions {
  DeskOptions desk;
  std::string version;  ///< empty: all
};

Result<std::vector<Version>> asked_versions(const desk::JournalPlace& place, const ProjectName& project,
                                            const std::string& asked) {
  if (asked.empty()) return desk::recorded_versions(place, project);
  TRY(auto version, source::parse_release_version(asked));
  return std::vector<Version>{std::move(version)};
}

json::Object entry_json(const journal::JournalEntry& entry) {
  return {{"seq", entry.seq},     {"time", entry.time},     {"step", entry.step},
          {"phase", entry.phase}, {"detail", entry.detail}, {"hash", entry.hash}};
}

json::Object show_one(CommandContext& context, const Version& version, const journal::Journal& journal) {
  const auto label = journal::label_of(journal.entries());
  context.console().line(fmt::format("{}: {}{}", version.str(),
                                     to_string(journal::state_of(journal.entries()).kind),
                                     label ? ", " + *label : ""));
  for (const auto& line : journal::history_of(journal.entries())) {
    context.console().line(fmt::format("  {}  {:<10}  {:<9}  {:<12}  {}",
                                       std::string_view(line.time).substr(0, 19), line.step, line.result,
                                       line.actor, line.text));
  }
  context.console().line("  evidence and logs: " + journal.folder().string());
  json::Array entries;
  for (const auto& entry : journal.entries())
    entries.emplace_back(entry_json(entry));
  return {{"version", version.str()},
          {"state", to_string(journal::state_of(journal.entries()).kind)},
          {"label", label ? json::Value(*label) : json::Value()},
          {"folder", journal.folder().string()},
          {"entries", std::move(entries)}};
}

Result<ExitCode> show_history(CommandContext& context, const HistoryOptions& options) {
  TRY(const auto configuration, context.read_configuration());
  const auto& project = configuration.policy.project;
  TRY(const auto place, context.journal_place());
  TRY(const auto versions, asked_versions(place, project, options.version));
  json::Array list;
  for (const Version& version : versions) {
    const Path folder = journal::release_folder(place.state, {project, version});
    const auto journal = journal::Journal::load(place.disk, place.clock, place.redactor, folder);
    const bool unknown = !journal.ok() && journal.error().code == Errc::not_found;
    if (unknown && options.version.empty()) continue;
    if (unknown) {
      return Error{Errc::not_found,
                   fmt::format("expected a journal of {} {} on this machine, found none", project.str(),
                               version.str()),
                   "a journal is kept where `packhouse promote` ran; --state names another folder"};
    }
    if (!journal.ok()) return journal.error();
    list.emplace_back(show_one(context, version, *journal));
  }
  if (list.empty()) context.console().line("no release is on record on this machine");
  context.console().document(json::Object{{"project", project.str()}, {"releases", std::move(list)}});
  return ExitCode::ok;
}

ExitCode run_history(const HistoryOptions& options) {
  return with_context(options.desk, [&](CommandContext& context) { return show_history(context, options); });
}

}  // namespace

void register_history(Command root) {
  auto options = std::make_shared<HistoryOptions>();  // shared by the parser and the action
  const auto command =
      root.command("history", "How a release came to be, from this machine's journal", options, run_history);
  command.text("version", options->version, "One version; all without it").placeholder("VERSION");
  options->desk.add_to(command);
}

}  // namespace packhouse::app
