// A page of the simple repository API that is read can be written down again, as HTML and as JSON, and reads
// as the same. An input that begins with a brace is JSON.
#include "client/simple_page.hpp"

#include <cstdlib>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "base/text.hpp"

namespace json = packhouse::json;
using packhouse::client::PageFile;
using packhouse::client::parse_simple_page;
using packhouse::client::SimplePage;

namespace {

constexpr std::string_view json_type = "application/vnd.pypi.simple.v1+json";

void require(bool holds) {
  if (!holds) std::abort();
}

std::string attribute(std::string_view name, std::string_view value) {
  auto text = packhouse::replace_all(std::string(value), "&", "&amp;");
  text = packhouse::replace_all(std::move(text), "\"", "&#x22;");
  return " " + std::string(name) + "=\"" + text + "\"";
}

std::string as_html(const SimplePage& page) {
  std::string text = page.base.empty() ? "" : "<base" + attribute("href", page.base) + ">";
  for (const auto& file : page.files) {
    text += "<a" + attribute("href", file.url + (file.sha256 ? "#sha256=" + *file.sha256 : ""));
    if (file.yanked) text += attribute("data-yanked", file.yanked_reason);
    if (file.label) text += attribute("data-packhouse-label", *file.label);
    if (file.requires_python) text += attribute("data-requires-python", *file.requires_python);
    if (file.metadata_sha256) text += attribute("data-core-metadata", "sha256=" + *file.metadata_sha256);
    if (file.provenance) text += attribute("data-provenance", *file.provenance);
    text += ">link</a>\n";
  }
  return text;
}

std::string as_json(const SimplePage& page) {
  json::Array files;
  for (const auto& file : page.files) {
    json::Object object{{"filename", file.filename}, {"url", file.url}, {"yanked", file.yanked}};
    if (!file.yanked_reason.empty()) object["yanked"] = file.yanked_reason;
    if (file.sha256) object["hashes"] = json::Object{{"sha256", *file.sha256}};
    if (file.metadata_sha256) object["core-metadata"] = json::Object{{"sha256", *file.metadata_sha256}};
    if (file.size) object["size"] = *file.size;
    if (file.upload_time) object["upload-time"] = *file.upload_time;
    if (file.requires_python) object["requires-python"] = *file.requires_python;
    if (file.provenance) object["provenance"] = *file.provenance;
    if (file.label) object["_label"] = *file.label;
    files.emplace_back(std::move(object));
  }
  return json::dump(
      json::Object{{"meta", json::Object{{"api-version", "1.0"}}}, {"files", std::move(files)}});
}

void check_html(std::string_view body) {
  const auto page = parse_simple_page("text/html", body);
  if (!page.ok()) return;
  for (const auto& file : page->files)
    require(!file.filename.empty() && !file.url.contains('#'));
  const auto again = parse_simple_page("text/html", as_html(*page));
  require(again.ok() && again->files == page->files && again->base == page->base);
}

void check_json(std::string_view body) {
  const auto page = parse_simple_page(json_type, body);
  if (!page.ok()) return;
  for (const auto& file : page->files)
    require(!file.url.contains('#'));
  const auto again = parse_simple_page(json_type, as_json(*page));
  require(again.ok() && again->files == page->files);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (bytes.starts_with('{')) {
    check_json(bytes);
  } else {
    check_html(bytes);
  }
  return 0;
}
