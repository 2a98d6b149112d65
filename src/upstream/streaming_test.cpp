#include <fmt/format.h>
#include <gmock/gmock.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>
#include <unistd.h>

#include <future>
#include <latch>
#include <sstream>

#include "blob/fs/fs_blob_store.hpp"
#include "store/sqlite/open.hpp"
#include "sys/file_system.hpp"
#include "sys/temporary_folder.hpp"
#include "upstream/testing/fake_peer.hpp"
#include "upstream/upstreams.hpp"

namespace packhouse::upstream {
namespace {

using namespace upstream::testing;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using State = GrowingFile::State;

const std::string root = "https://one.example/simple/";
const std::string filename = "flask-3.0.tar.gz";
const std::string file_url = "https://files.example/" + filename;

/// An upstream whose one file comes half, and further when the test says so.
class StreamingTest : public ::testing::Test {
 protected:
  StreamingTest() {
    const LedgerNote note{.actor = {.kind = "system", .id = "test", .address = {}},
                          .action = "test",
                          .subject = "main",
                          .reason = {},
                          .detail = {}};
    EXPECT_TRUE(store_->catalog().ensure_index("main", note, {}).ok());
    open({});
    peer_.answer(file_url, [this](const http::ClientRequest& request) { return send_in_halves(request); });
  }

  ~StreamingTest() override { send_rest(); }

  void open(SourcePolicy policy) {
    std::vector<std::unique_ptr<Source>> sources;
    sources.push_back(std::make_unique<Source>(
        SourceSettings{.url = *http::Url::parse(root), .policy = std::move(policy)}, peer_.maker()));
    upstreams_ = std::make_unique<Upstreams>(UpstreamParts{.index = "main",
                                                           .store = *store_,
                                                           .blobs = *blobs_,
                                                           .clock = clock_,
                                                           .log = log_,
                                                           .policy = checks_},
                                             NameSet{}, std::move(sources));
    offer(fmt::format(R"(,"size":{})", content_.size()));
  }
  void offer(std::string_view size) {
    peer_.answer(root + "flask/",
                 page_answer(fmt::format(
                     R"({{"meta":{{"api-version":"1.4"}},"name":"flask","files":[{{"filename":"{}",)"
                     R"("url":"{}","hashes":{{"sha256":"{}"}}{}}}]}})",
                     filename, file_url, Sha256::of(content_).hex(), size)));
  }

  Result<http::ClientResponse> send_in_halves(const http::ClientRequest& request) {
    auto response = bytes_answer({});
    if (announces_) response.headers.add("Content-Length", std::to_string(sent_.size()));
    CHECK_OK(request.on_head(response));
    CHECK_OK(request.sink(std::string_view(sent_).substr(0, half)));
    half_sent_.count_down();
    rest_.get_future().wait();
    if (cut_) return Error{Errc::unavailable, "the connection was cut", {}};
    CHECK_OK(request.sink(std::string_view(sent_).substr(half)));
    return response;
  }

  void send_rest() {
    if (!std::exchange(rest_sent_, true)) rest_.set_value();
  }

  Result<ServedFile> file() {
    return upstreams_->file(*ProjectName::parse("flask"), filename, Sha256::of(content_));
  }
  static std::string read(const GrowingFile& file, std::size_t size) {
    std::string text(size, '\0');
    const auto count = ::pread(file.fd(), text.data(), size, 0);
    text.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    return text;
  }
  /// The state in which the file has come to its end.
  static State end_of(GrowingFile& file) {
    while (true) {
      const auto seen = file.progress();
      if (seen.state != State::growing) return seen.state;
      const auto changed =
          std::make_shared<std::promise<void>>();  // shared with the thread that wakes this one
      file.on_change(seen, [changed] { changed->set_value(); });
      changed->get_future().wait();
    }
  }
  std::size_t stored() {
    std::size_t count = 0;
    EXPECT_TRUE(blobs_->each([&](const Sha256&, std::uint64_t) { ++count; }).ok());
    return count;
  }
  std::vector<std::string> unfinished() { return *disk_->list(folder_.path() / "blobs" / "tmp"); }

  static constexpr std::size_t half = 200'000;
  const std::string content_ = std::string(half, 'a') + std::string(half, 'b');
  std::string sent_ = content_;
  bool announces_ = true;
  bool cut_ = false;
  std::latch half_sent_{1};
  std::promise<void> rest_;
  bool rest_sent_ = false;

