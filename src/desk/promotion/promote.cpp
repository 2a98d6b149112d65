#include "desk/promotion/promote.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <future>
#include <initializer_list>
#include <memory>
#include <set>
#include <stop_token>
#include <utility>

#include "base/text.hpp"
#include "base/time.hpp"
#include "client/legacy_uploader.hpp"
#include "client/public_index.hpp"
#include "client/session_uploader.hpp"
#include "console/command_outcome.hpp"
#include "desk/withdrawal.hpp"
#include "journal/journal.hpp"
#include "journal/release_state.hpp"
#include "smoke/background_check.hpp"
#include "smoke/client_check.hpp"
#include "smoke/virtual_environment.hpp"
#include "source/ci_source.hpp"
#include "sys/temporary_folder.hpp"

namespace packhouse::desk {
namespace {

/// Names what a release is decided and tried by.
Sha256 digest_of(const DeskSettings& settings) {
  return Sha256::of(
      json::canonical(json::Object{{"policy_sha256", source::digest_of(settings.source.policy).hex()},
                                   {"smoke", to_json(settings.smoke)}}));
}

/// What an index serves of a release, read on a thread of its own while something else is done. Given up
/// where nobody waits for it any more.
class Reading {
 public:
  /// Nobody else uses the publisher's client meanwhile.
  Reading(client::LegacyUploader publisher, const ProjectName& project, const Version& version)
      : release_(std::async(std::launch::async, [&, publisher, stop = stop_.get_token()]() mutable {
          return publisher.read_back(project, version, stop);
        })) {}
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;
  ~Reading() { stop_.request_stop(); }

  Result<client::IndexRelease> get() { return release_.get(); }

 private:
  std::stop_source stop_;
  std::future<Result<client::IndexRelease>> release_;
};

class Promotion final : public source::StepContext {
 public:
  Promotion(source::ReleaseSource& source, const DeskSettings& settings, const ReleaseRequest& order,
            DeskTools& tools)
      : source_(source), settings_(settings), order_(order), tools_(tools) {}

  PromoteOutcome run();

  Result<source::Step> record(Checks checks) override;
  Status store_evidence(const std::vector<Evidence>& evidence) override;
  json::Object& detail() override { return step_detail_; }
  journal::Journal* journal() override { return journal_ ? &*journal_ : nullptr; }
  const Path& work() const override { return work_->path(); }

 private:
  Result<PromoteOutcome::Kind> go();
  Status open_journal();
  Result<source::Step> preflight();
  Result<source::Step> check_index();
  Result<source::Step> check_plan();
  bool wants_approvals() const;
  Result<source::Step> check_approvals();
  journal::Plan found() const;
  Result<source::Step> look_for_staging();
  Result<source::Step> stage();
  Result<source::Step> publish();
  Result<source::Step> confirm();
  Result<source::Step> confirm_with_clients();
  Result<source::Step> judge_served();
  Result<Check> confirm_label();
  void prepare_smoke();
  Result<source::Step> smoke();
  Result<source::Step> smoke_stage();
  client::IndexAddress stage_address() const { return {.url = session_->stage, .auth = std::nullopt}; }
  smoke::SmokeInput smoke_input() const;
  Result<smoke::SmokeResult> try_stage(const Path& log, client::IndexClient& there,
                                       const smoke::SmokeTools& tools);
  void begin_trial();
  void expect_clients();
  void keep_smoke(smoke::SmokeResult result);
  Result<source::Step> judge_smoke();
  Result<source::Step> fail_smoke();
  Result<source::Step> ask_clients();
  Status withdraw_on_index();
  void describe_plan();
  std::vector<const client::ReleaseFile*> missing() const;
  const Path& path_of(std::string_view filename) const;

