#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/error.hpp"
#include "base/text.hpp"
#include "dist/checks/check_table.hpp"
#include "dist/classifiers.hpp"
#include "dist/stdlib_names.hpp"

namespace packhouse::dist {
namespace {

// setuptools wrote UNKNOWN for empty fields, and the public index treats it as absent.
bool is_absent(const std::optional<std::string>& value) {
  return !value || trim(*value).empty() || trim(*value) == "UNKNOWN";
}

void check_size(const InspectedFile& inspected, Findings& findings) {
  for (const auto& file : inspected.too_long) {
    if (file == "METADATA" || file == "PKG-INFO") findings.add(file + " is longer");
  }
}

template <MetadataFault fault>
void check_problems(const InspectedFile& inspected, Findings& findings) {
  for (const auto& problem : inspected.metadata_problems) {
    if (problem.fault == fault) findings.add(fmt::format("{}: {}", problem.field, problem.message));
  }
}

// A CR alone ends a line for Python's reader and is a character for others: one of them sees a field more.
void check_line_ends(const InspectedFile& inspected, Findings& findings) {
  for (auto line : split(*inspected.metadata_bytes(), '\n')) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) return;  // the description follows
    if (line.contains('\r')) findings.add("a CR alone in " + quote(line, 60));
  }
}

void check_name(const InspectedFile& inspected, Findings& findings) {
  if (*inspected.metadata->name == *inspected.name()) return;
  findings.add(quote(inspected.metadata->raw_name),
               quote(inspected.name()->str()) + ", as the filename says");
}

void check_version(const InspectedFile& inspected, Findings& findings) {
  if (*inspected.metadata->version == *inspected.version()) return;
  findings.add(quote(inspected.metadata->raw_version),
               quote(inspected.version()->str()) + ", as the filename says");
}

// Metadata is UTF-8 by now.
std::size_t character_count(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

void check_summary(const InspectedFile& inspected, Findings& findings) {
  const auto& summary = inspected.metadata->summary;
  if (summary && character_count(*summary) > 512) {
    findings.add(fmt::format("{} characters", character_count(*summary)));
  }
}

// A heading or the fence of a code block as Markdown has them, at the start of a line: reStructuredText shows
// the first as it stands and breaks at the second.
bool is_markdown_line(std::string_view line) {
  if (line.starts_with("```")) return true;
  const auto text = line.find_first_not_of('#');
  if (text == std::string_view::npos || text == 0 || text > 6) return false;
  return line[text] == ' ' && text + 1 < line.size() && is_ascii_alnum(line[text + 1]);
}

void check_description(const InspectedFile& inspected, Findings& findings) {
  const auto& metadata = *inspected.metadata;
  if (is_absent(metadata.description)) return;
  const std::string type = metadata.description_content_type.value_or("");
  // Without a type it is taken for reStructuredText.
  const auto media_type = trim(std::string_view{type}.substr(0, type.find(';')));
  if (!media_type.empty() && !iequals(media_type, "text/x-rst")) return;
  std::size_t number = 0;
  for (const auto line : split(*metadata.description, '\n')) {
    ++number;
    if (!is_markdown_line(line)) continue;
    findings.add(fmt::format("{} and in line {} {}", media_type.empty() ? "no content type" : "text/x-rst",
                             number, quote(line, 40)));
    return;
  }
}

void check_license(const InspectedFile& inspected, Findings& findings) {
  const auto& metadata = *inspected.metadata;
  if (!is_absent(metadata.license) && metadata.license_expression) {
    findings.add("License " + quote(*metadata.license, 40) + " beside License-Expression " +
                 quote(*metadata.license_expression, 40));
  }
}

// Comments are no part of an address (RFC 5322, section 3.2.2).
std::string without_comments(std::string_view text) {
  std::string out;
  std::size_t depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\' && i + 1 < text.size()) {
      if (depth == 0) out.append(text.substr(i, 2));
      ++i;
      continue;
    }
    if (c == '"' && depth == 0) quoted = !quoted;
    if (c == '(' && !quoted) ++depth;
    if (depth == 0) out += c;
    if (c == ')' && !quoted && depth > 0) --depth;
  }
  return out;
}

bool is_domain(std::string_view domain) {
  return domain.contains('.') && !domain.starts_with('.') && !domain.ends_with('.') &&
         !domain.contains("..") && std::ranges::all_of(domain, [](char c) {
           return is_ascii_alnum(c) || c == '-' || c == '.' || (c & '\x80') != 0;
         });
}

