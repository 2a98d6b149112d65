// version_sort FILE [SORTED]: parses the versions in FILE, one a line, sorts them, and prints the seconds of
// processor time of both. SORTED gets the result, one a line, so that the other sides' can be held against
// it.
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.hpp"
#include "pep/version.hpp"

namespace {

std::string read_file(const char* path) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (text.empty()) throw std::runtime_error(std::string("nothing to read in ") + path);
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

std::vector<packhouse::Version> parse(const std::vector<std::string_view>& lines) {
  std::vector<packhouse::Version> versions;
  versions.reserve(lines.size());
  for (const std::string_view line : lines) {
    auto version = packhouse::Version::read(line);
    if (!version.ok()) throw std::runtime_error(version.error().line());
    versions.push_back(*std::move(version));
  }
  return versions;
}

double seconds(std::clock_t ticks) {
  return static_cast<double>(ticks) / CLOCKS_PER_SEC;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2 && argc != 3) {
    fmt::print(stderr, "usage: version_sort FILE [SORTED]\n");
    return 2;
  }
  const std::string text = read_file(argv[1]);
  const auto lines = packhouse::split(text, '\n');
  const std::clock_t begun = std::clock();
  auto versions = parse(lines);
  const std::clock_t parsed = std::clock();
  std::ranges::sort(versions);
  const std::clock_t sorted = std::clock();
  fmt::print("{:.6f} {:.6f}\n", seconds(parsed - begun), seconds(sorted - parsed));
  if (argc == 3) {
    std::ofstream out(argv[2], std::ios::binary);
    for (const auto& version : versions)
      out << version.str() << '\n';
  }
  return 0;
}
