#include "index/sessions.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>
#include <utility>

#include "dist/manifest.hpp"
#include "index/audit.hpp"
#include "index/testing/test_index.hpp"
#include "index/unneeded_blobs.hpp"

namespace packhouse::index {
namespace {

using namespace testing;

const Actor ci{.kind = "token", .id = "1", .address = "192.0.2.1"};
const Actor stranger{.kind = "token", .id = "2", .address = "192.0.2.2"};

class SessionsTest : public ::testing::Test {
 protected:
  SessionsTest() : context_(site_.context(site_.listener)), sessions_(context_, {}) {}

  Session open(std::string_view name = "demo", std::string_view version = "1.0") {
    const auto opened = sessions_.open(request(name, version), ci);
    EXPECT_TRUE(opened.ok()) << opened.error().message;
    return opened->session;
  }

  static SessionRequest request(std::string_view name, std::string_view version) {
    return *SessionRequest::parse({{"name", name}, {"version", version}});
  }

  static FileRequest announcement(std::string_view filename, std::string_view bytes) {
    return {.filename = std::string(filename),
            .size = bytes.size(),
            .hashes = {{"sha256", Sha256::of(bytes).hex()}},
            .mechanism = "http-post-bytes"};
  }

  Session now(const Session& session) { return *sessions_.find(session.token); }

  Result<StagedFile> announce(const Session& session, std::string_view filename, std::string_view bytes) {
    return sessions_.announce(now(session), announcement(filename, bytes), ci);
  }

  Status receive(const Session& session, const StagedFile& file, std::string_view bytes) {
    auto content = *site_.blobs->begin({.blake2b_256 = true, .md5 = false});
    EXPECT_TRUE(content->write(bytes).ok());
    AnnouncedDigests digests{file.hashes};
    digests.update(bytes);
    return sessions_.receive(session, file, digests, std::move(content), ci);
  }

  Result<Completion> stage(const Session& session, std::string_view filename, std::string_view bytes) {
    TRY(const auto file, announce(session, filename, bytes));
    CHECK_OK(receive(session, file, bytes));
    TRY(const auto received, sessions_.file(session, file.id));
    return sessions_.complete(session, received, ci);
  }

  void expect_sound() {
    const auto report = audit(*site_.store, *site_.blobs);
    ASSERT_TRUE(report.ok());
    for (const auto& finding : report->findings)
      ADD_FAILURE() << finding.kind << " " << finding.subject << ": " << finding.message;
  }

  /// The message of a refusal, after which everything is as it was.
  template <typename Change>
  std::string refusal(const Change& change, Errc code = Errc::conflict) {
    const auto files = site_.files_on_disk();
    const auto ledger = site_.ledger_length();
    const auto result = change();
    EXPECT_EQ(site_.files_on_disk(), files) << "bytes were left behind";
    EXPECT_EQ(site_.ledger_length(), ledger);
    expect_sound();
    EXPECT_FALSE(result.ok());
    if (result.ok()) return "accepted";
    EXPECT_EQ(result.error().code, code) << result.error().message;
    return result.error().message;
  }

