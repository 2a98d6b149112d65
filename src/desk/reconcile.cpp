#include "desk/reconcile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "console/command_outcome.hpp"
#include "desk/promotion/pipeline.hpp"
#include "desk/released_file.hpp"
#include "journal/history.hpp"
#include "source/ci_source.hpp"
#include "source/local_source.hpp"
#include "sys/hash_file.hpp"

namespace packhouse::desk {
namespace {

using Kind = ReconcileOutcome::Kind;
using source::Step;
using source::StepContext;

class Reconciliation {
 public:
  Reconciliation(const DeskSettings& settings, const ReconcileRequest& request, DeskTools& tools)
      : settings_(settings),
        request_(request),
        tools_(tools),
        promotion_{request.run, request.version, false, request.state, request.actor},
        ci_(settings_.source, promotion_, tools_.source()),
        pipeline_(tools) {}

  ReconcileOutcome run();

 private:
  Result<Kind> execute();
  Status open_journal();
  Result<Step> reconcile(StepContext& step);
  Result<Step> examine_label(StepContext& step);
  Result<Step> examine_run(StepContext& step);
  Status compare_files();
  Result<source::FileComparison> compare(const dist::ManifestEntry& released);
  Result<Path> released_file(const dist::ManifestEntry& entry);
  std::string recorded_commit();
  json::Object make_document(std::string_view outcome) const;

  const source::Policy& policy() const { return settings_.source.policy; }

