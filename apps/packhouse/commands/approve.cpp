#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "commands/commands.hpp"
#include "journal/approval.hpp"
#include "journal/plan.hpp"
#include "sys/write_file.hpp"
#include "wiring/command_context.hpp"
#include "wiring/key_file.hpp"

namespace packhouse::app {
namespace {

struct ApproveOptions {
  DeskOptions desk;
  std::string plan;
  std::string key;
  std::string out;
  std::int64_t hours = 8;
  std::string new_key;
};

constexpr std::string_view key_hint =
    "others may have copied the key: make a new one with --new-key, and have its line listed instead";

Result<ExitCode> make_key(CommandContext& context, const ApproveOptions& options) {
  const auto key = SigningKey::generate();
  CHECK_OK(write_new_file(context.disk(), options.new_key, key.pem().reveal()));
  CHECK_OK(context.disk().sync_folder(std::filesystem::absolute(options.new_key).parent_path()));
  const std::string line = journal::public_key_line(key);
  context.console().document(
      json::Object{{"outcome", "key-made"}, {"key", options.new_key}, {"public_key", line}});
  context.console().line(fmt::format("the key is in {}: keep it secret", options.new_key));
  context.console().line("its public line, for [tool.packhouse.approvals.owners]:");
  context.console().line(line);
  return ExitCode::ok;
}

void show(CommandContext& context, const journal::Plan& plan, const journal::Approval& approval) {
  context.console().line(fmt::format("{} approves {} {} of {}", approval.owner, plan.project, plan.version,
                                     quote(plan.repository)));
  if (const auto& recovery = plan.recovery) {
    context.console().line(fmt::format("  built LOCALLY by {}, commit {}: no-ci-provenance for ever",
                                       quote(recovery->builder), quote(plan.commit)));
    context.console().line("  why: " + quote(recovery->reason, 1000));
    context.console().line("  why not from CI: " + quote(recovery->proof, 1000));
  } else {
    context.console().line(
        fmt::format("  run {}, attempt {}, commit {}", plan.run, plan.attempt, quote(plan.commit)));
  }
  context.console().line("  to the index " + quote(plan.upload_url));
  for (const auto& entry : plan.manifest.entries()) {
    context.console().line(
        fmt::format("  {}  {} bytes  sha256:{}", entry.filename, entry.size, entry.sha256.hex()));
  }
  context.console().line(fmt::format("  manifest sha256:{}", approval.subject.manifest.hex()));
  context.console().line(fmt::format("  once, until {}", to_iso8601(approval.expires)));
}

Result<ExitCode> approve_plan(CommandContext& context, const ApproveOptions& options) {
  TRY(const auto configuration, context.read_configuration());
  TRY(const auto text, context.disk().read(options.plan, journal::max_plan_bytes));
  TRY(const auto plan, journal::read_plan(text));
  if (plan.project != configuration.policy.project.str()) {
    return Error{Errc::conflict,
                 fmt::format("expected a plan of {}, found one of {}", configuration.policy.project.str(),
                             quote(plan.project)),
                 "call this in the folder of the plan's project"};
  }
  CHECK_OK(source::parse_release_version(plan.version));
  TRY(const auto key, read_key_file(context.disk(), options.key, key_hint));
  TRY(const auto approval, journal::approve(configuration.policy.approvals, journal::subject_of(plan), key,
                                            std::chrono::hours(options.hours), context.clock().now()));
  CHECK_OK(write_new_file(context.disk(), options.out, journal::write_approval(approval)));
  show(context, plan, approval);
  context.console().line(fmt::format("the approval is in {}", options.out));
  context.console().document(
      json::Object{{"outcome", "approved"}, {"approval", journal::to_json({approval}).front()}});
  return ExitCode::ok;
}

ExitCode run_approve(const ApproveOptions& options) {
  return with_context(options.desk, [&](CommandContext& context) {
    return options.new_key.empty() ? approve_plan(context, options) : make_key(context, options);
  });
}

}  // namespace

void register_approve(Command root) {
  auto options = std::make_shared<ApproveOptions>();  // shared by the parser and the action
  const auto command = root.command(
      "approve", "Sign an owner's approval of a planned release: these files, for a limited time, once",
      options, run_approve);
  const auto plan =
      command.text("plan", options->plan, "What `packhouse promote --plan` or `packhouse recover` wrote")
          .placeholder("PLAN");
  const auto key = command.text("--key", options->key, "The owner's private key").placeholder("FILE");
  const auto out =
      command.text("--out", options->out, "Where the approval is written; a new file").placeholder("FILE");
  command.number("--hours", options->hours, "How long it is good").show_default();
  const auto new_key =
      command
          .text("--new-key", options->new_key, "Make an owner's key in a new file, and print its public line")
          .placeholder("FILE");
  plan.needs(key).needs(out);
  for (const auto& other : {plan, key, out})
    new_key.excludes(other);
  options->desk.add_to(command);
  command.require_one({plan, new_key}, "PLAN, or --new-key FILE");
}

}  // namespace packhouse::app
