#include "index/session_request.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "pep/filename.hpp"

namespace packhouse::index {
namespace {

constexpr std::size_t blake2b_256_digits = 64;

Result<ReleaseName> read_filename(std::string_view filename) {
  if (filename.ends_with(".whl")) {
    TRY(auto wheel, WheelFilename::parse(filename));
    return ReleaseName{std::move(wheel.name), std::move(wheel.version)};
  }
  TRY(auto sdist, SdistFilename::parse(filename));
  return ReleaseName{std::move(sdist.name), std::move(sdist.version)};
}

Status check_filename(std::string_view filename, const ReleaseName& release) {
  if (filename.size() > FileRequest::max_filename ||
      filename.find_first_of("/\\") != std::string_view::npos) {
    return Error{Errc::invalid_input,
                 fmt::format("filename: expected a plain filename of at most {} bytes, found {}",
                             FileRequest::max_filename, quote(filename))};
  }
  const auto read = read_filename(filename);
  if (!read.ok()) return read.error().context("filename");
  const auto version = release.version.str();
  if (read->project == release.project && read->version.str() == version) return success();
  return Error{Errc::invalid_input,
               fmt::format("filename: expected a file of {} {}, found {}", release.project.str(), version,
                           quote(filename)),
               "a session is for one version of one project: open another for this file"};
}

Status check_digest(std::string_view name, std::string_view hex) {
  const auto size = NamedHasher::size_of(name);
  if (size == 0) {
    return Error{Errc::invalid_input,
                 fmt::format("hashes: expected hashlib's name of an algorithm, found {}", quote(name)),
                 "send sha256"};
  }
  const bool short_form = name == "blake2b" && hex.size() == blake2b_256_digits;
  if ((hex.size() == size * 2 || short_form) && from_hex(hex)) return success();
  return Error{Errc::invalid_input, fmt::format("hashes.{}: expected {} hexadecimal digits, found {}", name,
                                                size * 2, quote(hex, 140))};
}

Result<NamedDigests> read_hashes(const json::Object& body) {
  TRY(const auto object, json::get_object(body, "hashes"));
  NamedDigests hashes;
  bool secure = false;
  for (const auto& [key, unused] : object) {
    const std::string name{key};
    TRY(const auto hex, json::get_string(object, name, "hashes"));
    CHECK_OK(check_digest(name, hex));
    secure = secure || NamedHasher::is_secure(name);
    hashes.emplace(name, ascii_lower(hex));
  }
  if (secure && hashes.size() <= FileRequest::max_hashes) return hashes;
  return Error{Errc::invalid_input,
               fmt::format("hashes: expected 1 to {} digests, one of them secure, found {}",
                           FileRequest::max_hashes, hashes.size()),
               "send sha256"};
}

bool is_nonce(const json::Value& value) {
  const auto* text = value.if_string();
  if (text == nullptr || text->size() != PublishRequest::nonce_digits) return false;
  return std::ranges::all_of(*text, [](char c) { return is_ascii_digit(c) || (c >= 'a' && c <= 'f'); });
}

Result<std::vector<std::string>> parse_nonces(const json::Object& body) {
  TRY(const auto list, json::get_array(body, "_approvals"));
  if (list.size() > PublishRequest::max_approvals || !std::ranges::all_of(list, is_nonce)) {
    return Error{Errc::invalid_input,
                 fmt::format("_approvals: expected at most {} nonces of {} lower-case hexadecimal digits",
                             PublishRequest::max_approvals, PublishRequest::nonce_digits)};
  }
  std::vector<std::string> nonces;
  for (const json::Value& each : list)
    nonces.emplace_back(each.get_string());
  return nonces;
}

}  // namespace

Result<SessionRequest> SessionRequest::parse(const json::Object& body) {
  TRY(const auto name, json::get_string(body, "name"));
  TRY(const auto version, json::get_string(body, "version"));
  const auto project = ProjectName::parse(name);
  if (!project.ok()) return project.error().context("name");
  const auto parsed = Version::parse(version);
  if (!parsed.ok()) return parsed.error().context("version");
  SessionRequest request{{*project, *parsed}};
  if (!body.contains("_label")) return request;
  TRY(const auto word, json::get_string(body, "_label"));
  const auto label = parse_release_label(word);
  if (!label.ok()) return label.error().context("_label");
  request.label = *label;
  return request;
}

Result<PublishRequest> PublishRequest::parse(const json::Object& body) {
  PublishRequest request;
  if (body.contains("_manifest_sha256")) {
    TRY(const auto hex, json::get_string(body, "_manifest_sha256"));
    auto digest = Sha256::parse(hex);
    if (!digest.ok()) return digest.error().context("_manifest_sha256");
    request.manifest = *digest;
  }
  if (body.contains("_approvals")) {
    TRY(request.approvals, parse_nonces(body));
  }
  return request;
}

Result<FileRequest> FileRequest::parse(const json::Object& body, const ReleaseName& release) {
  FileRequest request;
  TRY(request.filename, json::get_string(body, "filename"));
  CHECK_OK(check_filename(request.filename, release));
  TRY(const auto size, json::get_int(body, "size"));
  if (size <= 0) {
    return Error{Errc::invalid_input, fmt::format("size: expected a number of bytes, found {}", size)};
  }
  request.size = static_cast<std::uint64_t>(size);
  TRY(request.hashes, read_hashes(body));
  TRY(request.mechanism, json::get_string(body, "mechanism"));
  return request;
}

}  // namespace packhouse::index