  const DeskSettings& settings_;
  const ReconcileRequest& request_;
  DeskTools& tools_;
  const source::PromoteRequest promotion_;
  source::CiRunSource ci_;
  Pipeline pipeline_;
  std::optional<dist::Manifest> released_;
  std::vector<source::FileComparison> files_;
};

Status Reconciliation::open_journal() {
  const Path folder = journal::release_folder(request_.state, {policy().project, request_.version});
  const auto there = journal::Journal::load(tools_.disk, tools_.clock, tools_.redactor, folder);
  if (!there.ok() && there.error().code == Errc::not_found) {
    return Error{Errc::not_found,
                 fmt::format("expected {} {} in this machine's journals, found none", policy().project.str(),
                             request_.version.str()),
                 "call this on the machine that recovered it"};
  }
  return pipeline_.open_journal(folder);
}

std::string Reconciliation::recorded_commit() {
  std::string commit;
  for (const journal::JournalEntry& entry : pipeline_.journal()->entries()) {
    if (entry.step == "build" && entry.phase == "outcome")
      commit = json::get_string(entry.detail, "commit").value_or("");
  }
  return commit;
}

// ----- what CI built

Result<Step> Reconciliation::examine_label(StepContext& step) {
  const auto label = journal::label_of(step.journal()->entries());
  CheckBuilder exam;
  exam.on({"journal"})
      .require("reconcile.labelled", label == source::local_label && released_.has_value(),
               fmt::format("a release that is {}", source::local_label), label.value_or("no label"),
               "only what `packhouse recover` released is compared: CI stands for everything else",
               RefusalKind::missing);
  return step.record(exam.take());
}

Result<Step> Reconciliation::examine_run(StepContext& step) {
  TRY(const auto proved, ci_.preflight(step));
  if (proved == Step::refused) return proved;
  TRY(const auto fetched, ci_.fetch(step));
  if (fetched == Step::refused) return fetched;
  TRY(const auto verified, ci_.verify(step));
  if (verified == Step::refused) return verified;
  const std::string commit = recorded_commit();
  CheckBuilder exam;
  exam.on({"run", "journal"})
      .require("reconcile.commit", ci_.plan().commit == commit,
               "a run of the commit that was released, " + commit, ci_.plan().commit,
               "give the run that built that commit");
  return step.record(exam.take());
}

// ----- what was released

/// The copy beside the journal if it has the released digest, else what the index serves.
Result<Path> Reconciliation::released_file(const dist::ManifestEntry& entry) {
  journal::Journal& journal = *pipeline_.journal();
  if (const auto build = source::recorded_build(journal.entries())) {
    const Path path = source::files_path(journal.folder(), *build) / entry.filename;
    const auto digests = hash_file(tools_.disk, path);
    if (digests.ok() && digests->sha256 == entry.sha256) return path;
  }
  const Path folder = pipeline_.work() / "released";
  CHECK_OK(tools_.disk.make_folders(folder));
  const Path path = folder / entry.filename;
  CHECK_OK(fetch_released_file(tools_.index, tools_.disk, {{policy().project, request_.version}, entry, path},
                               settings_.max_file_bytes));
  return path;
}

Result<source::FileComparison> Reconciliation::compare(const dist::ManifestEntry& released) {
  source::FileComparison comparison{.filename = released.filename,
                                    .kind = source::FileComparison::Kind::missing};
  const auto& files = ci_.candidate().files;
  const auto built = std::ranges::find(files, released.filename, &client::ReleaseFile::filename);
  if (built == files.end()) return comparison;
  comparison.kind = source::FileComparison::Kind::same;
  if (built->sha256 == released.sha256) return comparison;
  TRY(const auto path, released_file(released));
  return source::compare_members(tools_.disk, released.filename, path, built->path);
}

Status Reconciliation::compare_files() {
  for (const auto& entry : released_->entries()) {
    TRY(auto comparison, compare(entry));
    files_.push_back(std::move(comparison));
  }
  for (const client::ReleaseFile& file : ci_.candidate().files) {
    if (released_->find(file.filename) == nullptr)
      files_.push_back({.filename = file.filename, .kind = source::FileComparison::Kind::extra});
  }
  for (const source::FileComparison& each : files_)
    tools_.console.line("  " + source::describe({each}));
  return success();
}

Result<Step> Reconciliation::reconcile(StepContext& step) {
  TRY(const auto labelled, examine_label(step));
  if (labelled == Step::refused) return labelled;
  TRY(const auto examined, examine_run(step));
  if (examined == Step::refused) return examined;
  CHECK_OK(compare_files());
  return Step::passed;
}

Result<Kind> Reconciliation::execute() {
  CHECK_OK(open_journal());
  CHECK_OK(pipeline_.make_work_folder("packhouse-reconcile-"));
  TRY(released_, pipeline_.journal()->promoted());
  pipeline_.set_intent({{"run", request_.run.number()}, {"actor", request_.actor}});
  const auto body = [this](StepContext& step) {
    json::Object& detail = step.detail();
    detail["evidence"] = json::Object();
    auto result = reconcile(step);
    // What CI built is not what was released: the journal has one manifest.
    detail.erase("manifest");
    detail["run"] = request_.run.number();
    detail["files"] = to_json(files_);
    if (!files_.empty()) detail["comparison"] = describe(files_);
    return result;
  };
  TRY(const auto compared, pipeline_.run_step("reconcile", body, journal::Durable::now));
  if (compared == Step::refused) return Kind::refused;
  return std::ranges::all_of(files_, source::agrees) ? Kind::agrees : Kind::differs;
}

json::Object Reconciliation::make_document(std::string_view outcome) const {
  return {{"outcome", outcome},
          {"project", policy().project.str()},
          {"version", request_.version.str()},
          {"run", request_.run.number()},
          {"label", source::local_label},
          {"files", to_json(files_)},
          {"checks", to_json(pipeline_.checks())}};
}

ReconcileOutcome Reconciliation::run() {
  constexpr std::array<std::string_view, 4> words{"agrees", "differs", "refused", "error"};
  auto kind = execute();
  ReconcileOutcome outcome;
  outcome.files = files_;
  return console::ended(std::move(outcome), std::move(kind), pipeline_.checks(), words,
                        [this](std::string_view word) { return make_document(word); });
}

}  // namespace

ReconcileOutcome reconcile(const DeskSettings& settings, const ReconcileRequest& request, DeskTools tools) {
  return Reconciliation(settings, request, tools).run();
}

}  // namespace packhouse::desk
