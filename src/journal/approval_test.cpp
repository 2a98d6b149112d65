#include "journal/approval.hpp"

#include <gmock/gmock.h>

#include <functional>

#include "base/text.hpp"

namespace packhouse::journal {
namespace {

using std::chrono::hours;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

const Timestamp now{std::chrono::seconds(1'800'000'000)};

class ApprovalTest : public ::testing::Test {
 protected:
  ApprovalTest() {
    policy.required = 2;
    policy.owners = {{"ada", public_key_line(ada)}, {"grace", public_key_line(grace)}};
  }

  Approval from(const SigningKey& key, hours validity = hours(8)) {
    return approve(policy, subject, key, validity, now).value();
  }
  Checks decide(const std::vector<Approval>& approvals, std::set<std::string> spent = {},
                Timestamp at = now + hours(1)) {
    return decide_approvals({policy, subject, policy.required, self, std::move(spent), at}, approvals);
  }
  std::vector<std::string> refused(const std::vector<Approval>& approvals) {
    return refused_ids(decide(approvals));
  }

  SigningKey ada = SigningKey::generate();
  SigningKey grace = SigningKey::generate();
  ApprovalPolicy policy;
  ApprovalSubject subject{.project = "demo",
                          .version = "1.0",
                          .manifest = Sha256::of("the files"),
                          .index = "https://index.example/legacy/",
                          .repository = "acme/demo",
                          .run = 7,
                          .commit = "c0ffee"};
  std::set<std::string> self = {"promoter"};
};

/// One for each member.
std::vector<std::function<void(ApprovalSubject&)>> changes_of_the_subject() {
  return {[](ApprovalSubject& it) { it.purpose = "delete"; },
          [](ApprovalSubject& it) { it.project = "other"; },
          [](ApprovalSubject& it) { it.version = "1.1"; },
          [](ApprovalSubject& it) { it.manifest = Sha256::of("other files"); },
          [](ApprovalSubject& it) { it.index = "https://index.example/test/legacy/"; },
          [](ApprovalSubject& it) { it.repository = "mallory/demo"; },
          [](ApprovalSubject& it) { it.run = 8; },
          [](ApprovalSubject& it) { it.commit = "decade"; }};
}

TEST_F(ApprovalTest, two_owners_are_enough) {
  EXPECT_THAT(refused({from(ada), from(grace)}), IsEmpty());
}

TEST_F(ApprovalTest, opens_one_door_and_no_other) {
  const auto promotes = from(ada);
  subject.purpose = recovery_purpose;
  const auto recovers = from(grace);
  EXPECT_THAT(refused({promotes, recovers}), ElementsAre("approval.subject"));
  EXPECT_THAT(refused({from(ada), recovers}), IsEmpty());
  subject.purpose = promotion_purpose;
  EXPECT_THAT(refused({promotes, recovers}), ElementsAre("approval.subject"));
}

TEST_F(ApprovalTest, whoever_built_the_files_cannot_approve_of_them) {
  self = {"promoter", "Grace"};
  EXPECT_THAT(refused({from(ada), from(grace)}), ElementsAre("approval.not-self"));
}

TEST_F(ApprovalTest, survives_its_file_byte_for_byte) {
  const Approval approval = from(ada);
  const Approval again = read_approvals(write_approval(approval)).value().at(0);
  EXPECT_EQ(write_approval(again), write_approval(approval));
  EXPECT_THAT(refused({again, from(grace)}), IsEmpty());
}

TEST_F(ApprovalTest, the_journal_keeps_each_that_was_used) {
  const std::vector approvals{from(ada), from(grace)};
  const json::Array kept = to_json(approvals);
  ASSERT_EQ(kept.size(), 2U);
  for (std::size_t i = 0; i < kept.size(); ++i)
    EXPECT_EQ(json::canonical(kept[i].as_object()) + "\n", write_approval(approvals[i]));
}

TEST_F(ApprovalTest, several_stand_in_one_text) {
  const std::string one = write_approval(from(ada));
  const std::string two = write_approval(from(grace));
  for (const std::string& text :
       {one + two, one.substr(0, one.size() - 1) + " " + two, "\n" + one + "\n\n" + two})
    EXPECT_THAT(refused(read_approvals(text).value()), IsEmpty());
  EXPECT_THAT(read_approvals(" \n").value(), IsEmpty());
  EXPECT_EQ(read_approvals(one + "{}").error().code, Errc::invalid_input);
}

TEST_F(ApprovalTest, one_owner_twice_is_one_owner) {
  const auto checks = decide({from(ada), from(ada)});
  EXPECT_THAT(refused_ids(checks), ElementsAre("approval.enough"));
  EXPECT_EQ(worst_refusal(checks), RefusalKind::approval);
}

TEST_F(ApprovalTest, none_is_not_enough) {
  EXPECT_THAT(refused({}), ElementsAre("approval.enough"));
}

TEST_F(ApprovalTest, whoever_acts_approves_of_nothing_in_any_spelling) {
  self = {"ADA"};
  EXPECT_THAT(refused({from(ada), from(grace)}), ElementsAre("approval.not-self"));
}

TEST_F(ApprovalTest, every_member_is_signed) {
  const auto changed = [&](const auto& change) {
    Approval approval = from(ada);
    change(approval);
    return refused({approval, from(grace)});
  };
  for (const auto& change : changes_of_the_subject()) {
    EXPECT_THAT(changed([&](Approval& approval) { change(approval.subject); }),
                UnorderedElementsAre("approval.signature", "approval.subject"));
  }
  EXPECT_THAT(changed([](Approval& a) { a.owner = "grace"; }),
              UnorderedElementsAre("approval.signature", "approval.enough"));
  EXPECT_THAT(changed([](Approval& a) { a.made -= hours(1); }), ElementsAre("approval.signature"));
  EXPECT_THAT(changed([](Approval& a) { a.expires += hours(1); }), ElementsAre("approval.signature"));
  EXPECT_THAT(changed([](Approval& a) { a.nonce[0] = a.nonce[0] == '0' ? '1' : '0'; }),
              ElementsAre("approval.signature"));
  EXPECT_THAT(changed([](Approval& a) { a.signature[5] ^= 1; }), ElementsAre("approval.signature"));
}

TEST_F(ApprovalTest, of_another_release_it_says_nothing) {
  const ApprovalSubject approved = subject;
  const std::vector approvals{from(ada), from(grace)};
  for (const auto& change : changes_of_the_subject()) {
    subject = approved;
    change(subject);
    EXPECT_THAT(refused(approvals), ElementsAre("approval.subject", "approval.subject"));
  }
}

TEST_F(ApprovalTest, ends_with_its_time) {
  const std::vector<Approval> approvals{from(ada, hours(2)), from(grace)};
  EXPECT_THAT(refused_ids(decide(approvals, {}, now + hours(2) - std::chrono::seconds(1))), IsEmpty());
  EXPECT_THAT(refused_ids(decide(approvals, {}, now + hours(2))), ElementsAre("approval.current"));
  EXPECT_THAT(refused_ids(decide(approvals, {}, now - hours(1))),
              ElementsAre("approval.current", "approval.current"));
}

TEST_F(ApprovalTest, of_a_longer_time_than_the_policy_allows_now_it_is_refused) {
  const Approval approval = from(ada, hours(24));
  policy.max_validity = hours(8);
  EXPECT_THAT(refused({approval, from(grace)}), ElementsAre("approval.current"));
  EXPECT_EQ(approve(policy, subject, ada, hours(9), now).error().code, Errc::invalid_input);
}

TEST_F(ApprovalTest, is_good_once) {
  const Approval used = from(ada);
  EXPECT_THAT(refused_ids(decide({used, from(grace)}, {used.nonce})), ElementsAre("approval.unused"));
}

TEST_F(ApprovalTest, of_somebody_who_is_no_owner_any_more_it_is_refused) {
  const Approval approval = from(ada);
  policy.owners.erase("ada");
  EXPECT_THAT(refused({approval, from(grace)}), UnorderedElementsAre("approval.owner", "approval.signature"));
}

TEST_F(ApprovalTest, a_key_that_nobody_lists_signs_nothing) {
  const auto made = approve(policy, subject, SigningKey::generate(), hours(8), now);
  EXPECT_EQ(made.error().code, Errc::not_found);
  EXPECT_THAT(made.error().hint, ::testing::HasSubstr("MCowBQYDK2VwAyEA"));
}

TEST_F(ApprovalTest, what_is_not_exactly_one_is_none) {
  const std::string text = write_approval(from(ada));
  for (const std::string& broken :
       {std::string("{}"), std::string("[]"), std::string("no"), text.substr(0, text.size() - 3),
        replace_all(text, "packhouse-approval/2", "packhouse-approval/1"),
        replace_all(text, "{\"", "{\"extra\":1,\""), replace_all(text, "\"owner\"", "\"boss\"")}) {
    EXPECT_EQ(read_approvals(broken).error().code, Errc::invalid_input) << broken;
  }
}

TEST_F(ApprovalTest, a_public_line_is_that_of_an_ed25519_key) {
  const std::string line = public_key_line(ada);
  EXPECT_EQ(public_key_pem(line).value(), ada.public_pem());
  for (const std::string& broken : {std::string(), line.substr(1), line + "\n", "x" + line.substr(1),
                                    std::string("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5")})
    EXPECT_EQ(public_key_pem(broken).error().code, Errc::invalid_input) << broken;
}

// ----- what the journal says was used

JournalEntry entry(std::string_view step, json::Object detail, std::string_view phase = "outcome") {
  return {.seq = 1,
          .time = {},
          .step = std::string(step),
          .phase = std::string(phase),
          .detail = std::move(detail),
          .hash = {}};
}

json::Object used(std::string_view nonce) {
  return {{"result", "passed"}, {"approvals", json::Array{json::Object{{"nonce", nonce}}}}};
}

TEST(SpentNonces, a_promotion_that_was_killed_goes_on_with_its_approvals) {
  EXPECT_THAT(spent_nonces({entry("approvals", used("a")), entry("publish", {}, "intent")}), IsEmpty());
}

TEST(SpentNonces, a_promotion_that_ended_used_them_up) {
  const json::Object blocked{{"result", "refused"}, {"state", "blocked"}};
  EXPECT_THAT(spent_nonces({entry("approvals", used("a")), entry("release", {})}), Contains("a"));
  EXPECT_THAT(spent_nonces({entry("approvals", used("a")), entry("smoke", blocked)}), Contains("a"));
  EXPECT_THAT(
      spent_nonces({entry("approvals", used("a")), entry("unblock", {}), entry("approvals", used("b"))}),
      UnorderedElementsAre("a"));
}

TEST(SpentNonces, what_was_refused_is_not_used_up) {
  json::Object refused = used("a");
  refused["result"] = "refused";
  EXPECT_THAT(spent_nonces({entry("approvals", refused), entry("release", {})}), IsEmpty());
}

}  // namespace
}  // namespace packhouse::journal
