#include "release/local_origin.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/reason.hpp"
#include "base/text.hpp"
#include "release/git_tree.hpp"
#include "release/release_state.hpp"
#include "release/withdrawal.hpp"

namespace packhouse::release {
namespace {

constexpr std::string_view plan_name = "plan.json";
constexpr std::string_view files_name = "dist";
constexpr std::string_view begin_anew = "have it built again with --anew, and approved again";

std::string text_of(const json::Object& detail, std::string_view key) {
  return json::get_string(detail, key).value_or("");
}

Check one(std::string_view id, bool passed, std::string expected, std::string found, std::string_view cure,
          Fault fault = Fault::policy) {
  Examination exam;
  exam.on({"journal"}).that(id, passed, std::move(expected), std::move(found), cure, fault);
  return exam.take().front();
}

/// Whoever acts is none of them, whatever they call themselves.
std::int64_t others_than(const std::string& actor, const ApprovalPolicy& policy) {
  return std::ranges::count_if(policy.owners,
                               [&](const auto& owner) { return !iequals(owner.first, actor); });
}

Check decide_owners(const ApprovalPolicy& policy, const std::string& actor) {
  const auto others = others_than(actor, policy);
  return one("recover.owners", others >= recovery_owners,
             fmt::format("at least {} release owners beside {}", recovery_owners, quote(actor)),
             fmt::format("{} in [tool.packhouse.approvals.owners]", others),
             "each makes a key with `packhouse approve --new-key FILE`, and its public line is listed there",
             Fault::approval);
}

Check decide_not_released(const ReleaseState& state) {
  const bool released = state.kind == ReleaseState::Kind::released;
  return one("recover.not-released", !released, "a version that is not released",
             released ? "released since " + state.since : std::string(to_string(state.kind)),
             "a released version never changes: bump the version", Fault::conflict);
}

}  // namespace

std::optional<RecordedBuild> recorded_build(const std::vector<JournalEntry>& entries) {
  std::optional<RecordedBuild> build;
  for (const JournalEntry& entry : entries) {
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

json::Object LocalOrigin::said() const {
  return {{"origin", "local"}, {"reason", reason_.empty() ? request_.reason : reason_}};
}

// ----- whether it may begin, and where an earlier call came to

Result<Step> LocalOrigin::preflight(StepDesk& desk) {
  const auto& entries = desk.journal()->entries();
  TRY(const auto usable, desk.judge({decide_not_released(state_of(entries)),
                                     decide_owners(policy().approvals, request_.actor)}));
  if (usable == Step::refused) return usable;
  auto build = recorded_build(entries);
  publishing_ = build && build->publishing;
  if (build && request_.anew) {
    TRY(const auto step,
        desk.judge(
            {one("recover.anew", !publishing_, "files that were not sent to be published yet",
                 publishing_ ? "their publication was begun" : "not sent",
                 "run it without --anew: what became of it is read back from the index", Fault::conflict)}));
    if (step == Step::refused) return step;
    CHECK_OK(desk.journal()->outcome("anew", {{"result", "passed"}, {"folder", build->folder}}));
    build.reset();
  }
  if (build) return find_build(desk, *build);
  TRY(reason_, parse_reason(request_.reason, reason_hint));
  return Step::passed;
}

/// What the owners approved of is what the journal says was planned.
Result<Step> LocalOrigin::find_build(StepDesk& desk, const RecordedBuild& build) {
  plan_file_ = plan_path(desk.journal()->folder(), build);
  const auto text = tools_.disk.read(plan_file_, max_plan_bytes);
  if (!text.ok() && text.error().code != Errc::not_found) return text.error();
  const bool same = text.ok() && Sha256::of(*text).hex() == build.plan_sha256;
  Checks checks{one("recover.plan-unchanged", same, "the plan sha256:" + build.plan_sha256,
                    text.ok() ? "sha256:" + Sha256::of(*text).hex() : text.error().message, begin_anew)};
  if (same) {
    TRY(wanted_, read_plan(*text));
    const Plan::Recovery said = wanted_->recovery.value_or(Plan::Recovery{});
    checks.push_back(one("recover.reason", request_.reason.empty() || trim(request_.reason) == said.reason,
                         "the reason that the plan has, or none: " + quote(said.reason, 300),
                         quote(request_.reason, 300), begin_anew));
    folder_ = build.folder;
    commit_ = wanted_->commit;
    reason_ = said.reason;
    proof_ = said.proof;
    builder_ = said.builder;
  }
  return desk.judge(std::move(checks));
}

std::vector<Origin::NamedStep> LocalOrigin::steps() {
  const NamedStep tree{"tree", [this](StepDesk& desk) { return examine_tree(desk); }};
  const NamedStep proof{"proof", [this](StepDesk& desk) { return prove(desk); }};
  const NamedStep checklist{"checklist", [this](StepDesk& desk) { return run_the_checklist(desk); }};
  const NamedStep build{"build", [this](StepDesk& desk) { return this->build(desk); }};
  const NamedStep verify{"verify", [this](StepDesk& desk) { return this->verify(desk); }};
  // To stop between publishing and reading back would leave two truths, whatever the forge says by now.
  if (publishing_) return {verify};
  if (wanted_) return {proof, verify};
  return {tree, proof, checklist, build, verify};
}

// ----- what it is built from, and why here

std::string LocalOrigin::main_ref() const {
  return local_.main.empty() ? "refs/remotes/origin/" + policy().branch : local_.main;
}

Result<Step> LocalOrigin::examine_tree(StepDesk& desk) {
  GitTree git(tools_.processes, request_.folder, request_.environment);
  TRY(commit_, git.head());
  TRY(const auto changes, git.changes());
  TRY(const auto tip, git.commit_of(main_ref()));
  TRY(const bool on_main, git.is_ancestor(commit_, tip));
  desk.detail()["commit"] = commit_;
  Examination exam;
  exam.on({"git"}).that("tree.commit", true, "a commit", commit_, "");
  exam.that("tree.clean", changes.empty(), "a work tree without changes",
            changes.empty() ? "clean" : quote(changes, 500),
            "commit your changes or put them away: a release is made from a commit");
  exam.that("tree.on-main", on_main, fmt::format("{} or an ancestor of it, at {}", main_ref(), tip), commit_,
            "check out a commit of the main branch: what was not merged is not released");
  return desk.judge(exam.take());
}

Result<Step> LocalOrigin::prove(StepDesk& desk) {
  const CiProbe probe = probe_ci(tools_.forge, request_.api, policy(), commit_);
  CHECK_OK(desk.keep(probe.evidence()));
  const std::string found = release::describe(policy(), probe);
  if (proof_.empty()) proof_ = found;
  desk.detail()["proof"] = found;
  return desk.judge(decide_ci_unavailable(policy(), probe));
}

Result<Step> LocalOrigin::run_the_checklist(StepDesk& desk) {
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
                      {tools_.processes, tools_.disk, tools_.clock, tools_.output, request_.environment}));
    passed = all_passed(ran.checks);
    found = passed ? "passed" : join(refused_ids(ran.checks), ", ");
    record = std::move(ran.record);
  }
  CHECK_OK(desk.keep({Evidence("checklist", *record)}));
  Examination exam;
  exam.on({"checklist"})
      .that("recover.checklist", passed, "every command of the checklist to pass at " + commit_, found,
            "mend it, commit, and have it merged: `packhouse verify` runs the checklist alone");
  return desk.judge(exam.take());
}

