#include "upstream/upstreams.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>

#include <future>
#include <latch>
#include <sstream>
#include <thread>

#include "blob/fs/fs_blob_store.hpp"
#include "dist/testing/builders.hpp"
#include "store/sqlite/open.hpp"
#include "sys/file_system.hpp"
#include "sys/temporary_folder.hpp"
#include "upstream/testing/fake_peer.hpp"

namespace packhouse::upstream {
namespace {

using namespace upstream::testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const std::string first_root = "https://one.example/simple/";
const std::string second_root = "https://two.example/simple/";
const std::string wheel = "flask-3.0-py3-none-any.whl";
const std::string wheel_url = "https://files.example/" + wheel;
const std::string bytes = "the bytes of a wheel";

ProjectName named(std::string_view text) {
  return *ProjectName::parse(text);
}

std::string page_of(std::string_view filename, std::string_view content, std::string_view more = "") {
  return fmt::format(R"({{"meta":{{"api-version":"1.4"}},"name":"flask","files":[{{"filename":"{0}",)"
                     R"("url":"https://files.example/{0}","hashes":{{"sha256":"{1}"}},"size":{2}{3}}}]}})",
                     filename, Sha256::of(content).hex(), content.size(), more);
}

class UpstreamsTest : public ::testing::Test {
 protected:
  UpstreamsTest() {
    EXPECT_TRUE(store_->catalog().ensure_index("main", note(), clock_.now()).ok());
    restart();
  }

  static LedgerNote note() {
    return {.actor = {.kind = "system", .id = "test", .address = {}},
            .action = "test",
            .subject = "main",
            .reason = {},
            .detail = {}};
  }

  /// The same index with nothing in memory; with a second upstream where that is said, and a policy for the
  /// first.
  void restart(bool second = false, SourcePolicy policy = {}) {
    std::vector<std::unique_ptr<Source>> sources;
    sources.push_back(std::make_unique<Source>(
        SourceSettings{.url = *http::Url::parse(first_root), .policy = std::move(policy)}, peer_.maker()));
    if (second) {
      sources.push_back(
          std::make_unique<Source>(SourceSettings{.url = *http::Url::parse(second_root)}, peer_.maker()));
    }
    upstreams_ = std::make_unique<Upstreams>(
        UpstreamParts{.index = "main",
                      .store = *store_,
                      .blobs = *blobs_,
                      .clock = clock_,
                      .log = log_,
                      .policy = checks_,
                      .max_file_size = max_file_size_,
                      .changed = [this](std::string_view name) { changed_.emplace_back(name); }},
        *NameSet::parse({"reserved"}, {"acme"}), std::move(sources));
  }

  void offer(const http::ClientResponse& response) { peer_.answer(first_root + "flask/", response); }
  void offer_flask() {
    offer(page_answer(page_of(wheel, bytes), {{"ETag", "\"1\""}, {"Cache-Control", "max-age=60"}}));
    peer_.answer(wheel_url, bytes_answer(bytes));
  }

  /// A file of the server's own; the name is reserved while the first one is added.
  void upload(std::string_view project, std::string_view index = "main") {
    const NewFile file{.file = {.id = 0,
                                .release = *ReleaseName::parse(project, "1.0"),
                                .filename = fmt::format("{}-1.0.tar.gz", project),
                                .kind = FileKind::sdist,
                                .sha256 = Sha256::of("mine"),
                                .blake2b_256 = std::string(64, 'b'),
                                .size = 4,
                                .requires_python = {},
                                .metadata_sha256 = {},
                                .uploaded = clock_.now(),
                                .yanked = {}}};
    const auto name = file.file.release.project.str();
    const ReservedName reserved{.name = name, .prefix = false, .reason = "ours", .made = clock_.now()};
    ASSERT_TRUE(store_->upstreams().reserve(reserved, note()).ok());
    const auto added = store_->files().add(index, file, [](const File&) { return note(); }, {});
    ASSERT_TRUE(added.ok()) << added.error().message;
    ASSERT_TRUE(store_->upstreams().lift(name, false, note(), clock_.now()).ok());
  }

  std::string page(std::string_view name = "flask") {
    const auto view = upstreams_->page(named(name));
    if (!view.ok()) return fmt::format("{}: {}", to_string(view.error().code), view.error().message);
    return fmt::format("{} of {}", view->page->page.files.size(), state_name(view->state));
  }
  /// Of the ledger, what is about recalls.
  std::vector<std::string> recall_entries() {
    std::vector<std::string> all;
    for (const auto& [sequence, time, note, previous, hash] : *store_->ledger().entries(0, 1000)) {
      if (!note.action.starts_with("upstream.")) continue;
      all.push_back(fmt::format("{} {} by {}", note.action, note.subject, note.actor.id));
    }
    return all;
  }
  /// Asks for the page until what is done in the background has led to it.
  void page_until(std::string_view wanted) {
    while (page() != wanted)
      std::this_thread::yield();
  }
  static std::string_view state_name(CacheState state) {
    switch (state) {
      case CacheState::hit:
        return "hit";
      case CacheState::fetched:
        return "fetched";
      case CacheState::collapsed:
        return "collapsed";
      case CacheState::revalidated:
        return "revalidated";
      case CacheState::refreshing:
        return "refreshing";
      case CacheState::stale:
        return "stale";
    }
    return "";
  }
  Result<Sha256> file(std::string_view content = bytes) {
    CHECK_OK(upstreams_->file(named("flask"), wheel, Sha256::of(content)));
    return Sha256::of(content);
  }
  std::vector<Sha256> blobs() {
    std::vector<Sha256> all;
    EXPECT_TRUE(blobs_->each([&](const Sha256& digest, std::uint64_t) { all.push_back(digest); }).ok());
    return all;
  }

