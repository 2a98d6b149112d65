#include "desk/rollback.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/reason.hpp"
#include "client/legacy_uploader.hpp"
#include "client/public_index.hpp"
#include "console/command_outcome.hpp"
#include "journal/release_state.hpp"
#include "smoke/resolver_check.hpp"

namespace packhouse::desk {
namespace {

using Kind = RollbackOutcome::Kind;

std::string_view word_of(IndexEffect effect) {
  constexpr std::array<std::string_view, 3> words{"done", "absent", "unable"};
  return words.at(static_cast<std::size_t>(effect));
}

class Rollback {
 public:
  Rollback(const smoke::SmokePolicy& policy, const client::IndexAddress& simple,
           const RollbackRequest& request, SmokeReleaseTools& tools)
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
  Check decide_withdrawn(const std::vector<client::PageFile>& files) const;
  Check decide_chosen_good() const;
  bool record(Checks checks);
  bool going_on() const { return all_passed(checks_); }
  json::Object said(std::string_view state) const;
  json::Object document(std::string_view outcome) const;

  Result<std::vector<client::PageFile>> page();
  bool is_of_release(const client::PageFile& file) const {
    return client::version_in_filename(request_.project, file.filename) == request_.version;
  }
  std::string release_name() const { return request_.project.str() + " " + request_.version.str(); }