// ----- the files

Result<Check> LocalOrigin::run_build(const Path& sources, const Path& out) {
  Command command;
  command.arguments = local_.build;
  command.arguments.insert(command.arguments.end(), {"--outdir", out.string(), sources.string()});
  command.environment = request_.environment;
  command.folder = sources;
  command.timeout = local_.timeout;
  const std::string shown = join(local_.build, " ");
  Output::Section section(tools_.output, "$ " + shown);
  command.on_output = [&](std::string_view chunk) { section.feed(chunk); };
  const auto done = tools_.processes.run(command);
  if (!done.ok() && done.error().code != Errc::not_found) return done.error();
  std::string found = done.ok() ? fmt::format("exit {}", done->exit_code) : done.error().message;
  if (done.ok() && done->timed_out) found = "it was stopped at its time limit";
  Examination exam;
  exam.on({"output"})
      .that("build.command", done.ok() && done->succeeded(),
            fmt::format("`{}` to succeed on a clean checkout", shown), std::move(found),
            "read its output above");
  return exam.take().front();
}

Result<Step> LocalOrigin::build(StepDesk& desk) {
  const Path sources = desk.work() / "sources";
  const Path built = desk.work() / "built";
  CHECK_OK(GitTree(tools_.processes, request_.folder, request_.environment).check_out(commit_, sources));
  CHECK_OK(tools_.disk.make_folders(built));
  TRY(auto check, run_build(sources, built));
  TRY(const auto step, desk.judge({std::move(check)}));
  if (step == Step::refused) return step;
  // The journal grows with every try, so its length names a folder that no try before had.
  folder_ = fmt::format("recovery/{}", desk.journal()->entries().size());
  builder_ = request_.actor;
  const Path folder = desk.journal()->folder() / folder_;
  CHECK_OK(tools_.disk.make_folders(folder / files_name));
  TRY(candidate_, take_built(tools_.disk, built, folder / files_name, settings_.files));
  CHECK_OK(tools_.disk.sync_folder(folder));
  desk.detail()["folder"] = folder_;
  desk.detail()["commit"] = commit_;
  desk.detail()["builder"] = builder_;
  return desk.judge(candidate_.checks);
}

