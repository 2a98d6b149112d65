#include "release/rollback.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/reason.hpp"
#include "release/outcome.hpp"
#include "release/public_index.hpp"
#include "release/publish.hpp"
#include "release/release_state.hpp"
#include "release/resolve.hpp"

namespace packhouse::release {
namespace {

using Kind = RollbackOutcome::Kind;

std::string_view word_of(IndexEffect effect) {
  constexpr std::array<std::string_view, 3> words{"done", "absent", "unable"};
  return words.at(static_cast<std::size_t>(effect));
}

class Rollback {
 public:
  Rollback(const SmokePolicy& policy, const IndexAddress& simple, const RollbackRequest& request,
           SmokeReleaseTools& tools)
      : policy_(policy), simple_(simple), request_(request), tools_(tools) {}

  RollbackOutcome run();

 private:
  Result<Kind> go();
  Status find_release();
  Status open_journal();
  Result<Kind> carry_out();
  Status withdraw_there();
  Status examine_page();
  Status ask_resolver();
  Status try_chosen();
  Check decide_withdrawn(const std::vector<PageFile>& files) const;
  Check decide_chosen_good() const;
  bool judge(Checks checks);
  bool going_on() const { return all_passed(checks_); }
  json::Object said(std::string_view state) const;
  json::Object document(std::string_view outcome) const;

  Result<std::vector<PageFile>> page();
  bool is_of_release(const PageFile& file) const {
    return version_in_filename(request_.project, file.filename) == request_.version;
  }
  std::string release_name() const { return request_.project.str() + " " + request_.version.str(); }

