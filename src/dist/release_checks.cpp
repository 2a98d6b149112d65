#include "dist/release_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <iterator>

#include "base/error.hpp"
#include "base/text.hpp"
#include "dist/check.hpp"
#include "dist/checks/check_table.hpp"
#include "dist/policy_results.hpp"

namespace packhouse::dist {
namespace {

using Values = std::vector<std::string>;

// A checkout on Windows gives the same text other line ends, and writing it as text there doubles the CR.
std::string with_plain_lines(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r') {
      out += text[i];
      continue;
    }
    const auto next = text.find_first_not_of('\r', i);
    const bool before_lf = next != std::string_view::npos && text[next] == '\n';
    if (before_lf) i = next;
    out += '\n';
  }
  return out;
}

// setuptools wrote UNKNOWN for an absent value, and a text may end in any blank space.
Values one(const std::optional<std::string>& value) {
  if (!value) return {};
  const auto text = trim(*value);
  return text.empty() || text == "UNKNOWN" ? Values{} : Values{with_plain_lines(text)};
}

Values many(const Values& written) {
  Values values;
  for (const auto& value : written)
    std::ranges::move(one(value), std::back_inserter(values));
  return values;
}

// Blanks and letter case mean nothing in a media type and its parameters here.
Values media_type(const CoreMetadata& metadata) {
  auto values = one(metadata.description_content_type);
  for (auto& value : values)
    value = replace_all(ascii_lower(value), " ", "");
  return values;
}

// Requirements are compared by what they ask for: backends differ in blanks, quotes, and spellings of names.
Values requirements(const CoreMetadata& metadata) {
  Values values;
  for (const auto& requirement : metadata.requirements)
    values.push_back(requirement.normalized());
  return values;
}

Values project_urls(const CoreMetadata& metadata) {
  Values values;
  for (const auto& [label, url] : metadata.project_urls)
    values.push_back(label + ", " + url);
  return values;
}

Values specifier(const CoreMetadata& metadata) {
  return metadata.requires_python_specifier ? Values{metadata.requires_python_specifier->str()}
                                            : one(metadata.requires_python);
}

Values keywords(const CoreMetadata& metadata) {
  Values values;
  for (const auto& word : metadata.keywords.value_or(Values{}))
    values.emplace_back(trim(word));
  return values;
}

Values names(const Values& extras) {
  Values values;
  for (const auto& extra : extras)
    values.push_back(normalize_name(extra));
  return values;
}

struct Field {
  std::string_view name;  // as Dynamic names it
  bool many;
  Values (*values)(const CoreMetadata&);
};

// Every field but Metadata-Version, Name, Version and Dynamic.
constexpr std::array fields{
    Field{"platform", true, [](const CoreMetadata& m) { return many(m.platform); }},
    Field{"supported-platform", true, [](const CoreMetadata& m) { return m.supported_platform; }},
    Field{"summary", false, [](const CoreMetadata& m) { return one(m.summary); }},
    Field{"description", false, [](const CoreMetadata& m) { return one(m.description); }},
    Field{"description-content-type", false, media_type},
    Field{"keywords", false, keywords},
    Field{"home-page", false, [](const CoreMetadata& m) { return one(m.home_page); }},
    Field{"download-url", false, [](const CoreMetadata& m) { return one(m.download_url); }},
    Field{"author", false, [](const CoreMetadata& m) { return one(m.author); }},
    Field{"author-email", false, [](const CoreMetadata& m) { return one(m.author_email); }},
    Field{"maintainer", false, [](const CoreMetadata& m) { return one(m.maintainer); }},
    Field{"maintainer-email", false, [](const CoreMetadata& m) { return one(m.maintainer_email); }},
    Field{"license", false, [](const CoreMetadata& m) { return one(m.license); }},
    Field{"license-expression", false,
          [](const CoreMetadata& m) { return one(m.canonical_license_expression); }},
    Field{"license-file", true, [](const CoreMetadata& m) { return m.license_file; }},
    Field{"classifier", true, [](const CoreMetadata& m) { return m.classifier; }},
    Field{"requires-dist", true, requirements},
    Field{"requires-python", false, specifier},
    Field{"requires-external", true, [](const CoreMetadata& m) { return m.requires_external; }},
    Field{"project-url", true, project_urls},
    Field{"provides-extra", true, [](const CoreMetadata& m) { return names(m.provides_extra); }},
    Field{"provides-dist", true, [](const CoreMetadata& m) { return m.provides_dist; }},
    Field{"obsoletes-dist", true, [](const CoreMetadata& m) { return m.obsoletes_dist; }},
    Field{"import-name", true, [](const CoreMetadata& m) { return m.import_name.value_or(Values{}); }},
    Field{"import-namespace", true, [](const CoreMetadata& m) { return m.import_namespace; }},
};

