#include "client/simple_page.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "base/json.hpp"
#include "base/text.hpp"
#include "http/header_params.hpp"

namespace packhouse::client {
namespace {

// ----- JSON (PEP 691)

bool is_yanked(const json::Object& file) {
  const json::Value* yanked = file.if_contains("yanked");
  if (yanked == nullptr) return false;
  return yanked->is_string() || (yanked->is_bool() && yanked->get_bool());
}

std::optional<std::string> text_at(const json::Object& object, std::string_view key) {
  const json::Value* value = object.if_contains(key);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return std::string(value->get_string());
}

std::optional<std::uint64_t> size_at(const json::Object& object) {
  const auto size = json::get_int(object, "size");
  if (!size.ok() || *size < 0) return std::nullopt;
  return static_cast<std::uint64_t>(*size);
}

/// Under the names that PEP 658, PEP 714 and Warehouse have for it.
std::optional<std::string> metadata_at(const json::Object& object) {
  for (const std::string_view key : {"core-metadata", "dist-info-metadata", "data-dist-info-metadata"}) {
    const json::Value* value = object.if_contains(key);
    const json::Object* hashes = value != nullptr ? value->if_object() : nullptr;
    if (hashes == nullptr) continue;
    if (auto digest = text_at(*hashes, "sha256")) return digest;
  }
  return std::nullopt;
}

Result<PageFile> read_json_file(const json::Value& item) {
  const json::Object* object = item.if_object();
  if (object == nullptr) return Error{Errc::invalid_input, "expected a file as an object on the index page"};
  PageFile file;
  TRY(file.filename, json::get_string(*object, "filename", "files"));
  TRY(file.url, json::get_string(*object, "url", "files"));
  file.url = file.url.substr(0, file.url.find('#'));
  const json::Value* hashes = object->if_contains("hashes");
  const json::Object* listed = hashes != nullptr ? hashes->if_object() : nullptr;
  const json::Value* sha256 = listed != nullptr ? listed->if_contains("sha256") : nullptr;
  if (sha256 != nullptr && sha256->is_string()) file.sha256 = std::string(sha256->get_string());
  file.yanked = is_yanked(*object);
  file.yanked_reason = text_at(*object, "yanked").value_or("");
  file.size = size_at(*object);
  file.upload_time = text_at(*object, "upload-time");
  file.requires_python = text_at(*object, "requires-python");
  file.metadata_sha256 = metadata_at(*object);
  file.provenance = text_at(*object, "provenance");
  if (auto label = json::get_string(*object, "_label"); label.ok()) file.label = *std::move(label);
  return file;
}

Result<SimplePage> parse_json(std::string_view body) {
  TRY(const auto document, json::parse(body, max_page_bytes));
  const json::Object* object = document.if_object();
  if (object == nullptr) return Error{Errc::invalid_input, "expected an object as index page"};
  TRY(const auto meta, json::get_object(*object, "meta"));
  TRY(const auto version, json::get_string(meta, "api-version", "meta"));
  if (!version.starts_with("1."))
    return Error{Errc::invalid_input, "expected an index page of version 1, found " + quote(version)};
  TRY(const auto files, json::get_array(*object, "files"));
  SimplePage page;
  page.stated = true;
  if (const auto status = json::get_object(*object, "project-status"); status.ok()) {
    page.status = text_at(*status, "status").value_or("");
    page.status_reason = text_at(*status, "reason").value_or("");
  }
  for (const json::Value& item : files) {
    TRY(auto file, read_json_file(item));
    page.files.push_back(std::move(file));
  }
  return page;
}

// ----- HTML (PEP 503)

struct Attribute {
  std::string name;
  std::string value;
};

// The few that index pages use; others stay as they are written.
std::string decode_entity(std::string_view entity) {
  constexpr std::array<std::pair<std::string_view, char>, 6> named{
      {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}, {"nbsp", ' '}}};
  for (const auto& [name, character] : named)
    if (entity == name) return std::string(1, character);
  if (entity.starts_with("#x") || entity.starts_with("#X")) {
    const auto bytes = from_hex(entity.size() % 2 == 0 ? std::string(entity.substr(2))
                                                       : "0" + std::string(entity.substr(2)));
    if (bytes && bytes->size() == 1 && bytes->front() < 0x80)
      return std::string(1, static_cast<char>(bytes->front()));
  } else if (entity.starts_with('#')) {
    const auto number = parse_decimal(entity.substr(1));
    if (number && *number < 0x80) return std::string(1, static_cast<char>(*number));
  }
  return "&" + std::string(entity) + ";";
}

std::string decode_entities(std::string_view text) {
  constexpr std::size_t longest_entity = 10;
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::size_t end =
        text[i] == '&' ? text.substr(i, longest_entity).find(';') : std::string_view::npos;
    if (end == std::string_view::npos) {
      out += text[i];
      continue;
    }
    out += decode_entity(text.substr(i + 1, end - 1));
    i += end;
  }
  return out;
}

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

