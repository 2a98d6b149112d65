#include "source/local_source.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/reason.hpp"
#include "base/text.hpp"
#include "journal/release_state.hpp"
#include "source/git_tree.hpp"

namespace packhouse::source {
namespace {

constexpr std::string_view plan_name = "plan.json";
constexpr std::string_view files_name = "dist";
constexpr std::string_view rebuild_hint = "have it built again with --anew, and approved again";

std::string text_of(const json::Object& detail, std::string_view key) {
  return json::get_string(detail, key).value_or("");
}

Check journal_check(std::string_view id, bool passed, std::string expected, std::string found,
                    std::string_view hint, RefusalKind refusal = RefusalKind::policy) {
  CheckBuilder exam;
  exam.on({"journal"}).require(id, passed, std::move(expected), std::move(found), hint, refusal);
  return exam.take().front();
}

/// The number of owners other than the actor.
std::int64_t others_than(const std::string& actor, const journal::ApprovalPolicy& policy) {
  return std::ranges::count_if(policy.owners,
                               [&](const auto& owner) { return !iequals(owner.first, actor); });
}

Check decide_owners(const journal::ApprovalPolicy& policy, const std::string& actor) {
  const auto others = others_than(actor, policy);
  return journal_check(
      "recover.owners", others >= recovery_owners,
      fmt::format("at least {} release owners beside {}", recovery_owners, quote(actor)),
      fmt::format("{} in [tool.packhouse.approvals.owners]", others),
      "each makes a key with `packhouse approve --new-key FILE`, and its public line is listed there",
      RefusalKind::approval);
}

Check decide_not_released(const journal::ReleaseState& state) {
  const bool released = state.kind == journal::ReleaseState::Kind::released;
  return journal_check("recover.not-released", !released, "a version that is not released",
                       released ? "released since " + state.since : std::string(to_string(state.kind)),
                       "a released version never changes: bump the version", RefusalKind::conflict);
}

}  // namespace

std::optional<RecordedBuild> recorded_build(const std::vector<journal::JournalEntry>& entries) {
  std::optional<RecordedBuild> build;
  for (const journal::JournalEntry& entry : entries) {
    if (entry.step == "anew") build.reset();
    if (entry.step == "built") {
      build = RecordedBuild{text_of(entry.detail, "folder"), text_of(entry.detail, "plan_sha256"), false};
    }
    if (build && entry.step == "publish" && entry.phase == "intent") build->publishing = true;
  }
  return build;
}

Path plan_path(const Path& journal_folder, const RecordedBuild& build) {
  return journal_folder / build.folder / plan_name;
}

Path files_path(const Path& journal_folder, const RecordedBuild& build) {
  return journal_folder / build.folder / files_name;
}

json::Object LocalBuildSource::journal_fields() const {
  return {{"origin", "local"}, {"reason", reason_.empty() ? request_.reason : reason_}};
}

// ----- whether it may begin, and what an earlier call built

Result<Step> LocalBuildSource::preflight(StepContext& context) {
  const auto& entries = context.journal()->entries();
  TRY(const auto usable, context.record({decide_not_released(journal::state_of(entries)),
                                         decide_owners(policy().approvals, request_.actor)}));
  if (usable == Step::refused) return usable;
  auto build = recorded_build(entries);
  publishing_ = build && build->publishing;
  if (build && request_.anew) {
    TRY(const auto step,
        context.record({journal_check(
            "recover.anew", !publishing_, "files that were not sent to be published yet",
            publishing_ ? "their publication was begun" : "not sent",
            "run it without --anew: what became of it is read back from the index", RefusalKind::conflict)}));
    if (step == Step::refused) return step;
    CHECK_OK(context.journal()->outcome("anew", {{"result", "passed"}, {"folder", build->folder}}));
    build.reset();
  }
  if (build) return find_build(context, *build);
  TRY(reason_, parse_reason(request_.reason, "say why: the journal and the index keep it"));
  return Step::passed;
}

/// The plan must be the one that the journal records.
Result<Step> LocalBuildSource::find_build(StepContext& context, const RecordedBuild& build) {
  plan_file_ = plan_path(context.journal()->folder(), build);
  const auto text = tools_.disk.read(plan_file_, journal::max_plan_bytes);
  if (!text.ok() && text.error().code != Errc::not_found) return text.error();
  const bool same = text.ok() && Sha256::of(*text).hex() == build.plan_sha256;
  Checks checks{journal_check("recover.plan-unchanged", same, "the plan sha256:" + build.plan_sha256,
                              text.ok() ? "sha256:" + Sha256::of(*text).hex() : text.error().message,
                              rebuild_hint)};
  if (same) {
    TRY(approved_plan_, journal::read_plan(*text));
    const journal::Plan::Recovery planned = approved_plan_->recovery.value_or(journal::Plan::Recovery{});
    checks.push_back(journal_check("recover.reason",
                                   request_.reason.empty() || trim(request_.reason) == planned.reason,
                                   "the reason that the plan has, or none: " + quote(planned.reason, 300),
                                   quote(request_.reason, 300), rebuild_hint));
    folder_ = build.folder;
    commit_ = approved_plan_->commit;
    reason_ = planned.reason;
    proof_ = planned.proof;
    builder_ = planned.builder;
  }
  return context.record(checks);
}

std::vector<ReleaseSource::NamedStep> LocalBuildSource::steps() {
  const NamedStep tree{"tree", [this](StepContext& context) { return examine_tree(context); }};
  const NamedStep proof{"proof", [this](StepContext& context) { return prove(context); }};
  const NamedStep checklist{"checklist", [this](StepContext& context) { return run_the_checklist(context); }};
  const NamedStep build{"build", [this](StepContext& context) { return this->build(context); }};
  const NamedStep verify{"verify", [this](StepContext& context) { return this->verify(context); }};
  // A stop between publishing and reading back would leave the result unknown, so the forge is not asked
  // again.
  if (publishing_) return {verify};
  if (approved_plan_) return {proof, verify};
  return {tree, proof, checklist, build, verify};
}

// ----- the commit, and why it is built here

std::string LocalBuildSource::main_ref() const {
  return local_.main.empty() ? "refs/remotes/origin/" + policy().branch : local_.main;
}

Result<Step> LocalBuildSource::examine_tree(StepContext& context) {
  GitTree git(tools_.processes, request_.folder, request_.environment);
  TRY(commit_, git.head());
  TRY(const auto changes, git.changes());
  TRY(const auto tip, git.commit_of(main_ref()));
  TRY(const bool on_main, git.is_ancestor(commit_, tip));
  context.detail()["commit"] = commit_;
  CheckBuilder exam;
  exam.on({"git"}).require("tree.commit", true, "a commit", commit_, "");
  exam.require("tree.clean", changes.empty(), "a work tree without changes",
               changes.empty() ? "clean" : quote(changes, 500),
               "commit your changes or put them away: a release is made from a commit");
  exam.require("tree.on-main", on_main, fmt::format("{} or an ancestor of it, at {}", main_ref(), tip),
               commit_, "check out a commit of the main branch: what was not merged is not released");
  return context.record(exam.take());
}

Result<Step> LocalBuildSource::prove(StepContext& context) {
  const CiProbe probe = probe_ci(tools_.forge, request_.api, policy(), commit_);
  CHECK_OK(context.store_evidence(probe.evidence()));
  const std::string found = describe(policy(), probe);
  if (proof_.empty()) proof_ = found;
  context.detail()["proof"] = found;
  return context.record(decide_ci_unavailable(policy(), probe));
}

Result<Step> LocalBuildSource::run_the_checklist(StepContext& context) {
  TRY(auto record, recorded_checklist(tools_.disk, checklist_, policy().project, request_.state, commit_));
  std::string found = "on record for this commit";
  bool passed = true;
  if (!record) {
    const ChecklistRequest request{.project = policy().project,
                                   .folder = request_.folder,
                                   .state = request_.state,
                                   .actor = request_.actor};
    TRY(auto ran,
        run_checklist(checklist_, request,
                      {tools_.processes, tools_.disk, tools_.clock, tools_.console, request_.environment}));
    passed = all_passed(ran.checks);
    found = passed ? "passed" : join(refused_ids(ran.checks), ", ");
    record = std::move(ran.record);
  }
  CHECK_OK(context.store_evidence({Evidence("checklist", *record)}));
  CheckBuilder exam;
  exam.on({"checklist"})
      .require("recover.checklist", passed, "every command of the checklist to pass at " + commit_, found,
               "mend it, commit, and have it merged: `packhouse verify` runs the checklist alone");
  return context.record(exam.take());
}

// ----- the files

namespace {

std::vector<std::string> build_words(const std::vector<std::string>& build, const Path& project,
                                     const Path& out) {
  std::vector<std::string> words;
  for (const std::string& word : build)
    words.push_back(replace_all(word, build_folder, out.string()));
  if (words == build) words.insert(words.end(), {"--outdir", out.string(), project.string()});
  return words;
}

}  // namespace

Result<Check> LocalBuildSource::run_build(const Path& project, const Path& out) {
  Command command;
  command.arguments = build_words(local_.build, project, out);
  command.environment = request_.environment;
  command.folder = project;
  command.timeout = local_.timeout;
  const std::string shown = join(local_.build, " ");
  console::Console::Section section(tools_.console, "$ " + shown);
  command.on_output = [&](std::string_view chunk) { section.feed(chunk); };
  const auto done = tools_.processes.run(command);
  if (!done.ok() && done.error().code != Errc::not_found) return done.error();
  std::string found = done.ok() ? fmt::format("exit {}", done->exit_code) : done.error().message;
  if (done.ok() && done->timed_out) found = "it was stopped at its time limit";
  CheckBuilder exam;
  exam.on({"output"})
      .require("build.command", done.ok() && done->succeeded(),
               fmt::format("`{}` to succeed on a clean checkout", shown), std::move(found),
               "read its output above; for a tool without --outdir, write {out} in `build` of [recover] "
               "where it takes its output folder");
  return exam.take().front();
}

Result<Step> LocalBuildSource::build(StepContext& context) {
  const Path sources = context.work() / "sources";
  const Path built = context.work() / "built";
  GitTree git(tools_.processes, request_.folder, request_.environment);
  TRY(const Path below, git.below_top());
  CHECK_OK(git.check_out(commit_, sources));
  CHECK_OK(tools_.disk.make_folders(built));
  TRY(const auto check, run_build(sources / below, built));
  TRY(const auto step, context.record({check}));
  if (step == Step::refused) return step;
  // The journal grows with every try, so its length names a new folder.
  folder_ = fmt::format("recovery/{}", context.journal()->entries().size());
  builder_ = request_.actor;
  const Path folder = context.journal()->folder() / folder_;
  CHECK_OK(tools_.disk.make_folders(folder / files_name));
  TRY(candidate_, take_built(tools_.disk, built, folder / files_name, settings_.files));
  CHECK_OK(tools_.disk.sync_folder(folder));
  context.detail()["folder"] = folder_;
  context.detail()["commit"] = commit_;
  context.detail()["builder"] = builder_;
  return context.record(candidate_.checks);
}

Result<Step> LocalBuildSource::verify(StepContext& context) {
  if (approved_plan_) {
    TRY(candidate_,
        look_at_built(tools_.disk, context.journal()->folder() / folder_ / files_name, settings_.files));
    TRY(const auto members, context.record(candidate_.checks));
    if (members == Step::refused) return members;
  }
  for (const std::string& warning : file_warnings(candidate_))
    tools_.console.warn(warning);
  Checks checks = decide_files(policy(), request_.version, candidate_, settings_.files);
  const std::string digest = candidate_.manifest->digest().hex();
  if (approved_plan_) {
    const std::string planned = approved_plan_->manifest.digest().hex();
    checks.push_back(journal_check("recover.same-bytes", planned == digest,
                                   "the files that were planned, manifest sha256:" + planned,
                                   "sha256:" + digest, rebuild_hint, RefusalKind::conflict));
  }
  TRY(const auto step, context.record(checks));
  if (step == Step::passed) {
    context.detail()["manifest"] = journal::to_json(*candidate_.manifest);
    context.detail()["manifest_sha256"] = digest;
  }
  return step;
}

// ----- the plan, its approvals and the report

journal::Plan LocalBuildSource::plan() const {
  return {.commit = commit_,
          .manifest = *candidate_.manifest,
          .recovery = journal::Plan::Recovery{.reason = reason_, .proof = proof_, .builder = builder_}};
}

/// A file that this desk did not send was released from elsewhere.
Checks LocalBuildSource::decide_index(const client::IndexRelease& served, StepContext& context) const {
  std::vector<std::string> others;
  const auto sent = journal::sent_files(context.journal()->entries());
  for (const client::ServedFile& file : served.files)
    if (!sent.contains(file.filename)) others.push_back(quote(file.filename));
  return {journal_check("recover.unreleased", others.empty(), "no file of this version on the index",
                        others.empty() ? "none that was not sent from here" : join(others, ", "),
                        "it is released: bump the version", RefusalKind::conflict)};
}

Status LocalBuildSource::on_plan(const journal::Plan& plan, StepContext& context) {
  if (approved_plan_) return success();
  const Path folder = context.journal()->folder() / folder_;
  const std::string text = journal::write_plan(plan);
  plan_file_ = folder / plan_name;
  TRY(const auto file, tools_.disk.create(plan_file_));
  CHECK_OK(file->write(text));
  CHECK_OK(file->sync());
  CHECK_OK(tools_.disk.sync_folder(folder));
  return context.journal()->outcome("built", {{"result", "passed"},
                                              {"folder", folder_},
                                              {"plan_sha256", Sha256::of(text).hex()},
                                              {"manifest_sha256", plan.manifest.digest().hex()}});
}

ApprovalNeed LocalBuildSource::approvals() const {
  return {.required = std::max(recovery_owners, policy().approvals.required),
          .self = {request_.actor, builder_}};
}

void LocalBuildSource::add_to_report(json::Object& document) const {
  document["origin"] = "local";
  document["reason"] = reason_;
  document["commit"] = commit_;
  document["proof"] = proof_;
  document["plan"] = plan_file_.string();
}

}  // namespace packhouse::source
