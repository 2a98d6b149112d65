#include "index/ingest.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <thread>

#include "archive/testing/raw_zip.hpp"
#include "index/remove.hpp"
#include "index/testing/test_index.hpp"

namespace packhouse::index {
namespace {

using namespace testing;

const Actor ci{.kind = "token", .id = "1", .address = "192.0.2.1"};

class IngestTest : public ::testing::Test {
 protected:
  IngestTest() : context_(site_.context(site_.listener)) {}

  std::unique_ptr<BlobWriter> written(std::string_view bytes, bool md5 = false) {
    auto writer = site_.blobs->begin({.blake2b_256 = true, .md5 = md5});
    EXPECT_TRUE(writer.ok());
    EXPECT_TRUE((*writer)->write(bytes).ok());
    return std::move(*writer);
  }

  /// As an upload whose form does not claim a digest in time.
  Result<Ingested> upload(std::string_view filename, const UploadForm& form, std::string_view bytes) {
    const Ingest ingest{context_};
    CHECK_OK(ingest.admit(filename, std::nullopt));
    return ingest.accept(filename, form, written(bytes), ci);
  }

  /// The message of a refusal, after which everything must be as it was.
  std::string refusal(std::string_view filename, const UploadForm& form, std::string_view bytes,
                      Errc code = Errc::invalid_input) {
    const auto files = site_.files_on_disk();
    const auto ledger = site_.ledger_length();
    const auto changes = site_.listener.changed.size();
    const auto done = upload(filename, form, bytes);
    EXPECT_FALSE(done.ok());
    EXPECT_EQ(site_.files_on_disk(), files) << "bytes were left behind";
    EXPECT_EQ(site_.ledger_length(), ledger);
    EXPECT_EQ(site_.listener.changed.size(), changes);
    if (done.ok()) return "accepted";
    EXPECT_EQ(done.error().code, code) << done.error().message;
    return done.error().message;
  }