Result<Step> LocalOrigin::verify(StepDesk& desk) {
  if (wanted_) {
    TRY(candidate_,
        look_at_built(tools_.disk, desk.journal()->folder() / folder_ / files_name, settings_.files));
    TRY(const auto members, desk.judge(candidate_.checks));
    if (members == Step::refused) return members;
  }
  for (const std::string& warning : file_warnings(candidate_))
    tools_.output.warn(warning);
  Checks checks = decide_files(policy(), request_.version, candidate_, settings_.files);
  const std::string digest = candidate_.manifest->digest().hex();
  if (wanted_) {
    const std::string planned = wanted_->manifest.digest().hex();
    checks.push_back(one("recover.same-bytes", planned == digest,
                         "the files that were planned, manifest sha256:" + planned, "sha256:" + digest,
                         begin_anew, Fault::conflict));
  }
  TRY(const auto step, desk.judge(std::move(checks)));
  if (step == Step::passed) {
    desk.detail()["manifest"] = to_json(*candidate_.manifest);
    desk.detail()["manifest_sha256"] = digest;
  }
  return step;
}

// ----- what is approved, and what is said of it

Plan LocalOrigin::plan() const {
  return {.commit = commit_,
          .manifest = *candidate_.manifest,
          .recovery = Plan::Recovery{.reason = reason_, .proof = proof_, .builder = builder_}};
}

/// A file that this desk did not send was released by somebody else.
Checks LocalOrigin::decide_index(const IndexRelease& served, StepDesk& desk) const {
  std::vector<std::string> others;
  const auto sent = sent_files(desk.journal()->entries());
  for (const ServedFile& file : served.files)
    if (!sent.contains(file.filename)) others.push_back(quote(file.filename));
  return {one("recover.unreleased", others.empty(), "no file of this version on the index",
              others.empty() ? "none that was not sent from here" : join(others, ", "),
              "it is released: bump the version", Fault::conflict)};
}

Status LocalOrigin::planned(const Plan& plan, StepDesk& desk) {
  if (wanted_) return success();
  const Path folder = desk.journal()->folder() / folder_;
  const std::string text = write_plan(plan);
  plan_file_ = folder / plan_name;
  TRY(const auto file, tools_.disk.create(plan_file_));
  CHECK_OK(file->write(text));
  CHECK_OK(file->sync());
  CHECK_OK(tools_.disk.sync_folder(folder));
  return desk.journal()->outcome("built", {{"result", "passed"},
                                           {"folder", folder_},
                                           {"plan_sha256", Sha256::of(text).hex()},
                                           {"manifest_sha256", plan.manifest.digest().hex()}});
}

ApprovalNeed LocalOrigin::approvals() const {
  return {.purpose = std::string(recovery_purpose),
          .required = std::max(recovery_owners, policy().approvals.required),
          .self = {request_.actor, builder_}};
}

void LocalOrigin::describe(json::Object& document) const {
  document["origin"] = "local";
  document["reason"] = reason_;
  document["commit"] = commit_;
  document["proof"] = proof_;
  document["plan"] = plan_file_.string();
}

}  // namespace packhouse::release
