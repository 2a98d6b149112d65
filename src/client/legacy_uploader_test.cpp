#include "client/legacy_uploader.hpp"

#include <gmock/gmock.h>

#include "client/testing/memory_index.hpp"

namespace packhouse::client {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::MemoryIndex;

ReleaseFile candidate(const std::string& filename) {
  const std::string bytes = "bytes of " + filename;
  return ReleaseFile{"/nowhere/" + filename, filename, bytes.size(), Sha256::of(bytes), {}};
}

const std::string wheel = "demo-1.0-py3-none-any.whl";
const std::string sdist = "demo-1.0.tar.gz";

class PublishTest : public ::testing::Test {
 protected:
  PublishTest() {
    files = {candidate(wheel), candidate(sdist)};
    std::vector<dist::ManifestEntry> entries;
    for (const auto& file : files)
      entries.push_back({file.filename, file.size, file.sha256});
    manifest = dist::Manifest::make(entries).value();
    index.content = [](const http::FormFile& file) { return "bytes of " + file.filename; };
  }

  static IndexAddress address(std::string_view url) { return {http::Url::parse(url).value(), std::nullopt}; }

  Result<Checks> publish(const IndexRelease& served = {}) {
    IndexClient client(index, address(testing::index_upload_url), address(testing::index_simple_url));
    LegacyUploader publisher(client, clock, console, seconds(60), 1000);
    return publisher.publish(
        {project, version}, files, served, [this](std::string_view phase, const json::Object& d) {
          notes.push_back(std::string(phase) + " " + std::string(d.at("filename").as_string()));
          return success();
        });
  }
  Status wait_for() {
    IndexClient client(index, address(testing::index_upload_url), address(testing::index_simple_url));
    return LegacyUploader(client, clock, console, seconds(60), 1000).wait_for({project, version}, *manifest);
  }

  MemoryIndex index;
  ManualClock clock{Timestamp(seconds(1'800'000'000))};
  Redactor redactor;
  console::Console console{{.text = [](std::string_view) {}}, redactor, clock};
  ProjectName project = ProjectName::parse("demo").value();
  Version version = Version::parse("1.0").value();
  std::vector<ReleaseFile> files;
  std::optional<dist::Manifest> manifest;
  std::vector<std::string> notes;
};

TEST_F(PublishTest, uploads_the_sdist_first_and_notes_each_intent_before_it) {
  EXPECT_TRUE(all_passed(publish().value()));
  EXPECT_THAT(index.uploads, ElementsAre(sdist, wheel));
  EXPECT_THAT(notes,
              ElementsAre("intent " + sdist, "outcome " + sdist, "intent " + wheel, "outcome " + wheel));
}

TEST_F(PublishTest, sends_no_second_file_where_the_first_is_not_served) {
  index.hidden_reads = 1000;
  const auto refused = publish();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Errc::unavailable);
  EXPECT_THAT(refused.error().message, HasSubstr("expected the index to serve demo-1.0.tar.gz within 60 s"));
  EXPECT_THAT(index.uploads, ElementsAre(sdist));
}

TEST_F(PublishTest, uploads_only_what_is_not_there) {
  const ServedFile there{sdist, {}, 1, Sha256::of("bytes of " + sdist), std::nullopt, false};
  const IndexRelease served{{there}, {}};
  EXPECT_TRUE(all_passed(publish(served).value()));
  EXPECT_THAT(index.uploads, ElementsAre(wheel));
}

TEST_F(PublishTest, reads_back_after_a_lost_answer_and_does_not_send_again_what_arrived) {
  index.next_uploads = {{true, Error{Errc::unavailable, "timed out"}}, {true, MemoryIndex::answer(502)}};
  EXPECT_TRUE(all_passed(publish().value()));
  EXPECT_THAT(index.uploads, ElementsAre(sdist, wheel));
}

TEST_F(PublishTest, sends_again_what_was_seen_to_be_absent) {
  index.next_uploads = {{false, MemoryIndex::answer(500)}, {false, Error{Errc::unavailable, "reset"}}};
  EXPECT_TRUE(all_passed(publish().value()));
  EXPECT_THAT(index.uploads, ElementsAre(sdist, sdist, sdist, wheel));
  EXPECT_GT(index.reads, 0);
}

TEST_F(PublishTest, gives_up_after_three_lost_uploads_as_something_to_try_later) {
  index.next_uploads = {{false, MemoryIndex::answer(503)},
                        {false, MemoryIndex::answer(503)},
                        {false, MemoryIndex::answer(503)}};
  const auto error = publish().error();
  EXPECT_EQ(error.code, Errc::unavailable);
  EXPECT_THAT(error.hint, HasSubstr("same command again"));
  EXPECT_THAT(index.uploads, ElementsAre(sdist, sdist, sdist));
}

TEST_F(PublishTest, a_lost_answer_that_hid_other_bytes_is_a_conflict) {
  index.files[sdist] = "somebody else's";
  index.next_uploads = {{false, MemoryIndex::answer(500)}};
  const auto checks = publish().value();
  EXPECT_THAT(refused_ids(checks), ElementsAre("index.upload"));
  EXPECT_EQ(worst_refusal(checks), RefusalKind::conflict);
  EXPECT_THAT(index.uploads, ElementsAre(sdist));  // nothing follows a refusal
}

TEST_F(PublishTest, exists_is_good_if_the_bytes_are_ours) {
  index.next_uploads = {{true, MemoryIndex::answer(409)}};
  EXPECT_TRUE(all_passed(publish().value()));
}

TEST_F(PublishTest, exists_but_not_served_is_a_burned_name) {
  index.next_uploads = {{false, MemoryIndex::answer(400, "File already exists")}};
  const auto checks = publish().value();
  EXPECT_THAT(refused_ids(checks), ElementsAre("index.upload"));
  EXPECT_THAT(checks.back().hint, HasSubstr("bump the version"));
}

TEST_F(PublishTest, a_refusal_of_the_index_ends_it) {
  index.next_uploads = {{false, MemoryIndex::answer(400, "Unknown license")}};
  const auto checks = publish().value();
  EXPECT_THAT(refused_ids(checks), ElementsAre("index.upload"));
  EXPECT_THAT(checks.back().found, HasSubstr("Unknown license"));
  EXPECT_THAT(index.uploads, ElementsAre(sdist));
}

TEST_F(PublishTest, stops_when_an_intent_cannot_be_recorded) {
  IndexClient client(index, address(testing::index_upload_url), address(testing::index_simple_url));
  LegacyUploader publisher(client, clock, console, seconds(60), 1000);
  const auto note = [](std::string_view, const json::Object&) -> Status {
    return Error{Errc::unavailable, "disk full"};
  };
  EXPECT_EQ(publisher.publish({project, version}, files, {}, note).error().message, "disk full");
  EXPECT_THAT(index.uploads, IsEmpty());
}

TEST_F(PublishTest, waits_until_the_page_shows_every_file) {
  index.files = {{sdist, "bytes of " + sdist}, {wheel, "bytes of " + wheel}};
  index.hidden_reads = 3;
  const Timestamp start = clock.now();
  EXPECT_TRUE(wait_for().ok());
  EXPECT_EQ(clock.now() - start, seconds(1 + 2 + 4));
}

TEST_F(PublishTest, waits_no_longer_than_it_may) {
  index.hidden_reads = 1'000'000;
  const Timestamp start = clock.now();
  EXPECT_EQ(wait_for().error().code, Errc::unavailable);
  EXPECT_LE(clock.now() - start, seconds(60));
}

}  // namespace
}  // namespace packhouse::client
