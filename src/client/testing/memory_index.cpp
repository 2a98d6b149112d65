#include "client/testing/memory_index.hpp"

#include <fstream>
#include <iterator>
#include <set>

#include "base/json.hpp"
#include "base/text.hpp"
#include "http/testing/delivery.hpp"
#include "pep/filename.hpp"

namespace packhouse::client::testing {
namespace {

constexpr std::string_view api = "/api/v1/projects/";

std::string version_of(const std::string& filename) {
  if (const auto wheel = WheelFilename::parse(filename); wheel.ok()) return wheel->version.str();
  const std::string stem = filename.substr(0, filename.rfind(".tar.gz"));
  return stem.substr(stem.rfind('-') + 1);
}

json::Value reason_in(const std::map<std::string, std::string>& reasons, const std::string& version) {
  const auto found = reasons.find(version);
  return found == reasons.end() ? json::Value() : json::Value(found->second);
}

http::ClientResponse stating(const std::optional<std::string>& identity, http::ClientResponse response) {
  if (identity) response.headers.add("Packhouse-Index", *identity);
  return response;
}

}  // namespace

http::ClientResponse MemoryIndex::answer(int status, std::string body) {
  return {.status = status, .reason = {}, .headers = {}, .body = std::move(body)};
}

Result<http::ClientResponse> MemoryIndex::send(const http::ClientRequest& request) {
  if (before) {
    CHECK_OK(before(request));
  }
  if (can_stage) {
    TRY(auto staged, sessions.answer(request));
    if (staged) return http::deliver(request, *std::move(staged));
  }
  const bool of_api = packhouse && request.url.find(api) != std::string::npos;
  if (request.method == http::Method::post) return of_api ? change(request) : upload(request);
  if (request.url == index_upload_url) return stating(upload_identity, answer(405));
  ++reads;
  if (of_api) return detail();
  if (request.url.ends_with('/')) return stating(simple_identity, page());
  const auto file = files.find(request.url.substr(request.url.rfind('/') + 1));
  if (file == files.end()) return answer(404);
  return http::deliver(request, answer(200, file->second));
}

// As a good index does: the same bytes again are welcome, others are not.
Result<http::ClientResponse> MemoryIndex::upload(const http::ClientRequest& request) {
  const auto& form = std::get<http::Form>(request.body);
  const http::FormFile& file = form.files.at(0);
  uploads.push_back(file.filename);
  std::string bytes;
  if (content) {
    bytes = content(file);
  } else {
    std::ifstream in(file.path, std::ios::binary);
    bytes.assign(std::istreambuf_iterator<char>(in), {});
  }
  Fate fate;
  if (!next_uploads.empty()) {
    fate = next_uploads.front();
    next_uploads.erase(next_uploads.begin());
  }
  if (const auto block = blocked.find(version_of(file.filename)); block != blocked.end())
    return answer(403, "release " + block->first + " of it is blocked: " + block->second);
  const auto held = files.find(file.filename);
  if (held != files.end() && held->second != bytes) return answer(400, "File already exists");
  if (fate.kept) files[file.filename] = bytes;
  return fate.reply;
}

http::ClientResponse MemoryIndex::page() {
  std::string body = R"(<meta name="pypi:repository-version" content="1.0">)";
  if (hidden_reads-- > 0) return answer(200, body);
  for (const auto& [name, bytes] : files) {
    const std::string version = version_of(name);
    if (blocked.contains(version)) continue;
    std::string attributes = yanked.contains(version) ? " data-yanked=\"\"" : "";
    if (const auto label = labels.find(version); label != labels.end())
      attributes += " data-packhouse-label=\"" + label->second + "\"";
    body += page_link(name, name, attributes);
  }
  return answer(200, body);
}

http::ClientResponse MemoryIndex::detail() {
  std::set<std::string> versions;
  for (const auto& [name, bytes] : files)
    versions.insert(version_of(name));
  for (const auto& [version, reason] : blocked)
    versions.insert(version);
  json::Array releases;
  for (const std::string& version : versions) {
    releases.push_back(json::Object{{"version", version},
                                    {"yanked", reason_in(yanked, version)},
                                    {"blocked", reason_in(blocked, version)}});
  }
  return answer(200, json::dump(json::Object{{"serial", 1}, {"releases", std::move(releases)}}));
}

// …/releases/VERSION/VERB with {"reason": …}
Result<http::ClientResponse> MemoryIndex::change(const http::ClientRequest& request) {
  const auto parts = split(request.url, '/');
  const std::string verb(parts.back());
  const std::string version(parts.at(parts.size() - 2));
  Fate fate;
  if (!next_changes.empty()) {
    fate = next_changes.front();
    next_changes.erase(next_changes.begin());
  }
  if (!fate.kept) return fate.reply;
  changes.push_back(verb + " " + version);
  TRY(const auto body, json::parse(std::get<std::string>(request.body)));
  TRY(const auto reason, json::get_string(body.get_object(), "reason"));
  auto& reasons = verb.ends_with("block") ? blocked : yanked;
  if (verb.starts_with("un")) {
    reasons.erase(version);
  } else {
    reasons[version] = reason;
  }
  return fate.reply;
}

}  // namespace packhouse::client::testing
