#include "dist/manifest.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace packhouse::dist {
namespace {

constexpr std::string_view first_line = "packhouse-manifest 1";

bool is_plain_filename(std::string_view name) {
  return !name.empty() && name.size() <= 255 && !name.starts_with('.') &&
         std::ranges::all_of(name, [](char c) { return c > 0x20 && c < 0x7f && c != '/' && c != '\\'; });
}

Error malformed(std::string_view line) {
  return {Errc::invalid_input, "expected \"SHA-256 SIZE FILENAME\" in a manifest, found " + quote(line)};
}

Result<ManifestEntry> parse_line(std::string_view line) {
  const auto parts = split(line, ' ');
  if (parts.size() != 3) return malformed(line);
  const auto digest = Sha256::parse(parts[0]);
  const auto size = parse_decimal(parts[1]);
  if (!digest.ok() || !size) return malformed(line);
  return ManifestEntry{std::string{parts[2]}, *size, *digest};
}

}  // namespace

Result<Manifest> Manifest::make(std::vector<ManifestEntry> entries) {
  if (entries.size() > max_files) {
    return Error{Errc::too_large,
                 fmt::format("expected at most {} files, found {}", max_files, entries.size())};
  }
  for (const auto& entry : entries) {
    if (!is_plain_filename(entry.filename)) {
      return Error{Errc::invalid_input,
                   "expected a plain filename in a manifest, found " + quote(entry.filename)};
    }
  }
  std::ranges::sort(entries);
  const auto twice = std::ranges::adjacent_find(entries, {}, &ManifestEntry::filename);
  if (twice != entries.end()) {
    return Error{Errc::invalid_input,
                 "expected each file once in a manifest, found twice " + quote(twice->filename)};
  }
  return Manifest{std::move(entries)};
}

Result<Manifest> Manifest::parse(std::string_view text) {
  auto lines = split(text, '\n');
  if (lines.front() != first_line || !lines.back().empty()) return malformed(lines.front());
  if (lines.size() - 2 > max_files) return Error{Errc::too_large, "too many files in a manifest"};
  std::vector<ManifestEntry> entries;
  for (std::size_t i = 1; i + 1 < lines.size(); ++i) {
    TRY(auto entry, parse_line(lines[i]));
    entries.push_back(std::move(entry));
  }
  TRY(auto manifest, make(std::move(entries)));
  // One text per manifest: another order, leading zeros or upper case would give one content two digests.
  if (manifest.text() != text) return Error{Errc::invalid_input, "expected a manifest in its canonical form"};
  return manifest;
}

const ManifestEntry* Manifest::find(std::string_view filename) const noexcept {
  const auto found = std::ranges::lower_bound(entries_, filename, {}, &ManifestEntry::filename);
  return found == entries_.end() || found->filename != filename ? nullptr : &*found;
}

std::string Manifest::text() const {
  auto out = fmt::format("{}\n", first_line);
  for (const auto& entry : entries_)
    out += fmt::format("{} {} {}\n", entry.sha256.hex(), entry.size, entry.filename);
  return out;
}

Sha256 Manifest::digest() const {
  return Sha256::of(text());
}

}  // namespace packhouse::dist