  /// One step of the way: its intent, its doing, its outcome.
  using Doing = Result<source::Step> (Promotion::*)();
  struct Named {
    std::string_view name;
    Doing doing;
  };
  Result<source::Step> take(std::string_view name, json::Object intent,
                            const std::function<Result<source::Step>()>& doing);
  Result<source::Step> take(std::string_view name, json::Object intent, Doing doing) {
    return take(name, std::move(intent), [this, doing] { return (this->*doing)(); });
  }
  Result<source::Step> take_all(const json::Object& intent, std::initializer_list<Named> steps);
  Result<source::Step> examine(const json::Object& intent);
  Result<source::Step> release(const json::Object& intent);
  json::Object document(std::string_view outcome) const;

  const source::Policy& policy() const { return settings_.source.policy; }
  const source::Candidate& candidate() const { return source_.candidate(); }
  client::LegacyUploader publisher() { return publisher(tools_.index); }
  client::LegacyUploader publisher(client::IndexClient& index) {
    return {index, tools_.clock, tools_.console, settings_.index_wait, settings_.max_file_bytes};
  }
  client::SessionUploader stager() { return {tools_.sessions, tools_.clock, tools_.console}; }
  smoke::SmokeTools smoke_tools() const {
    return {tools_.processes, tools_.disk,        tools_.console,
            tools_.redactor,  tools_.search_path, tools_.network};
  }
  std::string release_name() const { return policy().project.str() + " " + order_.version.str(); }

