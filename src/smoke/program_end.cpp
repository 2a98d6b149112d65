#include "smoke/program_end.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace packhouse::smoke {

std::string last_lines(std::string_view text, std::size_t count) {
  text = trim(text);
  std::size_t at = text.size();
  while (count-- > 0 && at != std::string_view::npos && at > 0)
    at = text.rfind('\n', at - 1);
  return std::string(at == std::string_view::npos || at == 0 ? text : text.substr(at + 1));
}

std::string describe(const ProcessResult& result) {
  if (result.timed_out) return "it was stopped at its time limit";
  if (result.signal != 0) return fmt::format("ended by signal {}", result.signal);
  return fmt::format("exit {}", result.exit_code);
}

std::string describe_end(const ProcessResult& result, const Redactor& redactor) {
  // Redacted before it is cut and quoted: a part of a secret would not be found any more.
  constexpr std::size_t lines = 6;
  std::string end = last_lines(redactor.redact(result.errors), lines);
  const std::string output = last_lines(redactor.redact(result.output), lines);
  if (!end.empty() && !output.empty()) end += '\n';
  end += output;
  return describe(result) + (end.empty() ? "" : ": " + quote(end, 2000));
}

std::string log_head(std::string_view title, const std::vector<std::string>& words) {
  return fmt::format("== {}\n$ {}\n", title, join(words, " "));
}

std::string log_end(std::string_view how, std::chrono::duration<double> taken) {
  return fmt::format("\n-- {}, after {:.3f} s\n\n", how, taken.count());
}

}  // namespace packhouse::smoke