  TemporaryFolder folder_ = *TemporaryFolder::make();
  std::unique_ptr<FileSystem> disk_ = make_posix_file_system();
  std::unique_ptr<MetadataStore> store_ = *open_sqlite_store((folder_.path() / "packhouse.db").string());
  std::unique_ptr<BlobStore> blobs_ = *open_fs_blob_store(*disk_, folder_.path());
  ManualClock clock_{*parse_iso8601("2026-11-22T10:00:00Z")};
  std::ostringstream logged_;
  spdlog::logger log_{"test", std::make_shared<spdlog::sinks::ostream_sink_mt>(logged_)};
  const dist::Policy checks_;
  FakePeer peer_;
  std::vector<std::string> changed_;
  std::uint64_t max_file_size_ = 1000;
  std::unique_ptr<Upstreams> upstreams_;
};

// ----- pages

TEST_F(UpstreamsTest, a_page_is_fetched_once_and_then_remembered) {
  offer_flask();
  EXPECT_EQ(page(), "1 of fetched");
  EXPECT_EQ(page(), "1 of hit");
  EXPECT_TRUE(upstreams_->remembered("flask"));
  EXPECT_THAT(peer_.asked(), SizeIs(1));
}

TEST_F(UpstreamsTest, an_old_page_is_confirmed_and_is_fresh_again) {
  offer_flask();
  EXPECT_EQ(page(), "1 of fetched");
  clock_.sleep(std::chrono::seconds{61});
  EXPECT_FALSE(upstreams_->remembered("flask"));
  offer(status_answer(304, {{"Cache-Control", "max-age=60"}}));
  EXPECT_EQ(page(), "1 of revalidated");
  EXPECT_EQ(page(), "1 of hit") << "a 304 counts as an answer";
  EXPECT_THAT(changed_, IsEmpty());
}

TEST_F(UpstreamsTest, a_page_survives_a_restart_with_the_upstream_stopped) {
  offer_flask();
  EXPECT_EQ(page(), "1 of fetched");
  peer_.stop();
  restart();
  EXPECT_EQ(page(), "1 of stale");
  EXPECT_THAT(logged_.str(), HasSubstr("upstream one.example: connection refused"));
}

TEST_F(UpstreamsTest, an_upstream_that_is_away_is_not_asked_with_every_request) {
  offer_flask();
  EXPECT_EQ(page(), "1 of fetched");
  clock_.sleep(std::chrono::seconds{61});
  peer_.stop();
  EXPECT_EQ(page(), "1 of stale");
  EXPECT_EQ(page(), "1 of stale");
  EXPECT_THAT(peer_.asked(), SizeIs(2));
  clock_.sleep(std::chrono::seconds{11});
  peer_.start();
  EXPECT_EQ(page(), "1 of stale") << "no client waits for the next try";
  page_until("1 of hit");
}

TEST_F(UpstreamsTest, a_page_is_refreshed_before_it_expires_while_it_is_served) {
  offer_flask();
  EXPECT_EQ(page(), "1 of fetched");
  clock_.sleep(std::chrono::seconds{47});
  EXPECT_EQ(page(), "1 of hit");
  EXPECT_THAT(peer_.asked(), SizeIs(1)) << "most of its lifetime is left";
  std::promise<void> released;
  peer_.answer(first_root + "flask/",
               [&](const http::ClientRequest& request) -> Result<http::ClientResponse> {
                 EXPECT_EQ(request.headers.get("If-None-Match"), "\"1\"");
                 released.get_future().wait();
                 return page_answer(R"({"meta":{"api-version":"1.4"},"name":"flask","files":[]})",
                                    {{"Cache-Control", "max-age=60"}});
               });
  clock_.sleep(std::chrono::seconds{2});
  EXPECT_EQ(page(), "1 of hit");
  EXPECT_EQ(page(), "1 of hit");
  released.set_value();
  page_until("0 of hit");
  EXPECT_THAT(peer_.asked(), SizeIs(2)) << "one refresh for all that asked meanwhile";
  EXPECT_THAT(changed_, ElementsAre("flask"));
}

TEST_F(UpstreamsTest, an_expired_page_is_served_while_it_is_refreshed_where_the_upstream_allows_it) {
  offer(page_answer(page_of(wheel, bytes), {{"Cache-Control", "max-age=60, stale-while-revalidate=30"}}));
  EXPECT_EQ(page(), "1 of fetched");
  clock_.sleep(std::chrono::seconds{75});
  EXPECT_EQ(page(), "1 of refreshing");
  page_until("1 of hit");
  clock_.sleep(std::chrono::seconds{91});
  EXPECT_EQ(page(), "1 of fetched") << "its grace is over";
}

TEST_F(UpstreamsTest, a_page_in_the_background_is_not_asked_for_once_its_name_is_private) {
  offer_flask();
  EXPECT_EQ(page(), "1 of fetched");
  upload("flask");
  clock_.sleep(std::chrono::seconds{50});
  EXPECT_TRUE(upstreams_->remembered("flask")) << "the upload has not been heard of yet";
  upstreams_.reset();
  EXPECT_THAT(peer_.asked(), SizeIs(1));
}

TEST_F(UpstreamsTest, a_failing_upstream_does_not_make_a_name_absent) {
  peer_.stop();
  EXPECT_EQ(page(), "unavailable: upstream one.example: connection refused");
  peer_.start();
  offer_flask();
  EXPECT_EQ(page(), "1 of fetched") << "the failure was not remembered";
}

TEST_F(UpstreamsTest, a_name_that_no_upstream_has_is_not_asked_again_at_once) {
  EXPECT_EQ(page(), R"(not_found: there is no project "flask")");
  EXPECT_EQ(page(), R"(not_found: there is no project "flask")");
  EXPECT_THAT(peer_.asked(), SizeIs(1));
  offer_flask();
  clock_.sleep(std::chrono::seconds{61});
  EXPECT_EQ(page(), "1 of fetched");
}

TEST_F(UpstreamsTest, a_project_that_the_upstream_removed_is_gone_here_too) {
  offer_flask();
  EXPECT_EQ(page(), "1 of fetched");
  ASSERT_TRUE(file().ok());
  clock_.sleep(std::chrono::seconds{61});
  peer_.remove(first_root + "flask/");
  EXPECT_EQ(page(), R"(not_found: there is no project "flask")");
  EXPECT_THAT(changed_, ElementsAre("flask"));
  EXPECT_EQ(file().error().code, Errc::forbidden) << "a stored file is held back with its page";
  restart();
  peer_.stop();
  EXPECT_THAT(page(), HasSubstr("unavailable"));
}

TEST_F(UpstreamsTest, a_fetched_file_that_the_upstream_deletes_is_held_with_one_entry_and_comes_back) {
  offer_flask();
  ASSERT_TRUE(file().ok());
  clock_.sleep(std::chrono::seconds{61});
  offer(page_answer(page_of("flask-3.1-py3-none-any.whl", "more"), {{"Cache-Control", "max-age=60"}}));
  const auto held = file();
  EXPECT_EQ(held.error().code, Errc::forbidden);
  EXPECT_THAT(held.error().message, HasSubstr(wheel + " is held: deleted by its upstream, seen "));
  restart();
  EXPECT_EQ(page(), "1 of fetched");
  EXPECT_EQ(file().error().code, Errc::forbidden);
  EXPECT_TRUE(blobs_->open(Sha256::of(bytes)).ok()) << "held, not deleted";
  EXPECT_THAT(recall_entries(), ElementsAre("upstream.recall main/flask by " + first_root));
  clock_.sleep(std::chrono::seconds{61});
  offer_flask();
  EXPECT_TRUE(file().ok()) << "the upstream has it again";
  EXPECT_THAT(recall_entries(), ElementsAre("upstream.recall main/flask by " + first_root,
                                            "upstream.restore main/flask by " + first_root));
}

TEST_F(UpstreamsTest, a_file_that_was_never_fetched_is_no_recall) {
  offer_flask();
  EXPECT_EQ(page(), "1 of fetched");
  clock_.sleep(std::chrono::seconds{61});
  offer(page_answer(page_of("flask-3.1-py3-none-any.whl", "more"), {{"Cache-Control", "max-age=60"}}));
  EXPECT_EQ(file().error().code, Errc::not_found);
  EXPECT_THAT(recall_entries(), IsEmpty());
}

TEST_F(UpstreamsTest, fetched_files_of_a_project_that_the_upstream_quarantines_are_held) {
  offer_flask();
  ASSERT_TRUE(file().ok());
  clock_.sleep(std::chrono::seconds{61});
  offer(page_answer(R"({"meta":{"api-version":"1.4"},"name":"flask","files":[],)"
                    R"("project-status":{"status":"quarantined","reason":"malware"}})",
                    {{"Cache-Control", "max-age=60"}}));
  EXPECT_EQ(page(), "0 of fetched");
  const auto held = file();
  EXPECT_EQ(held.error().code, Errc::forbidden);
  EXPECT_THAT(held.error().message, HasSubstr("quarantined by its upstream"));
  EXPECT_THAT(held.error().message, HasSubstr(": malware"));
  EXPECT_THAT(recall_entries(), SizeIs(1));
}

TEST_F(UpstreamsTest, a_yank_of_a_fetched_file_has_an_entry_and_the_file_is_offered_as_yanked) {
  offer_flask();
  ASSERT_TRUE(file().ok());
  clock_.sleep(std::chrono::seconds{61});
  offer(page_answer(page_of(wheel, bytes, R"(,"yanked":"broken")"), {{"Cache-Control", "max-age=60"}}));
  EXPECT_TRUE(file().ok()) << "who asks for exactly this version gets it (PEP 592)";
  EXPECT_THAT(recall_entries(), SizeIs(1));
  EXPECT_EQ(store_->upstreams().recalls("main", "flask")->front().cause, RecallCause::yanked);
}

TEST_F(UpstreamsTest, a_recall_that_a_crash_cut_off_is_made_up_for_after_the_restart) {
  offer_flask();
  ASSERT_TRUE(file().ok());
  // As after a crash between the page and its recalls.
  const auto stored = store_->upstreams().page("main", "flask")->value();
  auto without = stored;
  without.document = R"({"project":"flask","status":"active","status-reason":"","files":[],"left-out":[],)"
                     R"("left-out-count":0})";
  ASSERT_TRUE(store_->upstreams().put_page("main", "flask", without).ok());
  restart();
  peer_.answer(first_root + "flask/", status_answer(304, {{"Cache-Control", "max-age=60"}}));
  EXPECT_EQ(file().error().code, Errc::forbidden);
  EXPECT_THAT(recall_entries(), SizeIs(1));
}

TEST_F(UpstreamsTest, a_recalled_file_of_a_name_that_is_private_now_is_as_one_that_never_was) {
  offer_flask();
  ASSERT_TRUE(file().ok());
  clock_.sleep(std::chrono::seconds{61});
  peer_.remove(first_root + "flask/");
  EXPECT_EQ(file().error().code, Errc::forbidden);
  upload("flask");
  upstreams_->forget("flask");
  EXPECT_EQ(file().error().code, Errc::not_found);
}

TEST_F(UpstreamsTest, another_page_is_told_once) {
  offer_flask();
  EXPECT_EQ(page(), "1 of fetched");
  clock_.sleep(std::chrono::seconds{61});
  offer(page_answer(page_of(wheel, "other bytes"), {{"Cache-Control", "max-age=60"}}));
  EXPECT_EQ(page(), "1 of fetched");
  clock_.sleep(std::chrono::seconds{61});
  EXPECT_EQ(page(), "1 of fetched") << "the same page in full";
  EXPECT_THAT(changed_, ElementsAre("flask"));
}

TEST_F(UpstreamsTest, concurrent_requests_for_a_page_share_one) {
  std::promise<void> released;
  const auto release = released.get_future().share();
  std::latch begun{1};
  peer_.answer(first_root + "flask/", [&](const http::ClientRequest&) -> Result<http::ClientResponse> {
    begun.count_down();
    release.wait();
    return page_answer(page_of(wheel, bytes), {{"Cache-Control", "max-age=60"}});
  });
  std::vector<std::future<std::string>> answers;
  for (int i = 0; i < 8; ++i)
    answers.push_back(std::async(std::launch::async, [&] { return page(); }));
  begun.wait();
  released.set_value();
  for (auto& answer : answers)
    EXPECT_THAT(answer.get(), ::testing::AnyOf("1 of fetched", "1 of hit"));
  EXPECT_THAT(peer_.asked(), SizeIs(1));
}

TEST_F(UpstreamsTest, what_is_left_out_of_a_page_is_logged) {
  offer(page_answer(page_of("evil-1.0.tar.gz", bytes)));
  EXPECT_EQ(page(), "0 of fetched");
  EXPECT_THAT(logged_.str(), HasSubstr("1 files of flask are left out, the first is \"evil-1.0.tar.gz\""));
}

// ----- several upstreams

TEST_F(UpstreamsTest, the_first_upstream_that_has_a_name_has_all_of_it) {
  restart(true);
  offer_flask();
  peer_.answer(second_root + "flask/", page_answer(page_of("flask-9.9-py3-none-any.whl", "two")));
  EXPECT_EQ(page(), "1 of fetched");
  EXPECT_EQ(upstreams_->page(named("flask"))->page->page.files.front().filename, wheel) << "no merge";
  EXPECT_THAT(peer_.asked(), ElementsAre("upstream " + first_root + "flask/"));
}

TEST_F(UpstreamsTest, the_second_upstream_has_what_the_first_does_not_know) {
  restart(true);
  peer_.answer(second_root + "flask/", page_answer(page_of(wheel, bytes)));
  EXPECT_EQ(page(), "1 of fetched");
  EXPECT_EQ(upstreams_->page(named("flask"))->page->upstream, second_root);
}

TEST_F(UpstreamsTest, an_upstream_that_is_away_leaves_its_names_to_no_other) {
  restart(true);
  peer_.answer(first_root + "flask/", status_answer(503));
  peer_.answer(second_root + "flask/", page_answer(page_of("flask-9.9-py3-none-any.whl", "two")));
  EXPECT_EQ(page(),
            "unavailable: upstream one.example: expected a page, found status 503 \"Service Unavailable\"");
  EXPECT_THAT(peer_.asked(), SizeIs(1)) << "the second was not asked";
}

TEST_F(UpstreamsTest, a_refused_credential_leaves_the_name_to_no_other) {
  restart(true);
  peer_.answer(first_root + "flask/", status_answer(401));
  peer_.answer(second_root + "flask/", page_answer(page_of(wheel, "two")));
  EXPECT_THAT(page(), HasSubstr("unavailable: upstream one.example: expected a page, found status 401"));
}

TEST_F(UpstreamsTest, the_etag_of_one_upstream_is_not_shown_to_another) {
  restart(true);
  peer_.answer(second_root + "flask/",
               page_answer(page_of(wheel, bytes), {{"ETag", "\"two\""}, {"Cache-Control", "max-age=60"}}));
  EXPECT_EQ(page(), "1 of fetched");
  clock_.sleep(std::chrono::seconds{61});
  peer_.answer(first_root + "flask/", [](const http::ClientRequest& request) -> Result<http::ClientResponse> {
    EXPECT_EQ(request.headers.count("If-None-Match"), 0U);
    return page_answer(page_of(wheel, bytes));
  });
  EXPECT_EQ(page(), "1 of fetched");
  EXPECT_EQ(upstreams_->page(named("flask"))->page->upstream, first_root);
}

TEST_F(UpstreamsTest, a_page_of_an_upstream_that_was_taken_out_of_the_configuration_is_not_served) {
  restart(true);
  peer_.answer(second_root + "flask/", page_answer(page_of(wheel, bytes)));
  EXPECT_EQ(page(), "1 of fetched");
  restart(false);
  peer_.stop();
  EXPECT_THAT(page(), HasSubstr("unavailable"));
}

// ----- policy

TEST_F(UpstreamsTest, a_request_waits_for_the_first_upstream_that_may_give_the_name) {
  restart(true, {.deny = *NameSet::parse({"only-second"})});
  EXPECT_EQ(upstreams_->waits_for("flask"), first_root);
  EXPECT_EQ(upstreams_->waits_for("only-second"), second_root);
  peer_.answer(second_root + "flask/", page_answer(page_of(wheel, bytes), {{"Cache-Control", "max-age=60"}}));
  EXPECT_EQ(page(), "1 of fetched");
  EXPECT_EQ(upstreams_->waits_for("flask"), second_root)
      << "its page is fresh: only a file can be waited for";
  clock_.sleep(std::chrono::seconds{61});
  EXPECT_EQ(upstreams_->waits_for("flask"), first_root);
  restart(false, {.deny = *NameSet::parse({"flask"})});
  EXPECT_EQ(upstreams_->waits_for("flask"), "");
  EXPECT_EQ(upstreams_->waits_for("no name"), "");
}

TEST_F(UpstreamsTest, a_name_that_an_upstream_may_not_give_is_asked_of_the_next) {
  SourcePolicy policy{.deny = *NameSet::parse({"flask"})};
  restart(true, policy);
  offer_flask();
  peer_.answer(second_root + "flask/", page_answer(page_of(wheel, "two")));
  EXPECT_EQ(page(), "1 of fetched");
  EXPECT_THAT(peer_.asked(), ElementsAre("upstream " + second_root + "flask/"));
}

TEST_F(UpstreamsTest, a_page_of_a_name_that_was_denied_since_is_not_served) {
  offer_flask();
  EXPECT_EQ(page(), "1 of fetched");
  restart(false, {.deny = *NameSet::parse({"flask"})});
  EXPECT_THAT(page(), HasSubstr("not_found"));
  EXPECT_EQ(file().error().code, Errc::not_found);
}

TEST_F(UpstreamsTest, a_young_file_is_held_on_the_page_and_by_its_address) {
  restart(false, {.minimum_age = std::chrono::days{7}});
  const std::string metadata = fmt::format(R"(,"core-metadata":{{"sha256":"{}"}})", Sha256::of("m").hex());
  offer(page_answer(page_of(wheel, bytes, R"(,"upload-time":"2026-11-16T10:00:00Z")" + metadata),
                    {{"Cache-Control", "max-age=86400"}, {"ETag", "\"1\""}}));
  peer_.answer(wheel_url, bytes_answer(bytes));
  EXPECT_EQ(page(), "0 of fetched");
  EXPECT_EQ(file().error(),
            (Error{Errc::forbidden,
                   wheel + " is held until 2026-11-23T10:00:00.000000Z: files must be 604800 s old",
                   "the setting minimum-age of the upstream decides"}));
  EXPECT_EQ(upstreams_->metadata(named("flask"), wheel, Sha256::of(bytes)).error().code, Errc::forbidden);
  EXPECT_THAT(peer_.asked(), SizeIs(1)) << "no byte of it was fetched";
  clock_.sleep(std::chrono::hours{24});
  offer(status_answer(304, {{"Cache-Control", "max-age=86400"}}));
  EXPECT_EQ(page(), "1 of revalidated") << "the page opens with its file";
  EXPECT_TRUE(file().ok());
}

TEST_F(UpstreamsTest, a_held_file_opens_while_the_upstream_is_away) {
  restart(false, {.minimum_age = std::chrono::days{7}});
  offer(page_answer(page_of(wheel, bytes, R"(,"upload-time":"2026-11-16T10:00:00Z")"),
                    {{"Cache-Control", "max-age=86400"}}));
  EXPECT_EQ(page(), "0 of fetched");
  peer_.stop();
  clock_.sleep(std::chrono::hours{24});
  EXPECT_EQ(page(), "1 of stale");
}

TEST_F(UpstreamsTest, a_file_without_a_date_is_held) {
  restart(false, {.minimum_age = std::chrono::days{7}});
  offer_flask();
  EXPECT_EQ(page(), "0 of fetched");
  EXPECT_THAT(file().error().message, HasSubstr("does not say when it was uploaded"));
}

TEST_F(UpstreamsTest, an_exception_opens_a_young_file_until_it_ends) {
  restart(false, {.minimum_age = std::chrono::days{7}});
  offer(page_answer(page_of(wheel, bytes, R"(,"upload-time":"2026-11-22T09:00:00Z")"),
                    {{"Cache-Control", "max-age=86400"}, {"ETag", "\"1\""}}));
  peer_.answer(wheel_url, bytes_answer(bytes));
  EXPECT_EQ(page(), "0 of fetched");
  const AgeException exception{.project = "flask",
                               .version = "3.0",
                               .until = clock_.now() + std::chrono::hours{1},
                               .reason = "the fix",
                               .made = clock_.now()};
  ASSERT_TRUE(store_->upstreams().allow("main", exception, note()).ok());
  upstreams_->forget("flask");
  offer(status_answer(304, {{"Cache-Control", "max-age=86400"}}));
  EXPECT_EQ(page(), "1 of revalidated");
  EXPECT_TRUE(file().ok());
  clock_.sleep(std::chrono::hours{1});
  EXPECT_EQ(page(), "0 of revalidated") << "the page changes with the end of the exception";
  EXPECT_EQ(file().error().code, Errc::forbidden) << "also where it is stored";
}

TEST_F(UpstreamsTest, what_a_policy_holds_is_held_on_the_page_and_by_its_address) {
  restart(false, {.yanked = false});
  const std::string metadata = fmt::format(R"(,"core-metadata":{{"sha256":"{}"}})", Sha256::of("m").hex());
  offer(page_answer(page_of(wheel, bytes, R"(,"yanked":"broken")" + metadata)));
  peer_.answer(wheel_url, bytes_answer(bytes));
  EXPECT_EQ(page(), "0 of fetched");
  EXPECT_EQ(file().error().hint, "the setting yanked of the upstream decides");
  EXPECT_EQ(upstreams_->metadata(named("flask"), wheel, Sha256::of(bytes)).error().code, Errc::forbidden);
  EXPECT_THAT(peer_.asked(), SizeIs(1)) << "no byte of it was fetched";
}

// ----- dependency confusion

TEST_F(UpstreamsTest, a_private_name_is_never_asked) {
  offer_flask();
  upload("flask");
  EXPECT_EQ(page(), R"(not_found: there is no project "flask")");
  EXPECT_EQ(file().error().code, Errc::not_found);
  EXPECT_EQ(upstreams_->metadata(named("flask"), wheel, Sha256::of(bytes)).error().code, Errc::not_found);
  EXPECT_THAT(peer_.asked(), IsEmpty());
}

TEST_F(UpstreamsTest, a_private_name_is_never_asked_in_another_spelling) {
  upload("my-flask");
  for (const char* spelling : {"My_Flask", "my.flask", "MY--FLASK", "my-._flask"})
    EXPECT_EQ(page(spelling), R"(not_found: there is no project "my-flask")");
  EXPECT_THAT(peer_.asked(), IsEmpty());
}

TEST_F(UpstreamsTest, a_private_name_is_never_asked_after_its_file_was_deleted) {
  offer_flask();
  upload("flask");
  ASSERT_TRUE(store_->files().remove("main", "flask-1.0.tar.gz", note(), clock_.now()).ok());
  EXPECT_EQ(page(), R"(not_found: there is no project "flask")");
  EXPECT_THAT(peer_.asked(), IsEmpty());
}

TEST_F(UpstreamsTest, a_private_name_is_never_asked_while_it_is_blocked_quarantined_or_yanked) {
  offer_flask();
  upload("flask");
  const auto release = *ReleaseName::parse("flask", "1.0");
  const auto unasked = [&](const char* state) {
    EXPECT_EQ(page(), R"(not_found: there is no project "flask")") << state;
    EXPECT_THAT(peer_.asked(), IsEmpty()) << state;
  };
  auto& states = store_->release_states();
  ASSERT_TRUE(states.yank_release("main", release, "bad", note(), clock_.now()).ok());
  unasked("yanked");
  ASSERT_TRUE(states.block_release("main", release, "worse", note(), clock_.now()).ok());
  unasked("blocked");
  ASSERT_TRUE(states
                  .set_project_state("main", named("flask"),
                                     {.status = ProjectStatus::quarantined, .reason = "malware"}, note(),
                                     clock_.now())
                  .ok());
  unasked("quarantined");
}

TEST_F(UpstreamsTest, a_name_that_is_private_in_another_index_is_never_asked) {
  offer_flask();
  ASSERT_TRUE(store_->catalog().ensure_index("staging", note(), clock_.now()).ok());
  upload("flask", "staging");
  EXPECT_EQ(page(), R"(not_found: there is no project "flask")");
  EXPECT_THAT(peer_.asked(), IsEmpty());
}

TEST_F(UpstreamsTest, a_reserved_name_and_prefix_are_never_asked) {
  for (const char* name : {"reserved", "RESERVED", "acme", "acme-core", "Acme_Core", "acme.core.tools"})
    EXPECT_THAT(page(name), HasSubstr("not_found")) << name;
  EXPECT_THAT(peer_.asked(), IsEmpty());
  EXPECT_THAT(page("acmecore"), HasSubstr("not_found"));
  EXPECT_THAT(peer_.asked(), SizeIs(1)) << "no name of the prefix";
}

TEST_F(UpstreamsTest, a_name_that_was_reserved_by_command_is_never_asked) {
  offer_flask();
  ASSERT_TRUE(store_->upstreams()
                  .reserve({.name = "flask", .prefix = true, .reason = "ours", .made = clock_.now()}, note())
                  .ok());
  EXPECT_EQ(page(), R"(not_found: there is no project "flask")");
  EXPECT_THAT(page("flask-extras"), HasSubstr("not_found"));
  EXPECT_THAT(peer_.asked(), IsEmpty());
  ASSERT_TRUE(store_->upstreams().lift("flask", true, note(), clock_.now()).ok());
  EXPECT_EQ(page(), "1 of fetched");
}

TEST_F(UpstreamsTest, a_name_that_an_open_session_has_is_never_asked) {
  offer_flask();
  const Session session{.release = *ReleaseName::parse("flask", "1.0"),
                        .token = Secret{"token"},
                        .owner = {.kind = "token", .id = "1", .address = {}},
                        .created = clock_.now(),
                        .expires = clock_.now() + std::chrono::hours{1},
                        .files = {}};
  ASSERT_TRUE(store_->sessions().open("main", session, {}, note()).ok());
  EXPECT_EQ(page(), R"(not_found: there is no project "flask")");
  EXPECT_THAT(peer_.asked(), IsEmpty());
  clock_.sleep(std::chrono::hours{2});
  EXPECT_EQ(page(), "1 of fetched") << "the session has expired";
}

TEST_F(UpstreamsTest, a_page_from_before_the_first_upload_is_not_served_after_it) {
  offer_flask();
  EXPECT_EQ(page(), "1 of fetched");
  ASSERT_TRUE(file().ok());
  upload("flask");
  EXPECT_EQ(page(), R"(not_found: there is no project "flask")") << "also while it is remembered";
  EXPECT_EQ(file().error().code, Errc::not_found) << "also a file that is stored";
  upstreams_->forget("flask");
  EXPECT_FALSE(upstreams_->remembered("flask"));
}

TEST_F(UpstreamsTest, a_page_from_before_the_first_upload_is_not_served_after_a_restart) {
  offer_flask();
  EXPECT_EQ(page(), "1 of fetched");
  upload("flask");
  restart();
  EXPECT_EQ(page(), R"(not_found: there is no project "flask")");
  EXPECT_EQ(file().error().code, Errc::not_found);
  EXPECT_EQ(upstreams_->metadata(named("flask"), wheel, Sha256::of(bytes)).error().code, Errc::not_found);
}

TEST_F(UpstreamsTest, a_page_from_before_the_first_upload_is_not_served_stale) {
  offer_flask();
  EXPECT_EQ(page(), "1 of fetched");
  upload("flask");
  peer_.stop();
  clock_.sleep(std::chrono::hours{2});
  EXPECT_EQ(page(), R"(not_found: there is no project "flask")") << "while the upstream is away";
}

TEST_F(UpstreamsTest, a_name_that_was_fetched_and_is_reserved_since_is_not_served) {
  offer_flask();
  EXPECT_EQ(page(), "1 of fetched");
  ASSERT_TRUE(file().ok());
  ASSERT_TRUE(store_->upstreams()
                  .reserve({.name = "flask", .prefix = false, .reason = "ours", .made = clock_.now()}, note())
                  .ok());
  EXPECT_EQ(page(), R"(not_found: there is no project "flask")");
  EXPECT_EQ(file().error().code, Errc::not_found) << "also a file that is stored";
}

TEST_F(UpstreamsTest, an_upload_during_the_first_request_wins_the_name) {
  peer_.answer(first_root + "flask/", [&](const http::ClientRequest&) -> Result<http::ClientResponse> {
    upload("flask");
    upstreams_->forget("flask");
    return page_answer(page_of(wheel, bytes), {{"Cache-Control", "max-age=60"}});
  });
  EXPECT_EQ(page(), R"(not_found: there is no project "flask")");
  EXPECT_FALSE(upstreams_->remembered("flask"));
}

TEST_F(UpstreamsTest, an_upload_during_the_fetch_of_a_file_wins_the_name) {
  offer_flask();
  peer_.answer(wheel_url, [&](const http::ClientRequest&) -> Result<http::ClientResponse> {
    upload("flask");
    return bytes_answer(bytes);
  });
  EXPECT_EQ(file().error().code, Errc::not_found);
}

TEST_F(UpstreamsTest, a_redirect_to_the_page_of_another_project_offers_nothing_of_it) {
  offer(status_answer(302, {{"Location", first_root + "evil/"}}));
  peer_.answer(first_root + "evil/", page_answer(page_of("evil-1.0-py3-none-any.whl", bytes)));
  EXPECT_EQ(page(), "0 of fetched");
}

// ----- files

TEST_F(UpstreamsTest, a_file_is_fetched_once_and_recorded) {
  offer_flask();
  EXPECT_EQ(file().value(), Sha256::of(bytes));
  EXPECT_EQ(file().value(), Sha256::of(bytes));
  EXPECT_THAT(peer_.asked(), ElementsAre("upstream " + first_root + "flask/", "elsewhere " + wheel_url));
  EXPECT_EQ(blobs_->read(Sha256::of(bytes), 100).value(), bytes);
  const auto rows = store_->upstreams().files("main", "flask");
  ASSERT_THAT(*rows, SizeIs(1));
  auto row = rows->front();
  row.findings = "[]";
  EXPECT_EQ(row, (UpstreamFile{.project = "flask",
                               .filename = wheel,
                               .sha256 = Sha256::of(bytes),
                               .size = bytes.size(),
                               .metadata_sha256 = {},
                               .url = wheel_url,
                               .fetched = clock_.now()}));
  EXPECT_TRUE(*store_->files().needs_blob(Sha256::of(bytes))) << "garbage collection leaves it";
}

TEST_F(UpstreamsTest, a_stored_file_is_served_after_a_restart_with_the_upstream_stopped) {
  offer_flask();
  ASSERT_TRUE(file().ok());
  peer_.stop();
  restart();
  EXPECT_EQ(file().value(), Sha256::of(bytes));
}

TEST_F(UpstreamsTest, bytes_with_another_digest_are_not_stored) {
  offer_flask();
  peer_.answer(wheel_url, bytes_answer("the bytes of a whee1"));
  const auto refused = file();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Errc::unavailable);
  EXPECT_THAT(refused.error().message, HasSubstr("nothing was stored"));
  EXPECT_THAT(blobs(), IsEmpty());
  EXPECT_THAT(*store_->upstreams().files("main", "flask"), IsEmpty());
  peer_.answer(wheel_url, bytes_answer(bytes));
  EXPECT_TRUE(file().ok()) << "the failure does not stay";
}

TEST_F(UpstreamsTest, a_truncated_body_is_not_stored) {
  offer_flask();
  peer_.answer(wheel_url, [](const http::ClientRequest& request) -> Result<http::ClientResponse> {
    CHECK_OK(request.sink("the bytes"));
    return Error{Errc::unavailable, "the connection was cut", {}};
  });
  EXPECT_THAT(file().error().message, HasSubstr("upstream one.example: the connection was cut"));
  EXPECT_THAT(blobs(), IsEmpty());
}

TEST_F(UpstreamsTest, a_file_longer_than_its_page_says_is_not_stored) {
  offer_flask();
  peer_.answer(wheel_url, bytes_answer(bytes + "!"));
  EXPECT_EQ(file().error().code, Errc::unavailable);
  EXPECT_THAT(blobs(), IsEmpty());
}

TEST_F(UpstreamsTest, a_file_over_the_limit_is_not_asked_for) {
  const std::string large(1001, 'x');
  offer(page_answer(page_of(wheel, large)));
  EXPECT_THAT(file(large).error().message, HasSubstr("has 1001 bytes, and a file may have 1000"));
  EXPECT_THAT(peer_.asked(), SizeIs(1));
}

TEST_F(UpstreamsTest, a_file_that_the_page_does_not_name_is_not_asked_for) {
  offer_flask();
  EXPECT_EQ(file("other bytes").error().code, Errc::not_found);
  EXPECT_EQ(upstreams_->file(named("flask"), "flask-4.0.tar.gz", Sha256::of(bytes)).error().code,
            Errc::not_found);
  EXPECT_THAT(peer_.asked(), SizeIs(1));
}

TEST_F(UpstreamsTest, concurrent_requests_for_a_file_share_one) {
  offer_flask();
  ASSERT_EQ(page(), "1 of fetched");
  std::promise<void> released;
  const auto release = released.get_future().share();
  std::latch begun{1};
  peer_.answer(wheel_url, [&](const http::ClientRequest&) -> Result<http::ClientResponse> {
    begun.count_down();
    release.wait();
    return bytes_answer(bytes);
  });
  std::vector<std::future<bool>> answers;
  for (int i = 0; i < 8; ++i)
    answers.push_back(std::async(std::launch::async, [&] { return file().ok(); }));
  begun.wait();
  released.set_value();
  for (auto& answer : answers)
    EXPECT_TRUE(answer.get());
  EXPECT_THAT(peer_.asked(), SizeIs(2)) << "the page and the file";
}

TEST_F(UpstreamsTest, metadata_is_passed_on_with_its_own_digest) {
  const std::string metadata = "Metadata-Version: 2.1\n";
  offer(page_answer(page_of(
      wheel, bytes, fmt::format(R"(,"core-metadata":{{"sha256":"{}"}})", Sha256::of(metadata).hex()))));
  peer_.answer(wheel_url + ".metadata", bytes_answer(metadata));
  const auto got = upstreams_->metadata(named("flask"), wheel, Sha256::of(bytes));
  ASSERT_TRUE(got.ok()) << got.error().message;
  EXPECT_EQ(*got, Sha256::of(metadata));
  EXPECT_EQ(blobs_->read(*got, 100).value(), metadata);
  EXPECT_TRUE(*store_->files().needs_blob(*got));
  peer_.answer(wheel_url, bytes_answer(bytes));
  EXPECT_TRUE(file().ok());
  EXPECT_THAT(*store_->upstreams().files("main", "flask"), SizeIs(1)) << "one row has both";
}

TEST_F(UpstreamsTest, metadata_is_fetched_once) {
  const std::string metadata = "Metadata-Version: 2.1\n";
  offer(page_answer(
      page_of(wheel, bytes, fmt::format(R"(,"core-metadata":{{"sha256":"{}"}})", Sha256::of(metadata).hex())),
      {{"Cache-Control", "max-age=60"}}));
  peer_.answer(wheel_url + ".metadata", bytes_answer(metadata));
  EXPECT_TRUE(upstreams_->metadata(named("flask"), wheel, Sha256::of(bytes)).ok());
  restart();
  EXPECT_TRUE(upstreams_->page(named("flask")).ok());
  EXPECT_TRUE(upstreams_->metadata(named("flask"), wheel, Sha256::of(bytes)).ok());
  const auto asked = peer_.asked();
  EXPECT_EQ(std::ranges::count_if(asked, [](const auto& line) { return line.ends_with(".metadata"); }), 1);
}

TEST_F(UpstreamsTest, metadata_that_the_page_does_not_state_is_made_of_the_stored_wheel) {
  const auto sound = dist::testing::WheelBuilder("flask", "3.0").bytes();
  max_file_size_ = 100'000;
  restart();
  offer(page_answer(page_of(wheel, sound), {{"Cache-Control", "max-age=60"}, {"ETag", "\"1\""}}));
  peer_.answer(wheel_url, bytes_answer(sound));
  EXPECT_EQ(upstreams_->metadata(named("flask"), wheel, Sha256::of(sound)).error().code, Errc::not_found);
  ASSERT_TRUE(file(sound).ok());
  offer(status_answer(304, {{"Cache-Control", "max-age=60"}}));
  const auto view = upstreams_->page(named("flask"));
  const auto stated = view->page->page.files.front().metadata_sha256;
  ASSERT_TRUE(stated) << "the page has its digest now";
  const auto made = upstreams_->metadata(named("flask"), wheel, Sha256::of(sound));
  ASSERT_TRUE(made.ok()) << made.error().message;
  EXPECT_EQ(*made, *stated);
  EXPECT_THAT(blobs_->read(*made, 10'000).value(), HasSubstr("Name: flask"));
  restart();
  EXPECT_EQ(upstreams_->page(named("flask"))->page->page.files.front().metadata_sha256, stated);
}

TEST_F(UpstreamsTest, what_the_checks_find_of_a_file_is_recorded) {
  offer_flask();
  ASSERT_TRUE(file().ok()) << "what the public has is not ours to mend";
  const auto findings = store_->upstreams().files("main", "flask")->front().findings;
  EXPECT_THAT(findings, HasSubstr("\"check\":"));
  EXPECT_THAT(logged_.str(), HasSubstr("upstream " + first_root + ": \"" + wheel + "\" has "));
}

TEST_F(UpstreamsTest, a_file_that_fails_the_checks_is_refused_where_that_is_configured) {
  SourcePolicy policy;
  policy.checks = dist::Severity::refuse;
  restart(false, std::move(policy));
  offer_flask();
  const auto refused = file();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Errc::forbidden);
  EXPECT_THAT(blobs(), IsEmpty());
}

TEST_F(UpstreamsTest, a_file_is_not_examined_where_the_checks_are_off) {
  SourcePolicy policy;
  policy.checks = dist::Severity::off;
  restart(false, std::move(policy));
  offer_flask();
  ASSERT_TRUE(file().ok());
  EXPECT_EQ(store_->upstreams().files("main", "flask")->front().findings, "[]");
}

TEST_F(UpstreamsTest, metadata_with_another_digest_is_not_stored) {
  offer(page_answer(page_of(
      wheel, bytes, fmt::format(R"(,"core-metadata":{{"sha256":"{}"}})", Sha256::of("right").hex()))));
  peer_.answer(wheel_url + ".metadata", bytes_answer("wrong"));
  EXPECT_THAT(upstreams_->metadata(named("flask"), wheel, Sha256::of(bytes)).error().message,
              HasSubstr("nothing was stored"));
  EXPECT_THAT(blobs(), IsEmpty());
}

TEST_F(UpstreamsTest, metadata_that_the_page_does_not_state_is_not_asked_for) {
  offer(page_answer(page_of(wheel, bytes, R"(,"core-metadata":true)")));
  EXPECT_EQ(upstreams_->metadata(named("flask"), wheel, Sha256::of(bytes)).error().code, Errc::not_found);
  EXPECT_THAT(peer_.asked(), SizeIs(1));
}

}  // namespace
}  // namespace packhouse::upstream
