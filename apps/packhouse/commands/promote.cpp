#include "desk/promotion/promote.hpp"

#include <fmt/format.h>

#include <memory>

#include "base/text.hpp"
#include "commands/commands.hpp"
#include "sys/write_file.hpp"
#include "wiring/release_context.hpp"

namespace packhouse::app {
namespace {

struct PromoteOptions {
  DeskOptions desk;
  std::string build_run_id;
  std::string package_version;
  bool dry_run = false;
  std::string plan;   ///< where to write one
  std::string apply;  ///< where to read one
  std::vector<std::string> approvals;
};

Result<source::PromoteRequest> read_words(const PromoteOptions& options, const CommandContext& context) {
  TRY(const auto run, source::RunId::parse(options.build_run_id));
  TRY(auto version, source::parse_release_version(options.package_version));
  TRY(auto state, context.state_folder());
  const bool touches_nothing = options.dry_run || !options.plan.empty();
  return source::PromoteRequest{run, std::move(version), touches_nothing, std::move(state), context.actor()};
}

/// What is promoted comes from the command line, or all of it from a plan.
Result<source::PromoteRequest> read_request(const PromoteOptions& options, CommandContext& context) {
  if (options.apply.empty()) return read_words(options, context);
  TRY(const auto text, context.disk().read(options.apply, journal::max_plan_bytes));
  TRY(auto plan, journal::read_plan(text));
  if (plan.recovery) {
    return Error{Errc::conflict, "expected a plan of what CI built, found one of what was built locally",
                 fmt::format("packhouse recover {}", plan.version)};
  }
  PromoteOptions planned = options;
  planned.build_run_id = std::to_string(plan.run);
  planned.package_version = plan.version;
  TRY(auto request, read_words(planned, context));
  request.plan = std::move(plan);
  return request;
}

/// Before anything is asked: a plan is never overwritten.
Status check_place_of_plan(const PromoteOptions& options, CommandContext& context) {
  if (options.plan.empty() || !context.disk().size(options.plan).ok()) return success();
  return Error{Errc::conflict, fmt::format("expected a new file for the plan, found {}", quote(options.plan)),
               "remove it, or name another"};
}

ExitCode finish(CommandContext& context, const source::PromoteRequest& request, const source::Policy& policy,
                const desk::PromoteOutcome& outcome) {
  using Kind = desk::PromoteOutcome::Kind;
  if (outcome.kind == Kind::failed && outcome.error) return context.fail(*outcome.error, outcome.document);
  context.conclude(outcome.document, outcome.checks);
  const std::string name = fmt::format("{} {}", policy.project.str(), request.version.str());
  if (outcome.kind == Kind::refused) return context.refuse(outcome.checks);
  context.console().line((outcome.kind == Kind::released ? "released " : "would release ") + name);
  return ExitCode::ok;
}

Result<ExitCode> promote(CommandContext& context, const PromoteOptions& options) {
  CHECK_OK(check_place_of_plan(options, context));
  TRY(auto request, read_request(options, context));
  TRY(request.approvals, read_approvals(options.approvals, context));
  TRY(const auto release_context, ReleaseContext::open(context));
  CHECK_OK(source::check_version(release_context->settings().source.policy, request.version));
  const auto outcome = desk::promote(release_context->settings(), request, release_context->tools());
  if (!options.plan.empty() && outcome.kind == desk::PromoteOutcome::Kind::would_release && outcome.plan) {
    CHECK_OK(write_new_file(context.disk(), options.plan, journal::write_plan(*outcome.plan)));
    context.console().line(
        fmt::format("the plan is in {}: --apply does just that, or refuses", options.plan));
  }
  return finish(context, request, release_context->settings().source.policy, outcome);
}

ExitCode run_promote(const PromoteOptions& options) {
  return with_guarded_context(options.desk,
                              [&](CommandContext& context) { return promote(context, options); });
}

}  // namespace

void register_promote(Command root) {
  auto options = std::make_shared<PromoteOptions>();  // shared by the parser and the action
  const auto command =
      root.command("promote", "Release the files that one CI run built, unchanged", options, run_promote);
  const auto run =
      command.text("--build-run-id", options->build_run_id, "The CI run whose artifact is released")
          .placeholder("N");
  const auto version =
      command.text("--package-version", options->package_version, "The version that it must be")
          .placeholder("VERSION");
  const auto apply =
      command.text("--apply", options->apply, "In their place: just what this plan says, or nothing")
          .placeholder("FILE");
  run.needs(version);
  version.needs(run);
  const auto dry_run =
      command.flag("--dry-run", options->dry_run, "Everything but the upload and the smoke check");
  const auto plan = command.text("--plan", options->plan, "A dry run that writes what it found, for --apply")
                        .placeholder("FILE");
  command.list("--approval", options->approvals, "What an owner signed with `packhouse approve`; several")
      .placeholder("FILE");
  for (const auto& other : {run, version, dry_run, plan})
    apply.excludes(other);
  command.require_one({run, apply}, "--build-run-id N with --package-version VERSION, or --apply FILE");
  options->desk.add_to(command);
}

}  // namespace packhouse::app
