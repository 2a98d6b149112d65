#include "api/package_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <tuple>
#include <vector>

#include "base/text.hpp"
#include "pep/filename.hpp"
#include "pep/version.hpp"
#include "routing/json_exchange.hpp"

namespace packhouse::api {
namespace {

using routing::to_json;

/// The document goes on its way in pieces of this size.
constexpr std::size_t piece = 64U << 10U;

bool all_yanked(const ReleaseFiles& release) {
  return !release.files.empty() &&
         std::ranges::all_of(release.files, [](const File& file) { return file.yanked.has_value(); });
}

json::Value text_or_null(const std::string& text) {
  return text.empty() ? json::Value(nullptr) : json::Value(text);
}

/// The reason of the first yanked file; null when the version is not yanked.
json::Value yanked_reason(const ReleaseFiles& release) {
  return all_yanked(release) ? text_or_null(*release.files.front().yanked) : json::Value(nullptr);
}

json::Array array_of(const std::vector<std::string>& texts) {
  json::Array array;
  for (const auto& text : texts)
    array.emplace_back(text);
  return array;
}

json::Value array_or_null(const std::vector<std::string>& texts) {
  return texts.empty() ? json::Value(nullptr) : json::Value(array_of(texts));
}

json::Value urls_or_null(const std::vector<std::pair<std::string, std::string>>& urls) {
  if (urls.empty()) return nullptr;
  json::Object object;
  for (const auto& [label, url] : urls)
    object[label] = url;
  return object;
}

/// "py3", "cp312"; of an sdist "source".
std::string python_version(const File& file) {
  if (file.kind == FileKind::sdist) return "source";
  const auto name = WheelFilename::parse(file.filename);
  return name.ok() ? name->raw_tags.substr(0, name->raw_tags.find('-')) : "";
}

json::Object file_json(const File& file, const PackageLinks& links) {
  const auto time = to_iso8601(file.uploaded);
  json::Object object{{"comment_text", nullptr},
                      {"digests", {{"blake2b_256", file.blake2b_256}, {"sha256", file.sha256.hex()}}},
                      {"downloads", -1},
                      {"filename", file.filename},
                      {"has_sig", false},
                      {"md5_digest", nullptr},
                      {"packagetype", file.kind == FileKind::wheel ? "bdist_wheel" : "sdist"},
                      {"python_version", python_version(file)},
                      {"requires_python", to_json(file.requires_python)},
                      {"size", file.size},
                      {"upload_time", time.substr(0, 19)},
                      {"upload_time_iso_8601", time},
                      {"url", fmt::format("{}/{}", links.files, file_path(file))},
                      {"yanked", file.yanked.has_value()},
                      {"yanked_reason", file.yanked ? text_or_null(*file.yanked) : json::Value(nullptr)}};
  if (file.label) object["_label"] = to_string(*file.label);
  return object;
}

json::Array files_json(const ReleaseFiles& release, const PackageLinks& links) {
  json::Array files;
  for (const auto& file : release.files)
    files.emplace_back(file_json(file, links));
  return files;
}

void add_metadata(json::Object& info, const CoreMetadata& metadata) {
  info["name"] = metadata.raw_name;
  info["author"] = to_json(metadata.author);
  info["author_email"] = to_json(metadata.author_email);
  info["classifiers"] = array_of(metadata.classifier);
  info["description"] = to_json(metadata.description);
  info["description_content_type"] = to_json(metadata.description_content_type);
  info["download_url"] = to_json(metadata.download_url);
  info["dynamic"] = array_or_null(metadata.dynamic);
  info["home_page"] = to_json(metadata.home_page);
  info["keywords"] = metadata.keywords ? json::Value(join(*metadata.keywords, ",")) : json::Value(nullptr);
  info["license"] = to_json(metadata.license);
  info["license_expression"] = to_json(metadata.license_expression);
  info["license_files"] = array_or_null(metadata.license_file);
  info["maintainer"] = to_json(metadata.maintainer);
  info["maintainer_email"] = to_json(metadata.maintainer_email);
  info["platform"] = text_or_null(join(metadata.platform, ","));
  info["project_urls"] = urls_or_null(metadata.project_urls);
  info["provides_extra"] = array_or_null(metadata.provides_extra);
  info["requires_dist"] = array_or_null(metadata.requires_dist);
  info["requires_python"] = to_json(metadata.requires_python);
  info["summary"] = to_json(metadata.summary);
}

json::Object info_json(const ProjectDetail& project, const ReleaseFiles& release,
                       const std::optional<CoreMetadata>& metadata, const PackageLinks& links) {
  json::Object info;
  for (const auto* key :
       {"author",   "author_email",       "bugtrack_url",   "description",   "description_content_type",
        "docs_url", "download_url",       "dynamic",        "home_page",     "keywords",
        "license",  "license_expression", "license_files",  "maintainer",    "maintainer_email",
        "platform", "project_urls",       "provides_extra", "requires_dist", "requires_python",
        "summary"}) {
    info[key] = nullptr;
  }
  info["classifiers"] = json::Array{};
  info["name"] = project.name;
  if (metadata) add_metadata(info, *metadata);
  const auto page = fmt::format("{}/project/{}/", links.pages, project.name);
  info["downloads"] = json::Object{{"last_day", -1}, {"last_month", -1}, {"last_week", -1}};
  info["package_url"] = page;
  info["project_url"] = page;
  info["release_url"] = page;
  info["version"] = release.release->version.str();
  info["yanked"] = all_yanked(release);
  info["yanked_reason"] = yanked_reason(release);
  if (release.release->label) info["_label"] = to_string(*release.release->label);
  return info;
}

}  // namespace

const ReleaseFiles* latest_release(std::span<const ReleaseFiles> releases) {
  const auto rank = [](const ReleaseFiles& release) {
    const Version& version = release.release->version;
    return std::tuple<bool, bool, bool, const Version&>{!release.files.empty(), !all_yanked(release),
                                                        !version.is_prerelease(), version};
  };
  const auto latest = std::ranges::max_element(releases, {}, rank);
  return latest == releases.end() ? nullptr : &*latest;
}

json::Object version_json(const ProjectDetail& project, const ReleaseFiles& release,
                          const std::optional<CoreMetadata>& metadata, const PackageLinks& links) {
  return {{"info", info_json(project, release, metadata, links)},
          {"last_serial", project.serial},
          {"urls", files_json(release, links)},
          {"vulnerabilities", json::Array{}}};
}

Status write_project_json(const ProjectDetail& project, std::span<const ReleaseFiles> releases,
                          const std::optional<CoreMetadata>& metadata, const PackageLinks& links,
                          const TextSink& sink) {
  auto text = json::dump(version_json(project, *latest_release(releases), metadata, links));
  text.back() = ',';
  text += R"("releases":{)";
  std::string_view between;
  for (const auto& release : releases) {
    fmt::format_to(std::back_inserter(text), R"({}"{}":{})", between, release.release->version.str(),
                   json::dump(files_json(release, links)));
    between = ",";
    if (text.size() < piece) continue;
    CHECK_OK(sink(text));
    text.clear();
  }
  return sink(text += "}}");
}

}  // namespace packhouse::api
