#include "store/sql/rows.hpp"

#include <fmt/format.h>

#include "store/store_error.hpp"

namespace packhouse::sql {
namespace {

template <typename T>
T require(Result<T> result) {
  if (!result.ok())
    throw StoreError("the database holds what packhouse did not write: " + result.error().message);
  return *std::move(result);
}

std::optional<Timestamp> to_optional_time(const OptionalNumber& microseconds) {
  return microseconds ? std::optional{to_time(*microseconds)} : std::nullopt;
}

}  // namespace

Number to_number(Timestamp time) {
  return time.time_since_epoch().count();
}

OptionalNumber to_number(const std::optional<Timestamp>& time) {
  return time ? OptionalNumber{to_number(*time)} : std::nullopt;
}

Timestamp to_time(Number microseconds) {
  return Timestamp{std::chrono::microseconds{microseconds}};
}

Sha256 to_sha256(const Text& hex) {
  return require(Sha256::parse(hex));
}

File to_file(FileRow&& row) {
  auto& [id, project, version, filename, kind, sha256, blake2b_256, size, requires_python, metadata_sha256,
         provenance_sha256, uploaded, yanked, blocked, status, reason, label] = row;
  const auto standing = to_standing(status, reason);
  auto held = withheld(project, standing, {.version = version, .blocked = std::move(blocked)});
  return {
      .id = id,
      .project = std::move(project),
      .version = std::move(version),
      .filename = std::move(filename),
      .kind = require(parse_file_kind(kind)),
      .sha256 = to_sha256(sha256),
      .blake2b_256 = std::move(blake2b_256),
      .size = static_cast<std::uint64_t>(size),
      .requires_python = std::move(requires_python),
      .metadata_sha256 = metadata_sha256 ? std::optional{to_sha256(*metadata_sha256)} : std::nullopt,
      .provenance_sha256 = provenance_sha256 ? std::optional{to_sha256(*provenance_sha256)} : std::nullopt,
      .uploaded = to_time(uploaded),
      .yanked = std::move(yanked),
      .withheld = std::move(held),
      .label = to_label(label)};
}

std::optional<ReleaseLabel> to_label(const OptionalText& text) {
  return text ? std::optional{require(parse_release_label(*text))} : std::nullopt;
}

OptionalText label_text(const std::optional<ReleaseLabel>& label) {
  return label ? OptionalText{to_string(*label)} : std::nullopt;
}

ProjectStanding to_standing(const Text& status, const Text& reason) {
  return {.status = require(parse_project_status(status)), .reason = reason};
}

Release to_release(const ListReleases::Row& row) {
  const auto& [version, yanked, blocked, label] = row;
  return {.version = version, .yanked = yanked, .blocked = blocked, .label = to_label(label)};
}

IndexPolicy to_policy(const Text& text) {
  const auto value = require(json::parse(text));
  if (!value.is_object()) throw StoreError("the database holds a policy that packhouse did not write");
  return require(IndexPolicy::parse(value.get_object()));
}

Token to_token(const ListTokens::Row& row) {
  const auto& [id, label, hash, permissions, project, created, expires, last_used, revoked, index, user] =
      row;
  return {.id = id,
          .label = label,
          .hash = to_sha256(hash),
          .permissions = require(Permissions::parse(permissions)),
          .project = project,
          .index = index,
          .user = user,
          .created = to_time(created),
          .expires = to_optional_time(expires),
          .last_used = to_optional_time(last_used),
          .revoked = to_optional_time(revoked)};
}

User to_user(const UserRow& row) {
  const auto& [id, name, password, permissions, created, disabled] = row;
  return {.id = id,
          .name = name,
          .password = Secret{password.value_or("")},
          .permissions = permissions.empty() ? Permissions{} : require(Permissions::parse(permissions)),
          .created = to_time(created),
          .disabled = to_optional_time(disabled)};
}

ProjectRole to_role(const ListRoles::Row& row) {
  const auto& [index, project, user, role] = row;
  return {.index = index, .project = project, .user = user, .role = require(parse_role(role))};
}

LedgerRow to_row(const LedgerEntry& entry) {
  const LedgerNote& note = entry.note;
  return {entry.sequence,
          to_number(entry.time),
          note.actor.kind,
          note.actor.id,
          note.actor.address,
          note.action,
          note.subject,
          note.reason,
          json::canonical(note.detail),
          entry.previous,
          entry.hash};
}

Result<LedgerEntry> to_entry(const LedgerRow& row) {
  const auto& [sequence, time, kind, id, address, action, subject, reason, detail, previous, hash] = row;
  auto parsed = json::parse(detail);
  if (!parsed.ok() || !parsed->is_object()) {
    return Error{Errc::conflict,
                 fmt::format("the ledger is broken at entry {}: its detail is no JSON object", sequence)};
  }
  return LedgerEntry{.sequence = sequence,
                     .time = to_time(time),
                     .note = {.actor = {.kind = kind, .id = id, .address = address},
                              .action = action,
                              .subject = subject,
                              .reason = reason,
                              .detail = std::move(*parsed).as_object()},
                     .previous = previous,
                     .hash = hash};
}

}  // namespace packhouse::sql
