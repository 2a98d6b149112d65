#include "upstream/freshness.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "base/text.hpp"

namespace packhouse::upstream {
namespace {

struct Directives {
  bool forbids = false;
  std::optional<std::uint64_t> max_age = {};
  std::optional<std::uint64_t> shared_max_age = {};
  bool forbids_stale = false;
  std::uint64_t grace = 0;
};

std::optional<std::uint64_t> seconds_of(std::string_view value) {
  value = trim(value);
  if (value.size() >= 2 && value.starts_with('"') && value.ends_with('"'))
    value = value.substr(1, value.size() - 2);
  return parse_decimal(value);
}

void read_directive(std::string_view text, Directives& directives) {
  const auto equals = text.find('=');
  const auto name = ascii_lower(trim(text.substr(0, equals)));
  if (name == "no-cache" || name == "no-store" || name == "private") directives.forbids = true;
  if (name == "must-revalidate" || name == "proxy-revalidate") directives.forbids_stale = true;
  const bool grace = name == "stale-while-revalidate";
  if (name != "max-age" && name != "s-maxage" && !grace) return;
  const auto seconds = equals == std::string_view::npos ? std::nullopt : seconds_of(text.substr(equals + 1));
  if (grace) {
    directives.grace = seconds.value_or(0);
    return;
  }
  if (!seconds) directives.forbids = true;  // RFC 9111 section 4.2.1: stale rather than a guess
  (name == "max-age" ? directives.max_age : directives.shared_max_age) = seconds;
}

Directives read(std::string_view field) {
  Directives directives;
  while (!field.empty()) {
    const auto comma = field.find(',');
    read_directive(field.substr(0, comma), directives);
    field = comma == std::string_view::npos ? std::string_view{} : field.substr(comma + 1);
  }
  return directives;
}

}  // namespace

std::chrono::seconds lifetime_of(const http::Headers& answer) {
  const auto directives = read(answer.get_all("Cache-Control"));
  if (directives.forbids) return std::chrono::seconds{0};
  const auto stated = directives.shared_max_age ? directives.shared_max_age : directives.max_age;
  if (!stated) return usual_lifetime;
  const auto age = parse_decimal(answer.get("Age").value_or("0")).value_or(0);
  const auto left = *stated > age ? *stated - age : 0;
  const auto longest = static_cast<std::uint64_t>(longest_lifetime.count());
  return std::chrono::seconds{static_cast<std::int64_t>(std::min(left, longest))};
}

std::chrono::seconds grace_of(const http::Headers& answer) {
  const auto directives = read(answer.get_all("Cache-Control"));
  if (directives.forbids || directives.forbids_stale) return std::chrono::seconds{0};
  const auto most = static_cast<std::uint64_t>(usual_lifetime.count());
  return std::chrono::seconds{static_cast<std::int64_t>(std::min(directives.grace, most))};
}

}  // namespace packhouse::upstream