/// One start tag, cut from a page.
struct StartTag {
  std::string name;
  std::vector<Attribute> attributes;

  const std::string* find(std::string_view wanted) const {
    for (const Attribute& attribute : attributes)
      if (attribute.name == wanted) return &attribute.value;
    return nullptr;
  }
};

/// Walks a page from start tag to start tag. Comments and the texts of script and style are passed over: a
/// link in them is none.
class TagReader {
 public:
  explicit TagReader(std::string_view page) : rest_(page) {}

  std::optional<StartTag> next() {
    while (skip_to("<")) {
      if (rest_.starts_with("<!--")) {
        if (!skip_past("-->")) return std::nullopt;
        continue;
      }
      rest_.remove_prefix(1);
      if (rest_.empty() || !is_ascii_alpha(rest_.front())) continue;
      StartTag tag = read_tag();
      if (tag.name == "script" || tag.name == "style") {
        if (!skip_past("</" + tag.name)) return std::nullopt;
        continue;
      }
      return tag;
    }
    return std::nullopt;
  }

 private:
  bool skip_to(std::string_view word) {
    const std::size_t at = rest_.find(word);
    rest_ = at == std::string_view::npos ? std::string_view{} : rest_.substr(at);
    return !rest_.empty();
  }
  bool skip_past(std::string_view word) {
    if (!skip_to(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  void skip_blanks() {
    while (!rest_.empty() && (is_blank(rest_.front()) || rest_.front() == '/'))
      rest_.remove_prefix(1);
  }
  template <typename Stop>
  std::string_view take_until(const Stop& stop) {
    std::size_t length = 0;
    while (length < rest_.size() && !stop(rest_[length]))
      ++length;
    const std::string_view taken = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return taken;
  }

  StartTag read_tag() {
    StartTag tag;
    tag.name = ascii_lower(take_until([](char c) { return is_blank(c) || c == '>' || c == '/'; }));
    while (true) {
      skip_blanks();
      if (rest_.empty()) return tag;
      if (rest_.front() == '>') {
        rest_.remove_prefix(1);
        return tag;
      }
      tag.attributes.push_back(read_attribute());
    }
  }

  Attribute read_attribute() {
    // A leading "=" belongs to the name (HTML 13.2.5.32), so that a broken tag still moves on.
    Attribute attribute;
    if (rest_.front() == '=') {
      attribute.name = "=";
      rest_.remove_prefix(1);
    }
    attribute.name +=
        ascii_lower(take_until([](char c) { return is_blank(c) || c == '>' || c == '/' || c == '='; }));
    const std::string_view after_name = rest_;
    while (!rest_.empty() && is_blank(rest_.front()))
      rest_.remove_prefix(1);
    if (!rest_.starts_with('=')) {
      rest_ = after_name;
      return attribute;
    }
    rest_.remove_prefix(1);
    while (!rest_.empty() && is_blank(rest_.front()))
      rest_.remove_prefix(1);
    attribute.value = decode_entities(read_value());
    return attribute;
  }

  std::string_view read_value() {
    if (rest_.starts_with('"') || rest_.starts_with('\'')) {
      const char quote_mark = rest_.front();
      rest_.remove_prefix(1);
      const std::string_view value = take_until([quote_mark](char c) { return c == quote_mark; });
      if (!rest_.empty()) rest_.remove_prefix(1);
      return value;
    }
    return take_until([](char c) { return is_blank(c) || c == '>'; });
  }

  std::string_view rest_;
};

std::optional<std::string> attribute_at(const StartTag& tag, std::string_view name) {
  const std::string* value = tag.find(name);
  return value != nullptr ? std::optional{*value} : std::nullopt;
}

std::optional<std::string> metadata_at(const StartTag& tag) {
  constexpr std::string_view algorithm = "sha256=";
  for (const std::string_view name : {"data-core-metadata", "data-dist-info-metadata"}) {
    const std::string* value = tag.find(name);
    if (value != nullptr && value->starts_with(algorithm)) return value->substr(algorithm.size());
  }
  return std::nullopt;
}

// Installers take the filename from the address, not from the link's text.
std::optional<PageFile> read_link(const StartTag& tag) {
  const std::string* href = tag.find("href");
  if (href == nullptr) return std::nullopt;
  PageFile file;
  const std::size_t hash = href->find('#');
  file.url = std::string(trim(std::string_view(*href).substr(0, hash)));
  constexpr std::string_view algorithm = "sha256=";
  if (hash != std::string::npos && std::string_view(*href).substr(hash + 1).starts_with(algorithm)) {
    const std::string_view digest = std::string_view(*href).substr(hash + 1 + algorithm.size());
    file.sha256 = std::string(digest.substr(0, digest.find('&')));
  }
  const std::string_view path = std::string_view(file.url).substr(0, file.url.find('?'));
  const auto filename = percent_decode(path.substr(path.rfind('/') + 1));
  if (!filename || filename->empty()) return std::nullopt;
  file.filename = *filename;
  file.yanked = tag.find("data-yanked") != nullptr;
  file.yanked_reason = attribute_at(tag, "data-yanked").value_or("");
  file.requires_python = attribute_at(tag, "data-requires-python");
  file.metadata_sha256 = metadata_at(tag);
  file.provenance = attribute_at(tag, "data-provenance");
  if (const std::string* label = tag.find("data-packhouse-label")) file.label = *label;
  return file;
}

/// PEP 629.
bool states_version(const StartTag& tag) {
  const std::string* name = tag.find("name");
  const std::string* content = tag.find("content");
  return tag.name == "meta" && name != nullptr && *name == "pypi:repository-version" && content != nullptr &&
         content->starts_with("1.");
}

/// PEP 792.
void read_status(const StartTag& tag, SimplePage& page) {
  const std::string* name = tag.find("name");
  const std::string* content = tag.find("content");
  if (tag.name != "meta" || name == nullptr || content == nullptr) return;
  if (*name == "pypi:project-status") page.status = *content;
  if (*name == "pypi:project-status-reason") page.status_reason = *content;
}

Result<SimplePage> parse_html(std::string_view body) {
  SimplePage page;
  TagReader reader(body);
  while (auto tag = reader.next()) {
    page.stated = page.stated || states_version(*tag);
    read_status(*tag, page);
    if (tag->name == "base" && page.base.empty()) {
      if (const std::string* href = tag->find("href")) page.base = *href;
    }
    if (tag->name != "a") continue;
    if (auto file = read_link(*tag)) page.files.push_back(*std::move(file));
    if (page.files.size() > max_page_files) {
      return Error{Errc::too_large,
                   fmt::format("expected at most {} files on an index page", max_page_files)};
    }
  }
  return page;
}

// ----- the list of projects

constexpr std::string_view json_type = "application/vnd.pypi.simple.v1+json";
constexpr std::string_view html_type = "application/vnd.pypi.simple.v1+html";

bool is_json_list(std::string_view body) {
  const auto document = json::parse(body, max_page_bytes);
  const json::Object* object = document.ok() ? document->if_object() : nullptr;
  if (object == nullptr || !json::get_array(*object, "projects").ok()) return false;
  const auto meta = json::get_object(*object, "meta");
  return meta.ok() && json::get_string(*meta, "api-version", "meta").value_or("").starts_with("1.");
}

enum class LinkPlace { project, folder, elsewhere };

LinkPlace place_of(const http::Url& root, const std::string& href) {
  const auto target = root.resolve(href);
  if (!target.ok() || target->host != root.host) return LinkPlace::elsewhere;
  std::string_view path = target->path;
  const std::string_view above = root.path;
  if (above.starts_with(path)) return LinkPlace::folder;  // itself, sorted otherwise, or its parent
  if (!path.starts_with(above)) return LinkPlace::elsewhere;
  path.remove_prefix(above.size());
  if (path.ends_with('/')) path.remove_suffix(1);
  const bool project = path.find('/') == std::string_view::npos && !path.ends_with(".whl") &&
                       !path.ends_with(".gz") && !path.ends_with(".zip");
  return project ? LinkPlace::project : LinkPlace::elsewhere;
}

bool is_html_list(const http::Url& root, std::string_view body, bool stated) {
  constexpr std::size_t title_room = 1024;
  std::size_t projects = 0;
  TagReader reader(body);
  while (auto tag = reader.next()) {
    stated = stated || states_version(*tag);
    const std::string* href = tag->name == "a" ? tag->find("href") : nullptr;
    if (href == nullptr) continue;
    const LinkPlace place = place_of(root, *href);
    if (place == LinkPlace::elsewhere) return false;
    if (place == LinkPlace::project) ++projects;
  }
  return projects > 0 || stated ||
         ascii_lower(body.substr(0, title_room)).find("<title>simple index</title>") != std::string::npos;
}

}  // namespace

bool is_project_list(const http::Url& root, std::string_view content_type, std::string_view body) {
  if (body.size() > max_page_bytes) return false;
  const std::string media = http::media_type(content_type);
  if (media == json_type) return is_json_list(body);
  if (media == html_type || media == "text/html") return is_html_list(root, body, media == html_type);
  return false;
}

Result<SimplePage> parse_simple_page(std::string_view content_type, std::string_view body) {
  if (body.size() > max_page_bytes)
    return Error{Errc::too_large, fmt::format("expected at most {} bytes of index page", max_page_bytes)};
  const std::string media = http::media_type(content_type);
  if (media == json_type || media == "application/json") return parse_json(body);
  auto page = parse_html(body);
  if (page.ok() && media == html_type) page->stated = true;
  return page;
}

}  // namespace packhouse::client
