// A report of pip passes for a promoted file only if the report itself, looked at without the reader, names
// that one file, its digest and the index.
#include "smoke/pip_report.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/json.hpp"

namespace json = packhouse::json;
using packhouse::all_passed;
using packhouse::smoke::decide_dependencies;
using packhouse::smoke::decide_report;
using packhouse::smoke::PipReport;

namespace {

constexpr std::string_view filename = "demo-1.0-py3-none-any.whl";
constexpr std::string_view host = "index.test";

void require(bool holds) {
  if (!holds) std::abort();
}

packhouse::Sha256 digest() {
  return packhouse::Sha256::of("");
}

packhouse::dist::Manifest manifest() {
  return *packhouse::dist::Manifest::make({{std::string(filename), 0, digest()}});
}

// The string at `pointer`; empty where there is none.
std::string_view text_at(const json::Value& document, std::string_view pointer) {
  boost::system::error_code error;
  const auto* value = document.find_pointer(pointer, error);
  return value != nullptr && value->is_string() ? std::string_view(value->get_string()) : std::string_view();
}

void check_passed(const json::Value& document) {
  require(document.at("install").as_array().size() == 1);
  require(text_at(document, "/version") == "1");
  require(packhouse::ProjectName::parse(text_at(document, "/install/0/metadata/name"))->str() == "demo");
  require(text_at(document, "/install/0/metadata/version") == "1.0");
  require(text_at(document, "/install/0/download_info/archive_info/hashes/sha256") == digest().hex());
  require(text_at(document, "/install/0/download_info/url").contains(host));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto report = PipReport::parse(text);
  if (!report.ok()) return 0;
  const auto document = *json::parse(text, size);
  const auto release = *packhouse::ReleaseName::parse("demo", "1.0");
  require(report->items.size() == document.at("install").as_array().size());
  if (all_passed(decide_report(release, manifest(), {std::string(host)}, *report))) check_passed(document);
  if (all_passed(decide_dependencies(release.project, *report))) {
    require(std::ranges::none_of(report->items, [](const auto& item) { return item.direct; }));
  }
  return 0;
}