  TestIndex site_;
  Context context_;
  const std::string name_ = wheel_filename("demo", "1.0");
  const std::string bytes_ = wheel_bytes("demo", "1.0");
};

TEST_F(IngestTest, stores_a_wheel_with_its_metadata_row_and_ledger_entry) {
  const auto done = site_.add(name_, bytes_);
  ASSERT_TRUE(done.ok()) << done.error().message;
  EXPECT_EQ(done->outcome, Recorded::added);

  const auto project = site_.store->catalog().project("main", "demo");
  ASSERT_TRUE(project.ok());
  ASSERT_EQ(project->files.size(), 1U);
  const auto& file = project->files[0];
  EXPECT_EQ(file.filename, name_);
  EXPECT_EQ(file.release.version.str(), "1.0");
  EXPECT_EQ(file.kind, FileKind::wheel);
  EXPECT_EQ(file.sha256, Sha256::of(bytes_));
  EXPECT_EQ(file.size, bytes_.size());
  EXPECT_EQ(file.requires_python, ">=3.9");
  EXPECT_EQ(file.uploaded, site_.clock.now());
  EXPECT_EQ(file.blake2b_256.size(), 64U);
  ASSERT_TRUE(file.metadata_sha256);
  const auto metadata = site_.blobs->read(*file.metadata_sha256, 10'000);
  ASSERT_TRUE(metadata.ok());
  EXPECT_TRUE(metadata->starts_with("Metadata-Version: 2.4\nName: demo\n"));
  EXPECT_EQ(site_.blobs->read(file.sha256, 1U << 20U), bytes_);

  const auto ledger = site_.store->ledger().entries(0, 10);
  ASSERT_TRUE(ledger.ok());
  const auto& entry = ledger->back();
  EXPECT_EQ(entry.note.action, "file.upload");
  EXPECT_EQ(entry.note.subject, "main/demo/1.0/" + name_);
  EXPECT_EQ(entry.note.actor.address, "192.0.2.1");
  EXPECT_EQ(entry.note.detail.at("sha256"), json::Value(file.sha256.hex()));
  EXPECT_EQ(site_.listener.changed, std::vector<std::string>{"demo"});
}

TEST_F(IngestTest, stores_an_sdist_without_a_metadata_blob) {
  const auto done = site_.add(sdist_filename("demo", "1.0"), sdist_bytes("demo", "1.0"));
  ASSERT_TRUE(done.ok()) << done.error().message;
  EXPECT_EQ(done->file.kind, FileKind::sdist);
  EXPECT_FALSE(done->file.metadata_sha256);
  EXPECT_EQ(site_.blob_count(), 1U);
}

TEST_F(IngestTest, stores_the_zip_of_an_old_release_where_the_policy_takes_it) {
  archive::testing::RawZip zip;
  zip.add("demo-0.1/PKG-INFO", "Metadata-Version: 1.0\nName: demo\nVersion: 0.1\n")
      .add("demo-0.1/setup.py", "x");
  const auto bytes = zip.bytes();
  EXPECT_TRUE(refusal("demo-0.1.zip", TestIndex::form_for("demo-0.1.zip", bytes), bytes)
                  .starts_with("file.name.extension: "));
  site_.policy = dist::Policy::mirror();
  const auto done = site_.add("demo-0.1.zip", bytes);
  ASSERT_TRUE(done.ok()) << done.error().message;
  EXPECT_EQ(done->file.kind, FileKind::sdist);
}

TEST_F(IngestTest, a_file_that_does_not_agree_with_its_release_is_refused_whichever_comes_first) {
  const auto wheel = wheel_bytes("demo", "1.0", "x = 1\n", "Requires-Dist: evil\n");
  const auto sdist = sdist_bytes("demo", "1.0");
  ASSERT_TRUE(site_.add(sdist_filename("demo", "1.0"), sdist).ok());
  EXPECT_TRUE(
      refusal(name_, TestIndex::form_for(name_, wheel), wheel).starts_with("release.static-fields: "));
  ASSERT_TRUE(site_.add(name_, bytes_).ok());

  const auto other_wheel = wheel_bytes("demo", "2.0", "x = 1\n", "Requires-Dist: evil\n");
  ASSERT_TRUE(site_.add(wheel_filename("demo", "2.0"), other_wheel).ok());
  const auto late = sdist_filename("demo", "2.0");
  const auto late_bytes = sdist_bytes("demo", "2.0");
  EXPECT_TRUE(refusal(late, TestIndex::form_for(late, late_bytes), late_bytes)
                  .starts_with("release.static-fields: "));
  ASSERT_TRUE(site_.policy.set("release.static-fields", "warn").ok());
  EXPECT_TRUE(site_.add(late, late_bytes).ok());
}

TEST_F(IngestTest, the_same_bytes_again_succeed_and_change_nothing) {
  ASSERT_TRUE(site_.add(name_, bytes_).ok());
  const auto files = site_.files_on_disk();
  const auto ledger = site_.ledger_length();
  const auto again = site_.add(name_, bytes_);
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_EQ(again->outcome, Recorded::identical);
  EXPECT_EQ(site_.files_on_disk(), files);
  EXPECT_EQ(site_.ledger_length(), ledger);
  EXPECT_EQ(site_.listener.changed.size(), 1U);
}

TEST_F(IngestTest, other_bytes_under_a_filename_are_refused_and_nothing_changes) {
  ASSERT_TRUE(site_.add(name_, bytes_).ok());
  const auto other = wheel_bytes("demo", "1.0", "x = 2\n");
  const auto message = refusal(name_, TestIndex::form_for(name_, other), other, Errc::conflict);
  EXPECT_TRUE(message.starts_with("File already exists")) << message;
  EXPECT_EQ(site_.store->files().find("main", name_)->sha256, Sha256::of(bytes_));
}

TEST_F(IngestTest, refuses_before_the_body_by_filename_and_claimed_digest) {
  const Ingest ingest{context_};
  EXPECT_TRUE(ingest.admit(name_, std::nullopt).ok());
  ASSERT_TRUE(site_.add(name_, bytes_).ok());
  EXPECT_TRUE(ingest.admit(name_, Sha256::of(bytes_).hex()).ok());
  EXPECT_TRUE(ingest.admit(name_, std::nullopt).ok()) << "the bytes may be the same";
  const auto other = ingest.admit(name_, std::string(64, 'f'));
  ASSERT_FALSE(other.ok());
  EXPECT_EQ(other.error().code, Errc::conflict);
  EXPECT_TRUE(other.error().message.starts_with("File already exists"));
}

TEST_F(IngestTest, a_deleted_filename_is_retired_also_for_the_same_bytes) {
  ASSERT_TRUE(site_.add(name_, bytes_).ok());
  ASSERT_TRUE(remove_file(context_, "demo", name_, "broken", ci).ok());
  EXPECT_FALSE(Ingest{context_}.admit(name_, Sha256::of(bytes_).hex()).ok());
  const auto message = refusal(name_, TestIndex::form_for(name_, bytes_), bytes_, Errc::conflict);
  EXPECT_NE(message.find("deleted"), std::string::npos) << message;
}

TEST_F(IngestTest, a_wrong_claimed_digest_is_refused) {
  auto form = TestIndex::form_for(name_, bytes_);
  form.claims.sha256 = std::string(64, '0');
  EXPECT_TRUE(
      refusal(name_, form, bytes_).starts_with("The digest supplied does not match the file: SHA-256 0000"));
  form = TestIndex::form_for(name_, bytes_);
  form.claims.blake2b_256 = std::string(64, '0');
  EXPECT_TRUE(
      refusal(name_, form, bytes_).starts_with("The digest supplied does not match the file: BLAKE2b"));
}

TEST_F(IngestTest, an_md5_that_comes_after_the_file_is_compared) {
  auto form = TestIndex::form_for(name_, bytes_);
  Hasher hasher{{.blake2b_256 = false, .md5 = true}};
  hasher.update(bytes_);
  form.claims.md5 = hasher.finish().md5;
  EXPECT_TRUE(Ingest{context_}.accept(name_, form, written(bytes_), ci).ok());
  form.claims.md5 = std::string(32, '0');
  EXPECT_TRUE(
      refusal(name_, form, bytes_).starts_with("The digest supplied does not match the file: MD5 0000"));
}

TEST_F(IngestTest, the_form_must_agree_with_the_file) {
  auto form = TestIndex::form_for(name_, bytes_);
  form.claims.version = "1.1";
  EXPECT_NE(refusal(name_, form, bytes_).find("1.1"), std::string::npos);
  form = TestIndex::form_for(name_, bytes_);
  form.claims.name = "other";
  EXPECT_NE(refusal(name_, form, bytes_).find("other"), std::string::npos);
  form = TestIndex::form_for(name_, bytes_);
  form.claims.filetype = "sdist";
  EXPECT_NE(refusal(name_, form, bytes_).find("sdist"), std::string::npos);
}

TEST_F(IngestTest, a_file_that_is_not_a_wheel_is_refused) {
  const std::string text = "this is no archive";
  EXPECT_NE(refusal(name_, TestIndex::form_for(name_, text), text), "");
}

TEST_F(IngestTest, a_filename_of_another_version_is_refused) {
  const auto wrong = wheel_filename("demo", "2.0");
  EXPECT_NE(refusal(wrong, TestIndex::form_for(wrong, bytes_), bytes_), "");
}

TEST_F(IngestTest, dropped_attestations_are_noted_in_the_ledger) {
  auto form = TestIndex::form_for(name_, bytes_);
  form.attestations = "[{}]";
  ASSERT_TRUE(Ingest{context_}.accept(name_, form, written(bytes_), ci).ok());
  const auto ledger = site_.store->ledger().entries(0, 10);
  ASSERT_TRUE(ledger.ok());
  EXPECT_NE(json::dump(ledger->back().note.detail).find("form.attestations"), std::string::npos);
}

TEST_F(IngestTest, removing_needs_a_reason_and_a_file_of_that_project) {
  ASSERT_TRUE(site_.add(name_, bytes_).ok());
  EXPECT_EQ(remove_file(context_, "demo", name_, " ", ci).error().code, Errc::invalid_input);
  EXPECT_EQ(remove_file(context_, "other", name_, "why", ci).error().code, Errc::not_found);
  EXPECT_EQ(remove_file(context_, "", "nothing.whl", "why", ci).error().code, Errc::not_found);
  EXPECT_TRUE(site_.store->files().find("main", name_).ok());
  const auto gone = remove_file(context_, "", name_, "why", ci);
  ASSERT_TRUE(gone.ok());
  EXPECT_EQ(site_.listener.changed, (std::vector<std::string>{"demo", "demo"}));
  const auto ledger = site_.store->ledger().entries(0, 10);
  EXPECT_EQ(ledger->back().note.action, "file.delete");
  EXPECT_EQ(ledger->back().note.reason, "why");
}

/// At the last moment before the transaction, another upload comes first.
class Overtaken final : public BlobWriter {
 public:
  Overtaken(std::unique_ptr<BlobWriter> inner, std::function<void()> rival)
      : inner_(std::move(inner)), rival_(std::move(rival)) {}
  Status write(std::string_view bytes) override { return inner_->write(bytes); }
  Status seal() override { return inner_->seal(); }
  Result<HashValues> finish() override { return inner_->finish(); }
  std::uint64_t size() const noexcept override { return inner_->size(); }
  const std::string& path() const noexcept override { return inner_->path(); }
  Status place() override { return inner_->place(); }
  Status commit() override {
    auto done = inner_->commit();
    std::jthread{rival_}.join();
    return done;
  }
  Status replace() override { return inner_->replace(); }

 private:
  std::unique_ptr<BlobWriter> inner_;
  std::function<void()> rival_;
};

TEST_F(IngestTest, the_loser_of_a_race_for_a_filename_leaves_nothing) {
  const std::string other = wheel_bytes("demo", "1.0", "x = 2\n");
  auto content =
      std::make_unique<Overtaken>(written(other), [&] { EXPECT_TRUE(site_.add(name_, bytes_).ok()); });
  const auto lost = Ingest{context_}.accept(name_, TestIndex::form_for(name_, other), std::move(content), ci);
  ASSERT_FALSE(lost.ok());
  EXPECT_EQ(lost.error().code, Errc::conflict);
  EXPECT_FALSE(site_.blobs->open(Sha256::of(other)).ok());
  const auto winner = site_.store->files().find("main", name_);
  ASSERT_TRUE(winner.ok());
  EXPECT_EQ(winner->sha256, Sha256::of(bytes_));
  EXPECT_TRUE(site_.blobs->open(winner->sha256).ok());
  EXPECT_TRUE(site_.blobs->open(*winner->metadata_sha256).ok()) << "both wheels have the same METADATA";
}

/// The wheel is compared while its release has no sdist, and one comes before its transaction.
class LateSdist : public IngestTest {
 protected:
  Result<Ingested> upload_beside_an_sdist(const std::string& wheel) {
    auto content = std::make_unique<Overtaken>(written(wheel), [&] {
      EXPECT_TRUE(site_.add(sdist_filename("demo", "1.0"), sdist_bytes("demo", "1.0")).ok());
    });
    return Ingest{context_}.accept(name_, TestIndex::form_for(name_, wheel), std::move(content), ci);
  }
};

TEST_F(LateSdist, refuses_a_wheel_that_does_not_agree_with_it) {
  const auto wheel = wheel_bytes("demo", "1.0", "x = 1\n", "Requires-Dist: evil\n");
  const auto lost = upload_beside_an_sdist(wheel);
  ASSERT_FALSE(lost.ok());
  EXPECT_EQ(lost.error().code, Errc::invalid_input);
  EXPECT_TRUE(lost.error().message.starts_with("release.static-fields: ")) << lost.error().message;
  EXPECT_FALSE(site_.store->files().find("main", name_).ok());
  EXPECT_FALSE(site_.blobs->open(Sha256::of(wheel)).ok()) << "bytes were left behind";
}

TEST_F(LateSdist, takes_a_wheel_that_agrees_with_it) {
  const auto done = upload_beside_an_sdist(bytes_);
  ASSERT_TRUE(done.ok()) << done.error().message;
  EXPECT_EQ(done->outcome, Recorded::added);
  EXPECT_EQ(site_.store->files().of_release("main", done->file.release)->size(), 2U);
}

}  // namespace
}  // namespace packhouse::index
