#include "blob/fs/fs_blob_store.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <stdexcept>
#include <system_error>

#include "base/text.hpp"
#include "blob/fs/second_pass.hpp"
#include "sys/fail_point.hpp"

namespace packhouse {
namespace {

/// Written and hashed in pieces that stay in the processor's cache between the two.
constexpr std::size_t piece_size = 256U << 10U;
/// Bytes between two starts of writeback: enough for one efficient transfer, and few enough that the sync at
/// the end waits for 1 to 3 ms only.
constexpr std::uint64_t writeback_step = 8U << 20U;
/// From this size on a second thread pays.
constexpr std::uint64_t second_pass_from = 1U << 20U;

/// The paths of a blob folder.
class Layout {
 public:
  explicit Layout(const Path& folder) : root_(folder / "blobs") {}

  const Path& root() const noexcept { return root_; }
  Path temporary() const { return root_ / "tmp"; }
  Path digests() const { return root_ / "sha256"; }
  Path folder_of(const Sha256& digest) const { return digests() / digest.hex().substr(0, 2); }
  Path path_of(const Sha256& digest) const { return folder_of(digest) / digest.hex().substr(2); }

  /// A fault of the disk, without the folder: `"DATA/blobs/tmp/…": No space left on device`.
  Error without_folder(Error error) const {
    const auto folder = quote(root_.parent_path().native(), std::string::npos);
    const auto bare = std::string_view(folder).substr(1, folder.size() - 2);
    error.message = replace_all(std::move(error.message), bare, "DATA");
    return error;
  }
  /// The same of a fault that is not the caller's, whatever it is: a folder that is gone, …
  Error as_unavailable(Error error) const {
    auto shown = without_folder(std::move(error));
    shown.code = Errc::unavailable;
    return shown;
  }

 private:
  Path root_;
};

enum class FailPoints { passed_by, reached };

class FsBlobWriter final : public BlobWriter {
 public:
  FsBlobWriter(FileSystem& disk, const Layout& layout, Path path, std::unique_ptr<WritableFile> file,
               HashSet hashes, FailPoints fail_points)
      : disk_(disk),
        layout_(layout),
        path_(std::move(path)),
        file_(std::move(file)),
        hasher_(hashes),
        fail_points_(fail_points) {}
  FsBlobWriter(const FsBlobWriter&) = delete;
  FsBlobWriter& operator=(const FsBlobWriter&) = delete;

  ~FsBlobWriter() override {
    if (!placed_) discard();
  }

  Status write(std::string_view bytes) override {
    CHECK_OK(state_);
    for (; !bytes.empty(); bytes.remove_prefix(std::min(bytes.size(), piece_size)))
      CHECK_OK(keep(write_piece(bytes.substr(0, piece_size))));
    return success();
  }

  Status seal() override {
    CHECK_OK(state_);
    file_->start_writeback();  // the disk works on the rest while the caller reads the bytes
    if (second_pass_) second_pass_->end();
    sealed_ = true;
    return success();
  }

  Result<HashValues> finish() override {
    if (!sealed_) CHECK_OK(seal());
    auto values = second_pass_ ? second_pass_->result() : hasher_.finish();
    CHECK_OK(keep(values));
    synced_ = second_pass_ != nullptr;
    digest_ = values->sha256;
    return values;
  }

  std::uint64_t size() const noexcept override { return size_; }
  const std::string& path() const noexcept override { return path_.native(); }

  Status place() override {
    CHECK_OK(state_);
    if (!digest_) throw std::logic_error("BlobWriter::place() before finish()");
    if (placed_) return success();
    CHECK_OK(keep(is_stored() ? discard_for_the_old_copy() : publish()));
    placed_ = true;
    return success();
  }

  /// The folder is synced for an old copy too: its name may not be durable yet.
  Status commit() override {
    CHECK_OK(place());
    return make_name_durable();
  }

  Status replace() override {
    CHECK_OK(state_);
    if (!digest_ || placed_) throw std::logic_error("BlobWriter::replace() before finish() or after place()");
    CHECK_OK(keep(publish()));
    placed_ = true;
    return make_name_durable();
  }

 private:
  Status make_name_durable() {
    CHECK_OK(keep(disk_.sync_folder(layout_.folder_of(*digest_))));
    pass(FailPoint::upload_blob_linked);
    return success();
  }

  Status write_piece(std::string_view piece) {
    CHECK_OK(file_->write(piece));
    size_ += piece.size();
    if (size_ - written_back_ >= writeback_step) {
      file_->start_writeback();
      written_back_ = size_;
    }
    hash(piece);
    return success();
  }

  void hash(std::string_view piece) {
    if (second_pass_) return second_pass_->grown_to(size_);
    hasher_.update(piece);
    if (size_ >= second_pass_from)
      second_pass_ = std::make_unique<SecondPass>(*file_, std::move(hasher_), size_);
  }

  /// A copy of another length was damaged from outside (a full disk under a bad restore, …): replace it.
  bool is_stored() const {
    const auto size = disk_.size(layout_.path_of(*digest_));
    return size.ok() && *size == size_;
  }

  /// The old copy was synced before it got its name.
  Status discard_for_the_old_copy() {
    discard();
    return success();
  }

  /// Bytes before the name: a crash at any point leaves no name without its bytes.
  Status publish() {
    if (!synced_) CHECK_OK(file_->sync());
    pass(FailPoint::upload_blob_synced);
    return disk_.rename(path_, layout_.path_of(*digest_));
  }

  void pass(FailPoint point) const noexcept {
    if (fail_points_ == FailPoints::reached) reach(point);
  }

