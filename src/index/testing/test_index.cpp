#include "index/testing/test_index.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "archive/testing/raw_tar.hpp"
#include "archive/testing/raw_zip.hpp"
#include "base/text.hpp"
#include "blob/fs/fs_blob_store.hpp"
#include "pep/filename.hpp"
#include "store/ledger.hpp"
#include "store/sqlite/open.hpp"

namespace packhouse::index::testing {
namespace {

std::string metadata(std::string_view name, std::string_view version, std::string_view fields = "") {
  return fmt::format(
      "Metadata-Version: 2.4\nName: {}\nVersion: {}\nSummary: A test\nRequires-Python: >=3.9\n{}\nText.\n",
      name, version, fields);
}

std::string record_line(std::string_view path, std::string_view content) {
  const auto digest = Sha256::of(content);
  const auto& bytes = digest.bytes();
  return fmt::format("{},sha256={},{}\n", path, to_base64url(std::string(bytes.begin(), bytes.end())),
                     content.size());
}

std::string stem(std::string_view name, std::string_view version) {
  return fmt::format("{}-{}", ProjectName::parse(name)->filename_form(), version);
}

/// A value, or the end of the test: the fixture itself must not fail.
template <typename T>
T must(Result<T> result) {
  if (!result.ok()) throw std::runtime_error(result.error().message);
  return std::move(*result);
}

}  // namespace

std::string wheel_filename(std::string_view name, std::string_view version) {
  return stem(name, version) + "-py3-none-any.whl";
}

std::string sdist_filename(std::string_view name, std::string_view version) {
  return stem(name, version) + ".tar.gz";
}

std::string wheel_bytes(std::string_view name, std::string_view version, std::string_view text,
                        std::string_view fields) {
  const auto info = stem(name, version) + ".dist-info";
  const std::vector<std::pair<std::string, std::string>> members{
      {ProjectName::parse(name)->filename_form() + "/__init__.py", std::string(text)},
      {info + "/METADATA", metadata(name, version, fields)},
      {info + "/WHEEL", "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"}};
  archive::testing::RawZip zip;
  std::string record;
  for (const auto& [path, content] : members) {
    zip.add(path, content);
    record += record_line(path, content);
  }
  zip.add(info + "/RECORD", record + info + "/RECORD,,\n");
  return zip.bytes();
}

std::string sdist_bytes(std::string_view name, std::string_view version, std::string_view text) {
  const auto top = stem(name, version);
  archive::testing::RawTar tar;
  tar.add(top + "/PKG-INFO", metadata(name, version));
  tar.add(top + "/pyproject.toml", "[build-system]\nrequires = []\nbuild-backend = \"x\"\n");
  tar.add(top + "/x.py", std::string(text));
  return tar.bytes();
}

TestIndex::TestIndex()
    : folder(must(TemporaryFolder::make())),
      disk(make_posix_file_system()),
      store(must(open_sqlite_store((folder.path() / "packhouse.db").string()))),
      blobs(must(open_fs_blob_store(*disk, folder.path()))),
      clock(must(parse_iso8601("2026-11-22T10:00:00Z"))) {
  const LedgerNote note{.actor = {.kind = "system", .id = "test", .address = {}},
                        .action = "index.create",
                        .subject = "main",
                        .reason = {},
                        .detail = {}};
  must(store->catalog().ensure_index("main", note, clock.now()));
}

Context TestIndex::context(ChangeListener& changes) {
  return {.index = "main",
          .store = *store,
          .blobs = *blobs,
          .clock = clock,
          .policy = policy,
          .changes = changes,
          .quotas = quotas};
}

UploadForm TestIndex::form_for(std::string_view filename, std::string_view bytes) {
  const bool wheel = filename.ends_with(".whl");
  const auto name =
      wheel ? must(WheelFilename::parse(filename)).name : must(SdistFilename::parse(filename)).name;
  const auto version =
      wheel ? must(WheelFilename::parse(filename)).version : must(SdistFilename::parse(filename)).version;
  return {.project = name,
          .claims = {.name = name.str(),
                     .version = version.str(),
                     .filetype = wheel ? "bdist_wheel" : "sdist",
                     .metadata_version = std::nullopt,
                     .pyversion = wheel ? "py3" : "source",
                     .sha256 = Sha256::of(bytes).hex(),
                     .blake2b_256 = std::nullopt,
                     .md5 = std::nullopt,
                     .received = std::nullopt},
          .attestations = std::nullopt};
}

Result<Ingested> TestIndex::add(std::string_view filename, std::string_view bytes) {
  const auto here = context(listener);
  const Ingest ingest{here};
  CHECK_OK(ingest.admit(filename, Sha256::of(bytes).hex()));
  auto writer = must(blobs->begin({.blake2b_256 = true, .md5 = false}));
  CHECK_OK(writer->write(bytes));
  return ingest.accept(filename, form_for(filename, bytes), std::move(writer),
                       {.kind = "token", .id = "1", .address = "192.0.2.1"});
}

std::size_t TestIndex::blob_count() {
  std::size_t count = 0;
  const auto visited = blobs->each([&](const Sha256&, std::uint64_t) { ++count; });
  if (!visited.ok()) throw std::runtime_error(visited.error().message);
  return count;
}

std::size_t TestIndex::files_on_disk() const {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path())) {
    const bool database = entry.path().filename().string().starts_with("packhouse.db");
    if (entry.is_regular_file() && !database) ++count;
  }
  return count;
}

Footprint TestIndex::footprint() {
  return {.files_on_disk = files_on_disk(),
          .ledger_entries = ledger_length(),
          .serial = must(store->catalog().serial("main")),
          .tokens = must(store->access().tokens()).size()};
}

std::int64_t TestIndex::ledger_length() {
  return must(verify_ledger(store->ledger()));
}

}  // namespace packhouse::index::testing
