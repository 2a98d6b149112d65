#include "oidc/token_mint.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "auth/credential.hpp"
#include "base/text.hpp"
#include "oidc/publisher_service.hpp"
#include "oidc/testing/issuer.hpp"
#include "store/sqlite/open.hpp"
#include "store/testing/scratch_folder.hpp"

namespace packhouse::oidc {
namespace {

constexpr std::int64_t second = 1'763'000'000;
const Actor console{.kind = "console", .id = "test", .address = {}};

class TokenMintTest : public ::testing::Test {
 protected:
  TokenMintTest() {
    for (const auto* index : {"main", "prod"}) {
      const LedgerNote made{
          .actor = console, .action = "index.create", .subject = index, .reason = {}, .detail = {}};
      EXPECT_TRUE(store_->catalog().ensure_index(index, made, clock_.now()).ok());
    }
  }

  Publisher add(std::string_view project, const PublisherConditions& conditions,
                std::string_view permissions = "stage", std::string_view index = "main") {
    const auto request =
        PublisherRequest::parse(index, project, "github", github_.name(), conditions, permissions);
    EXPECT_TRUE(request.ok()) << request.error().message;
    auto added = service_.add(*request, console);
    EXPECT_TRUE(added.ok()) << added.error().message;
    return *added;
  }

  json::Object claims() {
    auto made = github_claims(second);
    made["jti"] = "run-" + std::to_string(++tokens_);
    return made;
  }

  std::string sign(const json::Object& claims) { return github_.key().sign(claims); }

  /// The code of the refusal, or "minted".
  std::string exchange(const std::string& identity) {
    const auto minted = mint_.mint(identity, "192.0.2.7");
    if (minted) {
      last_ = minted->secret;
      return "minted";
    }
    description_ = minted.error().description;
    return minted.error().code;
  }

  bool may(Permission permission, std::string_view project, std::string_view index = "main") {
    const auto caller =
        authenticator_.authenticate("Basic " + to_base64("__token__:" + last_.reveal()), clock_.now());
    return caller && (*caller)->may(permission, {.index = index, .project = project});
  }

  std::vector<LedgerEntry> ledger() {
    auto entries = store_->ledger().entries(0, 100);
    EXPECT_TRUE(entries.ok());
    return *entries;
  }

