#include "api/simple_page.hpp"

#include <fmt/format.h>

#include <algorithm>

#include <iterator>
#include <optional>
#include <set>

#include "base/json.hpp"
#include "base/text.hpp"

namespace packhouse::api {
namespace {

/// The root list goes on its way in pieces of this size.
constexpr std::size_t root_piece = 64U << 10U;

json::Object meta(std::int64_t serial, std::string_view version) {
  return {{"_last-serial", serial}, {"api-version", version}};
}

std::string_view version_of(const NamespacesOfProject& namespaces) {
  return namespaces ? namespaces_api_version : simple_api_version;
}

/// PEP 752. Whoever may upload a project of this server has the server's namespaces too: each is owned.
void add_namespaces(json::Object& page, const NamespacesOfProject& namespaces) {
  if (!namespaces) return;
  if (namespaces->empty()) {
    page["namespaces"] = nullptr;
    return;
  }
  json::Array listed;
  for (const auto& name : *namespaces)
    listed.emplace_back(json::Object{{"name", name}, {"owned", true}});
  page["namespaces"] = std::move(listed);
}

/// What a page says of one file. The texts outlive it.
struct ListedFile {
  std::string_view filename;
  Sha256 sha256;
  std::optional<std::uint64_t> size;
  std::optional<Timestamp> uploaded;
  const std::optional<std::string>& requires_python;
  const std::optional<std::string>& yanked;
  std::optional<Sha256> metadata;
  std::optional<ReleaseLabel> label;
  std::string provenance;  ///< a URL; empty: there is none
};

std::string provenance_url(const File& file, const PageLinks& links) {
  if (!file.provenance_sha256) return {};
  const auto root = links.public_url.empty() ? std::string(links.root) : fmt::format("{}/", links.public_url);
  return fmt::format("{}integrity/{}/{}/{}/provenance", root, file.release.project.str(),
                     percent_encode(file.release.version.str()), percent_encode(file.filename));
}

ListedFile listed(const File& file, const PageLinks& links) {
  return {.filename = file.filename,
          .sha256 = file.sha256,
          .size = file.size,
          .uploaded = file.uploaded,
          .requires_python = file.requires_python,
          .yanked = file.yanked,
          .metadata = file.metadata_sha256,
          .label = file.label,
          .provenance = provenance_url(file, links)};
}

ListedFile listed(const upstream::RemoteFile& file, const PageLinks& /*unused*/) {
  return {.filename = file.filename,
          .sha256 = file.sha256,
          .size = file.size,
          .uploaded = file.uploaded,
          .requires_python = file.requires_python,
          .yanked = file.yanked,
          .metadata = file.metadata_sha256,
          .label = {},
          .provenance = file.provenance};
}

json::Value yanked_value(const std::optional<std::string>& yanked) {
  if (!yanked) return false;
  if (yanked->empty()) return true;  // PEP 691: a reason is a non-empty string
  return json::Value(*yanked);
}

json::Object file_object(const ListedFile& file, const PageLinks& links) {
  json::Object object{
      {"filename", file.filename},
      {"url", fmt::format("{}files/{}", links.root, file_path(file.sha256, file.filename))},
      {"hashes", {{"sha256", file.sha256.hex()}}},
  };
  if (file.size) object["size"] = *file.size;
  if (file.uploaded) object["upload-time"] = to_iso8601(*file.uploaded);
  object["yanked"] = yanked_value(file.yanked);
  if (file.requires_python) object["requires-python"] = *file.requires_python;
  if (!file.provenance.empty()) object["provenance"] = file.provenance;
  if (file.label) object["_label"] = to_string(*file.label);  // PEP 691 leaves such keys to each index
  if (file.metadata) {
    // Not under the old name too, as in HTML: pip before 23.2, Debian 12's among them, dies of the object
    // there (pypa/pip#12042), and PEP 714 gave it another name for that reason.
    object["core-metadata"] = json::Object{{"sha256", file.metadata->hex()}};
  }
  return object;
}

std::string file_anchor(const ListedFile& file, const PageLinks& links) {
  std::string attributes;
  if (file.requires_python) {
    attributes += fmt::format(" data-requires-python=\"{}\"", html_escape(*file.requires_python));
  }
  if (file.metadata) {
    const auto digest = file.metadata->hex();
    attributes +=
        fmt::format(" data-core-metadata=\"sha256={0}\" data-dist-info-metadata=\"sha256={0}\"", digest);
  }
  if (file.yanked) attributes += fmt::format(" data-yanked=\"{}\"", html_escape(*file.yanked));
  if (!file.provenance.empty())
    attributes += fmt::format(" data-provenance=\"{}\"", html_escape(file.provenance));
  if (file.label) attributes += fmt::format(" data-packhouse-label=\"{}\"", to_string(*file.label));
  return fmt::format("    <a href=\"{}files/{}#sha256={}\"{}>{}</a><br>\n", links.root,
                     html_escape(file_path(file.sha256, file.filename)), file.sha256.hex(), attributes,
                     html_escape(file.filename));
}

/// PEP 792. The living specification has it at the top, where its example puts it into `meta`: clients read
/// it at the top.
json::Object status_object(const ProjectState& state) {
  json::Object object{{"status", to_string(state.status)}};
  if (!state.reason.empty()) object["reason"] = state.reason;
  return object;
}

std::string status_fields(const ProjectState& state) {
  std::string fields =
      fmt::format("    <meta name=\"pypi:project-status\" content=\"{}\">\n", to_string(state.status));
  if (!state.reason.empty()) {
    fields += fmt::format("    <meta name=\"pypi:project-status-reason\" content=\"{}\">\n",
                          html_escape(state.reason));
  }
  return fields;
}

/// `fields`: more of the head.
std::string html_begin(std::string_view title, std::string_view fields) {
  return fmt::format(
      "<!DOCTYPE html>\n"
      "<html lang=\"en\">\n"
      "  <head>\n"
      "    <meta charset=\"utf-8\">\n"
      "    <meta name=\"pypi:repository-version\" content=\"{}\">\n"
      "{}"
      "    <title>{}</title>\n"
      "  </head>\n"
      "  <body>\n",
      simple_api_version, fields, html_escape(title));
}

std::string html_end(std::int64_t serial) {
  return fmt::format(
      "  </body>\n"
      "</html>\n"
      "<!--SERIAL {}-->\n",
      serial);
}

}  // namespace

std::string file_path(const File& file) {
  return file_path(file.sha256, file.filename);
}

std::string file_path(const Sha256& sha256, std::string_view filename) {
  const auto digest = sha256.hex();
  return fmt::format("{}/{}/{}", std::string_view(digest).substr(0, 2), std::string_view(digest).substr(2),
                     percent_encode(filename));
}

std::string project_json(const ProjectDetail& project, const PageLinks& links,
                         const NamespacesOfProject& namespaces) {
  json::Array files;
  files.reserve(project.files.size());
  for (const auto& file : project.files) {
    if (!file.withheld) files.emplace_back(file_object(listed(file, links), links));
  }
  // Of a release that is withheld only this is left: PEP 700 wants every version that was uploaded. One that
  // was blocked in its session never was.
  json::Array versions;
  for (const auto& release : project.releases) {
    const auto is_of = [&](const File& file) { return file.release.version == release.version; };
    if (!release.blocked || std::ranges::any_of(project.files, is_of))
      versions.emplace_back(release.version.str());
  }
  json::Object page{{"meta", meta(project.serial, version_of(namespaces))},
                    {"name", project.name},
                    {"project-status", status_object(project.state)},
                    {"versions", std::move(versions)},
                    {"files", std::move(files)}};
  add_namespaces(page, namespaces);
  return json::dump(page);
}

std::string project_html(const ProjectDetail& project, const PageLinks& links) {
  const auto title = "Links for " + project.name;
  auto page = html_begin(title, status_fields(project.state));
  fmt::format_to(std::back_inserter(page), "    <h1>{}</h1>\n", html_escape(title));
  for (const auto& file : project.files) {
    if (!file.withheld) page += file_anchor(listed(file, links), links);
  }
  return page += html_end(project.serial);
}

std::string project_json(const upstream::RemotePage& page, const PageLinks& links,
                         const NamespacesOfProject& namespaces) {
  json::Array files;
  files.reserve(page.files.size());
  json::Array versions;
  std::set<std::string_view> seen;
  for (const auto& file : page.files) {
    files.emplace_back(file_object(listed(file, links), links));
    if (seen.insert(file.version).second) versions.emplace_back(file.version);
  }
  json::Object object{{"meta", json::Object{{"api-version", version_of(namespaces)}}},
                      {"name", page.project},
                      {"project-status", status_object(page.state)},
                      {"versions", std::move(versions)},
                      {"files", std::move(files)}};
  add_namespaces(object, namespaces);
  return json::dump(object);
}

std::string project_html(const upstream::RemotePage& page, const PageLinks& links) {
  const auto title = "Links for " + page.project;
  auto text = html_begin(title, status_fields(page.state));
  fmt::format_to(std::back_inserter(text), "    <h1>{}</h1>\n", html_escape(title));
  for (const auto& file : page.files)
    text += file_anchor(listed(file, links), links);
  return text += "  </body>\n</html>\n";
}

RootList::RootList(Representation representation, std::int64_t serial, TextSink sink,
                   std::string_view version)
    : representation_(representation), serial_(serial), sink_(std::move(sink)) {
  text_ = representation == Representation::json
              ? fmt::format(R"({{"meta":{},"projects":[)", json::dump(meta(serial, version)))
              : html_begin("Simple index", {});
}

Status RootList::add(const ProjectSummary& project) {
  if (representation_ == Representation::json) {
    add_json(project);
  } else {
    add_html(project);
  }
  return text_.size() < root_piece ? success() : flush();
}

// A normal name needs no escape.
void RootList::add_json(const ProjectSummary& project) {
  fmt::format_to(std::back_inserter(text_), R"({}{{"name":"{}","_last-serial":{}}})", between_, project.name,
                 project.serial);
  between_ = ",";
}

void RootList::add_html(const ProjectSummary& project) {
  fmt::format_to(std::back_inserter(text_), "    <a href=\"{0}/\">{0}</a><br>\n", html_escape(project.name));
}

Status RootList::finish() {
  text_ += representation_ == Representation::json ? "]}" : html_end(serial_);
  return flush();
}

Status RootList::flush() {
  CHECK_OK(sink_(text_));
  text_.clear();
  return success();
}

}  // namespace packhouse::api
