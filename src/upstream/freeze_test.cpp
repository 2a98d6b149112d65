#include "upstream/freeze.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "base/json.hpp"
#include "store/sqlite/open.hpp"
#include "store/testing/scratch_folder.hpp"
#include "upstream/page.hpp"

namespace packhouse::upstream {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class FreezeIndexTest : public ::testing::Test {
 protected:
  FreezeIndexTest() {
    EXPECT_TRUE(store_->catalog().ensure_index("main", note(), now_).ok());
    upload("1.0");
    fetch("flask", "flask-3.0-py3-none-any.whl");
    offer("flask", {"flask-3.0-py3-none-any.whl", "flask-3.1-py3-none-any.whl"});
  }

  static LedgerNote note() {
    return {.actor = {.kind = "system", .id = "test", .address = {}},
            .action = "test",
            .subject = "main",
            .reason = {},
            .detail = {}};
  }
  void upload(std::string_view version) {
    const NewFile file{.file = {.id = 0,
                                .release = *ReleaseName::parse("demo", version),
                                .filename = fmt::format("demo-{}.tar.gz", version),
                                .kind = FileKind::sdist,
                                .sha256 = Sha256::of(version),
                                .blake2b_256 = std::string(64, 'b'),
                                .size = 5,
                                .requires_python = ">=3.9",
                                .metadata_sha256 = {},
                                .uploaded = now_,
                                .yanked = {}}};
    ASSERT_TRUE(store_->files().add("main", file, [](const File&) { return note(); }, {}).ok());
  }
  void fetch(std::string_view project, std::string_view filename) {
    const UpstreamFile file{.project = std::string(project),
                            .filename = std::string(filename),
                            .sha256 = Sha256::of(filename),
                            .size = 7,
                            .metadata_sha256 = {},
                            .url = fmt::format("https://files.example/{}", filename),
                            .fetched = now_};
    ASSERT_TRUE(store_->upstreams().put_file("main", file).ok());
  }
  void offer(std::string_view project, const std::vector<std::string>& filenames) {
    RemotePage page{.project = std::string(project), .state = {}, .files = {}};
    for (const auto& filename : filenames) {
      page.files.push_back({.filename = filename,
                            .version = "3.0",
                            .sha256 = Sha256::of(filename),
                            .size = {},
                            .uploaded = {},
                            .requires_python = {},
                            .yanked = {},
                            .metadata_sha256 = Sha256::of("metadata that is not stored"),
                            .provenance = {},
                            .url = "https://files.example/x"});
    }
    const UpstreamPage stored{.upstream = upstream_,
                              .document = json::dump(page.to_json()),
                              .etag = {},
                              .last_modified = {},
                              .read = now_};
    ASSERT_TRUE(store_->upstreams().put_page("main", project, stored).ok());
  }
  Result<Freeze> freeze(std::optional<std::vector<NamedPolicy>> policies = {}, const NameSet& reserved = {}) {
    return freeze_index(
        *store_, reserved,
        {.index = "main", .reason = "May", .actor = note().actor, .policies = std::move(policies)}, now_);
  }
  std::vector<std::string> files_at(std::int64_t serial, std::string_view project) {
    const auto document = store_->freezes().page("main", serial, project);
    if (!document.ok() || !*document) return {"none"};
    std::vector<std::string> names;
    for (const auto& file : RemotePage::parse(json::parse(**document).value().get_object())->files)
      names.push_back(file.filename);
    return names;
  }

  const std::string upstream_ = "https://up.example/simple/";
  const Timestamp now_{std::chrono::seconds{1'800'000'000}};
  packhouse::testing::ScratchFolder folder_;
  std::unique_ptr<MetadataStore> store_ = *open_sqlite_store((folder_.path() / "packhouse.db").native());
};

TEST_F(FreezeIndexTest, keeps_own_projects_and_the_fetched_files_of_upstreams) {
  const auto frozen = freeze();
  ASSERT_TRUE(frozen.ok()) << frozen.error().message;
  EXPECT_EQ(frozen->projects, 2);
  EXPECT_EQ(frozen->files, 2);
  upload("2.0");
  ASSERT_TRUE(store_->files().remove("main", "demo-1.0.tar.gz", note(), now_).ok());
  ASSERT_TRUE(store_->upstreams().drop_page("main", "flask").ok());
  EXPECT_THAT(files_at(frozen->serial, "demo"), ElementsAre("demo-1.0.tar.gz"));
  EXPECT_THAT(files_at(frozen->serial, "flask"), ElementsAre("flask-3.0-py3-none-any.whl"));
  EXPECT_THAT(files_at(frozen->serial, "other"), ElementsAre("none"));
  EXPECT_TRUE(*store_->files().needs_blob(Sha256::of("1.0")));
}

TEST_F(FreezeIndexTest, leaves_out_what_is_not_offered) {
  const auto release = *ReleaseName::parse("demo", "1.0");
  ASSERT_TRUE(store_->release_states().block_release("main", release, "bad", note(), now_).ok());
  const auto frozen = freeze();
  EXPECT_THAT(files_at(frozen->serial, "demo"), IsEmpty()) << "its page is there: no client looks elsewhere";
}

TEST_F(FreezeIndexTest, leaves_out_an_upstream_that_the_policy_does_not_ask) {
  SourcePolicy policy;
  policy.deny = *NameSet::parse({"flask"});
  const auto frozen = freeze(std::vector<NamedPolicy>{{.upstream = upstream_, .policy = policy}});
  EXPECT_THAT(files_at(frozen->serial, "flask"), ElementsAre("none"));
}

TEST_F(FreezeIndexTest, leaves_out_what_an_upstream_has_of_a_private_name) {
  const auto frozen = freeze({}, *NameSet::parse({"flask"}));
  EXPECT_THAT(files_at(frozen->serial, "flask"), ElementsAre("none"));
}

TEST_F(FreezeIndexTest, names_no_metadata_whose_bytes_are_not_here) {
  const auto frozen = freeze();
  const auto document = *store_->freezes().page("main", frozen->serial, "flask");
  EXPECT_THAT(*document, ::testing::Not(::testing::HasSubstr("metadata-sha256")));
}

TEST_F(FreezeIndexTest, an_index_that_does_not_exist_is_not_found) {
  const auto refused =
      freeze_index(*store_, {}, {.index = "absent", .reason = {}, .actor = note().actor}, now_);
  EXPECT_EQ(refused.error().code, Errc::not_found);
}

}  // namespace
}  // namespace packhouse::upstream
