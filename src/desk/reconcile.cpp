#include "desk/reconcile.hpp"

#include <fmt/format.h>

#include <array>

#include "base/text.hpp"
#include "client/legacy_uploader.hpp"
#include "console/command_outcome.hpp"
#include "desk/status.hpp"
#include "source/ci_source.hpp"
#include "source/local_source.hpp"
#include "sys/hash_file.hpp"
#include "sys/temporary_folder.hpp"

namespace packhouse::desk {
namespace {

using Kind = ReconcileOutcome::Kind;

class Reconciliation final : public source::StepContext {
 public:
  Reconciliation(const DeskSettings& settings, const ReconcileRequest& request, DeskTools& tools)
      : settings_(settings),
        request_(request),
        tools_(tools),
        promotion_{request.run, request.version, false, request.state, request.actor},
        ci_(settings_.source, promotion_, tools_.source()) {}

  ReconcileOutcome run();

  Result<source::Step> record(Checks checks) override;
  Status store_evidence(const std::vector<Evidence>& evidence) override;
  json::Object& detail() override { return detail_; }
  journal::Journal* journal() override { return &*journal_; }
  const Path& work() const override { return work_->path(); }

 private:
  Result<Kind> go();
  Status open_journal();
  Result<Kind> carry_out();
  Result<source::Step> examine_run();
  Result<source::FileComparison> compare(const dist::ManifestEntry& released);
  Result<Path> released_file(const dist::ManifestEntry& entry);
  Result<Path> fetch_released(const dist::ManifestEntry& entry);
  std::string recorded_commit() const;
  json::Object document(std::string_view outcome) const;

  const source::Policy& policy() const { return settings_.source.policy; }