  TestIndex site_;
  Context context_;
  Sessions sessions_;
  const std::string wheel_ = wheel_filename("demo", "1.0");
  const std::string bytes_ = wheel_bytes("demo", "1.0");
};

TEST_F(SessionsTest, an_announced_wheel_becomes_visible_once_published) {
  const auto session = open();
  const auto done = stage(session, wheel_, bytes_);
  ASSERT_TRUE(done.ok()) << done.error().message;
  EXPECT_TRUE(done->refusals.empty());
  EXPECT_EQ(done->file.status, StagedStatus::completed);
  EXPECT_EQ(done->file.file->metadata_sha256.has_value(), true);
  EXPECT_EQ(site_.store->files().find("main", wheel_).error().code, Errc::not_found);
  EXPECT_EQ(site_.listener.changed, std::vector<std::string>{"demo"}) << "the name is this server's now";
  expect_sound();

  site_.listener.changed.clear();
  site_.clock.sleep(std::chrono::hours{1});
  const auto published = sessions_.publish(now(session), {}, ci);
  ASSERT_TRUE(published.ok()) << published.error().message;
  EXPECT_EQ(site_.listener.changed, std::vector<std::string>{"demo"});
  const auto file = site_.store->files().find("main", wheel_);
  ASSERT_TRUE(file.ok());
  EXPECT_EQ(file->sha256, Sha256::of(bytes_));
  EXPECT_EQ(file->uploaded, site_.clock.now());
  EXPECT_EQ(site_.blobs->read(*file->metadata_sha256, 10'000)->starts_with("Metadata-Version"), true);
  expect_sound();
}

TEST_F(SessionsTest, publishes_only_the_files_that_the_request_was_made_for) {
  const auto session = open();
  ASSERT_TRUE(stage(session, wheel_, bytes_).ok());
  const dist::ManifestEntry examined{wheel_, bytes_.size(), Sha256::of(bytes_)};
  const PublishRequest request{.manifest = dist::Manifest::make({examined})->digest()};
  const std::string sdist = sdist_filename("demo", "1.0");
  ASSERT_TRUE(stage(session, sdist, sdist_bytes("demo", "1.0")).ok());
  const auto message = refusal([&] { return sessions_.publish(now(session), request, ci); });
  EXPECT_TRUE(message.starts_with("expected the files of manifest " + request.manifest->hex() +
                                  " in the session, found manifest "))
      << message;
  EXPECT_NE(message.find(sdist), std::string::npos) << message;
  ASSERT_TRUE(sessions_.remove(session, *now(session).find(sdist), ci).ok());
  EXPECT_TRUE(sessions_.publish(now(session), request, ci).ok());
}

TEST_F(SessionsTest, publishes_no_files_that_do_not_agree) {
  const auto session = open();
  ASSERT_TRUE(stage(session, wheel_, wheel_bytes("demo", "1.0", "x = 1\n", "Requires-Dist: evil\n")).ok());
  ASSERT_TRUE(stage(session, sdist_filename("demo", "1.0"), sdist_bytes("demo", "1.0")).ok());
  EXPECT_TRUE(refusal([&] { return sessions_.publish(now(session), {}, ci); }, Errc::invalid_input)
                  .starts_with("release.static-fields: "));
  ASSERT_TRUE(sessions_.remove(session, *now(session).find(wheel_), ci).ok());
  ASSERT_TRUE(stage(session, wheel_, bytes_).ok());
  EXPECT_TRUE(sessions_.publish(now(session), {}, ci).ok());
}

/// Its first reading lets something else happen first.
class InterruptedClock final : public Clock {
 public:
  InterruptedClock(const Clock& inner, std::function<void()> rival)
      : inner_(inner), rival_(std::move(rival)) {}
  Timestamp now() const override {
    if (const auto rival = std::exchange(rival_, nullptr)) rival();
    return inner_.now();
  }
  void sleep(std::chrono::milliseconds) override {}

 private:
  const Clock& inner_;
  mutable std::function<void()> rival_;
};

TEST_F(SessionsTest, publishes_nothing_that_does_not_agree_with_a_file_that_came_meanwhile) {
  const auto session = open();
  ASSERT_TRUE(stage(session, wheel_, wheel_bytes("demo", "1.0", "x = 1\n", "Requires-Dist: evil\n")).ok());
  const auto rival = [&] {
    EXPECT_TRUE(site_.add(sdist_filename("demo", "1.0"), sdist_bytes("demo", "1.0")).ok());
  };
  const InterruptedClock clock{site_.clock, rival};
  const auto shared = site_.context(site_.listener);
  const Context context{.index = shared.index,
                        .store = shared.store,
                        .blobs = shared.blobs,
                        .clock = clock,
                        .policy = shared.policy,
                        .changes = shared.changes};
  const auto lost = Sessions{context, {}}.publish(now(session), {}, ci);
  ASSERT_FALSE(lost.ok());
  EXPECT_TRUE(lost.error().message.starts_with("release.static-fields: ")) << lost.error().message;
  EXPECT_FALSE(site_.store->files().find("main", wheel_).ok());
}

TEST_F(SessionsTest, compares_again_with_a_file_that_the_session_got_meanwhile) {
  const auto session = open();
  ASSERT_TRUE(stage(session, wheel_, wheel_bytes("demo", "1.0", "x = 1\n", "Requires-Dist: evil\n")).ok());
  const auto before = now(session);
  ASSERT_TRUE(stage(session, sdist_filename("demo", "1.0"), sdist_bytes("demo", "1.0")).ok());
  EXPECT_TRUE(refusal([&] { return sessions_.publish(before, {}, ci); }, Errc::invalid_input)
                  .starts_with("release.static-fields: "));
}

TEST_F(SessionsTest, runs_the_checks_of_every_upload) {
  const auto session = open();
  const auto other = wheel_bytes("demo", "2.0");
  const auto done = stage(session, wheel_, other);
  ASSERT_TRUE(done.ok()) << done.error().message;
  ASSERT_FALSE(done->refusals.empty());
  EXPECT_EQ(done->file.status, StagedStatus::error);
  EXPECT_FALSE(done->file.findings.empty());
  EXPECT_EQ(refusal([&] { return sessions_.publish(now(session), {}, ci); }),
            fmt::format("expected every file to be completed, found: \"{}\" is error", wheel_));
  EXPECT_EQ(refusal([&] { return sessions_.complete(session, done->file, ci); }),
            fmt::format("the upload of \"{}\" is error", wheel_));
  EXPECT_EQ(site_.blob_count(), 0U) << "what was refused is not kept";
}

TEST_F(SessionsTest, stores_nothing_of_unannounced_bytes) {
  const auto session = open();
  const auto file = *announce(session, wheel_, bytes_);
  auto other = bytes_;
  other.back() = 'x';
  EXPECT_EQ(refusal([&] { return receive(session, file, other); }, Errc::invalid_input),
            fmt::format("The digest supplied does not match the file: sha256 {} was announced, {} arrived.",
                        Sha256::of(bytes_).hex(), Sha256::of(other).hex()));
  EXPECT_EQ(
      refusal([&] { return receive(session, file, "short"); }, Errc::invalid_input),
      fmt::format("expected the {} bytes that were announced for \"{}\", found 5", bytes_.size(), wheel_));
  EXPECT_EQ(refusal([&] { return sessions_.complete(session, *sessions_.file(session, file.id), ci); }),
            fmt::format("the bytes of \"{}\" did not arrive yet", wheel_));
  EXPECT_TRUE(receive(session, file, bytes_).ok()) << "it may be sent again";
}

TEST_F(SessionsTest, compares_every_announced_digest) {
  const auto session = open();
  auto wanted = announcement(wheel_, bytes_);
  const auto digest_of = [&](std::string_view name) {
    auto hasher = *NamedHasher::make(name);
    hasher.update(bytes_);
    return hasher.finish();
  };
  Hasher both{{.blake2b_256 = true, .md5 = false}};
  both.update(bytes_);
  wanted.hashes = {{"sha512", digest_of("sha512")}, {"md5", std::string(32, '0')}};
  const auto wrong = *sessions_.announce(session, wanted, ci);
  EXPECT_EQ(refusal([&] { return receive(session, wrong, bytes_); }, Errc::invalid_input),
            fmt::format("The digest supplied does not match the file: md5 {} was announced, {} arrived.",
                        std::string(32, '0'), digest_of("md5")));
  ASSERT_TRUE(sessions_.remove(session, wrong, ci).ok());
  wanted.hashes = {
      {"sha512", digest_of("sha512")}, {"md5", digest_of("md5")}, {"blake2b", both.finish().blake2b_256}};
  EXPECT_TRUE(receive(session, *sessions_.announce(now(session), wanted, ci), bytes_).ok());
}

TEST_F(SessionsTest, accepts_a_repeated_announcement_and_refuses_a_different_one) {
  const auto session = open();
  const auto first = *announce(session, wheel_, bytes_);
  EXPECT_EQ(refusal([&] { return announce(session, wheel_, "other"); }),
            fmt::format("the session has a file \"{}\" already, which is pending", wheel_));
  const auto entries = site_.ledger_length();
  EXPECT_EQ(announce(session, wheel_, bytes_)->id, first.id);
  EXPECT_EQ(site_.ledger_length(), entries);
}

TEST_F(SessionsTest, refuses_a_published_filename_whatever_the_bytes) {
  ASSERT_TRUE(site_.add(wheel_, bytes_).ok());
  const auto session = open();
  for (const auto* bytes : {bytes_.c_str(), "other"}) {
    EXPECT_EQ(refusal([&] { return announce(session, wheel_, bytes); }),
              fmt::format("File already exists: \"{}\" is published with SHA-256 {}.", wheel_,
                          Sha256::of(bytes_).hex()));
  }
}

TEST_F(SessionsTest, refuses_a_file_over_the_limit_before_its_bytes) {
  const Sessions small{context_, {.max_file_size = 10}};
  const auto session = open();
  EXPECT_EQ(
      refusal([&] { return small.announce(session, announcement(wheel_, bytes_), ci); }, Errc::too_large),
      "File too large. The limit of this index is 10 bytes.");
}

TEST_F(SessionsTest, the_name_of_a_new_project_is_reserved) {
  open("fresh", "1.0");
  EXPECT_TRUE(refusal([&] {
                return sessions_.open(request("fresh", "2.0"), stranger);
              }).starts_with("the project name \"fresh\" is reserved until 2026-11-29T10:00:00"));
  const auto again = sessions_.open(request("fresh", "1.0"), stranger);
  ASSERT_TRUE(again.ok());
  EXPECT_FALSE(again->fresh);
  ASSERT_TRUE(site_.add(wheel_, bytes_).ok());
  open("demo", "2.0");
  EXPECT_TRUE(sessions_.open(request("demo", "3.0"), stranger)->fresh);
}

TEST_F(SessionsTest, is_extended_up_to_its_longest_life) {
  const auto session = open();
  EXPECT_EQ(to_iso8601(session.expires), "2026-11-29T10:00:00.000000Z");
  const auto longer = sessions_.extend(session, std::chrono::seconds{3600}, ci);
  EXPECT_EQ(to_iso8601(longer->expires), "2026-11-29T11:00:00.000000Z");
  const auto longest = sessions_.extend(*longer, std::chrono::seconds::max(), ci);
  EXPECT_EQ(to_iso8601(longest->expires), "2026-12-22T10:00:00.000000Z");
  const auto entries = site_.ledger_length();
  EXPECT_EQ(sessions_.extend(*longest, std::chrono::seconds{1}, ci)->expires, longest->expires);
  EXPECT_EQ(sessions_.extend(*longest, std::chrono::seconds::min(), ci)->expires, longest->expires);
  EXPECT_EQ(site_.ledger_length(), entries);
}

TEST_F(SessionsTest, an_expired_session_leaves_nothing) {
  const auto session = open();
  ASSERT_TRUE(stage(session, wheel_, bytes_).ok());
  EXPECT_EQ(site_.blob_count(), 2U);
  site_.clock.sleep(std::chrono::days{7});
  EXPECT_EQ(sessions_.find(session.token).error().code, Errc::not_found);
  EXPECT_EQ(refusal([&] { return sessions_.publish(session, {}, ci); }, Errc::not_found),
            "there is no such session");
  const auto expired = expire_sessions(site_.store->sessions(), site_.clock.now(), std::chrono::days{7});
  EXPECT_EQ(expired->count, 1U);
  EXPECT_TRUE(drop_unneeded(site_.store->files(), *site_.blobs, expired->blobs).ok());
  EXPECT_EQ(site_.blob_count(), 0U);
  expect_sound();
  EXPECT_TRUE(sessions_.open(request("demo", "1.0"), stranger)->fresh) << "the name is free again";
}

TEST_F(SessionsTest, a_canceled_session_releases_its_blobs_and_its_name) {
  const auto session = open();
  ASSERT_TRUE(stage(session, wheel_, bytes_).ok());
  ASSERT_TRUE(sessions_.cancel(session, ci).ok());
  EXPECT_EQ(now(session).status, SessionStatus::canceled);
  EXPECT_EQ(site_.blob_count(), 0U);
  EXPECT_TRUE(sessions_.open(request("demo", "9.0"), stranger)->fresh);
  site_.clock.sleep(std::chrono::days{8});
  ASSERT_TRUE(expire_sessions(site_.store->sessions(), site_.clock.now(), std::chrono::days{7}).ok());
  EXPECT_EQ(sessions_.find(session.token).error().code, Errc::not_found) << "forgotten in the end";
}

TEST_F(SessionsTest, a_session_that_ends_keeps_the_blobs_that_others_need) {
  const auto first = open("demo", "1.0");
  ASSERT_TRUE(stage(first, wheel_, bytes_).ok());
  ASSERT_TRUE(site_.add(wheel_, bytes_).ok());
  ASSERT_TRUE(sessions_.cancel(first, ci).ok());
  EXPECT_EQ(site_.blob_count(), 2U) << "the file that was uploaded has the same bytes";
  expect_sound();
}

TEST_F(SessionsTest, a_file_out_of_a_session_leaves_no_bytes) {
  const auto session = open();
  const auto done = stage(session, wheel_, bytes_);
  ASSERT_TRUE(done.ok());
  EXPECT_EQ(site_.blob_count(), 2U);
  ASSERT_TRUE(sessions_.remove(session, done->file, ci).ok());
  EXPECT_EQ(site_.blob_count(), 0U);
}

TEST_F(SessionsTest, bytes_that_arrive_after_the_end_of_their_session_are_not_kept) {
  const auto session = open();
  const auto file = *announce(session, wheel_, bytes_);
  ASSERT_TRUE(sessions_.cancel(session, stranger).ok());
  EXPECT_EQ(refusal([&] { return receive(session, file, bytes_); }), "the session was canceled");
  EXPECT_EQ(site_.blob_count(), 0U);
}

TEST_F(SessionsTest, announced_files_take_the_room_of_their_project) {
  site_.quotas.project_size = bytes_.size() + 1;
  const Context context = site_.context(site_.listener);
  const Sessions bounded{context, {}};
  const auto session = bounded.open(request("demo", "1.0"), ci)->session;
  ASSERT_TRUE(bounded.announce(session, announcement(wheel_, bytes_), ci).ok());
  const auto sdist = sdist_filename("demo", "1.0");
  EXPECT_TRUE(
      refusal([&] { return bounded.announce(session, announcement(sdist, bytes_), ci); }, Errc::too_large)
          .starts_with("Project size too large: this index takes "));
}

TEST_F(SessionsTest, opening_a_session_removes_the_bytes_of_expired_ones) {
  ASSERT_TRUE(stage(open(), wheel_, bytes_).ok());
  site_.clock.sleep(std::chrono::days{7});
  open("other", "1.0");
  EXPECT_EQ(site_.blob_count(), 0U);
}

TEST_F(SessionsTest, tokens_differ_and_are_long) {
  const auto token = make_session_token();
  EXPECT_EQ(token.reveal().size(), 47U);
  EXPECT_TRUE(token.reveal().starts_with("phs_"));
  EXPECT_FALSE(token == make_session_token());
}

}  // namespace
}  // namespace packhouse::index
