#include "client/session_client.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "http/header_params.hpp"
#include "http/status.hpp"

namespace packhouse::client {
namespace {

constexpr std::string_view upload_type = "application/vnd.pypi.upload.v2+json";
constexpr std::string_view problem_type = "application/problem+json";
constexpr std::string_view api_version = "2.0";
constexpr std::string_view mechanism = "http-post-bytes";
constexpr std::uint64_t max_answer = 4U << 20U;

json::Object meta() {
  return {{"api-version", api_version}};
}

Result<json::Object> read_object(const http::ClientResponse& response) {
  const auto value = json::parse(response.body, max_answer);
  if (value.ok() && value->is_object()) return value->get_object();
  return Error{Errc::unavailable, "expected a JSON object from the index's Upload 2.0, found something else"};
}

/// What the index says of its refusal: RFC 9457's detail with each of PEP 694's errors that adds to it.
std::string reason_of(const http::ClientResponse& response) {
  const auto body = read_object(response);
  const auto detail = body.ok() ? json::get_string(*body, "detail").value_or("") : std::string{};
  if (detail.empty()) return fmt::format("status {} {}", response.status, quote(response.reason));
  std::string reason = quote(detail, 600);
  const auto errors = json::get_array(*body, "errors");
  for (const auto& each : errors.ok() ? *errors : json::Array{}) {
    const auto* object = each.if_object();
    const auto message =
        object == nullptr ? std::string{} : json::get_string(*object, "message").value_or("");
    if (message.empty() || message == detail || detail.find(message) != std::string::npos) continue;
    reason += "; " + quote(message, 300);
  }
  return fmt::format("status {}: {}", response.status, reason);
}

/// A session that is gone was not found, a check's refusal is one of the input, and a rate limit passes.
Errc code_of(int status) {
  if (status == 410) return Errc::not_found;
  if (status == 422) return Errc::invalid_input;
  if (status == 429) return Errc::unavailable;
  return http::errc_of_status(status);
}

Error refusal(const http::ClientResponse& response) {
  const Errc code = code_of(response.status);
  return {code, "the index refused a step of Upload 2.0 with " + reason_of(response),
          code == Errc::unauthenticated ? "check PRIVATE_INDEX_USERNAME and PRIVATE_INDEX_PASSWORD" : ""};
}

/// What an answer holds that is none of PEP 694's: the peer is at fault, and what was asked may be done.
Error malformed(const Error& error) {
  return {Errc::unavailable, "the index's Upload 2.0: " + error.message, "tell the index's owner"};
}

}  // namespace

http::Url session_root(const http::Url& upload) {
  http::Url root = upload;
  root.query.clear();
  while (root.path.ends_with('/'))
    root.path.pop_back();
  root.path = root.path.substr(0, root.path.rfind('/') + 1);
  if (root.path.empty()) root.path = "/";
  root.path += "upload/";
  return root;
}

Secret session_secret(const UploadSession& session) {
  std::string_view path = session.link.path;
  while (path.ends_with('/'))
    path.remove_suffix(1);
  return Secret{std::string(path.substr(path.rfind('/') + 1))};
}

http::ClientRequest SessionClient::request(http::Method method, const http::Url& url) const {
  http::ClientRequest made;
  made.method = method;
  made.url = url.str();
  made.headers.add("Accept", std::string(upload_type));
  if (root_.auth) made.auth = *root_.auth;
  made.max_body = max_answer;
  return made;
}

http::ClientRequest SessionClient::post(const http::Url& url, json::Object body) const {
  auto made = request(http::Method::post, url);
  body["meta"] = meta();
  made.headers.add("Content-Type", std::string(upload_type));
  made.body = json::dump(body);
  return made;
}

Result<http::ClientResponse> SessionClient::ask(const http::ClientRequest& request, int expected) {
  TRY(auto response, client_.send(request));
  if (response.status != expected) return refusal(response);
  return response;
}

Result<json::Object> SessionClient::ask_for_body(const http::ClientRequest& request, int expected) {
  TRY(const auto response, ask(request, expected));
  return read_object(response);
}

Result<http::Url> SessionClient::link(std::string_view text) const {
  const auto url = root_.url.resolve(text);
  if (!url.ok()) return Error{Errc::unavailable, "expected a web address of the index, found another link"};
  if (url->same_origin(root_.url) && !url->has_credentials()) return *url;
  return Error{
      Errc::forbidden,
      fmt::format("expected the links of Upload 2.0 to lead to {}://{}:{}, found {}://{}:{}",
                  root_.url.scheme, root_.url.host, root_.url.port, url->scheme, url->host, url->port),
      "have the index told its public address (public-url), or use that address"};
}

Result<http::Url> SessionClient::link(const json::Object& links, std::string_view name) const {
  const auto text = json::get_string(links, name, "links");
  if (!text.ok()) return malformed(text.error());
  return link(*text);
}

Result<UploadSession> SessionClient::read_session(const json::Object& body) const {
  const auto links = json::get_object(body, "links");
  const auto status = json::get_string(body, "status");
  const auto files = json::get_object(body, "files");
  if (!links.ok()) return malformed(links.error());
  if (!status.ok()) return malformed(status.error());
  if (!files.ok()) return malformed(files.error());
  UploadSession session;
  session.status = *status;
  TRY(session.link, link(*links, "session"));
  TRY(session.upload, link(*links, "upload"));
  TRY(session.publish, link(*links, "publish"));
  TRY(session.stage, link(*links, "stage"));
  if (links->contains("_refuse")) {
    TRY(session.refuse, link(*links, "_refuse"));
  }
  if (auto label = json::get_string(body, "_label"); label.ok()) session.label = *std::move(label);
  for (const auto& [name, entry] : *files) {
    const auto* file = entry.if_object();
    if (file == nullptr) return malformed({Errc::unavailable, "expected an object for each file"});
    const auto state = json::get_string(*file, "status", "files");
    const auto text = json::get_string(*file, "link", "files");
    if (!state.ok()) return malformed(state.error());
    if (!text.ok()) return malformed(text.error());
    TRY(auto place, link(*text));
    session.files.emplace(name, SessionFile{.status = *state, .link = std::move(place)});
  }
  return session;
}

std::unique_ptr<SessionClient> SessionClient::another() const {
  auto client = client_.another();
  return client ? std::unique_ptr<SessionClient>(new SessionClient(std::move(client), root_)) : nullptr;
}

Result<bool> SessionClient::is_spoken() {
  TRY(const auto response, client_.send(request(http::Method::get, root_.url)));
  // "No" has the release exposed before it is tried, so an index that is unwell must not say it.
  if (response.status >= 400 && response.status != 501 && code_of(response.status) == Errc::unavailable)
    return refusal(response);
  const auto type = http::media_type(response.headers.get("Content-Type").value_or(""));
  if (response.status < 400 || type != problem_type) return false;
  const auto body = read_object(response);
  if (!body.ok()) return malformed(body.error());
  const auto said = json::get_object(*body, "meta");
  return said.ok() && json::get_string(*said, "api-version").value_or("") == api_version;
}

Result<UploadSession> SessionClient::open(const ReleaseName& release,
                                          const std::optional<std::string>& label) {
  json::Object wanted{{"name", release.project.str()}, {"version", release.version.str()}};
  if (label) wanted["_label"] = *label;
  may_not_stage_ = false;
  TRY(const auto response, client_.send(post(root_.url, std::move(wanted))));
  may_not_stage_ = response.status == 403;
  if (response.status == 201) {
    TRY(const auto body, read_object(response));
    TRY(auto session, read_session(body));
    session.fresh = true;
    return session;
  }
  // PEP 694: of one version there is one open session, and 409 says where.
  const auto location = response.headers.get("Location");
  if (response.status != 409 || !location) return refusal(response);
  TRY(const auto live, link(*location));
  return read(live);
}

Result<UploadSession> SessionClient::read(const http::Url& link) {
  TRY(const auto body, ask_for_body(request(http::Method::get, link), 200));
  return read_session(body);
}

Result<AnnouncedFile> SessionClient::announce(const UploadSession& session, const ReleaseFile& file) {
  TRY(const auto body, ask_for_body(post(session.upload, {{"filename", file.filename},
                                                          {"size", file.size},
                                                          {"hashes", {{"sha256", file.sha256.hex()}}},
                                                          {"mechanism", mechanism}}),
                                    202));
  const auto links = json::get_object(body, "links");
  const auto status = json::get_string(body, "status");
  const auto how = json::get_object(body, "mechanism");
  if (!links.ok()) return malformed(links.error());
  if (!status.ok()) return malformed(status.error());
  if (!how.ok()) return malformed(how.error());
  AnnouncedFile announced;
  announced.status = *status;
  TRY(announced.link, link(*links, "file-upload-session"));
  TRY(announced.complete, link(*links, "complete"));
  TRY(announced.bytes, link(*how, "file_url"));
  return announced;
}

Status SessionClient::send(const AnnouncedFile& announced, const ReleaseFile& file,
                           const Progress& progress) {
  auto made = request(http::Method::post, announced.bytes);
  made.headers.add("Content-Type", "application/octet-stream");
  made.body = http::FileContent{file.path.string()};
  made.progress = progress;
  TRY(const auto response, client_.send(made));
  return response.status == 204 ? success() : refusal(response);
}

Status SessionClient::complete(const AnnouncedFile& announced) {
  const auto answer = ask(post(announced.complete, {}), 201);
  return answer.ok() ? success() : Status{answer.error()};
}

Status SessionClient::remove(const http::Url& link) {
  const auto answer = ask(request(http::Method::del, link), 204);
  return answer.ok() ? success() : Status{answer.error()};
}

Status SessionClient::refuse(const UploadSession& session, std::string_view reason) {
  const auto answer = ask(post(session.refuse.value(), {{"_reason", reason}}), 204);
  return answer.ok() ? success() : Status{answer.error()};
}

Status SessionClient::publish(const UploadSession& session, const Sha256& manifest,
                              const std::vector<std::string>& approvals) {
  json::Object body{{"_manifest_sha256", manifest.hex()}};
  if (!approvals.empty()) body["_approvals"] = json::Array(approvals.begin(), approvals.end());
  const auto answer = ask(post(session.publish, std::move(body)), 201);
  return answer.ok() ? success() : Status{answer.error()};
}

}  // namespace packhouse::client