// Since 2.2 an sdist promises that its fields hold for each wheel; before, it promised nothing.
bool promises_fields(const CoreMetadata& metadata) {
  return metadata.is_at_least("2.2");
}

// Since 2.6 also that what it states of a Dynamic field stays.
bool promises_values(const CoreMetadata& metadata) {
  return metadata.is_at_least("2.6");
}

std::string show(const Values& values) {
  if (values.empty()) return "nothing";
  return quote(values.front(), 60) +
         (values.size() > 1 ? fmt::format(" and {} more", values.size() - 1) : "");
}

// Both hold the same values, however often; a wheel may order those of a field of many values as it likes.
bool same(const Field& field, Values sdist, Values wheel) {
  for (auto* values : {&sdist, &wheel}) {
    if (!field.many) break;
    std::ranges::sort(*values);
    values->erase(std::ranges::unique(*values).begin(), values->end());
  }
  return sdist == wheel;
}

bool is_subsequence(const Values& sdist, const Values& wheel) {
  auto next = wheel.begin();
  for (const auto& value : sdist) {
    next = std::find(next, wheel.end(), value);
    if (next == wheel.end()) return false;
    ++next;
  }
  return true;
}

void compare(const Inspection& sdist, const Inspection& wheel, Findings& fixed, Findings& extended) {
  const auto& dynamic = sdist.metadata.dynamic_fields;
  for (const auto& field : fields) {
    const auto promised = field.values(sdist.metadata);
    const auto built = field.values(wheel.metadata);
    const auto where = [&] {
      return fmt::format("{}: {} in the sdist, {} in {}", field.name, show(promised), show(built),
                         quote(wheel.filename));
    };
    const bool is_dynamic = std::ranges::find(dynamic, field.name) != dynamic.end();
    if (!is_dynamic && !same(field, promised, built)) fixed.add(where());
    if (is_dynamic && field.many && promises_values(sdist.metadata) && !is_subsequence(promised, built)) {
      extended.add(where());
    }
  }
}

// Of the first checks in `infos`, as many as there are findings.
std::vector<CheckResult> results_of(std::span<const CheckInfo> infos,
                                    std::initializer_list<const Findings*> findings, const Policy& policy) {
  std::vector<CheckResult> results;
  auto info = infos.begin();
  for (const Findings* found : findings)
    append_results(*info++, *found, policy, results);
  return results;
}

/// At most a few names, quoted.
std::string shown(std::span<const std::string> names) {
  constexpr std::size_t most = 10;
  std::vector<std::string> quoted;
  for (const std::string& name : names.first(std::min(names.size(), most)))
    quoted.push_back(quote(name));
  const auto more = names.size() - quoted.size();
  return join(quoted, ", ") + (more == 0 ? "" : fmt::format(" and {} more", more));
}

}  // namespace

std::vector<CheckResult> check_release(std::span<const Inspection* const> files, const Policy& policy) {
  Findings mixed;
  Findings sdists;
  Findings fixed;
  Findings extended;
  const Inspection* sdist = nullptr;
  for (const auto* file : files) {
    if (file->name != files.front()->name || file->version != files.front()->version) {
      mixed.add(fmt::format("{} {} in {}", file->name.str(), file->version.str(), quote(file->filename)),
                fmt::format("{} {}", files.front()->name.str(), files.front()->version.str()));
    }
    if (file->kind != Kind::sdist) continue;
    if (sdist != nullptr) sdists.add(quote(sdist->filename) + " and " + quote(file->filename));
    if (sdist == nullptr) sdist = file;
  }
  const bool comparable = sdist != nullptr && mixed.count() == 0 && promises_fields(sdist->metadata);
  for (const auto* file : files) {
    if (comparable && file->kind == Kind::wheel) compare(*sdist, *file, fixed, extended);
  }
  return results_of(release_check_infos(), {&mixed, &sdists, &fixed, &extended}, policy);
}

std::vector<CheckResult> check_member_names(const std::vector<std::string>& names, const Policy& policy) {
  Findings folders;
  Findings others;
  Findings wheels;
  Findings sdists;
  std::size_t wheel_count = 0;
  std::size_t sdist_count = 0;
  for (const auto& name : names) {
    if (name.contains('/')) folders.add(quote(name));
    if (name.starts_with('.') || !is_distribution_name(name, policy)) others.add(quote(name));
    wheel_count += name.ends_with(".whl") ? 1 : 0;
    sdist_count += is_sdist_name(name, policy) ? 1 : 0;
  }
  const std::string none = names.empty() ? "none: it is empty" : "none among " + shown(names);
  if (wheel_count == 0) wheels.add(none);
  if (sdist_count == 0) sdists.add(none);
  return results_of(artifact_check_infos(), {&folders, &others, &wheels, &sdists}, policy);
}

}  // namespace packhouse::dist