  const PublisherConditions nqctl_{.repository = "lab/nqctl",
                                   .workflow = ".github/workflows/publish-private.yml"};
  testing::ScratchFolder folder_;
  std::unique_ptr<MetadataStore> store_ = *open_sqlite_store((folder_.path() / "packhouse.db").native());
  ManualClock clock_{Timestamp{std::chrono::seconds{second}}};
  TestIssuer github_{"https://token.actions.githubusercontent.com"};
  auth::Authenticator authenticator_;
  PublisherService service_{store_->publishers(), store_->access(), clock_, authenticator_};
  TokenMint mint_{
      "packages.example.org",
      {{.kind = IssuerKind::github, .name = github_.name(), .make_client = github_.make_client()}},
      store_->publishers(),
      store_->access(),
      clock_,
      authenticator_};
  Secret last_;
  std::string description_;
  int tokens_ = 0;
};

TEST_F(TokenMintTest, gives_a_run_a_token_of_its_publisher) {
  add("nqctl", nqctl_, "read,stage");
  ASSERT_EQ(exchange(sign(claims())), "minted") << description_;
  EXPECT_TRUE(may(Permission::stage, "nqctl"));
  EXPECT_TRUE(may(Permission::read, "nqctl"));
  EXPECT_FALSE(may(Permission::publish, "nqctl")) << "its publisher may not";
  EXPECT_FALSE(may(Permission::stage, "other"));
  EXPECT_FALSE(may(Permission::stage, "nqctl", "prod"));
  EXPECT_FALSE(may(Permission::stage, "")) << "it is bound to projects";
}

TEST_F(TokenMintTest, ends_a_token_after_fifteen_minutes) {
  add("nqctl", nqctl_);
  ASSERT_EQ(exchange(sign(claims())), "minted");
  clock_.sleep(TokenMint::life - std::chrono::seconds{1});
  EXPECT_TRUE(may(Permission::stage, "nqctl"));
  clock_.sleep(std::chrono::seconds{1});
  EXPECT_FALSE(may(Permission::stage, "nqctl"));
}

TEST_F(TokenMintTest, gives_a_run_of_several_projects_one_token) {
  add("nqctl", nqctl_, "stage,publish");
  add("nqlib", nqctl_, "stage", "prod");
  ASSERT_EQ(exchange(sign(claims())), "minted");
  EXPECT_TRUE(may(Permission::publish, "nqctl"));
  EXPECT_TRUE(may(Permission::stage, "nqlib", "prod"));
  EXPECT_FALSE(may(Permission::publish, "nqlib", "prod")) << "what one publisher may the other need not";
  EXPECT_FALSE(may(Permission::stage, "nqctl", "prod"));
}

TEST_F(TokenMintTest, lets_a_run_read_the_index_where_its_publisher_may) {
  auto request = *PublisherRequest::parse("main", "nqctl", "github", github_.name(), nqctl_, "stage");
  request.reads_index = true;
  ASSERT_TRUE(service_.add(request, console).ok());
  ASSERT_EQ(exchange(sign(claims())), "minted");
  EXPECT_TRUE(may(Permission::read, "base-lib"));
  EXPECT_TRUE(may(Permission::read, "")) << "the list of projects";
  EXPECT_FALSE(may(Permission::read, "base-lib", "prod"));
  EXPECT_FALSE(may(Permission::stage, "base-lib"));
}

TEST_F(TokenMintTest, takes_an_identity_token_once) {
  add("nqctl", nqctl_);
  const auto identity = sign(claims());
  EXPECT_EQ(exchange(identity), "minted");
  EXPECT_EQ(exchange(identity), "invalid-reuse-token");
  EXPECT_EQ(description_, "this identity token was exchanged before");
  clock_.sleep(std::chrono::seconds{329});
  EXPECT_EQ(exchange(identity), "invalid-reuse-token") << "for as long as it is valid";
  clock_.sleep(std::chrono::seconds{1});
  EXPECT_EQ(exchange(identity), "invalid-token") << "and no longer";
}

TEST_F(TokenMintTest, takes_an_identity_token_once_of_several_servers_too) {
  add("nqctl", nqctl_);
  const auto other_store = *open_sqlite_store((folder_.path() / "packhouse.db").native());
  TokenMint other{
      "packages.example.org",
      {{.kind = IssuerKind::github, .name = github_.name(), .make_client = github_.make_client()}},
      other_store->publishers(),
      other_store->access(),
      clock_,
      authenticator_};
  for (int round = 0; round < 5; ++round) {
    const auto identity = sign(claims());
    bool one = false;
    bool two = false;
    {
      const std::jthread here{[&] { one = mint_.mint(identity, "192.0.2.1").has_value(); }};
      const std::jthread there{[&] { two = other.mint(identity, "192.0.2.2").has_value(); }};
    }
    EXPECT_NE(one, two) << "one of them is given a token";
  }
}

TEST_F(TokenMintTest, gives_nothing_for_a_token_that_was_refused_first) {
  const auto identity = sign(claims());
  EXPECT_EQ(exchange(identity), "invalid-publisher");
  add("nqctl", nqctl_);
  EXPECT_EQ(exchange(identity), "minted") << "a refusal uses up nothing";
}

TEST_F(TokenMintTest, binds_a_publisher_to_the_repository_of_its_first_run) {
  add("nqctl", nqctl_);
  ASSERT_EQ(exchange(sign(claims())), "minted");
  EXPECT_EQ(service_.list("main", "nqctl")->front().conditions.repository_id, "71234567");
  auto made_anew = claims();
  made_anew["repository_id"] = "99";
  EXPECT_EQ(exchange(sign(made_anew)), "invalid-publisher");
  EXPECT_NE(description_.find(R"(expected "71234567" at repository_id, found "99")"), std::string::npos);
  auto other_owner = claims();
  other_owner["repository_owner_id"] = "99";
  EXPECT_EQ(exchange(sign(other_owner)), "invalid-publisher");
}

TEST_F(TokenMintTest, refuses_tokens_of_no_believed_issuer) {
  add("nqctl", nqctl_);
  auto foreign = claims();
  foreign["iss"] = "https://issuer.evil.example";
  EXPECT_EQ(exchange(sign(foreign)), "invalid-payload");
  foreign.erase("iss");
  EXPECT_EQ(exchange(sign(foreign)), "invalid-payload");
  EXPECT_EQ(github_.requests(), 0) << "no address that a caller names is asked";
  EXPECT_EQ(exchange("nonsense"), "invalid-payload");
}

TEST_F(TokenMintTest, refuses_forged_and_stale_tokens) {
  add("nqctl", nqctl_);
  EXPECT_EQ(exchange(Signer{"RS256"}.sign(claims())), "invalid-token") << "of another key";
  EXPECT_EQ(exchange(unsigned_token({{"alg", "none"}, {"kid", "key-1"}}, claims())), "invalid-token");
  auto of_another = claims();
  of_another["aud"] = "pypi";
  EXPECT_EQ(exchange(sign(of_another)), "invalid-token");
  auto expired = claims();
  expired["exp"] = second - 31;
  EXPECT_EQ(exchange(sign(expired)), "invalid-token");
  auto early = claims();
  early["nbf"] = second + 31;
  EXPECT_EQ(exchange(sign(early)), "invalid-token");
}

TEST_F(TokenMintTest, tells_strangers_nothing_of_a_publisher) {
  add("nqctl", nqctl_);
  auto stranger = claims();
  stranger["repository"] = "evil/repo";
  stranger["job_workflow_ref"] = "evil/repo/.github/workflows/publish-private.yml@refs/heads/main";
  EXPECT_EQ(exchange(sign(stranger)), "invalid-publisher");
  EXPECT_EQ(description_, "no project has a publisher for run 42, attempt 1, of evil/repo");
}

TEST_F(TokenMintTest, tells_an_issuer_that_is_away_from_a_token_that_is_bad) {
  add("nqctl", nqctl_);
  github_.go_away(true);
  const auto refused = mint_.mint(sign(claims()), "192.0.2.7");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "issuer-unavailable");
  EXPECT_EQ(refused.error().status, 503);
}

TEST_F(TokenMintTest, ends_the_tokens_of_a_publisher_with_it) {
  const auto publisher = add("nqctl", nqctl_);
  ASSERT_EQ(exchange(sign(claims())), "minted");
  const auto live = last_;
  ASSERT_TRUE(service_.remove("main", "nqctl", publisher.id, "it moved", console).ok());
  EXPECT_FALSE(may(Permission::stage, "nqctl"));
  EXPECT_EQ(exchange(sign(claims())), "invalid-publisher");
}

TEST_F(TokenMintTest, keeps_who_published_in_the_ledger) {
  add("nqctl", nqctl_, "read,stage");
  ASSERT_EQ(exchange(sign(claims())), "minted");
  const auto entry = ledger().back();
  EXPECT_EQ(entry.note.action, "token.mint");
  EXPECT_EQ(entry.note.actor.kind, "run");
  EXPECT_EQ(entry.note.actor.id, "run 42, attempt 1, of lab/nqctl");
  EXPECT_EQ(entry.note.actor.address, "192.0.2.7");
  EXPECT_EQ(entry.note.subject, "token/" + auth::hash_of(last_).hex().substr(0, 16));
  const auto claims = json::get_object(entry.note.detail, "claims");
  ASSERT_TRUE(claims.ok());
  EXPECT_EQ(json::get_string(*claims, "commit"), "0123456789abcdef0123456789abcdef01234567");
  EXPECT_EQ(json::dump(entry.note.detail).find(last_.reveal()), std::string::npos);
}

TEST_F(TokenMintTest, forgets_what_has_ended) {
  add("nqctl", nqctl_);
  ASSERT_EQ(exchange(sign(claims())), "minted");
  EXPECT_EQ(store_->access().tokens()->size(), 1U);
  clock_.sleep(std::chrono::hours{25});
  auto later = github_claims(second + std::chrono::seconds{std::chrono::hours{25}}.count());
  ASSERT_EQ(exchange(sign(later)), "minted");
  EXPECT_EQ(store_->access().tokens()->size(), 1U) << "the one that ended a day ago is gone";
}

TEST_F(TokenMintTest, survives_claims_that_no_terminal_should_see) {
  PublisherConditions conditions{.claims = {{"sub", "pipeline\x1b[2J"}}};
  EXPECT_FALSE(
      PublisherRequest::parse("main", "nqctl", "other", "https://ci.example.org", conditions, "stage").ok());
  add("nqctl", nqctl_);
  auto odd = claims();
  odd["run_id"] = "42\x1b[2J";
  ASSERT_EQ(exchange(sign(odd)), "minted");
  EXPECT_EQ(store_->access().tokens()->front().label.find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace packhouse::oidc