  TemporaryFolder folder_ = *TemporaryFolder::make();
  std::unique_ptr<FileSystem> disk_ = make_posix_file_system();
  std::unique_ptr<MetadataStore> store_ = *open_sqlite_store((folder_.path() / "packhouse.db").string());
  std::unique_ptr<BlobStore> blobs_ = *open_fs_blob_store(*disk_, folder_.path());
  ManualClock clock_{*parse_iso8601("2026-11-22T10:00:00Z")};
  std::ostringstream logged_;
  spdlog::logger log_{"test", std::make_shared<spdlog::sinks::ostream_sink_mt>(logged_)};
  const dist::Policy checks_;
  FakePeer peer_;
  std::unique_ptr<Upstreams> upstreams_;
};

TEST_F(StreamingTest, a_file_is_served_while_it_comes_and_is_stored_once_it_is_verified) {
  const auto first = file();
  ASSERT_TRUE(first.ok()) << first.error().message;
  ASSERT_TRUE(first->stream);
  EXPECT_EQ(first->state, CacheState::fetched);
  EXPECT_EQ(first->stream->size, content_.size());
  half_sent_.wait();
  EXPECT_TRUE(read(*first->stream->file, content_.size()) == content_.substr(0, half));
  EXPECT_EQ(stored(), 0U) << "nothing has a name before it is verified";

  const auto second = file();
  ASSERT_TRUE(second->stream);
  EXPECT_EQ(second->state, CacheState::collapsed);
  EXPECT_EQ(second->stream->file, first->stream->file);

  send_rest();
  EXPECT_EQ(end_of(*first->stream->file), State::complete);
  EXPECT_TRUE(read(*first->stream->file, content_.size()) == content_);
  EXPECT_EQ(stored(), 1U);
  const auto third = file();
  EXPECT_FALSE(third->stream);
  EXPECT_EQ(third->state, CacheState::hit);
  EXPECT_THAT(peer_.asked(), SizeIs(2)) << "the page and the file, once";
}

TEST_F(StreamingTest, wrong_bytes_of_the_right_length_fail_at_their_end) {
  sent_.back() = 'c';
  const auto served = file();
  ASSERT_TRUE(served->stream);
  send_rest();
  EXPECT_EQ(end_of(*served->stream->file), State::failed);
  EXPECT_EQ(stored(), 0U);
  upstreams_.reset();
  EXPECT_THAT(unfinished(), IsEmpty());
  EXPECT_THAT(logged_.str(), HasSubstr("nothing was stored"));
}

TEST_F(StreamingTest, a_file_that_is_cut_fails_and_is_fetched_afresh) {
  cut_ = true;
  const auto served = file();
  send_rest();
  EXPECT_EQ(end_of(*served->stream->file), State::failed);
  peer_.answer(file_url, bytes_answer(content_));
  const auto again = file();
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_EQ(again->state, CacheState::fetched);
  if (again->stream) EXPECT_EQ(end_of(*again->stream->file), State::complete);
  upstreams_.reset();
  EXPECT_EQ(stored(), 1U);
  EXPECT_THAT(unfinished(), IsEmpty());
}

TEST_F(StreamingTest, a_file_without_any_stated_length_is_served_whole) {
  offer("");
  announces_ = false;
  send_rest();
  const auto served = file();
  ASSERT_TRUE(served.ok()) << served.error().message;
  EXPECT_FALSE(served->stream);
  EXPECT_EQ(stored(), 1U);
}

TEST_F(StreamingTest, the_length_that_is_announced_counts_where_the_page_has_none) {
  offer("");
  const auto served = file();
  ASSERT_TRUE(served->stream);
  EXPECT_EQ(served->stream->size, content_.size());
  send_rest();
}

TEST_F(StreamingTest, the_length_on_the_page_counts_where_none_is_announced) {
  announces_ = false;
  const auto served = file();
  ASSERT_TRUE(served->stream);
  EXPECT_EQ(served->stream->size, content_.size());
  send_rest();
}

TEST_F(StreamingTest, nothing_of_a_file_that_the_checks_refuse_is_served) {
  open({.checks = dist::Severity::refuse});
  send_rest();
  EXPECT_EQ(file().error().code, Errc::forbidden);
  EXPECT_EQ(*upstreams_->stated_size(*ProjectName::parse("flask"), filename, Sha256::of(content_)),
            std::nullopt);
  EXPECT_EQ(stored(), 0U);
}

TEST_F(StreamingTest, the_length_is_known_without_a_request_for_the_file) {
  const auto size = upstreams_->stated_size(*ProjectName::parse("flask"), filename, Sha256::of(content_));
  EXPECT_EQ(*size, content_.size());
  EXPECT_THAT(peer_.asked(), SizeIs(1)) << "the page alone";
}

TEST_F(StreamingTest, a_server_that_stops_ends_a_download) {
  const auto served = file();
  ASSERT_TRUE(served->stream);
  half_sent_.wait();
  auto stopped = std::async(std::launch::async, [&] { upstreams_.reset(); });
  send_rest();
  stopped.wait();
  EXPECT_NE(served->stream->file->progress().state, State::growing);
  EXPECT_THAT(unfinished(), IsEmpty());
}

}  // namespace
}  // namespace packhouse::upstream
