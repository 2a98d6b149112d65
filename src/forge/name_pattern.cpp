#include "forge/name_pattern.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.hpp"

namespace packhouse::forge {
namespace {

constexpr std::string_view attempt_mark = "{attempt}";

bool occurs_twice(std::string_view text, std::string_view mark) {
  const std::size_t first = text.find(mark);
  return first != std::string_view::npos && text.find(mark, first + 1) != std::string_view::npos;
}

bool is_unclear_neighbour(char c) {
  return is_ascii_digit(c) || c == '*';
}

/// Whether the end of the attempt's number could not be told.
bool has_unclear_attempt(std::string_view text) {
  const std::size_t at = text.find(attempt_mark);
  if (at == std::string_view::npos) return false;
  const std::size_t after = at + attempt_mark.size();
  return (at > 0 && is_unclear_neighbour(text[at - 1])) ||
         (after < text.size() && is_unclear_neighbour(text[after]));
}

/// The digits that begin at `at`, or end there.
std::string_view digits_from(std::string_view name, std::size_t at) {
  std::size_t end = at;
  while (end < name.size() && is_ascii_digit(name[end]))
    ++end;
  return name.substr(at, end - at);
}

std::string_view digits_until(std::string_view name, std::size_t end) {
  std::size_t begin = end;
  while (begin > 0 && is_ascii_digit(name[begin - 1]))
    --begin;
  return name.substr(begin, end - begin);
}

/// The number that stands where the pattern has "{attempt}"; empty: there is none.
std::string_view attempt_in(std::string_view pattern, std::string_view name) {
  const std::size_t mark = pattern.find(attempt_mark);
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos || mark < star)
    return mark <= name.size() ? digits_from(name, mark) : std::string_view();
  const std::size_t rest = pattern.size() - mark - attempt_mark.size();
  return rest <= name.size() ? digits_until(name, name.size() - rest) : std::string_view();
}

}  // namespace

Result<NamePattern> NamePattern::parse(std::string_view text) {
  if (text.empty()) return Error{Errc::invalid_input, "expected a name, found an empty text"};
  if (occurs_twice(text, "*") || occurs_twice(text, attempt_mark)) {
    return Error{Errc::invalid_input,
                 fmt::format("expected at most one * and one {}, found {}", attempt_mark, quote(text)),
                 "list several patterns"};
  }
  if (has_unclear_attempt(text)) {
    return Error{Errc::invalid_input,
                 fmt::format("expected {} apart from * and digits, found {}", attempt_mark, quote(text)),
                 fmt::format("put a hyphen between them: dist-*-{}", attempt_mark)};
  }
  return NamePattern(text);
}

bool NamePattern::names_the_attempt() const noexcept {
  return text_.find(attempt_mark) != std::string::npos;
}

std::optional<NamePattern::Match> NamePattern::match(std::string_view name, std::int64_t attempts) const {
  std::string pattern = text_;
  if (names_the_attempt()) {
    const std::string_view digits = attempt_in(text_, name);
    const auto number = parse_decimal(digits);
    const bool is_attempt =
        number && *number >= 1 && std::cmp_less_equal(*number, attempts) && std::to_string(*number) == digits;
    if (!is_attempt) return std::nullopt;
    pattern = replace_all(pattern, attempt_mark, digits);
  }
  const std::size_t star = pattern.find('*');
  if (star == std::string::npos) {
    if (name != pattern) return std::nullopt;
    return Match{text_, {}};
  }
  const std::string_view head = std::string_view(pattern).substr(0, star);
  const std::string_view tail = std::string_view(pattern).substr(star + 1);
  const bool fits = name.size() > head.size() + tail.size() && name.starts_with(head) && name.ends_with(tail);
  if (!fits) return std::nullopt;
  const auto text = name.substr(head.size(), name.size() - head.size() - tail.size());
  return Match{replace_all(text_, "*", text), text};
}

bool matches_branch(const NamePattern& pattern, std::string_view branch) {
  const auto match = pattern.match(branch, 0);
  // The name becomes a part of an address, where dots have a meaning of their own.
  return match && match->star.find('/') == std::string_view::npos && match->star != "." &&
         match->star != "..";
}

bool is_build_job(const BuildJobs& jobs, std::string_view name) {
  return std::ranges::any_of(jobs, [&](const NamePattern& job) { return job.matches(name); });
}

}  // namespace packhouse::forge