// "Name <local@domain>" or "local@domain", as far as the public index looks: no mail server is asked. The
// local part may be quoted.
bool is_address(std::string_view written) {
  const auto bare = without_comments(written);
  auto text = trim(bare);
  if (text.ends_with('>')) {
    const auto open = text.rfind('<');
    if (open == std::string_view::npos) return false;
    text = text.substr(open + 1, text.size() - open - 2);
  }
  const auto at = text.rfind('@');
  if (at == std::string_view::npos || at == 0 || at > 64 || !is_domain(text.substr(at + 1))) return false;
  const auto local = text.substr(0, at);
  return (local.size() > 2 && local.starts_with('"') && local.ends_with('"')) || !local.contains(' ');
}

// At the commas and semicolons that are in no quotes and no comment.
std::vector<std::string_view> split_addresses(std::string_view text) {
  std::vector<std::string_view> parts;
  std::size_t begin = 0;
  std::size_t depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') ++i;
    if (i >= text.size()) break;
    if (text[i] == '"' && depth == 0) quoted = !quoted;
    if (text[i] == '(' && !quoted) ++depth;
    if (text[i] == ')' && !quoted && depth > 0) --depth;
    if ((text[i] != ',' && text[i] != ';') || quoted || depth > 0) continue;
    parts.push_back(text.substr(begin, i - begin));
    begin = i + 1;
  }
  parts.push_back(text.substr(begin));
  return parts;
}

void check_email(const InspectedFile& inspected, Findings& findings) {
  for (const auto* field : {&inspected.metadata->author_email, &inspected.metadata->maintainer_email}) {
    if (is_absent(*field)) continue;
    for (const auto part : split_addresses(**field)) {
      if (!trim(part).empty() && !is_address(part)) findings.add(quote(trim(part)));
    }
  }
}

bool is_web_url(std::string_view url) {
  const auto colon = url.find("://");
  if (colon == std::string_view::npos) return false;
  const auto scheme = ascii_lower(url.substr(0, colon));
  const auto host = url.substr(colon + 3);
  const bool clean = std::ranges::none_of(url, [](char c) { return static_cast<unsigned char>(c) <= 0x20; });
  return (scheme == "http" || scheme == "https") && clean && !host.empty() && host.front() != '/';
}

// What a browser runs instead of opening it.
bool is_script(std::string_view url) {
  static constexpr std::array<std::string_view, 3> schemes{"javascript", "data", "vbscript"};
  std::string scheme;
  for (const char c : url.substr(0, url.find(':'))) {
    // Browsers drop blanks and control characters from a scheme.
    if (static_cast<unsigned char>(c) > ' ') scheme += c;
  }
  return url.contains(':') && std::ranges::find(schemes, ascii_lower(scheme)) != schemes.end();
}

void check_scripts(const InspectedFile& inspected, Findings& findings) {
  for (const auto* field : {&inspected.metadata->home_page, &inspected.metadata->download_url}) {
    if (*field && is_script(**field)) findings.add(quote(**field));
  }
  for (const auto& [label, url] : inspected.metadata->project_urls) {
    if (is_script(url)) findings.add(quote(label) + ", " + quote(url));
  }
}

void check_urls(const InspectedFile& inspected, Findings& findings) {
  for (const auto* field : {&inspected.metadata->home_page, &inspected.metadata->download_url}) {
    if (!is_absent(*field) && !is_web_url(trim(**field))) findings.add(quote(**field));
  }
}

void check_project_urls(const InspectedFile& inspected, Findings& findings) {
  for (const auto& [label, url] : inspected.metadata->project_urls) {
    if (trim(label).empty() || character_count(trim(label)) > 32 || !is_web_url(trim(url))) {
      findings.add(quote(label) + ", " + quote(url));
    }
  }
}

// The requirements of `metadata` that `wanted` picks, for the message.
template <typename Wanted>
void note_requirements(const CoreMetadata& metadata, Findings& findings, const Wanted& wanted) {
  for (const auto& requirement : metadata.requirements) {
    if (wanted(requirement)) findings.add(quote(requirement.str()));
  }
}

void check_lock_markers(const InspectedFile& inspected, Findings& findings) {
  note_requirements(*inspected.metadata, findings, [](const Requirement& requirement) {
    if (!requirement.marker()) return false;
    const auto variables = requirement.marker()->variables();
    return variables.contains("extras") || variables.contains("dependency_groups");
  });
}

void check_direct_url(const InspectedFile& inspected, Findings& findings) {
  note_requirements(*inspected.metadata, findings,
                    [](const Requirement& requirement) { return requirement.url().has_value(); });
}

void check_local_version(const InspectedFile& inspected, Findings& findings) {
  if (inspected.metadata->version->has_local()) findings.add(quote(inspected.metadata->raw_version));
}

void check_private_classifier(const InspectedFile& inspected, Findings& findings) {
  for (const auto& classifier : inspected.metadata->classifier) {
    if (classifier.starts_with("Private ::")) findings.add(quote(classifier));
  }
}

