#include "pep/metadata.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <variant>

#include "base/json.hpp"
#include "base/text.hpp"
#include "pep/content_type.hpp"
#include "pep/email_message.hpp"
#include "pep/license.hpp"
#include "pep/unicode.hpp"

namespace packhouse {
namespace {

constexpr std::array<std::string_view, 9> metadata_versions = {"1.0", "1.1", "1.2", "2.1", "2.2",
                                                               "2.3", "2.4", "2.5", "2.6"};

using Single = std::optional<std::string> CoreMetadata::*;
using Multiple = std::vector<std::string> CoreMetadata::*;
/// Filled in by hand.
using Special = std::monostate;

struct FieldRule {
  std::string_view name;   // as in the file, lower case
  std::string_view added;  // the first metadata version that has it
  std::variant<Special, Single, Multiple> member;
};

// In the order of the specification; the JSON form follows it.
constexpr std::array<FieldRule, 32> rules = {{
    {"metadata-version", "1.0", Special()},
    {"name", "1.0", Special()},
    {"version", "1.0", Special()},
    {"dynamic", "2.2", &CoreMetadata::dynamic},
    {"platform", "1.0", &CoreMetadata::platform},
    {"supported-platform", "1.1", &CoreMetadata::supported_platform},
    {"summary", "1.0", &CoreMetadata::summary},
    {"description", "1.0", &CoreMetadata::description},
    {"description-content-type", "2.1", &CoreMetadata::description_content_type},
    {"keywords", "1.0", Special()},
    {"home-page", "1.0", &CoreMetadata::home_page},
    {"download-url", "1.1", &CoreMetadata::download_url},
    {"author", "1.0", &CoreMetadata::author},
    {"author-email", "1.0", &CoreMetadata::author_email},
    {"maintainer", "1.2", &CoreMetadata::maintainer},
    {"maintainer-email", "1.2", &CoreMetadata::maintainer_email},
    {"license", "1.0", &CoreMetadata::license},
    {"license-expression", "2.4", &CoreMetadata::license_expression},
    {"license-file", "2.4", &CoreMetadata::license_file},
    {"classifier", "1.1", &CoreMetadata::classifier},
    {"requires-dist", "1.2", &CoreMetadata::requires_dist},
    {"requires-python", "1.2", &CoreMetadata::requires_python},
    {"requires-external", "1.2", &CoreMetadata::requires_external},
    {"project-url", "1.2", &CoreMetadata::project_url},
    {"provides-extra", "2.1", &CoreMetadata::provides_extra},
    {"provides-dist", "1.2", &CoreMetadata::provides_dist},
    {"obsoletes-dist", "1.2", &CoreMetadata::obsoletes_dist},
    {"import-name", "2.5", Special()},
    {"import-namespace", "2.5", &CoreMetadata::import_namespace},
    {"requires", "1.1", &CoreMetadata::requires_field},
    {"provides", "1.1", &CoreMetadata::provides},
    {"obsoletes", "1.1", &CoreMetadata::obsoletes},
}};

const FieldRule* find_rule(std::string_view name) {
  const auto* const found = std::ranges::find(rules, name, &FieldRule::name);
  return found == rules.end() ? nullptr : found;
}

bool may_repeat(const FieldRule& rule) {
  return std::holds_alternative<Multiple>(rule.member) || rule.name == "import-name";
}

std::size_t age(std::string_view version) {
  return static_cast<std::size_t>(std::ranges::find(metadata_versions, version) - metadata_versions.begin());
}

// Of a version that is not known.
MetadataFault fault_of_version(std::string_view version) {
  if (version == "2.0") return MetadataFault::withdrawn_version;
  const bool is_minor = version.starts_with("2.") && version.size() > 2 && version.size() <= 6 &&
                        version[2] != '0' && std::ranges::all_of(version.substr(2), is_ascii_digit);
  return is_minor ? MetadataFault::newer_version : MetadataFault::structure;
}

// Whatever Python's str.splitlines() or a careless reader takes for the end of a line.
bool has_line_boundary(std::string_view text) {
  if (text.find_first_of("\n\r\v\f\x1c\x1d\x1e") != std::string_view::npos) return true;
  return text.contains("\xc2\x85") || text.contains("\xe2\x80\xa8") || text.contains("\xe2\x80\xa9");
}

// PEP 639 wants resolved relative paths with '/'. PureWindowsPath decides, because the stricter reader must
// not see another file.
std::optional<std::string_view> license_file_problem(std::string_view path) {
  if (path.contains("..")) return "no parent folder ('..') in it";
  if (path.contains('*')) return "no pattern ('*') in it";
  const bool has_drive = path.size() >= 2 && is_ascii_alpha(path[0]) && path[1] == ':';
  if (path.starts_with('/') || has_drive) return "a relative path";
  if (path.contains('\\')) return "'/' between its parts";
  if (path == ".") return std::nullopt;
  const auto parts = split(path, '/');
  const bool normal = std::ranges::none_of(parts, [](auto part) { return part.empty() || part == "."; });
  return normal ? std::nullopt : std::optional<std::string_view>("a path without empty parts and '.'");
}

std::optional<std::string> import_name_problem(std::string_view text) {
  const auto semicolon = text.find(';');
  const auto name = unicode::trim_right(text.substr(0, semicolon));
  for (const auto part : split(name, '.')) {
    if (!unicode::is_identifier(part))
      return fmt::format("expected identifiers and dots, found {}", quote(text));
    if (unicode::is_keyword(part))
      return fmt::format("expected no keyword in an import name, found {}", quote(text));
  }
  if (semicolon != std::string_view::npos && unicode::trim_left(text.substr(semicolon + 1)) != "private") {
    return fmt::format("expected only \"private\" after ';', found {}", quote(text));
  }
  return std::nullopt;
}

}  // namespace

// Collects the fields of a message, then checks each by its rule. Every function adds the problems it finds.
class MetadataReader {
 public:
  MetadataReading read(std::string_view bytes);

