#include "blob/fs/fs_blob_store.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "blob/testing/blob_store_contract.hpp"
#include "sys/temporary_folder.hpp"
#include "sys/testing/faulty_file_system.hpp"
#include "sys/testing/memory_file_system.hpp"

namespace packhouse {
namespace {

/// Opens a store on any disk.
class FsHome : public testing::BlobStoreHome {
 public:
  FsHome(FileSystem& disk, Path folder) : disk_(disk), folder_(std::move(folder)) {
    auto opened = open_fs_blob_store(disk_, folder_);
    if (!opened.ok()) throw std::runtime_error(opened.error().message);
    store_ = std::move(*opened);
  }
  BlobStore& store() override { return *store_; }
  std::string local_bytes(const std::string& path) override {
    return disk_.read(path, 1U << 20U).value_or("unreadable");
  }
  std::size_t leftovers() override { return disk_.list(folder_ / "blobs" / "tmp")->size(); }

 private:
  FileSystem& disk_;
  Path folder_;
  std::unique_ptr<BlobStore> store_;
};

struct PosixDisk {
  Result<TemporaryFolder> folder = TemporaryFolder::make();
  std::unique_ptr<FileSystem> disk = make_posix_file_system();
};

class PosixHome final : private PosixDisk, public FsHome {
 public:
  PosixHome() : FsHome(*PosixDisk::disk, PosixDisk::folder->path()) {}
};

struct MemoryDisk {
  MemoryFileSystem disk;
};

class MemoryHome final : private MemoryDisk, public FsHome {
 public:
  MemoryHome() : FsHome(MemoryDisk::disk, "/data") {}
};

}  // namespace

namespace testing {

INSTANTIATE_TEST_SUITE_P(
    Fs, BlobStoreContract,
    ::testing::Values(BlobStoreKind{"posix", [] { return std::make_unique<PosixHome>(); }},
                      BlobStoreKind{"memory", [] { return std::make_unique<MemoryHome>(); }}),
    [](const auto& info) { return info.param.name; });

}  // namespace testing

namespace {

constexpr std::string_view bytes = "bytes of a wheel";

TEST(FsBlobStore, lays_files_out_by_digest_readable_by_the_owner_only) {
  const PosixDisk home;
  const auto store = open_fs_blob_store(*home.disk, home.folder->path());
  ASSERT_TRUE(store.ok());
  const std::string hex = (*store)->put("abc")->hex();
  const Path path = home.folder->path() / "blobs" / "sha256" / hex.substr(0, 2) / hex.substr(2);
  struct stat info{};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777U, 0600U);
  EXPECT_EQ(info.st_size, 3);
}

TEST(FsBlobStore, keeps_its_blobs_when_opened_again) {
  const PosixDisk home;
  const auto digest = (*open_fs_blob_store(*home.disk, home.folder->path()))->put(bytes);
  const auto again = open_fs_blob_store(*home.disk, home.folder->path());
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(*(*again)->read(*digest, 100), bytes);
}

TEST(FsBlobStore, is_unavailable_when_its_folders_cannot_be_made) {
  MemoryFileSystem memory;
  FaultyFileSystem disk{memory};
  disk.fail_call(7);
  const auto store = open_fs_blob_store(disk, "/data");
  ASSERT_FALSE(store.ok());
  EXPECT_EQ(store.error().code, Errc::unavailable);
}

TEST(FsBlobStore, ignores_foreign_files) {
  MemoryFileSystem disk;
  const auto store = open_fs_blob_store(disk, "/data");
  ASSERT_TRUE(disk.create("/data/blobs/sha256/ab/notes.txt").ok());
  std::size_t seen = 0;
  ASSERT_TRUE((*store)->each([&](const Sha256&, std::uint64_t) { ++seen; }).ok());
  EXPECT_EQ(seen, 0U);
}

TEST(FsBlobStore, replaces_a_copy_truncated_from_outside) {
  MemoryFileSystem disk;
  const auto store = open_fs_blob_store(disk, "/data");
  const std::string hex = Sha256::of(bytes).hex();
  ASSERT_TRUE(
      (*disk.create("/data/blobs/sha256/" + hex.substr(0, 2) + "/" + hex.substr(2)))->write("byt").ok());
  ASSERT_TRUE((*store)->put(bytes).ok());
  EXPECT_EQ(*(*store)->read(Sha256::of(bytes), 100), bytes);
}

TEST(FsBlobStore, repeats_the_first_error_after_a_failed_write) {
  MemoryFileSystem memory;
  FaultyFileSystem disk{memory};
  const auto store = open_fs_blob_store(disk, "/data");
  const auto writer = (*store)->begin({});
  disk.fail_call(1);
  ASSERT_FALSE((*writer)->write(bytes).ok());
  const std::string message = "injected fault in call 1, write";
  EXPECT_EQ((*writer)->write(bytes).error().message, message);
  EXPECT_EQ((*writer)->finish().error().message, message);
  EXPECT_EQ((*writer)->commit().error().message, message);
  EXPECT_FALSE(*(*store)->contains(Sha256::of(bytes)));
}

TEST(FsBlobStore, no_fault_names_its_folder) {
  const PosixDisk home;
  const auto folder = home.folder->path();
  const auto store = *open_fs_blob_store(*home.disk, folder);
  const auto digest = *store->put(bytes);
  std::filesystem::remove_all(folder / "blobs" / "tmp");
  std::filesystem::remove_all(folder / "blobs" / "sha256");
  std::filesystem::create_symlink("sha256", folder / "blobs" / "sha256");
  const auto begun = store->begin({});
  ASSERT_FALSE(begun.ok());
  EXPECT_EQ(begun.error().code, Errc::unavailable) << "a folder that is gone is not the client's fault";
  for (const auto& error : {begun.error(), store->open(digest).error(), store->contains(digest).error()}) {
    EXPECT_NE(error.message.find("\"DATA/blobs/"), std::string::npos) << error.message;
    EXPECT_EQ(error.message.find(folder.native()), std::string::npos) << error.message;
  }
}

TEST(FsBlobStore, contains_returns_the_error_of_the_disk) {
  MemoryFileSystem memory;
  FaultyFileSystem disk{memory};
  const auto store = open_fs_blob_store(disk, "/data");
  disk.fail_call(1);
  EXPECT_EQ((*store)->contains(Sha256::of(bytes)).error().message, "injected fault in call 1, size");
}

const std::string large_bytes(3U << 20U, 'x');

Status upload(BlobStore& store, std::string_view content = bytes) {
  TRY(const auto writer, store.begin({.blake2b_256 = true}));
  CHECK_OK(writer->write(content.substr(0, 5)));
  CHECK_OK(writer->write(content.substr(5)));
  CHECK_OK(writer->finish());
  return writer->commit();
}

/// The blob after a power cut: whole, absent, or the bad case.
std::string after_restart(FileSystem& disk) {
  const auto store = open_fs_blob_store(disk, "/data");
  EXPECT_TRUE(store.ok());
  EXPECT_TRUE((*store)->discard_unfinished().ok());
  EXPECT_TRUE(disk.list("/data/blobs/tmp")->empty());
  const auto found = (*store)->read(Sha256::of(bytes), 100);
  if (!found.ok()) return found.error().code == Errc::not_found ? "absent" : found.error().message;
  return *found == bytes ? "whole" : "damaged";
}

struct Cut {
  Status uploaded;
  std::string found;
};

/// Uploads with every call from `call` on failing, then cuts the power and looks.
Cut upload_cut_at(std::uint64_t call, UnsyncedNames names, bool stored_before) {
  MemoryFileSystem memory;
  FaultyFileSystem disk{memory};
  const auto store = open_fs_blob_store(disk, "/data");
  EXPECT_TRUE(store.ok());
  if (stored_before) EXPECT_TRUE((*store)->put(bytes).ok());
  disk.fail_from(call);
  Cut cut{upload(**store), {}};
  memory.crash(names);
  cut.found = after_restart(memory);
  return cut;
}

class FsBlobStoreCrash : public ::testing::TestWithParam<UnsyncedNames> {};

TEST_P(FsBlobStoreCrash, leaves_a_whole_blob_or_none_wherever_the_power_is_cut) {
  std::uint64_t call = 1;
  for (;; ++call) {
    const Cut cut = upload_cut_at(call, GetParam(), false);
    if (cut.uploaded.ok()) {
      EXPECT_EQ(cut.found, "whole") << "cut after success";
      break;
    }
    EXPECT_TRUE(cut.found == "absent" || cut.found == "whole") << "call " << call << ": " << cut.found;
  }
  EXPECT_EQ(call, 8U) << "create, two writes, size, sync, rename, sync_folder";
}

TEST_P(FsBlobStoreCrash, never_harms_a_blob_that_was_stored_before) {
  for (std::uint64_t call = 1;; ++call) {
    const Cut cut = upload_cut_at(call, GetParam(), true);
    EXPECT_EQ(cut.found, "whole") << "call " << call;
    if (cut.uploaded.ok()) break;
  }
}

Status replace_copy(BlobStore& store) {
  TRY(const auto writer, store.begin({}));
  CHECK_OK(writer->write(bytes));
  CHECK_OK(writer->finish());
  return writer->replace();
}

TEST_P(FsBlobStoreCrash, leaves_a_replaced_copy_damaged_or_whole_wherever_the_power_is_cut) {
  for (std::uint64_t call = 1;; ++call) {
    MemoryFileSystem memory;
    FaultyFileSystem disk{memory};
    const auto store = open_fs_blob_store(disk, "/data");
    ASSERT_TRUE((*store)->put(bytes).ok());
    const auto path = fs_blob_path("/data", Sha256::of(bytes));
    ASSERT_TRUE(memory.remove(path).ok());
    const auto damaged = memory.create(path);
    ASSERT_TRUE((*damaged)->write(std::string(std::size(bytes), '~')).ok());
    ASSERT_TRUE((*damaged)->sync().ok() && memory.sync_folder(path.parent_path()).ok());
    disk.fail_from(call);
    const auto replaced = replace_copy(**store);
    memory.crash(GetParam());
    const auto found = after_restart(memory);
    EXPECT_TRUE(found == "whole" || (found == "damaged" && !replaced.ok()))
        << "call " << call << ": " << found;
    if (replaced.ok()) break;
  }
}

TEST_P(FsBlobStoreCrash, makes_a_name_durable_that_another_writer_has_just_created) {
  MemoryFileSystem memory;
  FaultyFileSystem disk{memory};
  const auto store = open_fs_blob_store(disk, "/data");
  disk.fail_call(7);  // the first writer's sync of the folder: the name is there, but not durable
  ASSERT_FALSE(upload(**store).ok());
  ASSERT_TRUE(upload(**store).ok());
  memory.crash(GetParam());
  EXPECT_EQ(after_restart(memory), "whole");
}

TEST_P(FsBlobStoreCrash, survives_one_failing_call_anywhere_and_succeeds_the_next_time) {
  for (std::uint64_t call = 1; call < 8; ++call) {
    MemoryFileSystem memory;
    FaultyFileSystem disk{memory};
    const auto store = open_fs_blob_store(disk, "/data");
    disk.fail_call(call);
    const bool uploaded = upload(**store).ok();
    EXPECT_EQ(uploaded, call == 4) << "only the look at an older copy may fail without harm; call " << call;
    ASSERT_TRUE(upload(**store).ok());
    EXPECT_TRUE(disk.list("/data/blobs/tmp")->empty()) << "call " << call;
    memory.crash(GetParam());
    EXPECT_EQ(after_restart(memory), "whole") << "call " << call;
  }
}

TEST_P(FsBlobStoreCrash, leaves_a_large_blob_whole_or_absent_although_two_threads_use_the_disk) {
  for (std::uint64_t call = 1;; ++call) {
    MemoryFileSystem memory;
    FaultyFileSystem disk{memory};
    const auto store = open_fs_blob_store(disk, "/data");
    disk.fail_from(call);
    const bool uploaded = upload(**store, large_bytes).ok();
    memory.crash(GetParam());
    const auto found =
        (*open_fs_blob_store(memory, "/data"))->read(Sha256::of(large_bytes), large_bytes.size());
    if (uploaded) {
      EXPECT_TRUE(found.ok() && *found == large_bytes) << "cut after success";
      EXPECT_GT(call, 15U) << "twelve writes, reads, sync, rename, sync_folder";
      break;
    }
    EXPECT_TRUE(found.ok() ? *found == large_bytes : found.error().code == Errc::not_found)
        << "call " << call;
  }
}

INSTANTIATE_TEST_SUITE_P(Disk, FsBlobStoreCrash, ::testing::Values(UnsyncedNames::lost, UnsyncedNames::kept),
                         [](const auto& info) {
                           return std::string(info.param == UnsyncedNames::lost ? "loses" : "keeps") +
                                  "_names";
                         });

}  // namespace
}  // namespace packhouse
