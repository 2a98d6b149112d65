#include "dist/render.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"

namespace packhouse::dist {
namespace {

json::Object to_json(const CheckResult& result) {
  json::Object object{
      {"check", result.id}, {"outcome", to_string(result.outcome)}, {"expected", result.expected}};
  if (!result.found.empty()) object["found"] = result.found;
  if (!result.hint.empty()) object["hint"] = result.hint;
  return object;
}

json::Array to_json(const std::vector<CheckResult>& results) {
  json::Array array;
  for (const auto& result : results)
    array.emplace_back(to_json(result));
  return array;
}

json::Object to_json(const Manifest& manifest) {
  json::Array files;
  for (const auto& entry : manifest.entries()) {
    files.emplace_back(
        json::Object{{"filename", entry.filename}, {"size", entry.size}, {"sha256", entry.sha256.hex()}});
  }
  return {{"digest", "sha256:" + manifest.digest().hex()}, {"files", std::move(files)}};
}

std::size_t count(const std::vector<CheckResult>& results, Outcome outcome) {
  return static_cast<std::size_t>(std::ranges::count(results, outcome, &CheckResult::outcome));
}

// "2 refused, 1 warned, 3 skipped, 80 passed", without the zeros.
std::string tally(const std::vector<CheckResult>& results) {
  std::vector<std::string> parts;
  for (const auto outcome : {Outcome::refused, Outcome::warned, Outcome::skipped, Outcome::passed}) {
    const auto number = count(results, outcome);
    if (number > 0) parts.push_back(fmt::format("{} {}", number, to_string(outcome)));
  }
  return parts.empty() ? "nothing to check" : join(parts, ", ");
}

// What needs a person's eyes; a skipped check follows from a refused one.
std::string details(const std::vector<CheckResult>& results) {
  std::string text;
  for (const auto outcome : {Outcome::refused, Outcome::warned}) {
    for (const auto& result : results) {
      if (result.outcome != outcome) continue;
      text += fmt::format(
          "  {:<8} {}\n           expected  {}\n           found     {}\n           hint      {}\n",
          to_string(outcome), result.id, result.expected, result.found, result.hint);
    }
  }
  return text;
}

// A name may come from a zip, and a terminal obeys control characters.
std::string shown(std::string_view name) {
  const auto quoted = quote(name, 255);
  const bool plain = quoted.size() == name.size() + 2;
  return plain ? std::string{name} : quoted;
}

}  // namespace

json::Object to_json(const Report& report) {
  json::Object object{{"filename", report.filename}, {"accepted", report.accepted()}};
  if (const auto& inspection = report.inspection) {
    object["kind"] = to_string(inspection->kind);
    object["name"] = inspection->name.str();
    object["version"] = inspection->version.str();
    if (inspection->requires_python()) object["requires-python"] = *inspection->requires_python();
    json::Array tags;
    for (const auto& tag : inspection->tags)
      tags.emplace_back(tag.str());
    if (!tags.empty()) object["tags"] = std::move(tags);
    object["size"] = inspection->size;
  }
  object["results"] = to_json(report.results);
  return object;
}

json::Object to_json(const ReleaseReport& report) {
  json::Array files;
  for (const auto& file : report.files)
    files.emplace_back(to_json(file));
  json::Object object{{"source", report.source},
                      {"accepted", report.accepted()},
                      {"members", to_json(report.members)},
                      {"files", std::move(files)},
                      {"release", to_json(report.release)}};
  if (report.manifest) object["manifest"] = to_json(*report.manifest);
  return object;
}

std::string to_text(const Report& report) {
  std::string what;
  if (const auto& inspection = report.inspection) {
    what = fmt::format(" ({} of {} {})", to_string(inspection->kind), inspection->name.str(),
                       inspection->version.str());
  }
  return fmt::format("{}: {}{}: {}\n{}", shown(report.filename), report.accepted() ? "accepted" : "refused",
                     what, tally(report.results), details(report.results));
}

std::string to_text(const ReleaseReport& report) {
  std::string text;
  for (const auto& file : report.files)
    text += to_text(file);
  auto together = report.members;
  together.insert(together.end(), report.release.begin(), report.release.end());
  if (!together.empty()) {
    text += fmt::format("{}: {}: {}\n{}", shown(report.source), report.accepted() ? "accepted" : "refused",
                        tally(together), details(together));
  }
  if (report.manifest) {
    text += fmt::format("\n{}manifest digest: sha256:{}\n", report.manifest->text(),
                        report.manifest->digest().hex());
  }
  return text;
}

}  // namespace packhouse::dist
