#include "desk/rollback.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/reason.hpp"
#include "client/legacy_uploader.hpp"
#include "client/public_index.hpp"
#include "console/command_outcome.hpp"
#include "desk/check_log.hpp"
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
      : policy_(policy), simple_(simple), request_(request), tools_(tools), checks_(tools.console) {}

  RollbackOutcome run();

 private:
  Result<Kind> execute();
  Status find_release();
  Status open_journal();
  Result<Kind> run_steps();
  Status withdraw_on_index();
  Status examine_page();
  Status examine_resolution();
  Status try_chosen();
  Check decide_withdrawn(const std::vector<client::PageFile>& files) const;
  Check decide_chosen_good() const;
  json::Object journal_fields(std::string_view key) const;
  json::Object make_document(std::string_view outcome) const;

  bool is_of_release(const client::PageFile& file) const {
    return client::version_in_filename(request_.release.project, file.filename) == request_.release.version;
  }
  std::string release_name() const {
    return request_.release.project.str() + " " + request_.release.version.str();
  }

  const smoke::SmokePolicy& policy_;
  const client::IndexAddress& simple_;
  const RollbackRequest& request_;
  SmokeReleaseTools& tools_;
  std::string reason_;
  std::optional<journal::ReleaseLock> lock_;
  std::optional<journal::Journal> journal_;
  IndexEffect effect_ = IndexEffect::unsupported;
  bool others_offered_ = false;
  CheckLog checks_;
  std::optional<Version> chosen_;  ///< by a resolver
  Path log_;
};

// A mistyped version must not leave a journal that blocks it.
Status Rollback::find_release() {
  const Path folder = journal::release_folder(request_.state, request_.release);
  if (journal::Journal::load(tools_.disk, tools_.clock, tools_.redactor, folder).ok()) return success();
  TRY(const auto files, tools_.index.page(request_.release.project));
  if (std::ranges::any_of(files, [&](const client::PageFile& file) { return is_of_release(file); }))
    return success();
  const auto state = tools_.index.life().look(request_.release);
  if (!state.ok()) return state.error();
  if (*state && (*state)->there) return success();
  return Error{
      Errc::not_found,
      fmt::format("expected {} on the index or in this machine's journals, found neither", release_name()),
      "`packhouse status` lists the versions"};
}

Status Rollback::open_journal() {
  const Path folder = journal::release_folder(request_.state, request_.release);
  TRY(lock_, journal::ReleaseLock::take(tools_.disk, folder));
  TRY(journal_, journal::Journal::open(tools_.disk, tools_.clock, tools_.redactor, folder));
  log_ = smoke::smoke_log_path(folder, tools_.clock.now(), "rollback");
  return success();
}

/// `key`: "state", the state that the rollback leads to, or "how", its mode.
json::Object Rollback::journal_fields(std::string_view key) const {
  return {{key, key == "state" ? client::state_after(request_.mode) : to_string(request_.mode)},
          {"reason", reason_},
          {"actor", request_.actor}};
}

// ----- on the index

Status Rollback::withdraw_on_index() {
  const WithdrawalRequest request{request_.release, request_.mode, reason_, request_.actor};
  TRY(effect_, withdraw(request, {*journal_, tools_.index.life(), tools_.clock, tools_.console}));
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
                request_.release.version.str())
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
  TRY(const auto files, tools_.index.page(request_.release.project));
  others_offered_ = std::ranges::any_of(
      files, [&](const client::PageFile& file) { return !file.yanked && !is_of_release(file); });
  checks_.record({decide_withdrawn(files)});
  return success();
}

// ----- the proof

Status Rollback::examine_resolution() {
  const smoke::ResolveInput input{.project = request_.release.project,
                                  .withdrawn = request_.release.version,
                                  .pin_allowed = request_.mode == client::Withdrawal::yank,
                                  .others_offered = others_offered_,
                                  .index = simple_};
  TRY(const auto resolution, smoke::resolve_afresh(policy_, input, log_, tools_.smoke()));
  chosen_ = resolution.chosen;
  checks_.add(resolution.checks);
  return success();
}

Check Rollback::decide_chosen_good() const {
  const Path folder = journal::release_folder(request_.state, {request_.release.project, *chosen_});
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
  if (!checks_.record({decide_chosen_good()})) return success();
  const SmokeRequest smoke{
      {request_.release.project, *chosen_}, request_.state, request_.actor, request_.max_file_bytes};
  auto outcome = smoke_release(policy_, simple_, smoke, tools_);
  if (outcome.error) return *std::move(outcome.error);
  checks_.add(outcome.checks);
  return success();
}

// ----- the order of the steps

Result<Kind> Rollback::run_steps() {
  struct NamedStep {
    std::string_view name;
    Status (Rollback::*body)();
  };
  constexpr std::array<NamedStep, 4> steps{{{"withdraw", &Rollback::withdraw_on_index},
                                            {"page", &Rollback::examine_page},
                                            {"resolve", &Rollback::examine_resolution},
                                            {"previous", &Rollback::try_chosen}}};
  for (const auto& [name, body] : steps) {
    tools_.console.step(name);
    CHECK_OK((this->*body)());
    if (!all_passed(checks_.all())) return Kind::refused;
  }
  return Kind::rolled_back;
}

Result<Kind> Rollback::execute() {
  TRY(reason_, parse_reason(request_.reason, "say why: the journal and the index keep it"));
  if (!checks_.record({client::decide_not_public("PRIVATE_INDEX_PIP_INDEX_URL", simple_.url)}))
    return Kind::refused;
  CHECK_OK(find_release());
  CHECK_OK(open_journal());
  CHECK_OK(journal_->intent("rollback", journal_fields("state")));
  tools_.console.line(fmt::format("{} is {} in this machine's journal: no promotion takes it from now on",
                                  release_name(), client::state_after(request_.mode)));
  const auto kind = run_steps();
  json::Object detail = journal_fields("how");
  console::add_result(detail, kind, kind.ok() && *kind == Kind::rolled_back);
  detail["index"] = word_of(effect_);
  detail["checks"] = to_json(checks_.all());
  detail["log"] = log_.filename().string();
  if (chosen_) detail["chosen"] = chosen_->str();
  CHECK_OK(journal_->outcome("rollback", std::move(detail)));
  return kind;
}

json::Object Rollback::make_document(std::string_view outcome) const {
  json::Object object{{"outcome", outcome},
                      {"project", request_.release.project.str()},
                      {"version", request_.release.version.str()},
                      {"how", to_string(request_.mode)},
                      {"index", word_of(effect_)},
                      {"chosen", chosen_ ? json::Value(chosen_->str()) : json::Value()},
                      {"checks", to_json(checks_.all())},
                      {"log", log_.string()}};
  if (journal_) object["journal"] = (journal_->folder() / "journal.jsonl").string();
  return object;
}

RollbackOutcome Rollback::run() {
  constexpr std::array<std::string_view, 3> words{"rolled-back", "refused", "error"};
  auto kind = execute();
  checks_.summarise("rollback");
  RollbackOutcome outcome;
  outcome.chosen = chosen_;
  return console::ended(std::move(outcome), std::move(kind), checks_.all(), words,
                        [this](std::string_view word) { return make_document(word); });
}

}  // namespace

RollbackOutcome rollback(const smoke::SmokePolicy& policy, const client::IndexAddress& simple,
                         const RollbackRequest& request, SmokeReleaseTools tools) {
  return Rollback(policy, simple, request, tools).run();
}

}  // namespace packhouse::desk