  const smoke::SmokePolicy& policy_;
  const client::IndexAddress& simple_;
  const RollbackRequest& request_;
  SmokeReleaseTools& tools_;
  std::string reason_;
  std::optional<journal::ReleaseLock> lock_;
  std::optional<journal::Journal> journal_;
  IndexEffect effect_ = IndexEffect::unsupported;
  bool others_offered_ = false;
  Checks checks_;
  std::optional<Version> chosen_;
  Path log_;
};

bool Rollback::record(Checks checks) {
  tools_.console.checks(checks);
  const bool passed = all_passed(checks);
  checks_.insert(checks_.end(), checks.begin(), checks.end());
  return passed;
}

Result<std::vector<client::PageFile>> Rollback::page() {
  return tools_.index.page(request_.project);
}

// A slip of the pen must not leave a journal that blocks what never was.
Status Rollback::find_release() {
  const Path folder = journal::release_folder(request_.state, request_.project.str(), request_.version.str());
  if (journal::Journal::load(tools_.disk, tools_.clock, tools_.redactor, folder).ok()) return success();
  TRY(const auto files, page());
  if (std::ranges::any_of(files, [&](const client::PageFile& file) { return is_of_release(file); }))
    return success();
  const auto standing = tools_.index.life().look(request_.project, request_.version);
  if (!standing.ok()) return standing.error();
  if (*standing && (*standing)->there) return success();
  return Error{
      Errc::not_found,
      fmt::format("expected {} on the index or in this machine's journals, found neither", release_name()),
      "`packhouse status` lists the versions"};
}

Status Rollback::open_journal() {
  const Path folder = journal::release_folder(request_.state, request_.project.str(), request_.version.str());
  TRY(lock_, journal::ReleaseLock::take(tools_.disk, folder));
  TRY(journal_, journal::Journal::open(tools_.disk, tools_.clock, tools_.redactor, folder));
  log_ = smoke::smoke_log_path(folder, tools_.clock.now(), "rollback");
  return success();
}

json::Object Rollback::said(std::string_view key) const {
  return {{key, key == "state" ? client::state_after(request_.mode) : to_string(request_.mode)},
          {"reason", reason_},
          {"actor", request_.actor}};
}

// ----- on the index

Status Rollback::withdraw_there() {
  const WithdrawalRequest order{request_.project, request_.version, request_.mode, reason_, request_.actor};
  TRY(effect_, withdraw(order, {*journal_, tools_.index.life(), tools_.clock, tools_.console}));
  tools_.console.line(effect_ == IndexEffect::done
                          ? fmt::format("  the index says that it is {}", client::state_after(request_.mode))
                      : effect_ == IndexEffect::absent
                          ? "  the index has no such release: there is nothing to withdraw"
                          : "  this index has no API to block or yank a release");
  return success();
}

Check Rollback::decide_withdrawn(const std::vector<client::PageFile>& files) const {
  std::vector<std::string> offered;
  for (const client::PageFile& file : files) {
    const bool withheld = request_.mode == client::Withdrawal::yank && file.yanked;
    if (is_of_release(file) && !withheld) offered.push_back(quote(file.filename));
  }
  const std::string hint =
      effect_ == IndexEffect::unsupported
          ? fmt::format(
                "have its owner remove or yank these files there (pypiserver: delete them from its "
                "folder of packages), then run the same command again. This machine's journal "
                "refuses {} meanwhile",
                request_.version.str())
          : "the index says that it withdrew them, and lists them still: tell its owner";
  CheckBuilder exam;
  exam.on({"index"}).require(
      "rollback.withdrawn", offered.empty(),
      request_.mode == client::Withdrawal::yank ? "every file of it yanked on the index's page, or none there"
                                                : "no file of it on the index's page",
      offered.empty() ? "so it is" : fmt::format("{}", fmt::join(offered, ", ")), hint);
  return exam.take().front();
}

Status Rollback::examine_page() {
  TRY(const auto files, page());
  others_offered_ = std::ranges::any_of(
      files, [&](const client::PageFile& file) { return !file.yanked && !is_of_release(file); });
  record({decide_withdrawn(files)});
  return success();
}

// ----- the proof

Status Rollback::ask_resolver() {
  const smoke::ResolveInput input{.project = request_.project,
                                  .withdrawn = request_.version,
                                  .pin_allowed = request_.mode == client::Withdrawal::yank,
                                  .others_offered = others_offered_,
                                  .index = simple_};
  const smoke::SmokeTools smoke_tools{tools_.processes, tools_.disk,        tools_.console,
                                      tools_.redactor,  tools_.search_path, tools_.network};
  TRY(auto resolution, smoke::resolve_afresh(policy_, input, log_, smoke_tools));
  chosen_ = resolution.chosen;
  checks_.insert(checks_.end(), resolution.checks.begin(), resolution.checks.end());
  return success();
}

Check Rollback::decide_chosen_good() const {
  const Path folder = journal::release_folder(request_.state, request_.project.str(), chosen_->str());
  const auto journal = journal::Journal::load(tools_.disk, tools_.clock, tools_.redactor, folder);
  const auto state = journal.ok() ? journal::state_of(journal->entries()) : journal::ReleaseState{};
  CheckBuilder exam;
  exam.on({"journal"})
      .require("rollback.previous-good", !state.withdrawn(),
               "a version that this machine's journal does not block",
               fmt::format("{}, which is {}", chosen_->str(), to_string(state.kind)),
               fmt::format("roll {} back too", chosen_->str()));
  return exam.take().front();
}

Status Rollback::try_chosen() {
  if (!chosen_) {
    tools_.console.warn(
        "no other version is offered: there is nothing to go back to until a higher one is out");
    return success();
  }
  if (!record({decide_chosen_good()})) return success();
  const SmokeRequest smoke{request_.project, *chosen_, request_.state, request_.actor,
                           request_.max_file_bytes};
  auto outcome = smoke_release(policy_, simple_, smoke, tools_);
  if (outcome.error) return *std::move(outcome.error);
  checks_.insert(checks_.end(), outcome.checks.begin(), outcome.checks.end());
  return success();
}

// ----- the way

Result<Kind> Rollback::carry_out() {
  using Phase = Status (Rollback::*)();
  for (const auto& [name, step] : {std::pair<std::string_view, Phase>{"withdraw", &Rollback::withdraw_there},
                                   std::pair<std::string_view, Phase>{"page", &Rollback::examine_page},
                                   std::pair<std::string_view, Phase>{"resolve", &Rollback::ask_resolver},
                                   std::pair<std::string_view, Phase>{"previous", &Rollback::try_chosen}}) {
    tools_.console.step(name);
    CHECK_OK((this->*step)());
    if (!going_on()) return Kind::refused;
  }
  return Kind::rolled_back;
}

Result<Kind> Rollback::go() {
  TRY(reason_, parse_reason(request_.reason, "say why: the journal and the index keep it"));
  if (!record({client::decide_not_public("PRIVATE_INDEX_PIP_INDEX_URL", simple_.url)})) return Kind::refused;
  CHECK_OK(find_release());
  CHECK_OK(open_journal());
  CHECK_OK(journal_->intent("rollback", said("state")));
  tools_.console.line(fmt::format("{} is {} in this machine's journal: no promotion takes it from now on",
                                  release_name(), client::state_after(request_.mode)));
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
  if (!checks_.empty()) tools_.console.summarise_checks("rollback", checks_);
  RollbackOutcome outcome{.kind = kind.ok() ? *kind : Kind::failed,
                          .checks = checks_,
                          .chosen = chosen_,
                          .error = {},
                          .document = {}};
  constexpr std::array words{"rolled-back", "refused", "error"};
  outcome.document = document(words.at(static_cast<std::size_t>(outcome.kind)));
  return console::ended(std::move(outcome), std::move(kind));
}

}  // namespace

RollbackOutcome rollback(const smoke::SmokePolicy& policy, const client::IndexAddress& simple,
                         const RollbackRequest& request, SmokeReleaseTools tools) {
  return Rollback(policy, simple, request, tools).run();
}

}  // namespace packhouse::desk