 private:
  struct Field {
    std::string name;
    std::vector<std::string> values;
  };

  struct Check {
    std::string_view field;
    void (MetadataReader::*run)(const Field& field);
  };
  static const std::array<Check, 13> checks;

  void problem(std::string_view field, std::string message, MetadataFault fault = MetadataFault::value);
  bool is_placeholder(const Field& field);
  void collect(EmailMessage message);
  void add_body(std::string body);
  bool is_usable(const Field& field);
  void store(const Field& field);
  void require(std::string_view name);
  void check_metadata_version(const Field* field);
  void check_field(const Field& field);
  void check_name(const Field& field);
  void check_version(const Field& field);
  void check_summary(const Field& field);
  void check_content_type(const Field& field);
  void check_requires_dist(const Field& field);
  void check_requires_python(const Field& field);
  void check_dynamic(const Field& field);
  void check_project_urls(const Field& field);
  void check_provides_extra(const Field& field);
  void check_license_expression(const Field& field);
  void check_license_files(const Field& field);
  void check_import_names(const Field& field);
  Field* find(std::string_view name);

  std::vector<Field> fields_;
  std::map<std::string, std::size_t, std::less<>> index_;
  CoreMetadata metadata_;
  bool version_known_ = false;
  std::optional<MetadataFault> version_fault_;
  std::vector<MetadataProblem> problems_;
  bool broken_ = false;  // a problem of the structure
};

void MetadataReader::problem(std::string_view field, std::string message, MetadataFault fault) {
  constexpr std::size_t enough = 1000;
  broken_ = broken_ || fault == MetadataFault::structure;
  if (problems_.size() < enough) problems_.push_back({std::string(field), std::move(message), fault});
}

MetadataReader::Field* MetadataReader::find(std::string_view name) {
  const auto found = index_.find(name);
  return found == index_.end() ? nullptr : &fields_[found->second];
}

void MetadataReader::collect(EmailMessage message) {
  for (EmailField& field : message.fields) {
    std::string name = ascii_lower(field.name);
    const auto [entry, is_new] = index_.try_emplace(name, fields_.size());
    if (is_new) fields_.push_back({std::move(name), {}});
    fields_[entry->second].values.push_back(std::move(field.value));
  }
  add_body(std::move(message.body));
}

// The body is the description, as of metadata 2.1; in that place or the other, but not in both.
void MetadataReader::add_body(std::string body) {
  if (body.empty()) return;
  const auto [entry, is_new] = index_.try_emplace("description", fields_.size());
  if (is_new) fields_.push_back({"description", {}});
  fields_[entry->second].values.push_back(std::move(body));
}

// Whether the field can be read at all.
bool MetadataReader::is_usable(const Field& field) {
  const FieldRule* rule = find_rule(field.name);
  if (!std::ranges::all_of(field.values, is_utf8)) {
    problem(field.name, "expected UTF-8, found other bytes", MetadataFault::structure);
    return false;
  }
  if (rule == nullptr) {
    problem(
        field.name, "expected a field of the core metadata specification, found " + quote(field.name),
        version_fault_ == MetadataFault::newer_version ? MetadataFault::newer_field : MetadataFault::value);
    return false;
  }
  if (field.values.size() > 1 && !may_repeat(*rule)) {
    problem(field.name,
            fmt::format("expected the field once, found it {} times{}", field.values.size(),
                        field.name == "description" ? " (the body counts)" : ""),
            MetadataFault::structure);
    return false;
  }
  return true;
}

void MetadataReader::store(const Field& field) {
  const FieldRule& rule = *find_rule(field.name);
  if (const auto* single = std::get_if<Single>(&rule.member)) {
    metadata_.*(*single) = field.values.front();
  } else if (const auto* multiple = std::get_if<Multiple>(&rule.member)) {
    metadata_.*(*multiple) = field.values;
  } else if (field.name == "keywords") {
    auto& keywords = metadata_.keywords.emplace();
    for (const auto word : split(field.values.front(), ','))
      keywords.emplace_back(unicode::trim(word));
  } else if (field.name == "import-name") {
    // A single empty value says that nothing can be imported.
    const bool none = field.values.size() == 1 && field.values.front().empty();
    metadata_.import_name = none ? std::vector<std::string>() : field.values;
  }
}

void MetadataReader::require(std::string_view name) {
  if (find(name) == nullptr) problem(name, "expected the field, found none", MetadataFault::structure);
}

void MetadataReader::check_metadata_version(const Field* field) {
  if (field == nullptr || field->values.size() != 1) return;
  metadata_.metadata_version = field->values.front();
  version_known_ = age(metadata_.metadata_version) < metadata_versions.size();
  if (version_known_) return;
  version_fault_ = fault_of_version(metadata_.metadata_version);
  problem(field->name,
          fmt::format("expected one of {}, found {}", fmt::join(metadata_versions, ", "),
                      quote(metadata_.metadata_version)),
          *version_fault_);
}

void MetadataReader::check_name(const Field& field) {
  metadata_.raw_name = field.values.front();
  auto name = ProjectName::read(metadata_.raw_name);
  if (!name.ok()) return problem(field.name, name.error().line(), MetadataFault::structure);
  metadata_.name = std::move(*name);
}

void MetadataReader::check_version(const Field& field) {
  metadata_.raw_version = field.values.front();
  auto version = Version::read(metadata_.raw_version);
  if (!version.ok()) return problem(field.name, version.error().line(), MetadataFault::structure);
  metadata_.version = std::move(*version);
}

void MetadataReader::check_summary(const Field& field) {
  if (has_line_boundary(field.values.front())) problem(field.name, "expected a single line, found several");
}

void MetadataReader::check_content_type(const Field& field) {
  const std::string& value = field.values.front();
  if (has_line_boundary(value)) return problem(field.name, "expected a single line, found several");
  if (auto found = content_type_problem(value)) problem(field.name, *std::move(found));
}

void MetadataReader::check_requires_dist(const Field& field) {
  for (const auto& value : field.values) {
    auto requirement = Requirement::read(value);
    if (requirement.ok()) {
      metadata_.requirements.push_back(std::move(*requirement));
    } else {
      problem(field.name, requirement.error().line());
    }
  }
}

void MetadataReader::check_requires_python(const Field& field) {
  auto specifier = SpecifierSet::read(field.values.front());
  if (!specifier.ok()) return problem(field.name, specifier.error().line());
  metadata_.requires_python_specifier = std::move(*specifier);
}

void MetadataReader::check_dynamic(const Field& field) {
  for (const auto& value : field.values) {
    std::string name = ascii_lower(value);
    if (name == "name" || name == "version" || name == "metadata-version") {
      problem(field.name, fmt::format("expected no field that must be static, found {}", quote(value)));
    } else if (find_rule(name) == nullptr) {
      problem(field.name, fmt::format("expected the name of a core metadata field, found {}", quote(value)));
    }
    metadata_.dynamic_fields.push_back(std::move(name));
  }
}

void MetadataReader::check_project_urls(const Field& field) {
  std::set<std::string_view> labels;
  for (const std::string_view value : field.values) {
    const auto comma = std::min(value.find(','), value.size());
    const auto label = unicode::trim(value.substr(0, comma));
    const auto url = unicode::trim(value.substr(std::min(comma + 1, value.size())));
    if (!labels.insert(label).second) {
      problem(field.name, fmt::format("expected each label once, found {} twice", quote(label)));
    }
    metadata_.project_urls.emplace_back(label, url);
  }
}

void MetadataReader::check_provides_extra(const Field& field) {
  for (const auto& extra : field.values) {
    if (const auto read = ProjectName::read(extra); !read.ok()) problem(field.name, read.error().line());
  }
}

void MetadataReader::check_license_expression(const Field& field) {
  auto expression = LicenseExpression::read(field.values.front());
  if (!expression.ok()) return problem(field.name, expression.error().line());
  metadata_.canonical_license_expression = expression->str();
}

void MetadataReader::check_license_files(const Field& field) {
  // Before the specification had the field, setuptools wrote whatever its configuration said.
  if (!metadata_.is_at_least("2.4")) return;
  for (const auto& path : field.values) {
    const auto found = license_file_problem(path);
    if (found) problem(field.name, fmt::format("expected {}, found {}", *found, quote(path)));
  }
}

void MetadataReader::check_import_names(const Field& field) {
  if (field.name == "import-name" && metadata_.import_name->empty()) return;
  for (const auto& name : field.values) {
    if (auto found = import_name_problem(name)) problem(field.name, *std::move(found));
  }
}

const std::array<MetadataReader::Check, 13> MetadataReader::checks = {{
    {"name", &MetadataReader::check_name},
    {"version", &MetadataReader::check_version},
    {"summary", &MetadataReader::check_summary},
    {"description-content-type", &MetadataReader::check_content_type},
    {"requires-dist", &MetadataReader::check_requires_dist},
    {"requires-python", &MetadataReader::check_requires_python},
    {"dynamic", &MetadataReader::check_dynamic},
    {"project-url", &MetadataReader::check_project_urls},
    {"provides-extra", &MetadataReader::check_provides_extra},
    {"license-expression", &MetadataReader::check_license_expression},
    {"license-file", &MetadataReader::check_license_files},
    {"import-name", &MetadataReader::check_import_names},
    {"import-namespace", &MetadataReader::check_import_names},
}};

// Takes the value away, so that the field counts as absent.
bool MetadataReader::is_placeholder(const Field& field) {
  const auto value = unicode::trim(field.values.front());
  if (!value.empty() && value != "UNKNOWN") return false;
  if (field.name == "description-content-type") {
    metadata_.description_content_type.reset();
  } else if (field.name == "requires-python") {
    metadata_.requires_python.reset();
  } else if (field.name == "license-expression") {
    metadata_.license_expression.reset();
  } else {
    return false;
  }
  return true;
}

void MetadataReader::check_field(const Field& field) {
  const auto* const found = std::ranges::find(checks, field.name, &Check::field);
  if (found == checks.end()) return;
  const auto before = problems_.size();
  (this->*found->run)(field);
  if (problems_.size() > before && is_placeholder(field)) problems_.back().fault = MetadataFault::placeholder;
}

MetadataReading MetadataReader::read(std::string_view bytes) {
  EmailMessage message = read_email_message(bytes, CoreMetadata::max_fields);
  if (message.too_many_fields) {
    problem("", fmt::format("expected at most {} header fields, found more", CoreMetadata::max_fields),
            MetadataFault::structure);
    return {std::nullopt, std::move(problems_)};
  }
  collect(std::move(message));
  check_metadata_version(find("metadata-version"));
  for (const auto name : {"metadata-version", "name", "version"})
    require(name);
  for (const Field& field : fields_) {
    if (!is_usable(field)) continue;
    const FieldRule& rule = *find_rule(field.name);
    store(field);
    if (version_known_ && age(rule.added) > age(metadata_.metadata_version)) {
      problem(field.name,
              fmt::format("expected metadata version {} or later for {}, found {}", rule.added, rule.name,
                          metadata_.metadata_version),
              MetadataFault::newer_field);
    }
    check_field(field);
  }
  if (broken_) return {std::nullopt, std::move(problems_)};
  return {std::move(metadata_), std::move(problems_)};
}

MetadataReading CoreMetadata::read(std::string_view bytes) {
  return MetadataReader().read(bytes);
}

MetadataResult CoreMetadata::parse(std::string_view bytes) {
  auto reading = read(bytes);
  if (!reading.problems.empty()) return std::unexpected(std::move(reading.problems));
  return *std::move(reading.metadata);
}

bool CoreMetadata::is_at_least(std::string_view other) const {
  // One that is not known is after all of these, except 2.0, which 2.1 replaced.
  if (metadata_version == "2.0") return age(other) <= age("1.2");
  return age(metadata_version) >= age(other);
}

boost::json::object CoreMetadata::to_json() const {
  boost::json::object out;
  const auto array = [](const std::vector<std::string>& values) {
    return boost::json::array(values.begin(), values.end());
  };
  for (const FieldRule& rule : rules) {
    const std::string key = replace_all(std::string(rule.name), "-", "_");
    if (const auto* single = std::get_if<Single>(&rule.member)) {
      if (const auto& value = this->*(*single)) out[key] = *value;
    } else if (const auto* multiple = std::get_if<Multiple>(&rule.member)) {
      if (const auto& values = this->*(*multiple); !values.empty()) out[key] = array(values);
    } else if (rule.name == "metadata-version") {
      out[key] = metadata_version;
    } else if (rule.name == "name") {
      out[key] = raw_name;
    } else if (rule.name == "version") {
      out[key] = raw_version;
    } else if (rule.name == "keywords" && keywords) {
      out[key] = array(*keywords);
    } else if (rule.name == "import-name" && import_name) {
      out[key] = array(*import_name);
    }
  }
  return out;
}

}  // namespace packhouse
