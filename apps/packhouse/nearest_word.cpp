#include "nearest_word.hpp"

#include <algorithm>
#include <vector>

namespace packhouse::app {
namespace {

constexpr std::size_t max_typed = 64;  // bytes; no command or option is nearly as long

/// Optimal string alignment: edits of one letter, and swaps of two neighbours.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> cost(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        cost[i][j] = i + j;
        continue;
      }
      const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
      cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, cost[i - 1][j - 1] + change});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
    }
  }
  return cost[a.size()][b.size()];
}

}  // namespace

std::optional<std::string> nearest_word(std::string_view typed, std::span<const std::string> words) {
  if (typed.empty() || typed.size() > max_typed) return std::nullopt;
  std::size_t least = std::max<std::size_t>(2, typed.size() / 3) + 1;
  std::optional<std::string> nearest;
  for (const std::string& word : words) {
    // A word of two letters is at two edits from every other.
    const std::size_t edits = distance(typed, word);
    if (edits < least && edits < word.size()) {
      least = edits;
      nearest = word;
    }
  }
  if (nearest) return nearest;
  const auto begun = std::ranges::find_if(words, [&](const auto& word) { return word.starts_with(typed); });
  return begun == words.end() ? std::nullopt : std::optional(*begun);
}

}  // namespace packhouse::app
