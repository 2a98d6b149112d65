#include "desk/promotion/promote.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "desk/testing/world.hpp"
#include "dist/testing/builders.hpp"
#include "journal/release_state.hpp"
#include "source/testing/scripted_forge.hpp"

namespace packhouse::desk {
namespace {

using source::testing::ScriptedForge;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using Kind = PromoteOutcome::Kind;

const std::string name = "nanonis_qcodes_controller";
const std::string wheel_name = name + "-1.4.0-py3-none-any.whl";
const std::string sdist_name = name + "-1.4.0.tar.gz";

/// A desk whose forge, index and programs are in memory; only the disk is real.
class PromoteTest : public ::testing::Test, protected testing::World {
 protected:
  PromoteTest() : World("nanonis-qcodes-controller") {
    auto builder = dist::testing::WheelBuilder(name, "1.4.0");
    wheel = builder.add_info("entry_points.txt", "[console_scripts]\nnqctl = nanonis:main\n").bytes();
    sdist = dist::testing::SdistBuilder(name, "1.4.0").bytes();
    const std::string archive =
        dist::testing::artifact_zip({{wheel_name, wheel}, {sdist_name, sdist}}).bytes();
    forge = std::make_unique<ScriptedForge>(source::testing::evidence_for(archive), archive);
    pip.wheels[wheel_name] = wheel;
    processes.when({"nqctl", "capabilities"}, exited(0, "{}\n"));
    settings.smoke.commands = {{.words = {"nqctl", "capabilities"}}};
  }

  PromoteOutcome promote(bool dry_run = false) {
    client::IndexClient client(index, settings.upload, settings.simple);
    client::SessionClient sessions(index,
                                   {.url = client::session_root(settings.upload.url), .auth = std::nullopt});
    const source::PromoteRequest request{
        .run = source::RunId::parse(std::to_string(source::testing::run_number)).value(),
        .version = Version::parse("1.4.0").value(),
        .dry_run = dry_run,
        .state = state.path(),
        .actor = "tester",
        .plan = std::nullopt,
        .approvals = approvals};
    return desk::promote(settings, request,
                         {*forge, client, sessions, faulty, processes, clock, console, redactor, "/usr/bin",
                          [](const Secret&) {}});
  }
  Path release_path() const { return World::release_path("1.4.0"); }
  journal::Journal journal() { return World::journal("1.4.0"); }
  std::vector<std::string> record() { return World::record("1.4.0"); }
  void expect_released() {
    const auto outcome = promote();
    EXPECT_EQ(outcome.kind, Kind::released) << (outcome.error ? outcome.error->message : "");
    EXPECT_EQ(index.files.at(wheel_name), wheel);
    EXPECT_EQ(index.files.at(sdist_name), sdist);
    EXPECT_EQ(index.files.size(), 2U);
  }
  /// Refused by that check, and nothing was sent.
  void expect_refused(std::string_view id) {
    const auto outcome = promote();
    EXPECT_EQ(outcome.kind, Kind::refused) << (outcome.error ? outcome.error->message : "");
    EXPECT_THAT(refused_ids(outcome.checks), Contains(std::string(id)));
    EXPECT_THAT(index.uploads, IsEmpty());
    EXPECT_THAT(index.files, IsEmpty());
    // The preparation of the smoke check installs nothing.
    for (const Command& each : processes.commands())
      EXPECT_THAT(each.arguments, Not(Contains("install")));
  }

