#include "oidc/publisher_service.hpp"

#include <gtest/gtest.h>

#include "store/sqlite/open.hpp"
#include "store/testing/scratch_folder.hpp"

namespace packhouse::oidc {
namespace {

const Actor console{.kind = "console", .id = "test", .address = {}};
const PublisherConditions nqctl{.repository = "lab/nqctl", .workflow = ".github/workflows/publish.yml"};

std::string refusal(std::string_view kind, std::string_view issuer, const PublisherConditions& conditions,
                    std::string_view permissions = "stage") {
  const auto request = PublisherRequest::parse("main", "nqctl", kind, issuer, conditions, permissions);
  if (request.ok()) return "taken";
  EXPECT_EQ(request.error().code, Errc::invalid_input);
  return request.error().message;
}

TEST(PublisherRequest, has_the_issuer_of_its_kind) {
  const auto request = PublisherRequest::parse("main", "NQ_ctl", "github", "", nqctl, "stage,publish");
  ASSERT_TRUE(request.ok());
  EXPECT_EQ(request->issuer, "https://token.actions.githubusercontent.com");
  EXPECT_EQ(request->project, "nq-ctl");
  EXPECT_EQ(refusal("forgejo", "", nqctl), "expected the address of the issuer, found nothing");
  EXPECT_EQ(refusal("forgejo", "https://forge.example.org/api/actions", nqctl), "taken");
}

TEST(PublisherRequest, is_one_workflow_of_one_repository) {
  EXPECT_NE(refusal("github", "", {.workflow = ".github/workflows/publish.yml"}), "taken");
  EXPECT_NE(refusal("github", "", {.repository = "nqctl", .workflow = "x.yml"}), "taken");
  EXPECT_NE(refusal("github", "", {.repository = "lab/nqctl"}), "taken");
  EXPECT_NE(refusal("github", "", {.repository = "lab/nqctl", .workflow = "x.yml@refs/heads/main"}), "taken");
  EXPECT_NE(refusal("other", "https://ci.example.org", {.claims = {{"branch", "main"}}}), "taken")
      << "without a subject any token of the issuer would do";
  EXPECT_NE(refusal("bamboo", "", nqctl), "taken");
}

TEST(PublisherRequest, names_an_issuer_as_its_tokens_do) {
  EXPECT_NE(refusal("gitlab", "https://gitlab.example.org/", nqctl), "taken");
  EXPECT_NE(refusal("gitlab", "https://u:p@gitlab.example.org", nqctl), "taken");
  EXPECT_NE(refusal("gitlab", "gitlab.example.org", nqctl), "taken");
}

TEST(PublisherRequest, administers_nothing) {
  EXPECT_EQ(refusal("github", "", nqctl, "stage,admin"), "expected permissions of releases, found admin");
  EXPECT_NE(refusal("github", "", nqctl, ""), "taken");
}

class PublisherServiceTest : public ::testing::Test {
 protected:
  PublisherServiceTest() {
    const LedgerNote made{
        .actor = console, .action = "index.create", .subject = "main", .reason = {}, .detail = {}};
    EXPECT_TRUE(store_->catalog().ensure_index("main", made, clock_.now()).ok());
  }

  testing::ScratchFolder folder_;
  std::unique_ptr<MetadataStore> store_ = *open_sqlite_store((folder_.path() / "packhouse.db").native());
  ManualClock clock_{Timestamp{std::chrono::seconds{1'763'000'000}}};
  auth::Authenticator authenticator_;
  PublisherService service_{store_->publishers(), store_->access(), clock_, authenticator_};
};

TEST_F(PublisherServiceTest, adds_lists_and_removes) {
  const auto request = *PublisherRequest::parse("main", "nqctl", "github", "", nqctl, "stage");
  const auto added = service_.add(request, console);
  ASSERT_TRUE(added.ok()) << added.error().message;
  const auto listed = service_.list("main", "");
  ASSERT_EQ(listed->size(), 1U);
  EXPECT_EQ(listed->front().conditions, nqctl);
  EXPECT_EQ(listed->front().permissions.str(), "stage");
  EXPECT_TRUE(service_.list("main", "other")->empty());
  ASSERT_TRUE(service_.remove("main", "nqctl", added->id, "moved", console).ok());
  EXPECT_TRUE(service_.list("main", "")->empty());
  const auto entries = *store_->ledger().entries(0, 10);
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_EQ(entries[1].note.action, "publisher.add");
  EXPECT_EQ(entries[2].note.action, "publisher.remove");
  EXPECT_EQ(entries[2].note.reason, "moved");
}

TEST_F(PublisherServiceTest, refuses_a_twin_and_what_is_not_there) {
  const auto request = *PublisherRequest::parse("main", "nqctl", "github", "", nqctl, "stage");
  const auto added = service_.add(request, console);
  ASSERT_TRUE(added.ok());
  const auto again = service_.add(request, console);
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().code, Errc::conflict);
  EXPECT_EQ(service_.remove("main", "other", added->id, "", console).error().code, Errc::not_found);
  EXPECT_EQ(service_.remove("main", "nqctl", 4711, "", console).error().code, Errc::not_found);
  const auto elsewhere = *PublisherRequest::parse("nowhere", "nqctl", "github", "", nqctl, "stage");
  EXPECT_EQ(service_.add(elsewhere, console).error().code, Errc::not_found);
}

}  // namespace
}  // namespace packhouse::oidc
