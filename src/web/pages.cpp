#include "web/pages.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <map>
#include <vector>

#include "base/digest.hpp"
#include "base/text.hpp"

namespace packhouse::web {
namespace {

constexpr std::string_view style = R"(
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 20%, transparent); }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 2rem 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2rem; }
pre, code { font-family: ui-monospace, monospace; font-size: .9em; }
pre { padding: .75rem 1rem; border: 1px solid var(--line); border-radius: .4rem; overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line);
  vertical-align: top; overflow-wrap: anywhere; }
.number { text-align: right; white-space: nowrap; }
.yanked { text-decoration: line-through; }
footer { margin-top: 3rem; font-size: .85rem; opacity: .7; }
)";

std::string document(std::string_view title, std::string_view body) {
  return fmt::format(
      "<!DOCTYPE html>\n"
      "<html lang=\"en\">\n"
      "<head>\n"
      "<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"robots\" content=\"noindex\">\n"
      "<title>{}</title>\n"
      "<style>{}</style>\n"
      "</head>\n"
      "<body>\n"
      "{}"
      "<footer>Packhouse {}</footer>\n"
      "</body>\n"
      "</html>\n",
      html_escape(title), style, body, PACKHOUSE_VERSION);
}

std::string project_list(const FrontPage& page) {
  const auto projects = page.projects;
  if (projects.empty() && page.first) return "<p>No project yet. The first upload makes one.</p>\n";
  if (projects.empty()) return "<p>No project comes after that. <a href=\"?\">All projects</a></p>\n";
  std::string list = "<ul>\n";
  for (const auto& project : projects) {
    fmt::format_to(std::back_inserter(list), "<li><a href=\"project/{0}/\">{0}</a></li>\n",
                   html_escape(project.name));
  }
  list += "</ul>\n";
  if (page.more) {
    fmt::format_to(std::back_inserter(list), "<p><a rel=\"next\" href=\"?after={}\">More projects</a></p>\n",
                   html_escape(projects.back().name));
  }
  return list;
}

/// A withheld file is named with the reason, without a link.
std::string file_cell(const File& file) {
  const auto name = html_escape(file.filename);
  if (file.withheld) return fmt::format("{}<br>{}", name, html_escape(*file.withheld));
  const auto digest = file.sha256.hex();
  auto cell = fmt::format("<a href=\"../../files/{}/{}/{}\">{}</a>", digest.substr(0, 2), digest.substr(2),
                          percent_encode(file.filename), name);
  if (file.yanked) cell += fmt::format("<br>yanked: {}", html_escape(*file.yanked));
  return cell;
}

std::string version_cell(const File& file) {
  auto cell = html_escape(file.release.version.str());
  if (file.label) cell += fmt::format("<br><strong>{}</strong>", to_string(*file.label));
  return cell;
}

/// Files of one upload come within minutes of one another, those of a session at once.
constexpr std::chrono::hours one_upload{1};

std::string time_cell(const File& file, Timestamp first) {
  const auto time = to_iso8601(file.uploaded);
  auto cell = fmt::format("<time datetime=\"{}\">{}</time>", time, time.substr(0, 10));
  if (file.uploaded - first > one_upload) cell += "<br>later than the release";
  return cell;
}

/// `first`: when the first file of its release came.
std::string file_row(const File& file, Timestamp first) {
  const std::string_view mark = file.withheld || file.yanked ? " class=\"yanked\"" : "";
  return fmt::format(
      "<tr><td>{}</td><td{}>{}</td><td>{}</td><td class=\"number\">{}</td>"
      "<td>{}</td></tr>\n",
      version_cell(file), mark, file_cell(file), html_escape(file.requires_python.value_or("")),
      human_size(file.size), time_cell(file, first));
}

std::string state_line(const ProjectDetail& project) {
  if (project.state == ProjectState{}) return {};
  return fmt::format("<p role=\"note\">{}</p>\n",
                     html_escape(project_state_message(project.name, project.state)));
}

std::string file_table(const ProjectDetail& project) {
  std::vector<const File*> files;
  std::map<Version, Timestamp> first;
  files.reserve(project.files.size());
  for (const auto& file : project.files) {
    files.push_back(&file);
    const auto [place, fresh] = first.emplace(file.release.version, file.uploaded);
    if (!fresh) place->second = std::min(place->second, file.uploaded);
  }
  std::ranges::sort(files, [](const File* a, const File* b) {
    return a->uploaded != b->uploaded ? a->uploaded > b->uploaded : a->filename < b->filename;
  });
  std::string table =
      "<table>\n<thead><tr><th scope=\"col\">Version</th><th scope=\"col\">File</th>"
      "<th scope=\"col\">Python</th><th scope=\"col\" class=\"number\">Size</th>"
      "<th scope=\"col\">Uploaded</th></tr></thead>\n<tbody>\n";
  for (const auto* file : files)
    table += file_row(*file, first.at(file->release.version));
  return table + "</tbody>\n</table>\n";
}

}  // namespace

std::string content_security_policy() {
  const auto digest = Sha256::of(style);
  const auto& bytes = digest.bytes();
  return fmt::format(
      "default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'; "
      "frame-ancestors 'none'",
      to_base64(std::string(bytes.begin(), bytes.end())));
}

std::string render(const FrontPage& page) {
  const auto url = html_escape(page.base_url);
  const auto body = fmt::format(
      "<header><h1>Index {}</h1></header>\n"
      "<main>\n"
      "<h2>Install</h2>\n<pre>pip install --index-url {}/simple/ PROJECT</pre>\n"
      "<p>pip asks for a user name, which is <code>__token__</code>, and a password, which is a token.</p>\n"
      "<h2>Upload</h2>\n<pre>twine upload --repository-url {}/legacy/ dist/*</pre>\n"
      "<h2>Projects</h2>\n{}"
      "</main>\n",
      html_escape(page.index), url, url, project_list(page));
  return document("Index " + page.index, body);
}

std::string render(const ProjectPage& page) {
  const auto& project = page.project;
  const auto body = fmt::format(
      "<header><p><a href=\"../../\">Index</a></p><h1>{0}</h1></header>\n"
      "<main>\n"
      "{3}<pre>pip install --index-url {1}/simple/ {0}</pre>\n"
      "<h2>Files</h2>\n{2}"
      "</main>\n",
      html_escape(project.name), html_escape(page.base_url), file_table(project), state_line(project));
  return document(project.name, body);
}

}  // namespace packhouse::web