  const SmokePolicy& policy_;
  const IndexAddress& simple_;
  const RollbackRequest& request_;
  SmokeReleaseTools& tools_;
  std::string reason_;
  std::optional<ReleaseLock> lock_;
  std::optional<Journal> journal_;
  IndexEffect effect_ = IndexEffect::unsupported;
  bool others_offered_ = false;
  Checks checks_;
  std::optional<Version> chosen_;
  Path log_;
};

bool Rollback::judge(Checks checks) {
  tools_.output.checks(checks);
  const bool passed = all_passed(checks);
  checks_.insert(checks_.end(), checks.begin(), checks.end());
  return passed;
}

Result<std::vector<PageFile>> Rollback::page() {
  return tools_.index.page(request_.project);
}

// A slip of the pen must not leave a journal that blocks what never was.
Status Rollback::find_release() {
  const Path folder = release_folder(request_.state, request_.project.str(), request_.version.str());
  if (Journal::load(tools_.disk, tools_.clock, tools_.redactor, folder).ok()) return success();
  TRY(const auto files, page());
  if (std::ranges::any_of(files, [&](const PageFile& file) { return is_of_release(file); })) return success();
  const auto standing = tools_.index.life().look(request_.project, request_.version);
  if (!standing.ok()) return standing.error();
  if (*standing && (*standing)->there) return success();
  return Error{
      Errc::not_found,
      fmt::format("expected {} on the index or in this machine's journals, found neither", release_name()),
      "`packhouse status` lists the versions"};
}

Status Rollback::open_journal() {
  const Path folder = release_folder(request_.state, request_.project.str(), request_.version.str());
  TRY(lock_, ReleaseLock::take(tools_.disk, folder));
  TRY(journal_, Journal::open(tools_.disk, tools_.clock, tools_.redactor, folder));
  log_ = smoke_log_path(folder, tools_.clock.now(), "rollback");
  return success();
}

json::Object Rollback::said(std::string_view key) const {
  return {{key, key == "state" ? state_after(request_.mode) : to_string(request_.mode)},
          {"reason", reason_},
          {"actor", request_.actor}};
}

// ----- on the index

Status Rollback::withdraw_there() {
  const WithdrawalOrder order{request_.project, request_.version, request_.mode, reason_, request_.actor};
  TRY(effect_, withdraw(order, {*journal_, tools_.index.life(), tools_.clock, tools_.output}));
  tools_.output.line(
      effect_ == IndexEffect::done ? fmt::format("  the index says that it is {}", state_after(request_.mode))
      : effect_ == IndexEffect::absent ? "  the index has no such release: there is nothing to withdraw"
                                       : "  this index has no API to block or yank a release");
  return success();
}

Check Rollback::decide_withdrawn(const std::vector<PageFile>& files) const {
  std::vector<std::string> offered;
  for (const PageFile& file : files) {
    const bool withheld = request_.mode == Withdrawal::yank && file.yanked;
    if (is_of_release(file) && !withheld) offered.push_back(quote(file.filename));
  }
  const std::string cure =
      effect_ == IndexEffect::unsupported
          ? fmt::format(
                "have its owner remove or yank these files there (pypiserver: delete them from its "
                "folder of packages), then run the same command again. This machine's journal "
                "refuses {} meanwhile",
                request_.version.str())
          : "the index says that it withdrew them, and lists them still: tell its owner";
  Examination exam;
  exam.on({"index"}).that("rollback.withdrawn", offered.empty(),
                          request_.mode == Withdrawal::yank
                              ? "every file of it yanked on the index's page, or none there"
                              : "no file of it on the index's page",
                          offered.empty() ? "so it is" : fmt::format("{}", fmt::join(offered, ", ")), cure);
  return exam.take().front();
}

Status Rollback::examine_page() {
  TRY(const auto files, page());
  others_offered_ =
      std::ranges::any_of(files, [&](const PageFile& file) { return !file.yanked && !is_of_release(file); });
  judge({decide_withdrawn(files)});
  return success();
}

// ----- the proof

Status Rollback::ask_resolver() {
  const ResolveInput input{.project = request_.project,
                           .withdrawn = request_.version,
                           .pin_allowed = request_.mode == Withdrawal::yank,
                           .others_offered = others_offered_,
                           .index = simple_};
  const SmokeTools smoke_tools{tools_.processes, tools_.disk,        tools_.output,
                               tools_.redactor,  tools_.search_path, tools_.network};
  TRY(auto resolution, resolve_afresh(policy_, input, log_, smoke_tools));
  chosen_ = resolution.chosen;
  checks_.insert(checks_.end(), resolution.checks.begin(), resolution.checks.end());
  return success();
}

Check Rollback::decide_chosen_good() const {
  const Path folder = release_folder(request_.state, request_.project.str(), chosen_->str());
  const auto journal = Journal::load(tools_.disk, tools_.clock, tools_.redactor, folder);
  const auto state = journal.ok() ? state_of(journal->entries()) : ReleaseState{};
  Examination exam;
  exam.on({"journal"})
      .that("rollback.previous-good", !state.withdrawn(),
            "a version that this machine's journal does not block",
            fmt::format("{}, which is {}", chosen_->str(), to_string(state.kind)),
            fmt::format("roll {} back too", chosen_->str()));
  return exam.take().front();
}

Status Rollback::try_chosen() {
  if (!chosen_) {
    tools_.output.warn(
        "no other version is offered: there is nothing to go back to until a higher one is out");
    return success();
  }
  if (!judge({decide_chosen_good()})) return success();
  const SmokeRequest smoke{request_.project, *chosen_, request_.state, request_.actor,
                           request_.max_file_bytes};
  auto outcome = smoke_release(policy_, simple_, smoke, tools_);
  if (outcome.error) return *std::move(outcome.error);
  checks_.insert(checks_.end(), outcome.checks.begin(), outcome.checks.end());
  return success();
}

// ----- the way

Result<Kind> Rollback::carry_out() {
  using Step = Status (Rollback::*)();
  for (const auto& [name, step] : {std::pair<std::string_view, Step>{"withdraw", &Rollback::withdraw_there},
                                   std::pair<std::string_view, Step>{"page", &Rollback::examine_page},
                                   std::pair<std::string_view, Step>{"resolve", &Rollback::ask_resolver},
                                   std::pair<std::string_view, Step>{"previous", &Rollback::try_chosen}}) {
    tools_.output.step(name);
    CHECK_OK((this->*step)());
    if (!going_on()) return Kind::refused;
  }
  return Kind::rolled_back;
}

Result<Kind> Rollback::go() {
  TRY(reason_, parse_reason(request_.reason, reason_hint));
  if (!judge({decide_not_public("PRIVATE_INDEX_PIP_INDEX_URL", simple_.url)})) return Kind::refused;
  CHECK_OK(find_release());
  CHECK_OK(open_journal());
  CHECK_OK(journal_->intent("rollback", said("state")));
  tools_.output.line(fmt::format("{} is {} in this machine's journal: no promotion takes it from now on",
                                 release_name(), state_after(request_.mode)));
  const auto kind = carry_out();
  json::Object detail = said("how");
  detail["result"] = !kind.ok() ? "error" : (*kind == Kind::rolled_back ? "passed" : "refused");
  detail["index"] = word_of(effect_);
  detail["checks"] = to_json(checks_);
  detail["log"] = log_.filename().string();
  if (chosen_) detail["chosen"] = chosen_->str();
  if (!kind.ok()) detail["error"] = kind.error().message;
  CHECK_OK(journal_->outcome("rollback", std::move(detail)));
  return kind;
}

json::Object Rollback::document(std::string_view outcome) const {
  json::Object object{{"outcome", outcome},
                      {"project", request_.project.str()},
                      {"version", request_.version.str()},
                      {"how", to_string(request_.mode)},
                      {"index", word_of(effect_)},
                      {"chosen", chosen_ ? json::Value(chosen_->str()) : json::Value()},
                      {"checks", to_json(checks_)},
                      {"log", log_.string()}};
  if (journal_) object["journal"] = (journal_->folder() / "journal.jsonl").string();
  return object;
}

RollbackOutcome Rollback::run() {
  auto kind = go();
  if (!checks_.empty()) tools_.output.summarise_checks("rollback", checks_);
  RollbackOutcome outcome{.kind = kind.ok() ? *kind : Kind::failed,
                          .checks = checks_,
                          .chosen = chosen_,
                          .error = {},
                          .document = {}};
  constexpr std::array words{"rolled-back", "refused", "error"};
  outcome.document = document(words.at(static_cast<std::size_t>(outcome.kind)));
  return ended(std::move(outcome), std::move(kind));
}

}  // namespace

RollbackOutcome rollback(const SmokePolicy& policy, const IndexAddress& simple,
                         const RollbackRequest& request, SmokeReleaseTools tools) {
  return Rollback(policy, simple, request, tools).run();
}

}  // namespace packhouse::release
