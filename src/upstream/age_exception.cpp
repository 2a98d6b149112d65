#include "upstream/age_exception.hpp"

#include <fmt/format.h>

#include <string>

#include "base/text.hpp"
#include "pep/project_name.hpp"
#include "pep/version.hpp"

namespace packhouse::upstream {
namespace {

constexpr std::chrono::days longest{366};

Result<Timestamp> parse_day_or_time(std::string_view text) {
  constexpr std::size_t length_of_day = 10;
  auto moment = parse_iso8601(text.size() == length_of_day ? fmt::format("{}T00:00:00Z", text) : text);
  if (moment.ok()) return moment;
  return Error{Errc::invalid_input, fmt::format("expected a day or a time, found {}", quote(text)),
               "such as 2026-12-24 or 2026-12-24T12:00:00Z"};
}

}  // namespace

Result<AgeException> parse_excepted(std::string_view requirement) {
  constexpr std::string_view equals = "==";
  const auto end = requirement.find(equals);
  TRY(const auto name, ProjectName::parse(trim(requirement.substr(0, end))));
  AgeException exception;
  exception.project = name.str();
  if (end == std::string_view::npos) return exception;
  TRY(const auto version, Version::parse(trim(requirement.substr(end + equals.size()))));
  exception.version = version.str();
  return exception;
}

Result<Timestamp> parse_end(std::string_view text, Timestamp now) {
  TRY(const auto end, parse_day_or_time(text));
  if (end > now && end <= now + longest) return end;
  return Error{
      Errc::invalid_input,
      fmt::format("expected a moment within the next {} days, found {}", longest.count(), quote(text)),
      "an exception can be made again before it ends"};
}

}  // namespace packhouse::upstream
