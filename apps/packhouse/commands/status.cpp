#include <fmt/format.h>

#include <memory>

#include "commands/commands.hpp"
#include "desk/status.hpp"
#include "wiring/command_context.hpp"

namespace packhouse::app {
namespace {

using desk::VersionOverview;

struct StatusOptions {
  DeskOptions desk;
  std::string version;   ///< of history; empty: all
  bool offline = false;  ///< of status
};

Result<desk::JournalPlace> journal_place(Desk& desk) {
  TRY(auto state, desk.state_folder());
  return desk::JournalPlace{desk.disk(), desk.clock(), desk.redactor(), std::move(state)};
}

// ----- status

std::string index_cell(const VersionOverview& version) {
  const std::string standing(to_string(version.standing));
  if (version.served.empty()) return standing;
  const auto yanked = std::ranges::count_if(version.served, &client::PageFile::yanked);
  return fmt::format("{} files, {}{}", version.served.size(), standing,
                     yanked == 0 ? "" : fmt::format(", {} yanked", yanked));
}

void print_table(console::Console& output, const std::vector<VersionOverview>& versions) {
  constexpr std::string_view row = "  {:<16}  {:<10}  {:<30}  {:<20}  {}";
  output.line(fmt::format(row, "VERSION", "STATE", "INDEX", "RUN", "SINCE"));
  for (const VersionOverview& version : versions) {
    const auto run = version.run ? std::to_string(*version.run) : "";
    const std::string state(version.broken ? "broken" : to_string(version.state.kind));
    output.line(fmt::format(row, version.version.str(), state, index_cell(version), run,
                            std::string_view(version.state.since).substr(0, 19)));
    if (version.label) output.line(fmt::format("  {:<16}  {}", "", *version.label));
    const auto& reason = version.broken ? version.broken->message : version.state.reason;
    if (!reason.empty()) output.line(fmt::format("  {:<16}  {}: {}", "", version.state.step, reason));
  }
}

Result<ExitCode> show_status(Desk& desk, const StatusOptions& options) {
  TRY(const auto configuration, desk.read_configuration());
  const auto& project = configuration.policy.project;
  TRY(const auto place, journal_place(desk));
  TRY(auto versions, desk::read_overview(place, project));
  json::Object document{{"project", project.str()}, {"state_folder", place.state.string()}};
  std::string title = project.str() + ", as this machine's journals have it";
  if (!options.offline) {
    auto simple = simple_address(desk.secrets());
    if (!simple.ok()) {
      simple.error().hint += ", or ask this machine's journals alone with --offline";
      return std::move(simple).error();
    }
    client::IndexClient index(desk.client(), *simple, *simple);
    TRY(const auto page, index.page(project));
    desk::compare_with_page(versions, project, page);
    document["index"] = simple->url.str();
    title = fmt::format("{} on {}", project.str(), simple->url.str());
  }
  json::Array list;
  for (const VersionOverview& version : versions)
    list.emplace_back(to_json(version));
  document["versions"] = std::move(list);
  desk.output().line(title);
  if (versions.empty()) {
    desk.output().line("  no version is known");
  } else {
    print_table(desk.output(), versions);
  }
  desk.output().document(document);
  return ExitCode::ok;
}

// ----- history

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

json::Object show_one(Desk& desk, const Version& version, const journal::Journal& journal) {
  const auto label = journal::label_of(journal.entries());
  desk.output().line(fmt::format("{}: {}{}", version.str(),
                                 to_string(journal::state_of(journal.entries()).kind),
                                 label ? ", " + *label : ""));
  for (const auto& line : journal::history_of(journal.entries())) {
    desk.output().line(fmt::format("  {}  {:<10}  {:<9}  {:<12}  {}",
                                   std::string_view(line.time).substr(0, 19), line.step, line.result,
                                   line.actor, line.text));
  }
  desk.output().line("  evidence and logs: " + journal.folder().string());
  json::Array entries;
  for (const auto& entry : journal.entries())
    entries.emplace_back(entry_json(entry));
  return {{"version", version.str()},
          {"state", to_string(journal::state_of(journal.entries()).kind)},
          {"label", label ? json::Value(*label) : json::Value()},
          {"folder", journal.folder().string()},
          {"entries", std::move(entries)}};
}

Result<ExitCode> show_history(Desk& desk, const StatusOptions& options) {
  TRY(const auto configuration, desk.read_configuration());
  const auto& project = configuration.policy.project;
  TRY(const auto place, journal_place(desk));
  TRY(const auto versions, asked_versions(place, project, options.version));
  json::Array list;
  for (const Version& version : versions) {
    const Path folder = journal::release_folder(place.state, project.str(), version.str());
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
    list.emplace_back(show_one(desk, version, *journal));
  }
  if (list.empty()) desk.output().line("no release is on record on this machine");
  desk.output().document(json::Object{{"project", project.str()}, {"releases", std::move(list)}});
  return ExitCode::ok;
}

// ----- the command line

ExitCode run_status(const StatusOptions& options) {
  return at_desk(options.desk, [&](Desk& desk) { return show_status(desk, options); });
}

ExitCode run_history(const StatusOptions& options) {
  return at_desk(options.desk, [&](Desk& desk) { return show_history(desk, options); });
}

}  // namespace

void register_status(Command root) {
  auto options = std::make_shared<StatusOptions>();  // shared by the parser and the action
  const auto command =
      root.command("status", "Which version is where, by the journals and the index", options, run_status);
  command.flag("--offline", options->offline, "Do not ask the index");
  options->desk.add_to(command);
}

void register_history(Command root) {
  auto options = std::make_shared<StatusOptions>();  // shared by the parser and the action
  const auto command =
      root.command("history", "How a release came to be, from this machine's journal", options, run_history);
  command.text("version", options->version, "One version; all without it").placeholder("VERSION");
  options->desk.add_to(command);
}

}  // namespace packhouse::app
