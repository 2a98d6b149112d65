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
  bool offline = false;
};

std::string index_cell(const VersionOverview& version) {
  const std::string standing(to_string(version.index));
  if (version.served.empty()) return standing;
  const auto yanked = std::ranges::count_if(version.served, &client::PageFile::yanked);
  return fmt::format("{} files, {}{}", version.served.size(), standing,
                     yanked == 0 ? "" : fmt::format(", {} yanked", yanked));
}

void print_table(console::Console& console, const std::vector<VersionOverview>& versions) {
  constexpr std::string_view row = "  {:<16}  {:<10}  {:<30}  {:<20}  {}";
  console.line(fmt::format(row, "VERSION", "STATE", "INDEX", "RUN", "SINCE"));
  for (const VersionOverview& version : versions) {
    const auto run = version.run ? std::to_string(*version.run) : "";
    const std::string state(version.broken ? "broken" : to_string(version.state.kind));
    console.line(fmt::format(row, version.version.str(), state, index_cell(version), run,
                             std::string_view(version.state.since).substr(0, 19)));
    if (version.label) console.line(fmt::format("  {:<16}  {}", "", *version.label));
    for (const client::PageFile& file : version.foreign) {
      console.line(fmt::format("  {:<16}  INCIDENT: {} is not what was promoted here", "", file.filename));
    }
    const auto& reason = version.broken ? version.broken->message : version.state.reason;
    if (!reason.empty()) console.line(fmt::format("  {:<16}  {}: {}", "", version.state.step, reason));
  }
}

Result<ExitCode> show_status(CommandContext& context, const StatusOptions& options) {
  TRY(const auto configuration, context.read_configuration());
  const auto& project = configuration.policy.project;
  TRY(const auto place, context.journal_place());
  TRY(auto versions, desk::read_overview(place, project));
  json::Object document{{"project", project.str()}, {"state_folder", place.state.string()}};
  std::string title = project.str() + ", as this machine's journals have it";
  if (!options.offline) {
    TRY(const auto secrets, context.index_secrets());
    auto simple = simple_address(secrets, configuration.plain_http_allowed);
    if (!simple.ok()) {
      simple.error().hint += ", or ask this machine's journals alone with --offline";
      return std::move(simple).error();
    }
    client::IndexClient index(context.client(), *simple, *simple);
    TRY(const auto page, index.page(project));
    desk::compare_with_page(versions, project, page);
    document["index"] = simple->url.str();
    title = fmt::format("{} on {}", project.str(), simple->url.str());
  }
  json::Array list;
  for (const VersionOverview& version : versions)
    list.emplace_back(to_json(version));
  document["versions"] = std::move(list);
  context.console().line(title);
  if (versions.empty()) {
    context.console().line("  no version is known");
  } else {
    print_table(context.console(), versions);
  }
  context.console().document(document);
  return ExitCode::ok;
}

ExitCode run_status(const StatusOptions& options) {
  return with_context(options.desk, [&](CommandContext& context) { return show_status(context, options); });
}

}  // namespace

void register_status(Command root) {
  auto options = std::make_shared<StatusOptions>();  // shared by the parser and the action
  const auto command =
      root.command("status", "Which version is where, by the journals and the index", options, run_status);
  command.flag("--offline", options->offline, "Do not ask the index");
  options->desk.add_to(command);
}

}  // namespace packhouse::app
