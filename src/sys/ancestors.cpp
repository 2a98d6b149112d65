#include "sys/ancestors.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <fstream>

#include "base/text.hpp"

namespace packhouse {
namespace {

constexpr std::size_t max_line = 4096;
constexpr std::size_t max_environment = 1U << 20U;
constexpr int max_depth = 64;

std::string read_file(pid_t pid, std::string_view name, std::size_t limit) {
  std::ifstream file(fmt::format("/proc/{}/{}", pid, name), std::ios::binary);
  std::string text(limit, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

}  // namespace

// proc_pid_stat(5): "PID (NAME) STATE PPID …"; a name may hold anything, so the last parenthesis counts.
pid_t parent_of(pid_t pid) {
  const std::string text = read_file(pid, "stat", max_line);
  const auto end = text.rfind(") ");
  if (end == std::string::npos || end + 4 >= text.size()) return 0;
  const std::string_view rest = std::string_view(text).substr(end + 4);
  const auto parent = parse_decimal(rest.substr(0, rest.find(' ')));
  return parent ? static_cast<pid_t>(*parent) : 0;
}

std::vector<Ancestor> read_ancestors() {
  std::vector<Ancestor> ancestors;
  pid_t pid = ::getppid();
  for (int depth = 0; pid > 0 && depth < max_depth; ++depth, pid = parent_of(pid)) {
    std::string name = read_file(pid, "comm", max_line);
    if (name.ends_with('\n')) name.pop_back();
    ancestors.push_back({pid, std::move(name), read_file(pid, "environ", max_environment)});
  }
  return ancestors;
}

}  // namespace packhouse