  /// A file that cannot be removed now is left to discard_unfinished().
  void discard() noexcept {
    second_pass_.reset();
    file_.reset();
    static_cast<void>(disk_.remove(path_));
  }

  template <class Outcome>
  Status keep(const Outcome& outcome) {
    if (!outcome.ok()) state_ = layout_.as_unavailable(outcome.error());
    return state_;
  }

  FileSystem& disk_;
  const Layout& layout_;
  Path path_;
  std::unique_ptr<WritableFile> file_;
  Hasher hasher_;
  FailPoints fail_points_;
  std::uint64_t size_ = 0;
  std::uint64_t written_back_ = 0;
  std::optional<Sha256> digest_;
  Status state_;
  bool sealed_ = false;
  bool synced_ = false;
  bool placed_ = false;
  std::unique_ptr<SecondPass> second_pass_;  // after the file that it reads
};

class FsBlobStore final : public BlobStore {
 public:
  FsBlobStore(FileSystem& disk, Layout layout) : disk_(disk), layout_(std::move(layout)) {}

  /// All folders at once, so that commit() never has to make one and to sync its parent.
  Status make_folders() {
    CHECK_OK(disk_.make_folders(layout_.temporary()));
    CHECK_OK(disk_.make_folders(layout_.digests()));
    for (unsigned prefix = 0; prefix < 256; ++prefix)
      CHECK_OK(disk_.make_folders(layout_.digests() / fmt::format("{:02x}", prefix)));
    CHECK_OK(disk_.sync_folder(layout_.digests()));
    CHECK_OK(disk_.sync_folder(layout_.root()));
    return disk_.sync_folder(layout_.root().parent_path());
  }

  Result<std::unique_ptr<BlobWriter>> begin(HashSet hashes) override {
    return begin(hashes, FailPoints::reached);
  }

  Result<Sha256> put(std::string_view bytes) override {
    TRY(const auto writer, begin({}, FailPoints::passed_by));
    CHECK_OK(writer->write(bytes));
    TRY(const HashValues values, writer->finish());
    CHECK_OK(writer->commit());
    return values.sha256;
  }

  Result<BlobFile> open(const Sha256& digest) override {
    auto file = disk_.open(layout_.path_of(digest));
    if (!file.ok()) return explain(digest, std::move(file).error());
    struct stat info{};
    if (::fstat(file->get(), &info) != 0) throw std::system_error(errno, std::generic_category(), "fstat");
    return BlobFile{file->release(), static_cast<std::uint64_t>(info.st_size)};
  }

  Result<std::string> read(const Sha256& digest, std::uint64_t limit) override {
    auto bytes = disk_.read(layout_.path_of(digest), limit);
    if (!bytes.ok()) return explain(digest, std::move(bytes).error());
    return bytes;
  }

  Result<bool> contains(const Sha256& digest) override {
    const auto size = disk_.size(layout_.path_of(digest));
    if (size.ok()) return true;
    if (size.error().code == Errc::not_found) return false;
    return layout_.as_unavailable(size.error());
  }

  Status remove(const Sha256& digest) override {
    auto removed = disk_.remove(layout_.path_of(digest));
    if (!removed.ok()) return explain(digest, std::move(removed).error());
    return success();
  }

  Status each(const std::function<void(const Sha256&, std::uint64_t size)>& visit) override {
    TRY(const auto prefixes, disk_.list(layout_.digests()));
    for (const std::string& prefix : prefixes) {
      const Path folder = layout_.digests() / prefix;
      TRY(const auto names, disk_.list(folder));
      for (const std::string& name : names) {
        const auto digest = Sha256::parse(prefix + name);
        if (!digest.ok()) continue;  // not ours
        const auto size = disk_.size(folder / name);
        if (size.ok()) {
          visit(*digest, *size);
        } else if (size.error().code != Errc::not_found) {
          return size.error();
        }
      }
    }
    return success();
  }

  Result<std::uint64_t> discard_unfinished() override {
    TRY(const auto names, disk_.list(layout_.temporary()));
    for (const std::string& name : names)
      CHECK_OK(disk_.remove(layout_.temporary() / name));
    return names.size();
  }

 private:
  Result<std::unique_ptr<BlobWriter>> begin(HashSet hashes, FailPoints fail_points) {
    const std::string random = random_bytes(16);
    const std::vector<std::uint8_t> name(random.begin(), random.end());
    Path path = layout_.temporary() / to_hex(name);
    auto file = disk_.create(path);
    if (!file.ok()) return layout_.as_unavailable(std::move(file).error());
    return std::make_unique<FsBlobWriter>(disk_, layout_, std::move(path), *std::move(file), hashes,
                                          fail_points);
  }

  Error explain(const Sha256& digest, Error error) const {
    if (error.code != Errc::not_found) return layout_.without_folder(std::move(error));
    return {Errc::not_found, "there is no blob sha256:" + digest.hex()};
  }

  FileSystem& disk_;
  Layout layout_;
};

}  // namespace

Result<std::unique_ptr<BlobStore>> open_fs_blob_store(FileSystem& disk, const Path& folder) {
  auto store = std::make_unique<FsBlobStore>(disk, Layout{folder});
  CHECK_OK(store->make_folders());
  return store;
}

std::unique_ptr<BlobStore> read_fs_blob_store(FileSystem& disk, const Path& folder) {
  return std::make_unique<FsBlobStore>(disk, Layout{folder});
}

Path fs_blob_path(const Path& folder, const Sha256& digest) {
  return Layout{folder}.path_of(digest);
}

}  // namespace packhouse
