#include "index/backup_folder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/json.hpp"

namespace packhouse::index {
namespace {

constexpr std::string_view format_name = "packhouse-backup-1";
constexpr std::uint64_t max_manifest = 16U << 20U;
constexpr std::uint64_t max_blob_list = 4ULL << 30U;  // 50 million blobs

Error no_list(const Path& path) {
  return {Errc::conflict,
          fmt::format("{} is not the list that its manifest names", quote(path.string(), 300)),
          "take another snapshot with --snapshot"};
}

Result<ListedBlob> parse_line(std::string_view line, const Path& path) {
  constexpr std::size_t digits = 2 * Sha256::size;
  if (line.size() < digits + 2 || line[digits] != ' ') return no_list(path);
  auto digest = Sha256::parse(line.substr(0, digits));
  if (!digest.ok()) return no_list(path);
  ListedBlob blob{.digest = *digest, .size = 0};
  const auto size = line.substr(digits + 1);
  const auto read = std::from_chars(size.data(), size.data() + size.size(), blob.size);
  if (read.ec != std::errc{} || read.ptr != size.data() + size.size()) return no_list(path);
  return blob;
}

Result<Sha256> digest_in(const json::Object& object, std::string_view key) {
  TRY(const auto text, json::get_string(object, key));
  return Sha256::parse(text);
}

}  // namespace

std::string blob_list_text(const std::vector<ListedBlob>& blobs) {
  std::string text;
  for (const auto& blob : blobs)
    text += fmt::format("{} {}\n", blob.digest.hex(), blob.size);
  return text;
}

std::string SnapshotManifest::text() const {
  json::Array absent;
  for (const auto& digest : missing)
    absent.emplace_back(digest.hex());
  return json::canonical(json::Object{{"format", format_name},
                                      {"time", to_iso8601(time)},
                                      {"database", database.hex()},
                                      {"blob-list", blob_list.hex()},
                                      {"blobs", static_cast<std::int64_t>(blobs)},
                                      {"bytes", static_cast<std::int64_t>(bytes)},
                                      {"missing", std::move(absent)},
                                      {"ledger", {{"entries", head.entries}, {"hash", head.hash}}}}) +
         "\n";
}

Result<SnapshotManifest> SnapshotManifest::parse(std::string_view text) {
  TRY(const auto value, json::parse(text));
  if (!value.is_object()) return Error{Errc::invalid_input, "expected a manifest as a JSON object"};
  const auto& object = value.get_object();
  SnapshotManifest manifest;
  TRY(const auto time, json::get_string(object, "time"));
  TRY(manifest.time, parse_iso8601(time));
  TRY(manifest.database, digest_in(object, "database"));
  TRY(manifest.blob_list, digest_in(object, "blob-list"));
  TRY(const auto blobs, json::get_int(object, "blobs"));
  TRY(const auto bytes, json::get_int(object, "bytes"));
  manifest.blobs = static_cast<std::uint64_t>(blobs);
  manifest.bytes = static_cast<std::uint64_t>(bytes);
  TRY(const auto missing, json::get_array(object, "missing"));
  for (const auto& entry : missing) {
    if (!entry.is_string()) return Error{Errc::invalid_input, "expected digests in \"missing\""};
    TRY(const auto digest, Sha256::parse(std::string_view{entry.get_string()}));
    manifest.missing.push_back(digest);
  }
  TRY(const auto ledger, json::get_object(object, "ledger"));
  TRY(manifest.head.entries, json::get_int(ledger, "entries"));
  TRY(manifest.head.hash, json::get_string(ledger, "hash"));
  manifest.head.time = manifest.time;
  if (manifest.text() == text) return manifest;
  return Error{Errc::invalid_input,
               "expected a manifest as packhouse backup writes it, found " + quote(text)};
}

Result<std::vector<std::string>> BackupFolder::names() const {
  auto found = disk_.list(snapshots());
  if (!found.ok() && found.error().code == Errc::not_found) {
    return Error{Errc::not_found, fmt::format("there is no backup in {}", quote(path_.string(), 300)),
                 "packhouse backup --to makes one"};
  }
  if (!found.ok()) return found;
  std::erase_if(*found, [](const std::string& name) { return name.starts_with('.'); });
  return found;
}

Result<std::string> BackupFolder::choose(std::string_view name) const {
  TRY(const auto all, names());
  if (name.empty() && !all.empty()) return all.back();
  if (std::ranges::find(all, name) != all.end()) return std::string(name);
  return Error{Errc::not_found,
               fmt::format("there is no snapshot {}in {}", name.empty() ? "" : quote(name) + " ",
                           quote(path_.string(), 300)),
               all.empty() ? "packhouse backup --to makes one" : "the newest is " + all.back()};
}

Result<std::string> BackupFolder::manifest_text(std::string_view name) const {
  return disk_.read(manifest_of(snapshot(name)), max_manifest);
}

Result<SnapshotManifest> BackupFolder::manifest(std::string_view name) const {
  TRY(const auto text, manifest_text(name));
  auto parsed = SnapshotManifest::parse(text);
  if (!parsed.ok())
    return std::move(parsed).error().context(quote(manifest_of(snapshot(name)).string(), 300));
  return parsed;
}

Result<std::vector<ListedBlob>> BackupFolder::blobs(std::string_view name,
                                                    const SnapshotManifest& manifest) const {
  const auto path = blob_list_of(snapshot(name));
  TRY(const auto text, disk_.read(path, max_blob_list));
  if (Sha256::of(text) != manifest.blob_list) return no_list(path);
  std::vector<ListedBlob> listed;
  listed.reserve(manifest.blobs);
  for (std::string_view rest = text; !rest.empty();) {
    const auto end = rest.find('\n');
    if (end == std::string_view::npos) return no_list(path);
    TRY(auto blob, parse_line(rest.substr(0, end), path));
    listed.push_back(blob);
    rest.remove_prefix(end + 1);
  }
  return listed;
}

}  // namespace packhouse::index
