#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <functional>
#include <map>
#include <memory>
#include <ostream>
#include <string>
#include <thread>
#include <vector>

#include "blob/blob_store.hpp"

namespace packhouse::testing {

/// A fresh, empty store of some kind, with all that it stands on.
class BlobStoreHome {
 public:
  virtual ~BlobStoreHome() = default;
  virtual BlobStore& store() = 0;
  /// The bytes at BlobWriter::path().
  virtual std::string local_bytes(const std::string& path) = 0;
  /// Files that are neither a blob nor needed: what a test must not leave behind.
  virtual std::size_t leftovers() = 0;
};

using BlobStoreFactory = std::function<std::unique_ptr<BlobStoreHome>()>;

struct BlobStoreKind {
  std::string name;
  BlobStoreFactory make;

  friend void PrintTo(const BlobStoreKind& kind, std::ostream* out) { *out << kind.name; }
};

/// What every BlobStore must do. INSTANTIATE_TEST_SUITE_P it with one BlobStoreKind per store.
class BlobStoreContract : public ::testing::TestWithParam<BlobStoreKind> {
 protected:
  BlobStore& store() { return home_->store(); }

  std::unique_ptr<BlobWriter> written(std::string_view bytes, HashSet hashes = {}) {
    auto writer = store().begin(hashes);
    EXPECT_TRUE(writer.ok()) << writer.error().message;
    EXPECT_TRUE((*writer)->write(bytes).ok());
    return std::move(*writer);
  }

  std::map<std::string, std::uint64_t> all() {
    std::map<std::string, std::uint64_t> found;
    EXPECT_TRUE(store()
                    .each([&](const Sha256& digest, std::uint64_t size) {
                      EXPECT_TRUE(found.emplace(digest.hex(), size).second) << "seen twice";
                    })
                    .ok());
    return found;
  }

