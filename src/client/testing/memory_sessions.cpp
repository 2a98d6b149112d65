#include "client/testing/memory_sessions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "base/digest.hpp"
#include "base/text.hpp"
#include "dist/manifest.hpp"

namespace packhouse::client::testing {
namespace {

using http::ClientRequest;
using http::ClientResponse;
using http::Method;

json::Object meta() {
  return {{"api-version", "2.0"}};
}

ClientResponse answer_with(int status, json::Object body, std::string type) {
  body["meta"] = meta();
  ClientResponse response{.status = status, .reason = {}, .headers = {}, .body = json::dump(body)};
  response.headers.add("Content-Type", std::move(type));
  return response;
}

ClientResponse accept(int status, json::Object body) {
  return answer_with(status, std::move(body), "application/vnd.pypi.upload.v2+json");
}

ClientResponse refuse(int status, std::string_view detail) {
  return answer_with(status, {{"status", status}, {"detail", detail}, {"errors", json::Array()}},
                     "application/problem+json");
}

ClientResponse with_location(ClientResponse response, std::string location) {
  response.headers.add("Location", std::move(location));
  return response;
}

ClientResponse plain(int status, std::string body = {}) {
  return {.status = status, .reason = {}, .headers = {}, .body = std::move(body)};
}

/// The JSON of a POST; empty for other requests.
Result<json::Object> body_of(const ClientRequest& request) {
  const auto* text = std::get_if<std::string>(&request.body);
  if (text == nullptr) return json::Object{};
  TRY(const auto document, json::parse(*text));
  return document.get_object();
}

std::string text_in(const json::Object& body, std::string_view key) {
  return json::get_string(body, key).value_or("");
}

std::vector<std::string> nonces_in(const json::Object& body) {
  std::vector<std::string> nonces;
  if (const auto list = json::get_array(body, "_approvals"); list.ok()) {
    for (const json::Value& each : *list)
      nonces.emplace_back(each.as_string());
  }
  return nonces;
}

}  // namespace

std::string page_link(const std::string& url, const std::string& filename, const std::string& attributes) {
  return fmt::format("<a href=\"{}\"{}>{}</a>\n", url, attributes, filename);
}

std::vector<std::string> MemorySessions::sessions() const {
  std::vector<std::string> lines;
  for (const Session& session : sessions_)
    lines.push_back(session.version + " " + session.status);
  return lines;
}

MemorySessions::Session* MemorySessions::find(std::string_view token) {
  const auto found = std::ranges::find(sessions_, token, &Session::token);
  return found == sessions_.end() ? nullptr : &*found;
}

json::Object MemorySessions::shown(const Session& session) const {
  const std::string own = link(session);
  json::Object files;
  for (const auto& [id, file] : session.files)
    files[file.filename] = json::Object{{"status", file.status}, {"link", own + "/files/" + id}};
  json::Object body{{"status", session.status},
                    {"links",
                     {{"session", own},
                      {"upload", own + "/files"},
                      {"publish", own + "/publish"},
                      {"stage", fmt::format("{}stage/{}/simple/", root_, session.token)}}},
                    {"files", std::move(files)}};
  if (keeps_verdicts) body["links"].get_object()["_refuse"] = own + "/refuse";
  if (session.label) body["_label"] = *session.label;
  return body;
}

json::Object MemorySessions::shown(const Session& session, const std::string& id,
                                   const StagedFile& file) const {
  const std::string own = link(session) + "/files/" + id;
  return {{"filename", file.filename},
          {"status", file.status},
          {"links", {{"file-upload-session", own}, {"complete", own + "/complete"}}},
          {"mechanism", {{"identifier", "http-post-bytes"}, {"file_url", own + "/bytes"}}}};
}

// ----- requests

Result<std::optional<ClientResponse>> MemorySessions::answer(const ClientRequest& request) {
  using Answer = std::optional<ClientResponse>;
  if (!request.url.starts_with(root_)) return Answer();
  Parts parts;
  for (const std::string_view part : split(std::string_view(request.url).substr(root_.size()), '/'))
    parts.emplace_back(part);
  const Parts rest(parts.begin() + 1, parts.end());
  if (parts.front() == "stage") return Answer(below_stage(rest));
  if (parts.front() != "upload") return Answer();
  TRY(auto response, below_upload(request, rest));
  return Answer(std::move(response));
}

Result<ClientResponse> MemorySessions::below_upload(const ClientRequest& request, const Parts& parts) {
  TRY(const auto body, body_of(request));
  const std::string token = parts.empty() ? "" : parts.front();
  if (token.empty()) {
    return request.method == Method::post ? open(body)
                                          : refuse(405, "this is the root of Upload 2.0: POST here");
  }
  Session* session = find(token);
  if (session == nullptr) return refuse(404, "there is no such session");
  return of_session(request, *session, {parts.begin() + 1, parts.end()});
}

Result<ClientResponse> MemorySessions::of_session(const ClientRequest& request, Session& session,
                                                  const Parts& rest) {
  if (rest.empty() && request.method == Method::get) return accept(200, shown(session));
  if (session.status != "open") return refuse(409, "the session is " + session.status);
  if (rest.empty() && request.method == Method::del) {
    session.status = "canceled";
    session.files.clear();
    return plain(204);
  }
  const bool of_all = rest == Parts{"publish"} || rest == Parts{"files"} || rest == Parts{"refuse"};
  if (!of_all) return of_file(request, session, rest);
  TRY(const auto body, body_of(request));
  if (rest.front() == "publish") return publish(session, body);
  if (rest.front() == "refuse") return refuse_release(session, body);
  return announce(session, body);
}

Result<ClientResponse> MemorySessions::of_file(const ClientRequest& request, Session& session,
                                               const Parts& rest) {
  if (rest.size() < 2 || rest.front() != "files") return refuse(404, "there is no such page");
  const auto file = session.files.find(rest[1]);
  if (file == session.files.end()) return refuse(404, "there is no such file in this session");
  const std::string verb = rest.size() == 3 ? rest.back() : "";
  if (verb == "bytes") return receive(request, file->second);
  if (verb == "complete") return complete(session, file->first, file->second);
  if (request.method != Method::del) return accept(200, shown(session, file->first, file->second));
  session.files.erase(file);
  return plain(204);
}

/// What publishing would offer: the address alone opens the files of the session.
ClientResponse MemorySessions::below_stage(const Parts& parts) {
  const Session* session = parts.empty() ? nullptr : find(parts.front());
  if (session == nullptr || session->status != "open" || parts.size() < 3)
    return refuse(404, "there is no such stage");
  const bool page = parts[1] == "simple" && parts[2] == session->project;
  std::string body;
  for (const auto& [id, file] : session->files) {
    if (file.status != "completed") continue;
    if (parts[1] == "files" && parts[2] == file.filename) return plain(200, file.bytes);
    body += page_link(fmt::format("{}stage/{}/files/{}", root_, session->token, file.filename), file.filename,
                      "");
  }
  return page ? plain(200, body) : refuse(404, "there is no such page on this stage");
}

// ----- the steps of a release

ClientResponse MemorySessions::open(const json::Object& body) {
  const std::string project = text_in(body, "name");
  const std::string version = text_in(body, "version");
  if (published_.blocked.contains(version)) return refuse(409, "blocked: " + published_.blocked.at(version));
  for (const Session& session : sessions_) {
    if (session.version == version && session.status == "open")
      return with_location(refuse(409, "there is an open session already"), link(session));
  }
  auto label = json::get_string(body, "_label");
  const Session& session =
      sessions_.emplace_back(Session{.token = fmt::format("phs_session-{}", sessions_.size() + 1),
                                     .project = project,
                                     .version = version,
                                     .label = label.ok() ? std::optional(*std::move(label)) : std::nullopt});
  return with_location(accept(201, shown(session)), link(session));
}

/// A repeated announcement gets the same file again.
ClientResponse MemorySessions::announce(Session& session, const json::Object& body) {
  const auto hashes = json::get_object(body, "hashes");
  const StagedFile wanted{.filename = text_in(body, "filename"),
                          .size = json::get_int(body, "size").value_or(0),
                          .sha256 = hashes.ok() ? text_in(*hashes, "sha256") : ""};
  for (const auto& [id, file] : session.files) {
    if (file.filename != wanted.filename) continue;
    const bool same = file.size == wanted.size && file.sha256 == wanted.sha256;
    return same ? accept(202, shown(session, id, file)) : refuse(409, "it was announced with other bytes");
  }
  if (published_.files.contains(wanted.filename)) return refuse(409, "File already exists.");
  const auto [id, file] = *session.files.emplace(std::to_string(++session.announced), wanted).first;
  return accept(202, shown(session, id, file));
}

Result<ClientResponse> MemorySessions::receive(const ClientRequest& request, StagedFile& file) {
  if (file.status != "pending") return refuse(409, "the upload is " + file.status);
  std::ifstream in(std::get<http::FileContent>(request.body).path, std::ios::binary);
  std::string bytes(std::istreambuf_iterator<char>(in), {});
  if (Sha256::of(bytes).hex() != file.sha256) return refuse(400, "The digest does not match the file.");
  file.bytes = std::move(bytes);
  return plain(204);
}

ClientResponse MemorySessions::complete(const Session& session, const std::string& id, StagedFile& file) {
  if (file.bytes.empty()) return refuse(409, "the bytes did not arrive yet");
  file.status = "completed";
  return accept(201, shown(session, id, file));
}

std::optional<ClientResponse> MemorySessions::refuse_publication(const Session& session,
                                                                 const json::Object& body) const {
  if (session.files.empty()) return refuse(409, "the session has no file");
  std::vector<dist::ManifestEntry> entries;
  for (const auto& [id, file] : session.files) {
    if (file.status != "completed") return refuse(409, file.filename + " is " + file.status);
    const auto there = published_.files.find(file.filename);
    if (there != published_.files.end() && there->second != file.bytes)
      return refuse(409, "File already exists: " + file.filename);
    entries.push_back({file.filename, file.bytes.size(), Sha256::of(file.bytes)});
  }
  const auto manifest = json::get_string(body, "_manifest_sha256");
  if (manifest.ok() && *manifest != dist::Manifest::make(entries).value().digest().hex())
    return refuse(409, "the session holds other files");
  for (const std::string& nonce : nonces_in(body))
    if (spent_.contains(nonce)) return refuse(409, "the approval " + nonce + " was used before");
  return std::nullopt;
}

ClientResponse MemorySessions::refuse_release(Session& session, const json::Object& body) {
  if (session.files.empty()) return refuse(409, "the session has received no file that could be refused");
  session.status = "canceled";
  session.files.clear();
  published_.blocked[session.version] = text_in(body, "_reason");
  return plain(204);
}

/// All files, or none.
ClientResponse MemorySessions::publish(Session& session, const json::Object& body) {
  if (auto refusal = refuse_publication(session, body)) return *std::move(refusal);
  for (const auto& [id, file] : session.files)
    published_.files[file.filename] = file.bytes;
  for (const std::string& nonce : nonces_in(body))
    spent_.insert(nonce);
  if (session.label) published_.labels[session.version] = *session.label;
  session.status = "published";
  return accept(201, shown(session));
}

}  // namespace packhouse::client::testing
