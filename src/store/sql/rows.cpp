#include "store/sql/rows.hpp"

#include <algorithm>
#include <limits>

namespace packhouse::sql {

Number to_limit(std::size_t limit) {
  return static_cast<Number>(std::min<std::size_t>(limit, std::numeric_limits<Number>::max()));
}

Number to_number(Timestamp time) {
  return time.time_since_epoch().count();
}

OptionalNumber to_number(const std::optional<Timestamp>& time) {
  return time ? OptionalNumber{to_number(*time)} : std::nullopt;
}

Timestamp to_time(Number microseconds) {
  return Timestamp{std::chrono::microseconds{microseconds}};
}

std::optional<Timestamp> to_optional_time(const OptionalNumber& microseconds) {
  return microseconds ? std::optional{to_time(*microseconds)} : std::nullopt;
}

OptionalText digest_text(const std::optional<Sha256>& digest) {
  return digest ? OptionalText{digest->hex()} : std::nullopt;
}

Sha256 to_sha256(const Text& hex) {
  return require(Sha256::parse(hex));
}

std::optional<Sha256> to_optional_sha256(const OptionalText& hex) {
  return hex ? std::optional{to_sha256(*hex)} : std::nullopt;
}

OptionalText label_text(const std::optional<ReleaseLabel>& label) {
  return label ? OptionalText{to_string(*label)} : std::nullopt;
}

std::optional<ReleaseLabel> to_label(const OptionalText& text) {
  return text ? std::optional{require(parse_release_label(*text))} : std::nullopt;
}

ReleaseName to_release_name(const Text& project, const Text& version) {
  return require(ReleaseName::parse(project, version));
}

ProjectState to_project_state(const Text& status, const Text& reason) {
  return {.status = require(parse_project_status(status)), .reason = reason};
}

IndexPolicy to_policy(const Text& text) {
  const auto value = require(json::parse(text));
  if (!value.is_object()) throw StoreError("the database holds a policy that packhouse did not write");
  return require(IndexPolicy::parse(value.get_object()));
}

File to_file(FileRow&& row) {
  auto& [id, project, version, filename, kind, sha256, blake2b_256, size, requires_python, metadata_sha256,
         provenance_sha256, uploaded, yanked, blocked, status, reason, label] = row;
  auto release = to_release_name(project, version);
  const auto state = to_project_state(status, reason);
  auto held = withheld(release.project, state, {.version = release.version, .blocked = std::move(blocked)});
  return {.id = id,
          .release = std::move(release),
          .filename = std::move(filename),
          .kind = require(parse_file_kind(kind)),
          .sha256 = to_sha256(sha256),
          .blake2b_256 = std::move(blake2b_256),
          .size = static_cast<std::uint64_t>(size),
          .requires_python = std::move(requires_python),
          .metadata_sha256 = to_optional_sha256(metadata_sha256),
          .provenance_sha256 = to_optional_sha256(provenance_sha256),
          .uploaded = to_time(uploaded),
          .yanked = std::move(yanked),
          .withheld = std::move(held),
          .label = to_label(label)};
}

}  // namespace packhouse::sql
