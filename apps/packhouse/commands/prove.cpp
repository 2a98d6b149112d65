// packhouse prove: what is installed, compared with what the index serves.
#include <fmt/format.h>

#include <memory>
#include <string>

#include "commands/commands.hpp"
#include "desk/prove.hpp"
#include "wiring/command_context.hpp"
#include "wiring/environment.hpp"

namespace packhouse::app {
namespace {

struct ProveOptions {
  DeskOptions desk;
  std::string environment;
};

Result<Path> environment_folder(const ProveOptions& options) {
  if (!options.environment.empty()) return std::filesystem::absolute(options.environment).lexically_normal();
  if (const auto active = environment_variable("VIRTUAL_ENV")) return Path(*active);
  return Error{Errc::invalid_input,
               "expected the folder of an environment, found neither one nor VIRTUAL_ENV",
               "name it, or activate it"};
}

std::string trust_of(const desk::Proof& proof) {
  if (proof.filename.empty()) return "";
  std::string text = proof.has_provenance ? "claimed" : "missing";
  if (proof.label) text += ", " + *proof.label;
  return text + (proof.yanked ? ", yanked" : "");
}

void print(console::Console& console, const desk::EnvironmentProof& proof) {
  constexpr std::string_view row = "  {:<32}  {:<12}  {:<8}  {:>6}  {:<12}  {}";
  console.line(fmt::format(row, "NAME", "VERSION", "FILES", "", "PROVENANCE", "WHEEL"));
  for (const auto& each : proof.distributions) {
    console.line(fmt::format(row, each.name, each.version, to_string(each.kind), each.files, trust_of(each),
                             each.filename));
    if (!each.found.empty()) console.line(fmt::format("    {}", each.found));
  }
  for (const auto& stray : proof.strays)
    console.line(fmt::format("  {} belongs to nothing that is installed", quote(stray, 300)));
  if (proof.stray_count > proof.strays.size())
    console.line(fmt::format("  and {} more files", proof.stray_count - proof.strays.size()));
}

json::Object document_of(const desk::InstalledEnvironment& environment, const std::string& index,
                         const desk::EnvironmentProof& proof) {
  json::Array distributions;
  for (const auto& each : proof.distributions)
    distributions.emplace_back(each.to_json());
  json::Array strays;
  for (const auto& each : proof.strays)
    strays.emplace_back(each);
  return {{"outcome", proof.contradicted() ? "contradicted"
                      : proof.complete()   ? "proved"
                                           : "incomplete"},
          {"environment", environment.prefix.string()},
          {"index", index},
          {"distributions", std::move(distributions)},
          {"strays", std::move(strays)},
          {"stray_count", proof.stray_count}};
}

Result<ExitCode> prove(CommandContext& context, const ProveOptions& options) {
  TRY(const auto folder, environment_folder(options));
  TRY(const auto environment, desk::find_environment(context.disk(), folder));
  TRY(const auto secrets, context.index_secrets());
  TRY(const auto simple, simple_address(secrets, false));
  client::IndexClient index(context.client(), simple, simple);
  const Path work = context.temporary() / "wheels";
  CHECK_OK(context.disk().make_folders(work));
  TRY(const auto proof, desk::prove({.disk = context.disk(), .index = index, .work = work}, environment));
  context.console().line(fmt::format("{}, by {}", environment.prefix.string(), simple.url.str()));
  print(context.console(), proof);
  context.console().document(document_of(environment, simple.url.str(), proof));
  if (proof.contradicted()) return ExitCode::refused;
  return proof.complete() ? ExitCode::ok : ExitCode::missing;
}

ExitCode run_prove(const ProveOptions& options) {
  return with_context(options.desk, [&](CommandContext& context) { return prove(context, options); });
}

}  // namespace

void register_prove(Command root) {
  auto options = std::make_shared<ProveOptions>();  // shared by the parser and the action
  const auto command = root.command(
      "prove", "Compare every installed file with the wheel that the index serves", options, run_prove);
  command.text("environment", options->environment, "Folder of a virtual environment; else the active one")
      .placeholder("FOLDER");
  options->desk.add_to(command);
}

}  // namespace packhouse::app
