#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "commands/commands.hpp"
#include "index/retention.hpp"
#include "sys/write_file.hpp"
#include "wiring/local_index.hpp"

namespace packhouse::app {
namespace {

constexpr std::uint64_t max_plan = 256ULL << 20U;

struct PruneOptions {
  std::string data = "packhouse-data";
  std::string index{main_index};
  std::vector<std::string> projects;
  std::optional<std::int64_t> keep_last;
  std::optional<std::int64_t> older_than;
  bool development = false;
  std::optional<std::string> out;
  std::optional<std::string> apply;
  std::string reason;
};

Result<index::RetentionRules> rules_of(const PruneOptions& options) {
  index::RetentionRules rules{.projects = options.projects, .development_only = options.development};
  if (!options.keep_last && !options.older_than) {
    return Error{Errc::invalid_input, "expected --keep-last or --older-than, found neither",
                 "they say which releases an index no longer needs"};
  }
  if (options.keep_last.value_or(1) < 1 || options.older_than.value_or(0) < 0)
    return Error{Errc::invalid_input, "expected --keep-last of at least 1 and --older-than of at least 0"};
  rules.keep_last = static_cast<std::size_t>(options.keep_last.value_or(1));
  if (options.older_than) rules.older_than = std::chrono::days{*options.older_than};
  return rules;
}

void print(const index::RetentionPlan& plan) {
  for (const auto& doomed : plan.releases) {
    fmt::print("delete  {} {}, of {:.10}: {} files\n", doomed.release.project.str(),
               doomed.release.version.str(), to_iso8601(doomed.uploaded), doomed.files.size());
  }
  for (const auto& held : plan.held)
    fmt::print("keep    {} {}: {}\n", held.release.project.str(), held.release.version.str(), held.reason);
  fmt::print("{} releases, {}; nothing is deleted yet\n", plan.releases.size(), human_size(plan.bytes()));
}

Status make_plan(const PruneOptions& options) {
  TRY(const auto rules, rules_of(options));
  TRY(const auto local, LocalIndex::open(options.data, options.index));
  TRY(const auto plan, index::plan_retention(local->context(), rules));
  print(plan);
  if (!options.out) return success();
  const auto disk = make_posix_file_system();
  CHECK_OK(write_new_file(*disk, *options.out, json::dump_pretty(plan.to_json()) + "\n"));
  fmt::print("packhouse prune --apply {} --reason WHY deletes them\n", *options.out);
  return success();
}

Status apply_plan(const PruneOptions& options) {
  const auto disk = make_posix_file_system();
  TRY(const auto text, disk->read(*options.apply, max_plan));
  TRY(const auto value, json::parse(text, max_plan));
  if (!value.is_object())
    return Error{Errc::invalid_input, "expected a plan that packhouse prune --out wrote"};
  TRY(const auto plan, index::RetentionPlan::parse(value.get_object()));
  TRY(const auto local, LocalIndex::open(options.data, options.index));
  TRY(const auto outcome, index::apply_retention(local->context(), plan, options.reason, console_actor()));
  for (const auto& line : outcome.skipped)
    fmt::print("kept  {}\n", line);
  fmt::print("deleted {} files; packhouse gc gives their room back\n", outcome.deleted);
  return success();
}

Status run_prune(const PruneOptions& options) {
  return options.apply ? apply_plan(options) : make_plan(options);
}

}  // namespace

void register_prune(Command root) {
  const auto options = std::make_shared<PruneOptions>();  // shared by the parser and the action
  const auto command = root.command("prune", "Plan which old releases to delete, or delete what a plan says",
                                    options, run_prune);
  add_data(command, options->data);
  command.text("--index", options->index, "Its name").show_default();
  command.list("--project", options->projects,
               "A name, or the beginning of names as acme-*; repeatable; else all");
  command.number("--keep-last", options->keep_last,
                 "So many releases of each project stay, and as many that are final; else 1");
  command.number("--older-than", options->older_than, "In days, since the last upload to a release");
  command.flag("--development", options->development, "Development releases (.devN) alone");
  command.text("--out", options->out, "New file for the plan");
  const auto apply = command.text("--apply", options->apply, "Delete what this plan says, and nothing else");
  command.text("--reason", options->reason, "Kept in the ledger").needs(apply);
}

}  // namespace packhouse::app