  static std::string bytes_of(const BlobFile& file) {
    std::string bytes(file.size(), '\0');
    EXPECT_EQ(::pread(file.fd(), bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
    return bytes;
  }

  std::unique_ptr<BlobStoreHome> home_ = GetParam().make();
};

// Each program that includes this suite decides with which stores to run it.
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(BlobStoreContract);

TEST_P(BlobStoreContract, stores_bytes_under_their_digest) {
  const auto writer = written("hello ");
  ASSERT_TRUE(writer->write("world").ok());
  EXPECT_EQ(writer->size(), 11U);
  const auto values = writer->finish();
  ASSERT_TRUE(values.ok());
  EXPECT_EQ(values->sha256, Sha256::of("hello world"));
  ASSERT_TRUE(writer->commit().ok());
  EXPECT_TRUE(*store().contains(values->sha256));
  EXPECT_EQ(*store().read(values->sha256, 11), "hello world");
  const auto file = store().open(values->sha256);
  ASSERT_TRUE(file.ok());
  EXPECT_EQ(bytes_of(*file), "hello world");
  EXPECT_EQ(home_->leftovers(), 0U);
}

TEST_P(BlobStoreContract, computes_only_the_digests_asked_for) {
  const auto plain = written("abc")->finish();
  EXPECT_EQ(plain->blake2b_256, "");
  EXPECT_EQ(plain->md5, "");
  const auto both = written("abc", {.blake2b_256 = true, .md5 = true})->finish();
  EXPECT_EQ(both->sha256.hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(both->blake2b_256, "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
  EXPECT_EQ(both->md5, "900150983cd24fb0d6963f7d28e17f72");
}

TEST_P(BlobStoreContract, shows_nothing_before_commit) {
  const auto writer = written("bytes");
  EXPECT_FALSE(*store().contains(Sha256::of("bytes")));
  ASSERT_TRUE(writer->finish().ok());
  EXPECT_FALSE(*store().contains(Sha256::of("bytes")));
  EXPECT_TRUE(all().empty());
}

TEST_P(BlobStoreContract, lets_finished_bytes_be_read_before_commit) {
  const auto writer = written("bytes");
  ASSERT_TRUE(writer->finish().ok());
  EXPECT_EQ(home_->local_bytes(writer->path()), "bytes");
}

TEST_P(BlobStoreContract, discards_uncommitted_bytes) {
  written("one").reset();
  {
    const auto finished = written("two");
    ASSERT_TRUE(finished->finish().ok());
  }
  EXPECT_TRUE(all().empty());
  EXPECT_EQ(home_->leftovers(), 0U);
}

TEST_P(BlobStoreContract, stores_the_same_bytes_once) {
  for (int i = 0; i < 2; ++i) {
    const auto writer = written("bytes");
    ASSERT_TRUE(writer->finish().ok());
    ASSERT_TRUE(writer->commit().ok());
  }
  EXPECT_EQ(*store().put("bytes"), Sha256::of("bytes"));
  EXPECT_EQ(all(), (std::map<std::string, std::uint64_t>{{Sha256::of("bytes").hex(), 5}}));
  EXPECT_EQ(home_->leftovers(), 0U);
}

TEST_P(BlobStoreContract, replaces_a_stored_copy) {
  ASSERT_TRUE(store().put("bytes").ok());
  const auto old = store().open(Sha256::of("bytes"));
  const auto writer = written("bytes");
  ASSERT_TRUE(writer->finish().ok());
  ASSERT_TRUE(writer->replace().ok());
  EXPECT_EQ(*store().read(Sha256::of("bytes"), 5), "bytes");
  EXPECT_EQ(bytes_of(*old), "bytes");
  EXPECT_EQ(home_->leftovers(), 0U);
}

TEST_P(BlobStoreContract, keeps_readers_of_the_old_copy_working) {
  ASSERT_TRUE(store().put("bytes").ok());
  const auto file = store().open(Sha256::of("bytes"));
  ASSERT_TRUE(store().put("bytes").ok());
  ASSERT_TRUE(store().remove(Sha256::of("bytes")).ok());
  ASSERT_TRUE(file.ok());
  EXPECT_EQ(bytes_of(*file), "bytes");
}

TEST_P(BlobStoreContract, stores_an_empty_blob) {
  const auto digest = store().put("");
  ASSERT_TRUE(digest.ok());
  EXPECT_EQ(*store().read(*digest, 0), "");
  EXPECT_EQ(store().open(*digest)->size(), 0U);
}

TEST_P(BlobStoreContract, stores_bytes_of_every_value_and_of_many_lengths) {
  std::string bytes;
  for (std::size_t i = 0; i < 300'000; ++i)
    bytes += static_cast<char>(i * 7 + i / 256);
  for (const std::size_t length : {1U, 262'143U, 262'144U, 262'145U, 300'000U}) {
    const auto digest = store().put(bytes.substr(0, length));
    ASSERT_TRUE(digest.ok());
    EXPECT_EQ(*digest, Sha256::of(bytes.substr(0, length)));
    EXPECT_EQ(*store().read(*digest, length), bytes.substr(0, length));
  }
}

TEST_P(BlobStoreContract, stores_more_than_one_step_of_write_back_given_in_one_piece) {
  const std::string bytes(20U << 20U, 'x');
  const auto writer = written(bytes);
  EXPECT_EQ(writer->size(), bytes.size());
  EXPECT_EQ(writer->finish()->sha256, Sha256::of(bytes));
  ASSERT_TRUE(writer->commit().ok());
  EXPECT_EQ(store().open(Sha256::of(bytes))->size(), bytes.size());
}

TEST_P(BlobStoreContract, computes_every_digest_of_a_large_blob_written_in_pieces) {
  const std::string piece = random_bytes(100'001);
  const HashSet wanted{.blake2b_256 = true, .md5 = true};
  Hasher expected{wanted};
  const auto writer = written("", wanted);
  for (int i = 0; i < 31; ++i) {
    expected.update(piece);
    ASSERT_TRUE(writer->write(piece).ok());
  }
  const auto values = expected.finish();
  ASSERT_TRUE(writer->seal().ok());
  const auto finished = writer->finish();
  EXPECT_EQ(finished->sha256, values.sha256);
  EXPECT_EQ(finished->blake2b_256, values.blake2b_256);
  EXPECT_EQ(finished->md5, values.md5);
  ASSERT_TRUE(writer->commit().ok());
  EXPECT_EQ(store().open(values.sha256)->size(), 31U * 100'001U);
}

TEST_P(BlobStoreContract, discards_a_large_blob_at_every_step) {
  const std::string bytes(3U << 20U, 'x');
  written(bytes).reset();
  ASSERT_TRUE(written(bytes)->seal().ok());
  ASSERT_TRUE(written(bytes)->finish().ok());
  EXPECT_TRUE(all().empty());
  EXPECT_EQ(home_->leftovers(), 0U);
}

TEST_P(BlobStoreContract, commits_several_placed_blobs) {
  const auto one = written("one");
  const auto two = written("two");
  for (const auto* writer : {&one, &two}) {
    ASSERT_TRUE((*writer)->finish().ok());
    ASSERT_TRUE((*writer)->place().ok());
  }
  for (const auto* writer : {&one, &two})
    ASSERT_TRUE((*writer)->commit().ok());
  EXPECT_EQ(all().size(), 2U);
  EXPECT_EQ(home_->leftovers(), 0U);
}

TEST_P(BlobStoreContract, refuses_to_read_more_than_the_limit) {
  const auto digest = store().put("bytes");
  EXPECT_EQ(store().read(*digest, 4).error().code, Errc::too_large);
}

TEST_P(BlobStoreContract, a_missing_blob_is_not_found) {
  const auto digest = Sha256::of("nothing");
  const std::string message = "there is no blob sha256:" + digest.hex();
  for (const Error& error :
       {store().open(digest).error(), store().read(digest, 9).error(), store().remove(digest).error()}) {
    EXPECT_EQ(error.code, Errc::not_found);
    EXPECT_EQ(error.message, message);
  }
  EXPECT_FALSE(*store().contains(digest));
}

TEST_P(BlobStoreContract, removes_a_blob_and_stores_it_again) {
  const auto digest = store().put("bytes");
  ASSERT_TRUE(store().remove(*digest).ok());
  EXPECT_FALSE(*store().contains(*digest));
  EXPECT_TRUE(all().empty());
  ASSERT_TRUE(store().put("bytes").ok());
  EXPECT_TRUE(*store().contains(*digest));
}

TEST_P(BlobStoreContract, visits_every_blob_once_with_its_size) {
  std::map<std::string, std::uint64_t> expected;
  for (std::size_t i = 0; i < 60; ++i) {
    const auto digest = store().put(std::string(i, 'x'));
    ASSERT_TRUE(digest.ok());
    expected.emplace(digest->hex(), i);
  }
  const auto unfinished = written("unfinished");
  EXPECT_EQ(all(), expected);
}

TEST_P(BlobStoreContract, discards_unfinished_files_and_nothing_else) {
  ASSERT_TRUE(store().put("kept").ok());
  // Destroying the writers when their files are gone already must do no harm either.
  const auto one = written("one");
  const auto two = written("two");
  EXPECT_EQ(*store().discard_unfinished(), 2U);
  EXPECT_EQ(*store().discard_unfinished(), 0U);
  EXPECT_EQ(home_->leftovers(), 0U);
  EXPECT_TRUE(*store().contains(Sha256::of("kept")));
}

TEST_P(BlobStoreContract, accepts_concurrent_writers_also_of_the_same_bytes) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      for (int n = 0; n < 5; ++n) {
        EXPECT_TRUE(store().put("shared " + std::to_string(n)).ok());
        EXPECT_TRUE(store().put(std::to_string(i) + " own " + std::to_string(n)).ok());
      }
    });
  }
  for (auto& thread : threads)
    thread.join();
  EXPECT_EQ(all().size(), 5U + 8U * 5U);
  EXPECT_EQ(*store().read(Sha256::of("shared 3"), 100), "shared 3");
  EXPECT_EQ(home_->leftovers(), 0U);
}

}  // namespace packhouse::testing
