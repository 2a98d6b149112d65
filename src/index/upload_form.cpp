#include "index/upload_form.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace packhouse::index {
namespace {

constexpr std::array<std::string_view, 11> kept_fields{
    ":action",           "protocol_version", "name",        "version",
    "filetype",          "pyversion",        "md5_digest",  "sha256_digest",
    "blake2_256_digest", "metadata_version", "attestations"};

Error bad(std::string message, std::string hint = {}) {
  return {Errc::invalid_input, std::move(message), std::move(hint)};
}

Status check_action(const FormFields& fields) {
  const auto action = fields.value(":action");
  if (!action || *action == "file_upload") return success();
  if (*action == "submit" || *action == "submit_pkg_info" || *action == "doc_upload") {
    return Error{Errc::gone, fmt::format("The action {} is no longer supported.", *action),
                 "upload the files themselves: projects and releases are made by their first file"};
  }
  return bad(fmt::format("Unknown action {}.", quote(*action)), "send :action=file_upload");
}

Status check_protocol(const FormFields& fields) {
  const auto version = fields.value("protocol_version");
  if (!version || *version == "1") return success();
  return bad(fmt::format("Unknown protocol version {}.", quote(*version)), "send protocol_version=1");
}

Result<ProjectName> check_name(const FormFields& fields) {
  const auto name = fields.value("name");
  if (!name) return bad("name: This field is required.");
  return ProjectName::parse(*name);
}

Status check_version(const FormFields& fields) {
  if (fields.value("version")) return success();
  return bad("version: This field is required.");
}

Status check_filetype(const FormFields& fields) {
  const auto filetype = fields.value("filetype");
  if (!filetype) return bad("filetype: This field is required.");
  if (*filetype == "sdist" || *filetype == "bdist_wheel") return success();
  return bad(fmt::format("filetype: Use a known file type, found {}.", quote(*filetype)),
             "send filetype=bdist_wheel for a wheel or filetype=sdist for a source distribution");
}

Status check_pyversion(const FormFields& fields) {
  const auto pyversion = fields.value("pyversion");
  if (fields.value("filetype") == "bdist_wheel") {
    if (pyversion) return success();
    return bad("pyversion: Python version is required for binary distribution uploads.");
  }
  if (!pyversion || *pyversion == "source") return success();
  return bad(
      fmt::format("pyversion: Use 'source' as Python version for an sdist, found {}.", quote(*pyversion)));
}

bool is_hex(std::string_view text, std::size_t digits) {
  return text.size() == digits && from_hex(text).has_value();
}

Status check_digest(const FormFields& fields, std::string_view field, std::size_t digits) {
  const auto digest = fields.value(field);
  if (!digest || is_hex(*digest, digits)) return success();
  return bad(fmt::format("{}: Use a valid, hex-encoded digest of {} digits, found {}.", field, digits,
                         quote(*digest, 80)));
}

Status check_digests(const FormFields& fields) {
  CHECK_OK(check_digest(fields, "sha256_digest", 64));
  CHECK_OK(check_digest(fields, "blake2_256_digest", 64));
  CHECK_OK(check_digest(fields, "md5_digest", 32));
  if (fields.value("sha256_digest") || fields.value("blake2_256_digest") || fields.value("md5_digest")) {
    return success();
  }
  return bad("Include at least one message digest.",
             "send sha256_digest, blake2_256_digest or md5_digest: it proves that the bytes arrived whole");
}

std::optional<std::string> lower(const std::optional<std::string>& text) {
  return text ? std::optional{ascii_lower(*text)} : std::nullopt;
}

}  // namespace

Status FormFields::begin(std::string_view name) {
  total_ += name.size();
  value_size_ = 0;
  name_ = name;
  pending_.clear();
  kept_ = std::ranges::find(kept_fields, name) != kept_fields.end();
  return success();
}

Status FormFields::append(std::string_view bytes) {
  total_ += bytes.size();
  value_size_ += bytes.size();
  if (value_size_ > max_value || total_ > max_total) {
    return Error{
        Errc::too_large, fmt::format("The form's field {} is too large.", quote(name_)),
        fmt::format("at most {} for one field and {} for all", human_size(max_value), human_size(max_total))};
  }
  if (kept_) pending_.append(bytes);
  return success();
}

Status FormFields::end() {
  if (!kept_) return success();
  const auto value = trim(pending_);
  if (value.empty() || value == "UNKNOWN") return success();
  if (!values_.try_emplace(name_, value).second) {
    return bad(fmt::format("'{}' has invalid data: the field stands twice.", name_));
  }
  return success();
}

std::optional<std::string> FormFields::value(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::nullopt : std::optional{found->second};
}

Result<UploadForm> UploadForm::read(const FormFields& fields) {
  CHECK_OK(check_action(fields));
  CHECK_OK(check_protocol(fields));
  TRY(auto project, check_name(fields));
  CHECK_OK(check_version(fields));
  CHECK_OK(check_filetype(fields));
  CHECK_OK(check_pyversion(fields));
  CHECK_OK(check_digests(fields));
  return UploadForm{.project = std::move(project),
                    .claims = {.name = fields.value("name"),
                               .version = fields.value("version"),
                               .filetype = fields.value("filetype"),
                               .metadata_version = std::nullopt,
                               .pyversion = fields.value("pyversion"),
                               .sha256 = lower(fields.value("sha256_digest")),
                               .blake2b_256 = lower(fields.value("blake2_256_digest")),
                               .md5 = lower(fields.value("md5_digest")),
                               .received = std::nullopt},
                    .attestations = fields.value("attestations")};
}

}  // namespace packhouse::index