void check_classifier(const InspectedFile& inspected, Findings& findings) {
  for (const auto& text : inspected.metadata->classifier) {
    const auto classifier = find_classifier(text);
    if (classifier.state == ClassifierState::known || text.starts_with("Private ::")) continue;
    if (classifier.state == ClassifierState::unknown) {
      findings.add(quote(text));
    } else {
      findings.add(quote(text) + ", which was withdrawn",
                   classifier.instead.empty() ? "another classifier" : quote(classifier.instead));
    }
  }
}

void check_stdlib_name(const InspectedFile& inspected, Findings& findings) {
  if (is_stdlib_name(inspected.metadata->name->str())) findings.add(quote(inspected.metadata->name->str()));
}

constexpr auto refuse = Severity::refuse;
constexpr auto warn = Severity::warn;
constexpr auto off = Severity::off;

constexpr std::array table{
    Check{{"metadata.size", refuse, true, "metadata of at most 8 MiB", "shorten the description"},
          {},
          Need::contents,
          check_size},
    Check{{"metadata.fields", refuse, true, "metadata of one reading: a known format, and each field once",
           "build with a current backend"},
          {},
          Need::metadata_bytes,
          check_problems<MetadataFault::structure>},
    Check{{"metadata.values", refuse, false, "metadata that follows the core metadata specification",
           "correct the field in the project's configuration and build again"},
          {},
          Need::metadata_bytes,
          check_problems<MetadataFault::value>},
    Check{{"metadata.withdrawn-version", refuse, false, "a metadata version that is specified",
           "build with a current backend"},
          {},
          Need::metadata_bytes,
          check_problems<MetadataFault::withdrawn_version>},
    Check{{"metadata.newer-version", warn, false, "a metadata version that is known here",
           "fields of that version are not looked at: a newer packhouse may know them"},
          {},
          Need::metadata_bytes,
          check_problems<MetadataFault::newer_version>},
    Check{{"metadata.line-ends", refuse, false, "fields in lines that end in LF or CR LF",
           "correct the field in the project's configuration and build again"},
          {},
          Need::metadata_bytes,
          check_line_ends},
    Check{{"metadata.newer-fields", warn, false, "no field that is newer than the stated metadata version",
           "build with a current backend"},
          {},
          Need::metadata_bytes,
          check_problems<MetadataFault::newer_field>},
    Check{{"metadata.name", refuse, true, "the project that the filename names",
           "build again, and do not rename files"},
          {},
          Need::identity,
          check_name},
    Check{{"metadata.version", refuse, true, "the version that the filename names",
           "build again, and do not rename files"},
          {},
          Need::identity,
          check_version},
    Check{{"metadata.summary", refuse, false, "a summary of at most 512 characters",
           "move the text into the description"},
          {},
          Need::metadata,
          check_summary},
    Check{{"metadata.description", warn, false, "a description in the markup that its content type names",
           "set the readme's content type, such as text/markdown"},
          {},
          Need::metadata,
          check_description},
    Check{{"metadata.license-conflict", refuse, false, "License or License-Expression, not both",
           "keep the licence expression alone (PEP 639)"},
          {},
          Need::metadata,
          check_license},
    Check{
        {"metadata.email", warn, false, "e-mail addresses as local@domain", "correct the authors' addresses"},
        {},
        Need::metadata,
        check_email},
    Check{{"metadata.url", warn, false, "an http or https URL as Home-page and Download-URL",
           "correct the URL"},
          {},
          Need::metadata,
          check_urls},
    Check{{"metadata.project-url", warn, false, "a label of 1 to 32 characters and an http or https URL",
           "correct the project's URLs"},
          {},
          Need::metadata,
          check_project_urls},
    Check{{"metadata.script-url", refuse, false,
           "no URL that a browser runs, such as javascript:", "correct the URL"},
          {},
          Need::metadata,
          check_scripts},
    Check{{"metadata.lock-file-marker", refuse, false,
           "requirements without the variables extras and dependency_groups, which only lock files have",
           "use the variable extra"},
          {},
          Need::metadata,
          check_lock_markers},
    Check{{"metadata.direct-url", off, false, "requirements that name an index's project, not a URL",
           "depend on a released version"},
          {},
          Need::metadata,
          check_direct_url},
    Check{
        {"metadata.local-version", off, false, "a version without a local part", "release a public version"},
        {},
        Need::metadata,
        check_local_version},
    Check{{"metadata.private-classifier", off, false, "no classifier that begins with \"Private ::\"",
           "this project is not meant for a public index"},
          {},
          Need::metadata,
          check_private_classifier},
    Check{{"metadata.classifier", off, false, "classifiers that the public index knows",
           "choose one of its list, or leave it out"},
          {},
          Need::metadata,
          check_classifier},
    Check{{"metadata.stdlib-name", off, false, "a name that is no module of the standard library",
           "choose another name"},
          {},
          Need::metadata,
          check_stdlib_name},
};

}  // namespace

std::span<const Check> metadata_checks() {
  return table;
}

}  // namespace packhouse::dist
