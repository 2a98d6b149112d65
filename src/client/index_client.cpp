#include "client/index_client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "client/public_index.hpp"
#include "pep/filename.hpp"

namespace packhouse::client {
namespace {

constexpr int max_redirects = 3;
// What pip sends, so that a proxy in front of the index answers as it would answer pip.
constexpr std::string_view page_types =
    "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01";

// ----- the upload form

using Fields = std::vector<http::FormField>;

void add(Fields& fields, std::string_view name, const std::string& value) {
  fields.push_back({std::string(name), value});
}
void add(Fields& fields, std::string_view name, const std::optional<std::string>& value) {
  if (value) add(fields, name, *value);
}
void add(Fields& fields, std::string_view name, const std::vector<std::string>& values) {
  for (const std::string& value : values)
    add(fields, name, value);
}

void add_metadata(Fields& fields, const CoreMetadata& metadata) {
  add(fields, "metadata_version", metadata.metadata_version);
  add(fields, "name", metadata.raw_name);
  add(fields, "version", metadata.raw_version);
  add(fields, "platform", metadata.platform);
  add(fields, "supported_platform", metadata.supported_platform);
  add(fields, "summary", metadata.summary);
  add(fields, "description", metadata.description);
  add(fields, "description_content_type", metadata.description_content_type);
  if (metadata.keywords) add(fields, "keywords", join(*metadata.keywords, ","));
  add(fields, "home_page", metadata.home_page);
  add(fields, "download_url", metadata.download_url);
  add(fields, "author", metadata.author);
  add(fields, "author_email", metadata.author_email);
  add(fields, "maintainer", metadata.maintainer);
  add(fields, "maintainer_email", metadata.maintainer_email);
  add(fields, "license", metadata.license);
  add(fields, "license_expression", metadata.license_expression);
  add(fields, "license_file", metadata.license_file);
  add(fields, "classifiers", metadata.classifier);
  add(fields, "requires", metadata.requires_field);
  add(fields, "provides", metadata.provides);
  add(fields, "obsoletes", metadata.obsoletes);
  add(fields, "requires_dist", metadata.requires_dist);
  add(fields, "provides_dist", metadata.provides_dist);
  add(fields, "obsoletes_dist", metadata.obsoletes_dist);
  add(fields, "requires_python", metadata.requires_python);
  add(fields, "requires_external", metadata.requires_external);
  add(fields, "project_urls", metadata.project_url);
  add(fields, "provides_extra", metadata.provides_extra);
  add(fields, "dynamic", metadata.dynamic);
}

std::string python_tag(const ReleaseFile& file) {
  if (!file.is_wheel()) return "source";
  const auto name = WheelFilename::parse(file.filename);
  return name.ok() ? std::string(split(name->raw_tags, '-').front()) : std::string{};
}

// ----- answers

bool says_exists(const http::ClientResponse& response) {
  const std::string text = ascii_lower(response.reason + " " + response.body.substr(0, 4096));
  return text.find("already exist") != std::string::npos ||
         text.find("already been taken") != std::string::npos ||
         text.find("cannot be updated") != std::string::npos ||
         text.find("updating asset") != std::string::npos ||
         text.find("overwrite artifact") != std::string::npos;
}

/// A Packhouse index about a version that it lets nobody have; the credential is not at fault.
bool says_blocked(const http::ClientResponse& response) {
  return (response.reason + " " + response.body.substr(0, 4096)).find(" is blocked: ") != std::string::npos;
}

std::string stated_reason(const http::ClientResponse& response) {
  const std::string_view body = trim(response.body);
  const std::string_view first_line = body.substr(0, body.find('\n'));
  return fmt::format("status {} {}{}", response.status, quote(response.reason),
                     first_line.empty() || first_line.starts_with('<') ? "" : " " + quote(first_line, 300));
}

Error not_authenticated(std::string_view what, std::string_view variables, int status) {
  return {Errc::unauthenticated, fmt::format("the index did not let us {}: status {}", what, status),
          fmt::format("check {}", variables)};
}

Result<UploadAnswer> read_upload_answer(const http::ClientResponse& response) {
  using Kind = UploadAnswer::Kind;
  const int status = response.status;
  if (status >= 200 && status < 300) return UploadAnswer{Kind::accepted, {}};
  // Before 403: Artifactory says "not enough permissions to overwrite artifact" for a file that is there.
  if (status == 409 || ((status == 400 || status == 403) && says_exists(response)))
    return UploadAnswer{Kind::exists, stated_reason(response)};
  if (status == 403 && says_blocked(response)) return UploadAnswer{Kind::refused, stated_reason(response)};
  if (status == 401 || status == 403)
    return not_authenticated("upload", "PRIVATE_INDEX_USERNAME and PRIVATE_INDEX_PASSWORD", status);
  if (status >= 300 && status < 400) {
    return Error{Errc::invalid_input,
                 fmt::format("expected an upload URL, found a redirect (status {})", status),
                 "set PRIVATE_INDEX_REPOSITORY_URL to the final address; many indexes want a / at its end"};
  }
  if (status == 404 || status == 405) {
    return Error{Errc::invalid_input, fmt::format("expected an upload URL, found status {}", status),
                 "PRIVATE_INDEX_REPOSITORY_URL is the address for uploads, not the simple index"};
  }
  if (status >= 500 || status == 408 || status == 429)
    return UploadAnswer{Kind::unknown, stated_reason(response)};
  return UploadAnswer{Kind::refused, stated_reason(response)};
}

/// A Packhouse index of a project that it lacks.
bool says_no_such_project(const http::ClientResponse& response) {
  return response.headers.get("server") == "packhouse" && response.body.starts_with("there is no project ");
}

std::optional<std::string> identity_in(const http::ClientResponse& response) {
  const auto stated = response.headers.get("packhouse-index");
  return stated ? std::optional(std::string(*stated)) : std::nullopt;
}

std::string page_path(const http::Url& simple, const ProjectName& project) {
  std::string path = simple.path;
  while (path.ends_with('/'))
    path.pop_back();
  return path + "/" + project.str() + "/";
}

std::string without_query(const http::Url& url) {
  http::Url shown = url;
  shown.query.clear();
  return shown.str();
}

// An address that the index gives, against where it gave it. The words are the index's, so what cannot be
// read is no usage error.
Result<http::Url> follow(const http::Url& from, std::string_view reference) {
  auto target = from.resolve(reference);
  if (!target.ok()) {
    return Error{Errc::forbidden, "expected a web address of the index, found " + quote(reference),
                 "have the index repaired"};
  }
  target->user.clear();
  target->password = Secret{};
  return target;
}

Evidence page_evidence(const std::vector<ServedFile>& files) {
  json::Array list;
  for (const ServedFile& file : files) {
    list.push_back(
        json::Object{{"filename", file.filename},
                     {"url", file.url},
                     {"size", file.size},
                     {"sha256", file.sha256.hex()},
                     {"stated_sha256", file.stated_sha256 ? json::Value(*file.stated_sha256) : json::Value()},
                     {"yanked", file.yanked}});
  }
  return Evidence("index", list);
}

}  // namespace

http::Form upload_form(const ReleaseFile& file) {
  http::Form form;
  Fields& fields = form.fields;
  add(fields, ":action", std::string("file_upload"));
  add(fields, "protocol_version", std::string("1"));
  if (file.report.inspection) add_metadata(fields, file.report.inspection->metadata);
  add(fields, "filetype", std::string(file.is_wheel() ? "bdist_wheel" : "sdist"));
  add(fields, "pyversion", python_tag(file));
  add(fields, "sha256_digest", file.sha256.hex());
  form.files.push_back({"content", file.filename, "application/octet-stream", file.path.string()});
  return form;
}

std::optional<Version> version_in_filename(const ProjectName& project, std::string_view filename) {
  if (const auto wheel = WheelFilename::parse(filename); wheel.ok()) {
    if (wheel->name == project) return wheel->version;
    return std::nullopt;
  }
  constexpr std::array<std::string_view, 4> endings{".tar.gz", ".zip", ".tar.bz2", ".tgz"};
  const auto ending = std::ranges::find_if(endings, [&](auto each) { return filename.ends_with(each); });
  if (ending == endings.end()) return std::nullopt;
  std::string_view stem = filename;
  stem.remove_suffix(ending->size());
  // Older sdists keep dashes in the name, so try each dash: exactly one split gives this project's name.
  for (std::size_t dash = stem.find('-'); dash != std::string_view::npos; dash = stem.find('-', dash + 1)) {
    const auto name = ProjectName::parse(stem.substr(0, dash));
    if (!name.ok() || *name != project) continue;
    auto version = Version::parse(stem.substr(dash + 1));
    if (version.ok()) return *std::move(version);
  }
  return std::nullopt;
}

IndexClient::IndexClient(http::Client& client, IndexAddress upload, IndexAddress simple)
    : client_(client), upload_(std::move(upload)), simple_(std::move(simple)) {}

std::unique_ptr<IndexClient> IndexClient::another_at(IndexAddress simple) const {
  auto client = client_.another();
  return client ? std::unique_ptr<IndexClient>(new IndexClient(std::move(client), upload_, std::move(simple)))
                : nullptr;
}

Result<UploadAnswer> IndexClient::upload(const ReleaseFile& file, const Progress& progress) {
  http::ClientRequest request;
  request.method = http::Method::post;
  request.url = upload_.url.str();
  request.headers.add("Accept", "application/json;q=0.9, text/plain;q=0.8, text/html;q=0.7");
  if (upload_.auth) request.auth = *upload_.auth;
  request.body = upload_form(file);
  request.max_body = 1U << 20U;
  request.progress = progress;
  const auto response = client_.send(request);
  if (response.ok()) return read_upload_answer(*response);
  // Nobody knows whether the file arrived before the connection broke.
  if (response.error().code == Errc::unavailable)
    return UploadAnswer{UploadAnswer::Kind::unknown, response.error().message};
  return response.error();
}

Result<int> IndexClient::probe_upload() {
  http::ClientRequest request;
  request.method = http::Method::post;
  request.url = upload_.url.str();
  if (upload_.auth) request.auth = *upload_.auth;
  request.body =
      http::Form{.fields = {{":action", "packhouse_doctor"}, {"protocol_version", "1"}}, .files = {}};
  request.max_body = 1U << 20U;
  TRY(const auto response, client_.send(request));
  TRY(const auto answer, read_upload_answer(response));
  if (answer.kind == UploadAnswer::Kind::unknown) return Error{Errc::unavailable, answer.reason};
  return response.status;
}

Result<std::optional<std::string>> IndexClient::upload_identity() {
  const auto response = client_.send({.url = upload_.url.str(), .max_body = 1U << 20U});
  if (response.ok()) return identity_in(*response);
  if (response.error().code == Errc::unavailable) return response.error();
  return std::optional<std::string>{};
}

Result<IndexClient::Document> IndexClient::get(http::Url url, http::ClientRequest request) {
  for (int hop = 0; hop <= max_redirects; ++hop) {
    const bool plain_is_fine = url.is_loopback() || url.same_origin(simple_.url);
    if (url.scheme != "https" && !plain_is_fine)
      return Error{Errc::forbidden, "expected the index to send us to https, found " + quote(url.str())};
    if (is_public_index_host(url.host))
      return Document{.response = {}, .url = std::move(url), .at_public_index = true};
    request.url = url.str();
    request.auth = {};
    if (simple_.auth && url.same_origin(simple_.url)) request.auth = *simple_.auth;
    TRY(auto response, client_.send(request));
    const auto location = response.headers.get("location");
    if (response.status < 300 || response.status >= 400 || !location)
      return Document{.response = std::move(response), .url = std::move(url)};
    TRY(url, follow(url, *location));
  }
  return Error{Errc::unavailable,
               fmt::format("expected an answer of the index, found more than {} redirects", max_redirects)};
}

Result<IndexClient::NamedPage> IndexClient::read_page(const ProjectName& project) {
  auto page = ask_for_page(project);
  page_proved_ = page.ok() && page->proved;
  return page;
}

Result<IndexClient::NamedPage> IndexClient::ask_for_page(const ProjectName& project) {
  http::Url url = simple_.url;
  url.path = page_path(simple_.url, project);
  http::ClientRequest request;
  request.headers.add("Accept", std::string(page_types));
  request.headers.add("Cache-Control", "no-cache");
  request.max_body = max_page_bytes;
  TRY(const auto document, get(std::move(url), std::move(request)));
  if (document.at_public_index) {
    sends_to_public_index_ = true;
    return NamedPage{};
  }
  simple_identity_ = identity_in(document.response);
  const int status = document.response.status;
  if (status == 404 || status == 410)
    return NamedPage{.files = {}, .base = {}, .proved = says_no_such_project(document.response)};
  if (status == 401 || status == 403) {
    return not_authenticated("read its pages", "the user and password in PRIVATE_INDEX_PIP_INDEX_URL",
                             status);
  }
  if (status != 200) {
    return Error{Errc::unavailable, fmt::format("expected the index page of {}, found {}", project.str(),
                                                stated_reason(document.response))};
  }
  TRY(auto page,
      parse_simple_page(document.response.headers.get("content-type").value_or(""), document.response.body));
  http::Url base = document.url;
  if (!page.base.empty()) {
    TRY(base, follow(base, page.base));
  }
  const bool proved = page.stated || std::ranges::any_of(page.files, [&](const PageFile& file) {
                        return version_in_filename(project, file.filename).has_value();
                      });
  return NamedPage{std::move(page.files), std::move(base), proved};
}

Result<SimpleProof> IndexClient::prove_simple() {
  if (page_proved_) return SimpleProof{.is_simple = true, .found = "the project's page"};
  http::Url root = simple_.url;
  if (!root.path.ends_with('/')) root.path += '/';
  http::ClientRequest request;
  request.headers.add("Accept", std::string(page_types));
  request.max_body = max_page_bytes;
  TRY(const auto document, get(root, std::move(request)));
  if (document.at_public_index) return SimpleProof{.is_simple = false, .found = "the public index"};
  const auto& response = document.response;
  if (response.status >= 500) {
    return Error{Errc::unavailable,
                 "expected the list of projects of the index, found " + stated_reason(response)};
  }
  const auto type = response.headers.get("content-type").value_or("");
  if (response.status == 200 && is_project_list(document.url, type, response.body))
    return SimpleProof{.is_simple = true, .found = "the list of its projects"};
  return SimpleProof{.is_simple = false,
                     .found = fmt::format("status {} with content of type {}, which lists no projects",
                                          response.status, quote(type))};
}

Result<std::vector<PageFile>> IndexClient::page(const ProjectName& project) {
  TRY(auto page, read_page(project));
  return std::move(page.files);
}

Result<std::vector<PageLink>> IndexClient::links(const ReleaseName& release) {
  TRY(const auto page, read_page(release.project));
  std::vector<PageLink> links;
  for (const PageFile& file : page.files) {
    const auto file_version = version_in_filename(release.project, file.filename);
    if (!file_version || *file_version != release.version) continue;
    TRY(auto target, follow(page.base, file.url));
    links.push_back({file, std::move(target)});
  }
  return links;
}

Result<ServedFile> IndexClient::fetch(const PageLink& link, std::uint64_t max_bytes,
                                      const std::function<Status(std::string_view)>& also) {
  Hasher hasher;
  std::uint64_t size = 0;
  http::ClientRequest request;
  request.max_body = max_bytes;
  request.sink = [&](std::string_view chunk) {
    hasher.update(chunk);
    size += chunk.size();
    return also ? also(chunk) : success();
  };
  TRY(const auto document, get(link.url, std::move(request)));
  if (document.at_public_index) {
    return Error{Errc::forbidden,
                 fmt::format("expected {} from a private index, found it on the public one",
                             quote(link.file.filename)),
                 "the index must serve its own copy of this project"};
  }
  if (document.response.status != 200) {
    return Error{Errc::unavailable, fmt::format("expected the file {} that the index page names, found {}",
                                                quote(link.file.filename), stated_reason(document.response))};
  }
  return ServedFile{link.file.filename,     without_query(link.url), size,
                    hasher.finish().sha256, link.file.sha256,        link.file.yanked};
}

Result<IndexRelease> IndexClient::release(const ReleaseName& release, std::uint64_t max_file_bytes,
                                          const std::stop_token& stop) {
  const auto go_on = [&](std::string_view) {
    return stop.stop_requested() ? Status(Error{Errc::cancelled, "the reading was given up"}) : success();
  };
  TRY(const auto page_links, links(release));
  IndexRelease served;
  for (const PageLink& link : page_links) {
    TRY(auto file, fetch(link, max_file_bytes, go_on));
    served.files.push_back(std::move(file));
  }
  served.evidence = page_evidence(served.files);
  return served;
}

}  // namespace packhouse::client