  const DeskSettings& settings_;
  const ReconcileRequest& request_;
  DeskTools& tools_;
  const source::PromoteRequest promotion_;
  source::CiRunSource ci_;
  std::optional<journal::ReleaseLock> lock_;
  std::optional<journal::Journal> journal_;
  std::optional<TemporaryFolder> work_;
  std::optional<dist::Manifest> released_;
  Checks checks_;
  json::Object detail_;
  json::Object evidence_;  // names to digests
  std::vector<source::FileComparison> files_;
};

Result<source::Step> Reconciliation::record(Checks checks) {
  tools_.console.checks(checks);
  const bool passed = all_passed(checks);
  checks_.insert(checks_.end(), checks.begin(), checks.end());
  return passed ? source::Step::passed : source::Step::refused;
}

Status Reconciliation::store_evidence(const std::vector<Evidence>& evidence) {
  CHECK_OK(journal_->keep(evidence));
  for (const Evidence& each : evidence)
    evidence_[each.name] = each.digest().hex();
  return success();
}

Status Reconciliation::open_journal() {
  const Path folder = journal::release_folder(request_.state, policy().project.str(), request_.version.str());
  const auto there = journal::Journal::load(tools_.disk, tools_.clock, tools_.redactor, folder);
  if (!there.ok() && there.error().code == Errc::not_found) {
    return Error{Errc::not_found,
                 fmt::format("expected {} {} in this machine's journals, found none", policy().project.str(),
                             request_.version.str()),
                 "call this on the machine that recovered it"};
  }
  TRY(lock_, journal::ReleaseLock::take(tools_.disk, folder));
  TRY(journal_, journal::Journal::open(tools_.disk, tools_.clock, tools_.redactor, folder));
  return success();
}

std::string Reconciliation::recorded_commit() const {
  std::string commit;
  for (const journal::JournalEntry& entry : journal_->entries()) {
    if (entry.step == "build" && entry.phase == "outcome")
      commit = json::get_string(entry.detail, "commit").value_or("");
  }
  return commit;
}

// ----- what CI built

Result<source::Step> Reconciliation::examine_run() {
  const auto label = journal::label_of(journal_->entries());
  CheckBuilder exam;
  exam.on({"journal"})
      .require("reconcile.labelled", label == source::local_label && released_.has_value(),
               fmt::format("a release that is {}", source::local_label), label.value_or("no label"),
               "only what `packhouse recover` released is compared: CI stands for everything else",
               RefusalKind::missing);
  TRY(const auto labelled, record(exam.take()));
  if (labelled == source::Step::refused) return labelled;
  TRY(const auto proved, ci_.preflight(*this));
  if (proved == source::Step::refused) return proved;
  TRY(const auto fetched, ci_.fetch(*this));
  if (fetched == source::Step::refused) return fetched;
  TRY(const auto verified, ci_.verify(*this));
  if (verified == source::Step::refused) return verified;
  CheckBuilder commit;
  commit.on({"run", "journal"})
      .require("reconcile.commit", ci_.plan().commit == recorded_commit(),
               "a run of the commit that was released, " + recorded_commit(), ci_.plan().commit,
               "give the run that built that commit");
  return record(commit.take());
}

// ----- what was released

Result<Path> Reconciliation::fetch_released(const dist::ManifestEntry& entry) {
  TRY(const auto links, tools_.index.links(policy().project, request_.version));
  const auto link = std::ranges::find_if(
      links, [&](const client::PageLink& each) { return each.file.filename == entry.filename; });
  if (link == links.end()) {
    return Error{Errc::not_found, fmt::format("expected {} beside the journal or on the index, found neither",
                                              entry.filename)};
  }
  const Path folder = work_->path() / "released";
  CHECK_OK(tools_.disk.make_folders(folder));
  const Path path = folder / entry.filename;
  TRY(const auto file, tools_.disk.create(path));
  TRY(const auto served, tools_.index.fetch(*link, settings_.max_file_bytes,
                                            [&](std::string_view chunk) { return file->write(chunk); }));
  if (served.sha256 == entry.sha256) return path;
  return Error{Errc::conflict, fmt::format("expected {} with sha256:{} on the index, found sha256:{}",
                                           entry.filename, entry.sha256.hex(), served.sha256.hex())};
}

/// The copy beside the journal, or what the index serves: whichever has the digest that was released.
Result<Path> Reconciliation::released_file(const dist::ManifestEntry& entry) {
  if (const auto build = source::recorded_build(journal_->entries())) {
    const Path path = source::files_path(journal_->folder(), *build) / entry.filename;
    const auto digests = hash_file(tools_.disk, path);
    if (digests.ok() && digests->sha256 == entry.sha256) return path;
  }
  return fetch_released(entry);
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

Result<Kind> Reconciliation::carry_out() {
  TRY(const auto step, examine_run());
  if (step == source::Step::refused) return Kind::refused;
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
  return std::ranges::all_of(files_, source::agrees) ? Kind::agrees : Kind::differs;
}

Result<Kind> Reconciliation::go() {
  CHECK_OK(open_journal());
  TRY(work_, TemporaryFolder::make("packhouse-reconcile-"));
  TRY(released_, journal_->promoted());
  tools_.console.step("reconcile");
  CHECK_OK(journal_->intent("reconcile", {{"run", request_.run.number()}, {"actor", request_.actor}}));
  const auto kind = carry_out();
  json::Object detail = std::move(detail_);
  // What CI built must not be taken for what was released.
  detail.erase("manifest");
  detail["evidence"] = evidence_;
  detail["run"] = request_.run.number();
  detail["result"] = !kind.ok() ? "error" : (*kind == Kind::refused ? "refused" : "passed");
  detail["checks"] = to_json(checks_);
  detail["files"] = to_json(files_);
  if (!files_.empty()) detail["comparison"] = describe(files_);
  if (!kind.ok()) detail["error"] = kind.error().message;
  CHECK_OK(journal_->outcome("reconcile", std::move(detail)));
  return kind;
}

json::Object Reconciliation::document(std::string_view outcome) const {
  return {{"outcome", outcome},
          {"project", policy().project.str()},
          {"version", request_.version.str()},
          {"run", request_.run.number()},
          {"label", source::local_label},
          {"files", to_json(files_)},
          {"checks", to_json(checks_)}};
}

ReconcileOutcome Reconciliation::run() {
  auto kind = go();
  if (!checks_.empty()) tools_.console.summarise_checks("reconcile", checks_);
  ReconcileOutcome outcome{.kind = kind.ok() ? *kind : Kind::failed,
                           .checks = checks_,
                           .files = files_,
                           .error = {},
                           .document = {}};
  constexpr std::array words{"agrees", "differs", "refused", "error"};
  outcome.document = document(words.at(static_cast<std::size_t>(outcome.kind)));
  return console::ended(std::move(outcome), std::move(kind));
}

}  // namespace

ReconcileOutcome reconcile(const DeskSettings& settings, const ReconcileRequest& request, DeskTools tools) {
  return Reconciliation(settings, request, tools).run();
}

}  // namespace packhouse::desk