  source::ReleaseSource& source_;
  const DeskSettings& settings_;
  const ReleaseRequest& order_;
  DeskTools& tools_;
  std::optional<journal::ReleaseLock> lock_;
  std::optional<journal::Journal> journal_;
  journal::ReleaseState recorded_;
  std::optional<TemporaryFolder> work_;
  Checks checks_;
  std::size_t noted_ = 0;     // checks that are in the journal already
  json::Object step_detail_;  // for the outcome of the step at work
  client::IndexRelease served_;
  bool can_stage_ = false;
  bool label_kept_ = false;  // the session has it
  std::optional<client::UploadSession> session_;
  std::optional<journal::Plan> found_;
  std::optional<smoke::SmokeResult> smoke_;
  std::vector<std::string> clients_;  ///< that are asked in the end
  std::optional<smoke::EnvironmentPool> environments_;
  std::future<Result<std::vector<std::string>>> machine_;
  std::optional<client::UploadQueue> arrivals_;       ///< on the stage
  std::optional<smoke::BackgroundSmokeCheck> trial_;  ///< after what it uses
};

// ----- steps and their record

Result<source::Step> Promotion::record(Checks checks) {
  tools_.console.checks(checks);
  const bool passed = all_passed(checks);
  checks_.insert(checks_.end(), std::make_move_iterator(checks.begin()),
                 std::make_move_iterator(checks.end()));
  return passed ? source::Step::passed : source::Step::refused;
}

Status Promotion::store_evidence(const std::vector<Evidence>& evidence) {
  json::Object digests;
  for (const Evidence& each : evidence)
    digests[each.name] = each.digest().hex();
  step_detail_["evidence"] = std::move(digests);
  return journal_ ? journal_->keep(evidence) : success();
}

Result<source::Step> Promotion::take(std::string_view name, json::Object intent,
                                     const std::function<Result<source::Step>()>& doing) {
  tools_.console.step(name);
  step_detail_ = {};
  if (journal_) {
    CHECK_OK(journal_->intent(name, std::move(intent)));
  }
  const auto result = doing();
  json::Object detail = std::exchange(step_detail_, {});
  const bool passed = result.ok() && *result == source::Step::passed;
  detail["result"] = !result.ok() ? "error" : (passed ? "passed" : "refused");
  if (!result.ok()) detail["error"] = result.error().message;
  const Checks news(checks_.begin() + static_cast<std::ptrdiff_t>(noted_), checks_.end());
  noted_ = checks_.size();
  if (!news.empty()) tools_.console.summarise_checks(name, news);
  if (journal_) {
    detail["checks"] = to_json(news);
    // After one that passed comes another step's intent, or the end's outcome.
    CHECK_OK(journal_->outcome(name, std::move(detail),
                               passed ? journal::Durable::with_the_next : journal::Durable::now));
  }
  return result;
}

Status Promotion::open_journal() {
  const Path folder = journal::release_folder(order_.state, policy().project.str(), order_.version.str());
  if (order_.dry_run) {
    const auto journal = journal::Journal::load(tools_.disk, tools_.clock, tools_.redactor, folder);
    if (!journal.ok()) return journal.error().code == Errc::not_found ? success() : Status(journal.error());
    recorded_ = journal::state_of(journal->entries());
    return success();
  }
  TRY(lock_, journal::ReleaseLock::take(tools_.disk, folder));
  TRY(journal_, journal::Journal::open(tools_.disk, tools_.clock, tools_.redactor, folder));
  if (!journal_->entries().empty()) {
    tools_.console.line(
        fmt::format("an earlier try is on record ({} entries): going on from what is true now",
                    journal_->entries().size()));
  }
  recorded_ = journal::state_of(journal_->entries());
  return success();
}

// ----- the way

Result<source::Step> Promotion::preflight() {
  TRY(const auto usable, record({journal::decide_not_blocked(recorded_)}));
  if (usable == source::Step::refused) {
    if (journal_) CHECK_OK(withdraw_on_index());
    return source::Step::refused;
  }
  const Checks addresses{client::decide_not_public("PRIVATE_INDEX_REPOSITORY_URL", settings_.upload.url),
                         client::decide_not_public("PRIVATE_INDEX_PIP_INDEX_URL", settings_.simple.url)};
  TRY(const auto private_index, record(addresses));
  if (private_index == source::Step::refused) return private_index;
  return source_.preflight(*this);
}

/// Whether this machine can try the release at all, the clients that it has, and the environments: looked at
/// and made while the forge is asked and the files are fetched. Nothing of the release is in them.
void Promotion::prepare_smoke() {
  environments_.emplace(settings_.smoke, smoke_tools());
  smoke::expect_smoke(settings_.smoke, *environments_);
  machine_ = std::async(std::launch::async, [this]() -> Result<std::vector<std::string>> {
    CHECK_OK(smoke::find_further_pythons(settings_.smoke, smoke_tools()));
    return smoke::find_clients(settings_.smoke, smoke_tools());
  });
}

Result<source::Step> Promotion::check_index() {
  TRY(served_, publisher().read_back(policy().project, order_.version));
  CHECK_OK(store_evidence({served_.evidence}));
  if (tools_.index.sends_to_public_index()) {
    tools_.console.warn(
        "this index sends readers on to the public index for projects that it lacks: anybody may put "
        "a file there under such a name. Switch the fallback off");
  }
  Checks checks = client::decide_unused(*candidate().manifest, served_);
  for (Check& each : source_.decide_index(served_, *this))
    checks.push_back(std::move(each));
  const auto standing = tools_.index.life().look(policy().project, order_.version);
  // A credential for uploads alone cannot read this; then the index itself refuses the upload.
  if (!standing.ok() && standing.error().code != Errc::unauthenticated) return standing.error();
  if (standing.ok() && *standing) {
    CHECK_OK(store_evidence({served_.evidence, (*standing)->evidence()}));
    checks.push_back(client::decide_not_withdrawn(**standing));
  }
  TRY(const auto unused, record(std::move(checks)));
  return unused == source::Step::refused ? unused : look_for_staging();
}

// What a run that was killed or found no index did not come to is done here too: the journal says what is
// missing, and the index what is so.
Status Promotion::withdraw_on_index() {
  const auto recorded = recorded_withdrawal(journal_->entries());
  if (!recorded || recorded->index != RecordedWithdrawal::Index::pending) return success();
  const WithdrawalRequest order{.project = policy().project,
                                .version = order_.version,
                                .mode = recorded->mode,
                                .reason = recorded->reason.substr(0, 1000),
                                .actor = order_.actor};
  const auto effect = withdraw(order, {*journal_, tools_.index.life(), tools_.clock, tools_.console});
  if (effect.ok() && *effect == IndexEffect::absent) return success();
  if (effect.ok() && *effect == IndexEffect::done) {
    tools_.console.line(
        fmt::format("{} is {} on the index too", release_name(), client::state_after(order.mode)));
    return success();
  }
  tools_.console.warn(fmt::format(
      "{} is withdrawn in this machine's journal alone, and NOT on the index: {}. Have it blocked, "
      "yanked or removed there by hand",
      release_name(), effect.ok() ? "this index has no such ability" : effect.error().message));
  return success();
}

/// Before a plan is made, so that it tells what would be done.
Result<source::Step> Promotion::look_for_staging() {
  // Only a session carries a label: where the index has them, a release with one goes that way.
  if (settings_.staging == Staging::off && !source_.label()) return source::Step::passed;
  TRY(can_stage_, stager().is_possible());
  step_detail_["staging"] = can_stage_;
  if (settings_.staging != Staging::required) return source::Step::passed;
  CheckBuilder exam;
  exam.on({"index"}).require(
      "index.staging", can_stage_, "an index with publishing sessions at " + tools_.sessions.root().str(),
      can_stage_ ? "it has them" : "none there",
      "use an index that stages, or allow legacy uploads with `staging = \"automatic\"`");
  return record(exam.take());
}

/// In the order in which they are to be uploaded.
std::vector<const client::ReleaseFile*> Promotion::missing() const {
  auto files = client::upload_order(candidate().files);
  std::erase_if(files, [&](const client::ReleaseFile* file) {
    return std::ranges::find(served_.files, file->filename, &client::ServedFile::filename) !=
           served_.files.end();
  });
  return files;
}

const Path& Promotion::path_of(std::string_view filename) const {
  return std::ranges::find(candidate().files, filename, &client::ReleaseFile::filename)->path;
}

journal::Plan Promotion::found() const {
  journal::Plan plan = source_.plan();
  plan.project = policy().project.str();
  plan.version = order_.version.str();
  plan.repository = policy().repository;
  plan.settings_sha256 = digest_of(settings_).hex();
  plan.upload_url = settings_.upload.url.str();
  plan.simple_url = settings_.simple.url.str();
  plan.made = to_iso8601(tools_.clock.now());
  for (const client::ServedFile& file : served_.files)
    plan.index_files.push_back({file.filename, file.sha256.hex()});
  std::ranges::sort(plan.index_files);
  return plan;
}

Result<source::Step> Promotion::check_plan() {
  return record(
      journal::decide_plan(*source_.approved_plan(), *found_, journal::sent_files(journal_->entries())));
}

Result<source::Step> Promotion::stage() {
  auto opened = stager().open(policy().project, order_.version, source_.label());
  const bool refused = !opened.ok() && opened.error().code == Errc::forbidden;
  if (refused && settings_.staging != Staging::required && !source_.label()) {
    tools_.console.warn(
        "this credential may not stage on this index, so every file is public once it is uploaded: have "
        "it given the permissions `stage` and `publish`");
    step_detail_["staged"] = false;
    return source::Step::passed;
  }
  if (!opened.ok()) return std::move(opened).error();
  tools_.learn(client::session_secret(*opened));
  session_ = *std::move(opened);
  label_kept_ = session_->label == source_.label();
  const auto note = [this](std::string_view phase, std::vector<json::Object> details) {
    return journal_->append("upload", phase, std::move(details));
  };
  const auto files = missing();
  arrivals_.emplace(files);
  expect_clients();
  begin_trial();
  TRY(auto checks, stager().fill(*session_, files, note, *arrivals_));
  TRY(const auto filled, record(std::move(checks)));
  return filled;
}

// Nothing is left to publish of what is released and served: looking at it once more is nobody's decision.
bool Promotion::wants_approvals() const {
  if (source_.approvals().required == 0 && order_.approvals.empty()) return false;
  const bool all_served = served_.files.size() == candidate().manifest->entries().size();
  return recorded_.kind != journal::ReleaseState::Kind::released || !all_served;
}

// Used up as the outcome of this step: a promotion that is killed after it goes on with the same ones.
Result<source::Step> Promotion::check_approvals() {
  const source::ApprovalNeed need = source_.approvals();
  const journal::ApprovalSubject subject{.project = policy().project,
                                         .version = order_.version,
                                         .manifest = candidate().manifest->digest(),
                                         .purpose = need.purpose};
  const journal::ApprovalQuestion question{.policy = policy().approvals,
                                           .subject = subject,
                                           .required = need.required,
                                           .self = need.self,
                                           .spent = journal::spent_nonces(journal_->entries()),
                                           .now = tools_.clock.now()};
  step_detail_["approvals"] = to_json(order_.approvals);
  step_detail_["manifest_sha256"] = subject.manifest.hex();
  return record(journal::decide_approvals(question, order_.approvals));
}

Result<source::Step> Promotion::publish() {
  if (session_) {
    TRY(auto checks, stager().publish(*session_, missing()));
    return record(std::move(checks));
  }
  const auto note = [this](std::string_view phase, json::Object detail) {
    return journal_->append("upload", phase, {std::move(detail)});
  };
  TRY(auto checks, publisher().publish(policy().project, order_.version, candidate().files, served_, note));
  return record(std::move(checks));
}

Result<source::Step> Promotion::confirm() {
  CHECK_OK(publisher().wait_for(policy().project, order_.version, *candidate().manifest));
  TRY(served_, publisher().read_back(policy().project, order_.version));
  return judge_served();
}

/// What was staged is asked for by its public address: by us, and at the same time by what colleagues use.
Result<source::Step> Promotion::confirm_with_clients() {
  CHECK_OK(publisher().wait_for(policy().project, order_.version, *candidate().manifest));
  Reading reading(publisher(), policy().project, order_.version);
  // Hundreds of megabytes that nobody needs any more: what is confirmed comes from the index.
  const auto cleaning = std::async(std::launch::async, [this] { work_.reset(); });
  TRY(const auto asked, ask_clients());
  TRY(served_, reading.get());
  TRY(const auto served, judge_served());
  return served == source::Step::refused ? served : asked;
}

Result<source::Step> Promotion::judge_served() {
  CHECK_OK(store_evidence({served_.evidence}));
  Checks checks = client::decide_served(*candidate().manifest, served_);
  if (source_.label()) {
    TRY(auto label, confirm_label());
    checks.push_back(std::move(label));
  }
  return record(std::move(checks));
}

/// As everybody reads it: on the index's page. An index of another make keeps none.
Result<Check> Promotion::confirm_label() {
  TRY(const auto page, tools_.index.page(policy().project));
  std::int64_t labelled = 0;
  std::int64_t files = 0;
  for (const client::PageFile& file : page) {
    if (client::version_in_filename(policy().project, file.filename) != order_.version) continue;
    ++files;
    if (file.label == source_.label()) ++labelled;
  }
  const auto standing = tools_.index.life().look(policy().project, order_.version);
  const bool ours = label_kept_ || labelled > 0 || (standing.ok() && *standing);
  if (!ours) {
    tools_.console.warn(
        fmt::format("this index keeps no labels: that {} is {} stands in this machine's journal "
                    "and history, and in this summary, alone",
                    release_name(), *source_.label()));
  }
  step_detail_["label"] = *source_.label();
  step_detail_["label_kept_by"] = ours ? "index" : "journal";
  CheckBuilder exam;
  exam.on({"index"}).require(
      "index.label", !ours || labelled == files, "every file called " + *source_.label(),
      ours ? fmt::format("{} of {}", labelled, files) : "an index that keeps no labels",
      "tell the index's owner: a release that nobody's CI stands for is offered without "
      "saying so",
      RefusalKind::conflict);
  return exam.take().front();
}

smoke::SmokeInput Promotion::smoke_input() const {
  return {
      .project = policy().project,
      .version = order_.version,
      .manifest = *candidate().manifest,
      .index = settings_.simple,
      .stage = session_ ? std::optional{session_->stage} : std::nullopt,
      .hosts = {},
      .wheel = [this](const dist::ManifestEntry& entry) -> Result<Path> { return path_of(entry.filename); }};
}

Result<smoke::SmokeResult> Promotion::try_stage(const Path& log, client::IndexClient& there,
                                                const smoke::SmokeTools& tools) {
  smoke::SmokeInput input = smoke_input();
  input.hosts = [&](const auto& filenames) -> Result<std::set<std::string>> {
    CHECK_OK(arrivals_->wait_for(filenames, tools.stop));
    TRY(const auto links, publisher(there).links(policy().project, order_.version));
    return smoke::serving_hosts(links, settings_.simple);
  };
  input.complete = [&] { return arrivals_->wait_for_all(tools.stop); };
  return smoke::run_smoke(settings_.smoke, input, log, tools, *environments_);
}

/// The files for this machine are staged first, and pip gets them while the others are staged. Nothing of the
/// release runs before all of it is there, and nothing is decided: that is the next step's. Not begun where
/// there is one connection for all.
void Promotion::begin_trial() {
  const std::shared_ptr<client::IndexClient> there = tools_.index.another_at(stage_address());
  if (!there) return;
  const Path log = smoke::smoke_log_path(journal_->folder(), tools_.clock.now());
  arrivals_->hold();
  trial_.emplace(smoke_tools(), [this, there, log](const smoke::SmokeTools& tools) {
    const client::UploadQueue::ResumeAtEnd others(*arrivals_);  // where it wants none
    return try_stage(log, *there, tools);
  });
}

void Promotion::keep_smoke(smoke::SmokeResult result) {
  smoke_ = std::move(result);
  step_detail_["log"] = smoke_->log.filename().string();
  step_detail_["python"] = smoke_->python;
  step_detail_["pip"] = smoke_->pip;
}

Result<source::Step> Promotion::judge_smoke() {
  checks_.insert(checks_.end(), smoke_->checks.begin(), smoke_->checks.end());
  return smoke_->passed() ? Result<source::Step>{source::Step::passed} : fail_smoke();
}

Result<source::Step> Promotion::smoke() {
  TRY(const auto links, publisher().links(policy().project, order_.version));
  smoke::SmokeInput input = smoke_input();
  input.hosts = [&](const auto& /*filenames*/) { return smoke::serving_hosts(links, settings_.simple); };
  const Path log = smoke::smoke_log_path(journal_->folder(), tools_.clock.now());
  TRY(auto result, smoke::run_smoke(settings_.smoke, input, log, smoke_tools(), *environments_));
  keep_smoke(std::move(result));
  return judge_smoke();
}

/// What the stage serves is what will be published: all of it is read as pip reads it, while the files for
/// this machine are tried. pip takes none but the promoted bytes, so nothing else is tried.
Result<source::Step> Promotion::smoke_stage() {
  auto there = tools_.index.at(stage_address());
  if (!trial_) {
    const Path log = smoke::smoke_log_path(journal_->folder(), tools_.clock.now());
    TRY(auto result, try_stage(log, there, smoke_tools()));
    keep_smoke(std::move(result));
  }
  Reading reading(publisher(there), policy().project, order_.version);
  if (trial_) {
    TRY(auto result, trial_->get());
    keep_smoke(std::move(result));
  }
  TRY(const auto staged, reading.get());
  TRY(const auto served, record(client::decide_served(*candidate().manifest, staged)));
  return served == source::Step::refused ? served : judge_smoke();
}

/// Where nothing is staged the smoke check's pip asks for the release by its public address.
void Promotion::expect_clients() {
  if (!session_) std::erase(clients_, "pip");
  if (!clients_.empty()) environments_->expect(settings_.smoke.pythons.front());
}

/// What colleagues install with, where they install from.
Result<source::Step> Promotion::ask_clients() {
  step_detail_["clients"] = json::Array(clients_.begin(), clients_.end());
  if (clients_.empty()) return source::Step::passed;
  const Path log = smoke::smoke_log_path(journal_->folder(), tools_.clock.now(), "clients");
  step_detail_["log"] = log.filename().string();
  const smoke::PublicRelease release{policy().project, order_.version, *candidate().manifest,
                                     settings_.simple};
  TRY(auto checks,
      smoke::fetch_with_clients(settings_.smoke, release, clients_, log, smoke_tools(), *environments_));
  checks_.insert(checks_.end(), checks.begin(), checks.end());
  return all_passed(checks) ? source::Step::passed : source::Step::refused;
}

Result<source::Step> Promotion::fail_smoke() {
  step_detail_["state"] = "blocked";
  if (session_) {
    CHECK_OK(stager().cancel(*session_));
    tools_.console.line(
        fmt::format("{} is BLOCKED: its smoke check failed. Nobody saw it: the session was canceled. Release "
                    "a higher version. Log: {}",
                    release_name(), smoke_->log.string()));
    return source::Step::refused;
  }
  tools_.console.line(fmt::format(
      "{} is BLOCKED: its smoke check failed after it was exposed. Stop the rollout, and release a "
      "higher version. Never overwrite it. Log: {}",
      release_name(), smoke_->log.string()));
  return source::Step::refused;
}

void Promotion::describe_plan() {
  tools_.console.line(fmt::format("dry run: nothing was uploaded. It would release {} to {}:", release_name(),
                                  settings_.upload.url.str()));
  for (const client::ReleaseFile* file : client::upload_order(candidate().files)) {
    const bool there = std::ranges::find(served_.files, file->filename, &client::ServedFile::filename) !=
                       served_.files.end();
    tools_.console.line(fmt::format("  {} {}  {}  sha256:{}", there ? "keep  " : "upload", file->filename,
                                    human_size(file->size), file->sha256.hex()));
  }
  tools_.console.line(can_stage_ && !missing().empty()
                          ? "staged where nobody sees them, published at once when the smoke check has passed"
                          : "then read them back, and run the smoke check");
  if (const auto required = source_.approvals().required; required > 0) {
    tools_.console.line(fmt::format("it takes {} approval{} of manifest sha256:{}", required,
                                    required == 1 ? "" : "s", candidate().manifest->digest().hex()));
  }
}

Result<source::Step> Promotion::take_all(const json::Object& intent, std::initializer_list<Named> steps) {
  for (const auto& [name, doing] : steps) {
    TRY(const auto step, take(name, intent, doing));
    if (step == source::Step::refused) return step;
  }
  return source::Step::passed;
}

Result<source::Step> Promotion::release(const json::Object& intent) {
  if (can_stage_ && !missing().empty()) {
    TRY(const auto staged, take("stage", intent, &Promotion::stage));
    if (staged == source::Step::refused) return staged;
  }
  const Named publish{"publish", &Promotion::publish};
  if (session_) {
    return take_all(
        intent, {{"smoke", &Promotion::smoke_stage}, publish, {"confirm", &Promotion::confirm_with_clients}});
  }
  expect_clients();
  tools_.console.line(
      "nothing is staged: a file is public once it is uploaded, and the smoke check follows exposure");
  return take_all(intent, {publish,
                           {"confirm", &Promotion::confirm},
                           {"smoke", &Promotion::smoke},
                           {"clients", &Promotion::ask_clients}});
}

/// All that comes before anything is sent.
Result<source::Step> Promotion::examine(const json::Object& intent) {
  if (journal_) prepare_smoke();
  TRY(const auto usable, take("preflight", intent, &Promotion::preflight));
  if (usable == source::Step::refused) return usable;
  for (const auto& [name, doing] : source_.steps()) {
    TRY(const auto step, take(name, intent, [&, this] { return doing(*this); }));
    if (step == source::Step::refused) return step;
  }
  return take("index", intent, &Promotion::check_index);
}

Result<PromoteOutcome::Kind> Promotion::go() {
  using Kind = PromoteOutcome::Kind;
  CHECK_OK(open_journal());
  TRY(work_, TemporaryFolder::make("packhouse-promote-"));
  json::Object intent{{"project", policy().project.str()},
                      {"version", order_.version.str()},
                      {"repository", policy().repository},
                      {"policy_sha256", source::digest_of(policy()).hex()},
                      {"actor", order_.actor}};
  for (const auto& [name, value] : source_.journal_fields())
    intent[name] = value;
  TRY(const auto examined, examine(intent));
  if (examined == source::Step::refused) return Kind::refused;
  found_ = found();
  if (source_.approved_plan()) {
    TRY(const auto step, take("plan", intent, &Promotion::check_plan));
    if (step == source::Step::refused) return Kind::refused;
  }
  if (order_.dry_run) {
    describe_plan();
    return Kind::would_release;
  }
  CHECK_OK(source_.on_plan(*found_, *this));
  if (wants_approvals()) {
    TRY(const auto step, take("approvals", intent, &Promotion::check_approvals));
    if (step == source::Step::refused) return Kind::refused;
  }
  // Before anything is sent: a machine that cannot try the release must not expose it.
  TRY(clients_, machine_.get());
  CHECK_OK(environments_->look());
  TRY(const auto released, release(intent));
  CHECK_OK(withdraw_on_index());
  if (released == source::Step::refused) return Kind::refused;
  json::Object outcome = source_.journal_fields();
  outcome["result"] = "released";
  outcome["manifest_sha256"] = candidate().manifest->digest().hex();
  if (source_.label()) outcome["label"] = *source_.label();
  CHECK_OK(journal_->outcome("release", std::move(outcome)));
  return Kind::released;
}

json::Object Promotion::document(std::string_view outcome) const {
  json::Object object{{"outcome", outcome},
                      {"project", policy().project.str()},
                      {"version", order_.version.str()},
                      {"repository", policy().repository},
                      {"dry_run", order_.dry_run},
                      {"index", settings_.upload.url.str()},
                      {"smoke_follows_exposure", !session_.has_value()},
                      {"checks", to_json(checks_)}};
  source_.add_to_report(object);
  if (source_.label()) object["label"] = *source_.label();
  if (candidate().manifest) {
    object["manifest"] = journal::to_json(*candidate().manifest);
    object["manifest_sha256"] = candidate().manifest->digest().hex();
  }
  if (journal_) object["journal"] = (journal_->folder() / "journal.jsonl").string();
  if (smoke_) object["smoke_log"] = smoke_->log.string();
  return object;
}

PromoteOutcome Promotion::run() {
  using Kind = PromoteOutcome::Kind;
  auto kind = go();
  PromoteOutcome outcome{.kind = kind.ok() ? *kind : Kind::failed,
                         .checks = checks_,
                         .error = {},
                         .document = {},
                         .plan = found_};
  constexpr std::array words{"released", "would-release", "refused", "error"};
  outcome.document = document(words.at(static_cast<std::size_t>(outcome.kind)));
  return console::ended(std::move(outcome), std::move(kind));
}

}  // namespace

PromoteOutcome release_from(source::ReleaseSource& source, const DeskSettings& settings,
                            const ReleaseRequest& order, DeskTools& tools) {
  return Promotion(source, settings, order, tools).run();
}

PromoteOutcome promote(const DeskSettings& settings, const source::PromoteRequest& request, DeskTools tools) {
  source::CiRunSource source(settings.source, request, tools.source());
  const ReleaseRequest order{.version = request.version,
                             .dry_run = request.dry_run,
                             .state = request.state,
                             .actor = request.actor,
                             .approvals = request.approvals};
  return release_from(source, settings, order, tools);
}

}  // namespace packhouse::desk