  std::vector<journal::Approval> approvals;
  std::unique_ptr<ScriptedForge> forge;
  std::string wheel;
  std::string sdist;
  DeskSettings settings{.source = {.policy = source::testing::good_policy()},
                        .smoke = {},
                        .upload = address(client::testing::index_upload_url),
                        .simple = address(client::testing::index_simple_url)};
};

TEST_F(PromoteTest, releases_what_the_run_built_and_records_each_step) {
  expect_released();
  EXPECT_THAT(index.uploads, ElementsAre(sdist_name, wheel_name));
  EXPECT_THAT(record(), ElementsAre("preflight intent", "preflight outcome", "fetch intent", "fetch outcome",
                                    "verify intent", "verify outcome", "index intent", "index outcome",
                                    "publish intent", "upload intent", "upload outcome", "upload intent",
                                    "upload outcome", "publish outcome", "confirm intent", "confirm outcome",
                                    "smoke intent", "smoke outcome", "clients intent", "clients outcome",
                                    "release outcome"));
}

TEST_F(PromoteTest, says_that_smoke_follows_exposure) {
  expect_released();
  EXPECT_THAT(shown, HasSubstr("the smoke check follows exposure"));
}

TEST_F(PromoteTest, keeps_the_evidence_that_its_journal_names) {
  expect_released();
  const journal::Journal written = journal();
  const auto& evidence = written.entries().at(1).detail.at("evidence").as_object();
  const std::string digest(evidence.at("run").as_string());
  EXPECT_TRUE(disk->size(release_path() / "evidence" / (digest + ".json")).ok());
  EXPECT_EQ(written.promoted().value()->entries().size(), 2U);
}

TEST_F(PromoteTest, a_dry_run_changes_nothing_and_shows_the_plan) {
  const auto outcome = promote(true);
  EXPECT_EQ(outcome.kind, Kind::would_release);
  EXPECT_THAT(index.uploads, IsEmpty());
  EXPECT_THAT(processes.commands(), IsEmpty());
  EXPECT_THAT(disk->list(state.path()).value(), IsEmpty());
  EXPECT_THAT(shown, HasSubstr("upload " + sdist_name));
  EXPECT_EQ(outcome.document.at("outcome").as_string(), "would-release");
}

TEST_F(PromoteTest, the_document_holds_every_check_and_the_manifest) {
  const auto outcome = promote();
  EXPECT_EQ(outcome.document.at("outcome").as_string(), "released");
  EXPECT_EQ(outcome.document.at("manifest").as_array().size(), 2U);
  EXPECT_EQ(outcome.document.at("checks").as_array().size(), outcome.checks.size());
  EXPECT_GT(outcome.checks.size(), 40U);
}

// ----- refusals: nothing is sent

TEST_F(PromoteTest, refuses_before_a_byte_is_downloaded) {
  forge->evidence.latest.event = forge->evidence.attempt.event = std::string("pull_request");
  expect_refused("run.event");
  EXPECT_THAT(forge->calls, Not(Contains("download")));
}

TEST_F(PromoteTest, refuses_a_rerun_during_the_download) {
  forge->reads_until_rerun = 1;
  expect_refused("run.unchanged");
}

TEST_F(PromoteTest, refuses_changed_bytes) {
  forge->archive += "x";
  expect_refused("artifact.digest");
}

TEST_F(PromoteTest, refuses_a_public_index_before_the_forge_is_asked) {
  settings.upload = address("https://upload.pypi" + std::string(".org/legacy/"));
  expect_refused("index.not-public");
  EXPECT_THAT(forge->calls, IsEmpty());
}

TEST_F(PromoteTest, refuses_plain_http_to_another_machine_before_the_forge_is_asked) {
  settings.upload = address("http://index.example/legacy/");
  expect_refused("index.encrypted");
  EXPECT_THAT(forge->calls, IsEmpty());
}

TEST_F(PromoteTest, refuses_a_version_that_holds_other_bytes) {
  index.files[sdist_name] = "other bytes";
  const auto outcome = promote();
  EXPECT_THAT(refused_ids(outcome.checks), ElementsAre("index.version-unused"));
  EXPECT_EQ(worst_refusal(outcome.checks), RefusalKind::conflict);
  EXPECT_THAT(index.uploads, IsEmpty());
  EXPECT_EQ(index.files.at(sdist_name), "other bytes");
}

TEST_F(PromoteTest, refuses_without_the_attestations_that_the_policy_requires) {
  settings.source.policy.attestations.mode = source::AttestationPolicy::Mode::require;
  expect_refused("attestation.verified");
}

TEST_F(PromoteTest, stages_for_ever_where_it_has_staged) {
  index.can_stage = true;
  ASSERT_EQ(promote().kind, Kind::released);
  index.can_stage = false;
  index.files.clear();
  index.uploads.clear();
  const auto outcome = promote();
  EXPECT_EQ(outcome.kind, Kind::refused);
  EXPECT_THAT(refused_ids(outcome.checks), Contains("index.staging"));
  EXPECT_THAT(index.uploads, IsEmpty());
  EXPECT_THAT(shown, HasSubstr("none there, where this machine has staged before"));
  settings.staging = Staging::off;
  expect_released();
}

TEST_F(PromoteTest, blocks_a_release_to_which_another_added_a_file) {
  index.packhouse = true;
  const std::string foreign = name + "-1.4.0-1-py3-none-any.whl";
  index.before = [&](const http::ClientRequest&) -> Status {
    if (index.uploads.size() == 2) index.files[foreign] = "not of this release";
    return success();
  };
  const auto outcome = promote();
  EXPECT_EQ(outcome.kind, Kind::refused);
  EXPECT_THAT(refused_ids(outcome.checks), Contains("index.serves-release"));
  EXPECT_EQ(index.blocked.count("1.4.0"), 1U);
  EXPECT_EQ(journal::state_of(journal().entries()).kind, journal::ReleaseState::Kind::blocked);
  EXPECT_THAT(shown,
              HasSubstr("is BLOCKED: the index serves files under this version that were not examined"));
}

TEST_F(PromoteTest, reads_an_index_that_differs_again_before_it_blocks) {
  index.packhouse = true;
  int spoiled = 0;
  index.before = [&](const http::ClientRequest& request) -> Status {
    const bool download = request.method == http::Method::get && request.url.ends_with(wheel_name);
    if (index.uploads.size() == 2) index.files[wheel_name] = download && spoiled++ == 0 ? "spoiled" : wheel;
    return success();
  };
  EXPECT_EQ(promote().kind, Kind::released);
  EXPECT_GT(spoiled, 1);
  EXPECT_THAT(index.blocked, IsEmpty());
  EXPECT_THAT(shown, HasSubstr("the index serves other files than were examined; reading it again"));
}

TEST_F(PromoteTest, a_failed_smoke_check_blocks_the_release_and_says_so) {
  processes.when({"nqctl", "capabilities"}, exited(1, "boom\n"));
  const auto outcome = promote();
  EXPECT_EQ(outcome.kind, Kind::refused);
  EXPECT_EQ(worst_refusal(outcome.checks), RefusalKind::smoke);
  EXPECT_THAT(shown, HasSubstr("nanonis-qcodes-controller 1.4.0 is BLOCKED"));
  const journal::Journal written = journal();
  const journal::ReleaseState recorded = journal::state_of(written.entries());
  EXPECT_EQ(recorded.kind, journal::ReleaseState::Kind::blocked);
  EXPECT_EQ(recorded.step, "smoke");
  EXPECT_THAT(shown, HasSubstr("and NOT on the index: this index has no such ability"));
}

TEST_F(PromoteTest, a_failed_smoke_check_blocks_the_release_on_the_index_too) {
  index.packhouse = true;
  processes.when({"nqctl", "capabilities"}, exited(1, "boom\n"));
  EXPECT_EQ(promote().kind, Kind::refused);
  EXPECT_EQ(index.blocked.at("1.4.0"), "smoke.command");
  EXPECT_THAT(index.changes, ElementsAre("block 1.4.0"));
}

TEST_F(PromoteTest, a_staged_release_that_fails_is_blocked_on_the_index_for_every_machine) {
  index.packhouse = true;
  index.can_stage = true;
  processes.when({"nqctl", "capabilities"}, exited(1, "boom\n"));
  EXPECT_EQ(worst_refusal(promote().checks), RefusalKind::smoke);
  EXPECT_EQ(index.blocked.at("1.4.0"), "its smoke check failed: smoke.command");
  EXPECT_THAT(index.changes, IsEmpty()) << "the session's end says it, which takes no further permission";
  EXPECT_THAT(index.sessions.sessions(), ElementsAre("1.4.0 canceled"));
  EXPECT_THAT(shown, HasSubstr("the index blocks the version for every machine"));
  EXPECT_THAT(shown, HasSubstr("`packhouse unblock 1.4.0 --reason WHY`"));
  EXPECT_THAT(shown, ::testing::Not(HasSubstr("NOT on the index")));
  // On a machine that knows nothing of it, where the check would pass now.
  state = TemporaryFolder::make().value();
  processes.when({"nqctl", "capabilities"}, exited(0, "{}\n"));
  EXPECT_THAT(refused_ids(promote().checks), ElementsAre("index.not-withdrawn"));
  // Nor with a credential that may not read the index's states.
  index.packhouse = false;
  EXPECT_THAT(refused_ids(promote().checks), ElementsAre("index.stage"));
  EXPECT_THAT(index.files, IsEmpty());
}

TEST_F(PromoteTest, an_index_that_keeps_no_verdicts_loses_the_session) {
  index.can_stage = true;
  index.sessions.keeps_verdicts = false;
  processes.when({"nqctl", "capabilities"}, exited(1, "boom\n"));
  EXPECT_EQ(worst_refusal(promote().checks), RefusalKind::smoke);
  EXPECT_THAT(index.blocked, IsEmpty());
  EXPECT_THAT(index.sessions.sessions(), ElementsAre("1.4.0 canceled"));
  EXPECT_EQ(journal::state_of(journal().entries()).kind, journal::ReleaseState::Kind::blocked);
}

TEST_F(PromoteTest, a_verdict_whose_answer_is_lost_is_given_once) {
  index.packhouse = true;
  index.can_stage = true;
  processes.when({"nqctl", "capabilities"}, exited(1, "boom\n"));
  bool lost = false;
  client::testing::MemoryIndex* given = &index;
  index.before = [&lost, given](const http::ClientRequest& request) -> Status {
    if (lost || !request.url.ends_with("/refuse")) return success();
    lost = true;
    EXPECT_TRUE(given->send(request).ok());
    return Error{Errc::unavailable, "the answer was lost"};
  };
  EXPECT_EQ(worst_refusal(promote().checks), RefusalKind::smoke);
  EXPECT_TRUE(lost);
  EXPECT_THAT(shown, HasSubstr("the index blocks the version for every machine"));
}

TEST_F(PromoteTest, a_dependency_that_is_missing_burns_no_version) {
  index.packhouse = true;
  index.can_stage = true;
  processes.when({"pip", "install", "--dry-run"},
                 exited(1, "ERROR: No matching distribution found for numpy\n"));
  const auto outcome = promote();
  EXPECT_EQ(outcome.kind, Kind::refused);
  EXPECT_EQ(worst_refusal(outcome.checks), RefusalKind::missing);
  EXPECT_THAT(index.blocked, IsEmpty());
  EXPECT_THAT(index.sessions.sessions(), ElementsAre("1.4.0 open"));
  EXPECT_THAT(shown, HasSubstr("1.4.0 is not blocked: smoke.resolve failed for what the release needs"));
  EXPECT_THAT(shown, ::testing::Not(HasSubstr("BLOCKED")));
  EXPECT_EQ(journal::state_of(journal().entries()).kind, journal::ReleaseState::Kind::refused);
}

TEST_F(PromoteTest, a_released_version_whose_dependency_is_missing_is_not_withdrawn) {
  index.packhouse = true;
  processes.when({"pip", "install", "--dry-run"},
                 exited(1, "ERROR: No matching distribution found for numpy\n"));
  EXPECT_EQ(worst_refusal(promote().checks), RefusalKind::missing);
  EXPECT_THAT(index.blocked, IsEmpty());
  EXPECT_THAT(shown, HasSubstr("It is public, and untried"));
}

TEST_F(PromoteTest, retries_a_block_that_the_index_missed) {
  index.packhouse = true;
  processes.when({"nqctl", "capabilities"}, exited(1, "boom\n"));
  index.before = [](const http::ClientRequest& request) -> Status {
    if (request.url.ends_with("/block")) return Error{Errc::unavailable, "no network"};
    return success();
  };
  EXPECT_EQ(worst_refusal(promote().checks), RefusalKind::smoke);
  EXPECT_THAT(index.blocked, IsEmpty());
  index.before = nullptr;
  EXPECT_THAT(refused_ids(promote().checks), ElementsAre("release.not-blocked"));
  EXPECT_EQ(index.blocked.at("1.4.0"), "smoke.command");
}

TEST_F(PromoteTest, refuses_a_version_that_the_index_blocks_for_any_machine) {
  index.packhouse = true;
  index.files[sdist_name] = sdist;
  index.blocked["1.4.0"] = "it held a password";
  const auto outcome = promote();
  EXPECT_THAT(refused_ids(outcome.checks), ElementsAre("index.not-withdrawn"));
  EXPECT_EQ(worst_refusal(outcome.checks), RefusalKind::conflict);
  EXPECT_THAT(index.uploads, IsEmpty());
}

TEST_F(PromoteTest, an_upload_that_the_index_blocks_is_a_refusal_not_an_error) {
  index.blocked["1.4.0"] = "it held a password";
  const auto outcome = promote();
  EXPECT_THAT(refused_ids(outcome.checks), ElementsAre("index.upload"));
  EXPECT_THAT(index.files, IsEmpty());
}

TEST_F(PromoteTest, dry_run_refuses_a_blocked_version) {
  processes.when({"nqctl", "capabilities"}, exited(1, "boom\n"));
  EXPECT_EQ(promote().kind, Kind::refused);
  EXPECT_THAT(refused_ids(promote(true).checks), ElementsAre("release.not-blocked"));
}

TEST_F(PromoteTest, refuses_a_blocked_release_without_any_request) {
  processes.when({"nqctl", "capabilities"}, exited(1, "boom\n"));
  EXPECT_EQ(promote().kind, Kind::refused);
  const auto calls = forge->calls;
  const auto reads = index.reads;
  processes.when({"nqctl", "capabilities"}, exited(0, "{}\n"));
  const auto outcome = promote();
  EXPECT_EQ(outcome.kind, Kind::refused);
  EXPECT_THAT(refused_ids(outcome.checks), ElementsAre("release.not-blocked"));
  EXPECT_EQ(forge->calls, calls);
  EXPECT_EQ(index.reads, reads);
}

TEST_F(PromoteTest, resumes_after_an_owner_lifted_the_block) {
  processes.when({"nqctl", "capabilities"}, exited(1, "boom\n"));
  EXPECT_EQ(promote().kind, Kind::refused);
  journal::Journal written = journal();
  ASSERT_TRUE(journal::unblock(written, "owner", "the index was away").ok());
  processes.when({"nqctl", "capabilities"}, exited(0, "{}\n"));
  expect_released();
  EXPECT_EQ(index.uploads.size(), 2U);
}

TEST_F(PromoteTest, sends_nothing_where_the_addresses_are_of_two_indexes) {
  index.upload_identity = "one";
  index.simple_identity = "two";
  const auto outcome = promote();
  EXPECT_THAT(refused_ids(outcome.checks), ElementsAre("index.same"));
  EXPECT_THAT(index.uploads, IsEmpty());
  index.simple_identity = "one";
  expect_released();
}

// ----- approvals

class ApprovedPromoteTest : public PromoteTest {
 protected:
  ApprovedPromoteTest() {
    settings.source.policy.approvals = {.required = 1, .owners = {{"ada", journal::public_key_line(key)}}};
  }
  journal::Approval approval() {
    const auto subject = journal::subject_of(promote(true).plan.value());
    return journal::approve(settings.source.policy.approvals, subject, key, std::chrono::hours(1),
                            clock.now())
        .value();
  }
  SigningKey key = SigningKey::generate();
};

TEST_F(ApprovedPromoteTest, refuses_without_the_approvals_that_the_policy_asks_for) {
  const auto outcome = promote();
  EXPECT_THAT(refused_ids(outcome.checks), ElementsAre("approval.enough"));
  EXPECT_EQ(worst_refusal(outcome.checks), RefusalKind::approval);
  EXPECT_THAT(index.uploads, IsEmpty());
  EXPECT_EQ(promote(true).kind, Kind::would_release);
  EXPECT_THAT(shown, HasSubstr("it takes 1 approval of manifest sha256:"));
}

TEST_F(ApprovedPromoteTest, an_approved_release_is_published_and_its_approval_is_on_record) {
  approvals = {approval()};
  expect_released();
  EXPECT_THAT(journal::spent_nonces(journal().entries()), ElementsAre(approvals[0].nonce));
  approvals = {};
  expect_released();  // nothing is left to approve
}

TEST_F(ApprovedPromoteTest, a_killed_promotion_resumes_with_its_approval) {
  approvals = {approval()};
  index.before = [](const http::ClientRequest& request) -> Status {
    if (request.method == http::Method::post) return Error{Errc::unavailable, "no network"};
    return success();
  };
  EXPECT_EQ(promote().kind, Kind::failed);
  index.before = nullptr;
  expect_released();
}

TEST_F(ApprovedPromoteTest, a_blocked_release_uses_up_its_approval) {
  approvals = {approval()};
  processes.when({"nqctl", "capabilities"}, exited(1, "boom\n"));
  EXPECT_EQ(promote().kind, Kind::refused);
  journal::Journal written = journal();
  ASSERT_TRUE(journal::unblock(written, "owner", "the index was away").ok());
  processes.when({"nqctl", "capabilities"}, exited(0, "{}\n"));
  EXPECT_THAT(refused_ids(promote().checks), ElementsAre("approval.unused"));
  approvals = {approval()};
  expect_released();
}

TEST_F(ApprovedPromoteTest, an_approval_that_the_index_saw_opens_nothing_from_a_new_machine) {
  index.can_stage = true;
  approvals = {approval()};
  expect_released();
  EXPECT_THAT(index.sessions.spent(), ElementsAre(approvals[0].nonce));
  index.files.clear();
  state = TemporaryFolder::make().value();
  EXPECT_THAT(refused_ids(promote().checks), ElementsAre("index.publish"));
  EXPECT_THAT(index.files, IsEmpty());
}

// ----- resuming

TEST_F(PromoteTest, a_second_run_uploads_nothing_and_ends_the_same) {
  expect_released();
  expect_released();
  EXPECT_EQ(index.uploads.size(), 2U);
}

TEST_F(PromoteTest, resumes_after_an_upload_whose_answer_was_lost) {
  index.next_uploads = {{true, Error{Errc::unavailable, "timed out"}}};
  expect_released();
  EXPECT_EQ(index.uploads.size(), 2U);
}

TEST_F(PromoteTest, uploads_only_what_an_earlier_try_did_not) {
  index.files[sdist_name] = sdist;
  expect_released();
  EXPECT_THAT(index.uploads, ElementsAre(wheel_name));
}

TEST_F(PromoteTest, resumes_after_any_failed_call_of_the_forge) {
  const std::vector<std::string> calls{"repository", "run",     "workflow",  "attempt",  "jobs",    "branch",
                                       "tag",        "compare", "artifacts", "artifact", "download"};
  for (const std::string& failing : calls) {
    forge->before = [&](std::string_view call) -> Status {
      if (call == failing) return Error{Errc::unavailable, failing + " failed"};
      return success();
    };
    const auto outcome = promote();
    EXPECT_EQ(outcome.kind, Kind::failed) << failing;
    EXPECT_EQ(outcome.error->code, Errc::unavailable);
    EXPECT_THAT(index.uploads, IsEmpty()) << failing;
  }
  forge->before = nullptr;
  expect_released();
}

TEST_F(PromoteTest, resumes_after_any_failed_call_of_the_index) {
  for (int failing = 1; failing < 20; ++failing) {
    int count = 0;
    // From that call on nothing is answered, as when a runner loses its network.
    index.before = [&](const http::ClientRequest&) -> Status {
      if (++count >= failing) return Error{Errc::unavailable, "no network"};
      return success();
    };
    const auto outcome = promote();
    if (outcome.kind == Kind::released) break;
    EXPECT_EQ(outcome.error->code, Errc::unavailable) << failing;
    for (const auto& [filename, bytes] : index.files)
      EXPECT_EQ(bytes, filename == wheel_name ? wheel : sdist);
  }
  index.before = nullptr;
  expect_released();
  EXPECT_THAT(index.uploads, ElementsAre(sdist_name, wheel_name));  // each was sent once in all these tries
}

TEST_F(PromoteTest, resumes_after_any_failed_call_of_the_disk) {
  std::uint64_t failing = 1;
  for (;; ++failing) {
    faulty.fail_from(failing);
    const auto outcome = promote();
    const bool enough = faulty.calls() < failing;
    faulty.recover();
    if (enough) break;
    ASSERT_NE(outcome.kind, Kind::released) << failing;
    for (const auto& [filename, bytes] : index.files)
      ASSERT_EQ(bytes, filename == wheel_name ? wheel : sdist) << failing;
    ASSERT_TRUE(journal::Journal::open(*disk, clock, redactor, release_path()).ok()) << failing;
    // A fresh index each time, so that every step is failed in its turn.
    expect_released();
    index.files.clear();
    index.uploads.clear();
    std::filesystem::remove_all(release_path());
  }
  EXPECT_GT(failing, 50U);
}

TEST_F(PromoteTest, no_upload_without_its_intent_on_disk) {
  std::vector<std::string> intents;
  index.before = [&](const http::ClientRequest& request) -> Status {
    if (request.method != http::Method::post) return success();
    const journal::Journal written = journal();
    EXPECT_EQ(written.entries().back().step, "upload");
    EXPECT_EQ(written.entries().back().phase, "intent");
    intents.emplace_back(written.entries().back().detail.at("filename").as_string());
    return success();
  };
  expect_released();
  EXPECT_THAT(intents, ElementsAre(sdist_name, wheel_name));
}

TEST_F(PromoteTest, a_concurrent_promotion_is_a_conflict) {
  const auto lock = journal::ReleaseLock::take(*disk, release_path());
  ASSERT_TRUE(lock.ok());
  EXPECT_EQ(promote().error->code, Errc::conflict);
}

TEST_F(PromoteTest, a_journal_that_was_changed_stops_everything) {
  expect_released();
  const Path path = release_path() / "journal.jsonl";
  std::string text = disk->read(path, 1U << 20U).value();
  text.replace(text.find("passed"), 6, "PASSED");
  ASSERT_TRUE(disk->remove(path).ok());
  ASSERT_TRUE(disk->create(path).value()->write(text).ok());
  index.uploads.clear();
  EXPECT_EQ(promote().error->code, Errc::conflict);
  EXPECT_THAT(index.uploads, IsEmpty());
}

}  // namespace
}  // namespace packhouse::desk
