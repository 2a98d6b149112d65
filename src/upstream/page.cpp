#include "upstream/page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "base/text.hpp"
#include "client/simple_page.hpp"
#include "pep/filename.hpp"
#include "pep/specifier.hpp"

namespace packhouse::upstream {
namespace {

constexpr std::size_t max_text = 2000;  // bytes of a reason

bool is_plain(std::string_view text) {
  return std::ranges::none_of(text,
                              [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }) &&
         is_utf8(text);
}

/// A text of the upstream's for people: shown or dropped.
std::string plain_or_empty(std::string_view text) {
  return text.size() <= max_text && is_plain(text) ? std::string(text) : std::string{};
}

struct NamedAs {
  ProjectName project;
  Version version;
  FileKind kind;
};

std::optional<NamedAs> named_as(std::string_view filename) {
  if (auto wheel = WheelFilename::parse(filename); wheel.ok())
    return NamedAs{std::move(wheel->name), std::move(wheel->version), FileKind::wheel};
  if (auto sdist = SdistFilename::parse(filename); sdist.ok())
    return NamedAs{std::move(sdist->name), std::move(sdist->version), FileKind::sdist};
  return std::nullopt;
}

Result<NamedAs> check_name(const ProjectName& project, const std::string& filename) {
  constexpr std::size_t longest = 255;
  const Error none{Errc::invalid_input, "expected the name of a wheel or sdist", {}};
  if (filename.size() > longest || filename.find_first_of("/\\") != std::string::npos || !is_plain(filename))
    return none;
  auto named = named_as(filename);
  if (!named) return none;
  if (named->project == project) return *std::move(named);
  return Error{Errc::invalid_input,
               fmt::format("expected a file of {}, found one of {}", project.str(), named->project.str())};
}

Result<Sha256> check_digest(const std::optional<std::string>& sha256) {
  if (!sha256) return Error{Errc::invalid_input, "expected a SHA-256, found none", {}};
  return Sha256::parse(*sha256);
}

Result<std::string> check_url(const http::Url& base, std::string_view written) {
  TRY(const auto url, base.resolve(written));
  if (url.has_credentials())
    return Error{Errc::invalid_input, "expected an address without a credential", {}};
  return url.str();
}

/// Attestations are public or useless: an address with a query may be a signed one.
std::string provenance_url(const http::Url& base, const std::optional<std::string>& written) {
  if (!written) return {};
  const auto url = base.resolve(*written);
  const bool shown = url.ok() && !url->has_credentials() && url->query.empty();
  return shown ? url->str() : std::string{};
}

std::optional<std::string> yanked_of(const client::PageFile& file) {
  return file.yanked ? std::optional{plain_or_empty(file.yanked_reason)} : std::nullopt;
}

/// What an installer cannot read, it ignores: so does the page.
std::optional<std::string> requires_python_of(const client::PageFile& file) {
  if (!file.requires_python || file.requires_python->empty()) return std::nullopt;
  return SpecifierSet::parse(*file.requires_python).ok() ? file.requires_python : std::nullopt;
}

template <typename T>
std::optional<T> value_of(Result<T> result) {
  return result.ok() ? std::optional{*std::move(result)} : std::nullopt;
}

Result<RemoteFile> read_file(const ProjectName& project, const http::Url& base,
                             const client::PageFile& listed) {
  TRY(const auto named, check_name(project, listed.filename));
  RemoteFile file;
  file.filename = listed.filename;
  file.version = named.version.str();
  file.kind = named.kind;
  TRY(file.sha256, check_digest(listed.sha256));
  TRY(file.url, check_url(base, listed.url));
  file.size = listed.size;
  if (listed.upload_time) file.uploaded = value_of(parse_iso8601(*listed.upload_time));
  file.requires_python = requires_python_of(listed);
  file.yanked = yanked_of(listed);
  if (listed.metadata_sha256 && file.kind == FileKind::wheel)
    file.metadata_sha256 = value_of(Sha256::parse(*listed.metadata_sha256));
  file.provenance = provenance_url(base, listed.provenance);
  return file;
}

/// Of a name that stands for two digests an installer could get either.
void drop_ambiguous(RemotePage& page) {
  std::map<std::string, Sha256> digests;
  std::set<std::string> ambiguous;
  for (const auto& file : page.files) {
    const auto there = digests.emplace(file.filename, file.sha256).first;
    if (there->second != file.sha256) ambiguous.insert(file.filename);
  }
  for (const auto& name : ambiguous)
    page.leave_out(name, "expected one digest, found two");
  std::set<std::string> seen;
  std::erase_if(page.files, [&](const RemoteFile& file) {
    return ambiguous.contains(file.filename) || !seen.insert(file.filename).second;
  });
}

ProjectState state_of(const client::SimplePage& page) {
  const auto status = parse_project_status(page.status);
  if (!status.ok()) return {};
  return {.status = *status, .reason = plain_or_empty(page.status_reason)};
}

json::Object file_json(const RemoteFile& file) {
  json::Object object{{"filename", file.filename},
                      {"version", file.version},
                      {"kind", to_string(file.kind)},
                      {"sha256", file.sha256.hex()},
                      {"url", file.url}};
  if (file.size) object["size"] = static_cast<std::int64_t>(*file.size);
  if (file.uploaded) object["uploaded"] = to_iso8601(*file.uploaded);
  if (file.requires_python) object["requires-python"] = *file.requires_python;
  if (file.yanked) object["yanked"] = *file.yanked;
  if (file.metadata_sha256) object["metadata-sha256"] = file.metadata_sha256->hex();
  if (!file.provenance.empty()) object["provenance"] = file.provenance;
  return object;
}

Result<RemoteFile> parse_file(const json::Value& value) {
  if (!value.is_object()) return Error{Errc::invalid_input, "expected a file as an object", {}};
  const auto& object = value.get_object();
  const auto text = [&](std::string_view key) { return value_of(json::get_string(object, key)); };
  RemoteFile file;
  TRY(file.filename, json::get_string(object, "filename"));
  TRY(file.version, json::get_string(object, "version"));
  TRY(const auto kind, json::get_string(object, "kind"));
  TRY(file.kind, parse_file_kind(kind));
  TRY(const auto sha256, json::get_string(object, "sha256"));
  TRY(file.sha256, Sha256::parse(sha256));
  TRY(file.url, json::get_string(object, "url"));
  if (const auto size = json::get_int(object, "size"); size.ok() && *size >= 0)
    file.size = static_cast<std::uint64_t>(*size);
  if (const auto uploaded = text("uploaded")) file.uploaded = value_of(parse_iso8601(*uploaded));
  file.requires_python = text("requires-python");
  file.yanked = text("yanked");
  if (const auto digest = text("metadata-sha256")) file.metadata_sha256 = value_of(Sha256::parse(*digest));
  file.provenance = text("provenance").value_or("");
  return file;
}

Result<LeftOut> parse_left_out(const json::Value& value) {
  if (!value.is_object()) return Error{Errc::invalid_input, "expected a file as an object", {}};
  LeftOut left_out;
  TRY(left_out.filename, json::get_string(value.get_object(), "filename"));
  TRY(left_out.reason, json::get_string(value.get_object(), "reason"));
  return left_out;
}

}  // namespace

void RemotePage::leave_out(std::string_view filename, std::string_view reason) {
  constexpr std::size_t most_shown = 20;
  ++left_out_count;
  if (left_out.size() < most_shown) left_out.push_back({quote(filename), std::string(reason)});
}

const RemoteFile* RemotePage::find(std::string_view filename, const Sha256& sha256) const {
  const auto found = std::ranges::find(files, filename, &RemoteFile::filename);
  return found != files.end() && found->sha256 == sha256 ? &*found : nullptr;
}

json::Object RemotePage::to_json() const {
  json::Array all;
  all.reserve(files.size());
  for (const auto& file : files)
    all.emplace_back(file_json(file));
  json::Array others;
  for (const auto& each : left_out)
    others.emplace_back(json::Object{{"filename", each.filename}, {"reason", each.reason}});
  return {{"project", project},
          {"status", to_string(state.status)},
          {"status-reason", state.reason},
          {"files", std::move(all)},
          {"left-out", std::move(others)},
          {"left-out-count", static_cast<std::int64_t>(left_out_count)}};
}

Result<RemotePage> RemotePage::parse(const json::Object& object) {
  RemotePage page;
  TRY(page.project, json::get_string(object, "project"));
  TRY(const auto status, json::get_string(object, "status"));
  TRY(page.state.status, parse_project_status(status));
  TRY(page.state.reason, json::get_string(object, "status-reason"));
  TRY(const auto files, json::get_array(object, "files"));
  page.files.reserve(files.size());
  for (const auto& value : files) {
    TRY(auto file, parse_file(value));
    page.files.push_back(std::move(file));
  }
  TRY(const auto others, json::get_array(object, "left-out"));
  for (const auto& value : others) {
    TRY(auto each, parse_left_out(value));
    page.left_out.push_back(std::move(each));
  }
  TRY(const auto count, json::get_int(object, "left-out-count"));
  page.left_out_count = static_cast<std::size_t>(std::max<std::int64_t>(count, 0));
  return page;
}

Result<RemotePage> read_page(const ProjectName& project, const http::Url& address,
                             std::string_view content_type, std::string_view body) {
  TRY(const auto simple, client::parse_simple_page(content_type, body));
  if (!simple.stated && simple.files.empty())
    return Error{Errc::invalid_input, "expected a page of the simple repository API, found another one", {}};
  auto base = address;
  if (!simple.base.empty()) {
    TRY(base, address.resolve(simple.base));
  }
  RemotePage page{.project = project.str(), .state = state_of(simple), .files = {}};
  for (const auto& listed : simple.files) {
    auto file = read_file(project, base, listed);
    if (file.ok()) {
      page.files.push_back(*std::move(file));
    } else {
      page.leave_out(listed.filename, file.error().message);
    }
  }
  drop_ambiguous(page);
  if (!offers_files(page.state.status)) page.files.clear();
  return page;
}

}  // namespace packhouse::upstream
