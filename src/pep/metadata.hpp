#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pep/project_name.hpp"
#include "pep/requirement.hpp"
#include "pep/specifier.hpp"
#include "pep/version.hpp"

namespace packhouse {

/// What a problem does to the reading of the other fields.
enum class MetadataFault : std::uint8_t {
  structure,          ///< there is no one reading: a field missing or repeated, bytes that are not UTF-8
  withdrawn_version,  ///< metadata 2.0, which no specification describes
  newer_version,      ///< a minor version after the last one known, for which a reader is to warn
  newer_field,        ///< a field that a later version brought in
  value,              ///< a value against the rule of its field, or a field that no version has
  placeholder,        ///< UNKNOWN or nothing, which setuptools wrote for an absent value
};

/// One thing that is wrong with a METADATA or PKG-INFO file.
struct MetadataProblem {
  std::string field;    ///< as in the file, lower case: "requires-dist"; "description" also for the body
  std::string message;  ///< what was expected and what was found
  MetadataFault fault = MetadataFault::structure;
  bool operator==(const MetadataProblem&) const = default;
};

class CoreMetadata;
struct MetadataReading;
/// The metadata, or everything that is wrong with it, in the order of the file's fields; never empty then.
using MetadataResult = std::expected<CoreMetadata, std::vector<MetadataProblem>>;

/// The "Core metadata" specification, versions 1.0 to 2.6. Values are as in the file, except that those with
/// rules are also held parsed.
///
/// Reading follows Python's email package (compat32), as every installer does; what is refused is what
/// packaging.metadata.Metadata.from_email(validate=True) refuses. The rules that only an index has (no local
/// version, no URL in a requirement, valid addresses and classifiers) belong to the dist module.
class CoreMetadata {
 public:
  /// At most this many header fields and problems: a file of a few megabytes could otherwise hold a million.
  static constexpr std::size_t max_fields = 100'000;

  /// Time and memory are linear in the size; the reader of the file bounds that.
  static MetadataResult parse(std::string_view bytes);
  /// The same file as installers take it, with all its problems: fields that are newer than the stated
  /// version count, a requirement or specifier that cannot be parsed is kept as text alone, and paths of
  /// licence files have rules only where the stated version (2.4 or later) has that field.
  static MetadataReading read(std::string_view bytes);

  /// Whether the stated metadata version is `other` ("2.4") or a later one, of those known or after them.
  bool is_at_least(std::string_view other) const;

  /// The JSON form of PEP 566 with today's fields: lower case, '_' for '-', the fields that may repeat as
  /// arrays, keywords as an array, the body as "description". Fields that are absent are left out.
  boost::json::object to_json() const;

  // 1.0
  std::string metadata_version;
  std::string raw_name;
  std::optional<ProjectName> name;  ///< always set in a parsed value
  std::string raw_version;
  std::optional<Version> version;  ///< always set in a parsed value
  std::vector<std::string> platform;
  std::optional<std::string> summary;
  std::optional<std::string> description;  ///< of the field or the body
  std::optional<std::vector<std::string>> keywords;
  std::optional<std::string> home_page;
  std::optional<std::string> author;
  std::optional<std::string> author_email;
  std::optional<std::string> license;
  // 1.1
  std::vector<std::string> supported_platform;
  std::optional<std::string> download_url;
  std::vector<std::string> classifier;
  std::vector<std::string> requires_field;  ///< "Requires": the bare word is taken
  std::vector<std::string> provides;
  std::vector<std::string> obsoletes;
  // 1.2
  std::optional<std::string> maintainer;
  std::optional<std::string> maintainer_email;
  std::vector<std::string> requires_dist;
  std::vector<Requirement> requirements;  ///< requires_dist, parsed
  std::vector<std::string> provides_dist;
  std::vector<std::string> obsoletes_dist;
  std::optional<std::string> requires_python;
  std::optional<SpecifierSet> requires_python_specifier;
  std::vector<std::string> requires_external;
  std::vector<std::string> project_url;                           ///< "Label, URL"
  std::vector<std::pair<std::string, std::string>> project_urls;  ///< the same, split at the first comma
  // 2.1
  std::optional<std::string> description_content_type;
  std::vector<std::string> provides_extra;
  // 2.2
  std::vector<std::string> dynamic;  ///< as written; dynamic_fields is in lower case
  std::vector<std::string> dynamic_fields;
  // 2.4
  std::optional<std::string> license_expression;
  std::optional<std::string> canonical_license_expression;
  std::vector<std::string> license_file;
  // 2.5
  /// Set and empty: the distribution declares that it has no import name.
  std::optional<std::vector<std::string>> import_name;
  std::vector<std::string> import_namespace;

 private:
  friend class MetadataReader;
  CoreMetadata() = default;
};

struct MetadataReading {
  std::optional<CoreMetadata> metadata;   ///< set unless a problem is of the structure
  std::vector<MetadataProblem> problems;  ///< in the order of the file's fields
};

}  // namespace packhouse
