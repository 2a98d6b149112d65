#include "release/testing/memory_index.hpp"

#include <fstream>
#include <iterator>

namespace packhouse::release::testing {

http::ClientResponse MemoryIndex::answer(int status, std::string body) {
  return {.status = status, .reason = {}, .headers = {}, .body = std::move(body)};
}

Result<http::ClientResponse> MemoryIndex::send(const http::ClientRequest& request) {
  if (before) {
    CHECK_OK(before(request));
  }
  if (request.method == http::Method::post) return upload(request);
  ++reads;
  if (request.url.ends_with('/')) return page();
  const auto file = files.find(request.url.substr(request.url.rfind('/') + 1));
  if (file == files.end()) return answer(404);
  CHECK_OK(request.sink(file->second));
  return answer(200);
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
  const auto held = files.find(file.filename);
  if (held != files.end() && held->second != bytes) return answer(400, "File already exists");
  if (fate.kept) files[file.filename] = bytes;
  return fate.reply;
}

http::ClientResponse MemoryIndex::page() {
  std::string body;
  if (hidden_reads-- <= 0)
    for (const auto& [name, bytes] : files)
      body += "<a href=\"" + name + "\">" + name + "</a>";
  return answer(200, body);
}

}  // namespace packhouse::release::testing
