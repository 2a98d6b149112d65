#include "dist/classifiers.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace packhouse::dist {
namespace {

constexpr auto known = std::to_array<std::string_view>({
#define CLASSIFIER(text) text,
#define DEPRECATED(text, instead)
#include "dist/data/classifiers.def"
#undef CLASSIFIER
#undef DEPRECATED
});

constexpr auto deprecated = std::to_array<std::pair<std::string_view, std::string_view>>({
#define CLASSIFIER(text)
#define DEPRECATED(text, instead) {text, instead},
#include "dist/data/classifiers.def"
#undef CLASSIFIER
#undef DEPRECATED
});

static_assert(std::ranges::is_sorted(known));

}  // namespace

Classifier find_classifier(std::string_view text) noexcept {
  const auto* const old = std::ranges::find(deprecated, text, [](const auto& entry) { return entry.first; });
  if (old != deprecated.end()) return {ClassifierState::deprecated, old->second};
  const bool found = std::ranges::binary_search(known, text);
  return {found ? ClassifierState::known : ClassifierState::unknown, {}};
}

}  // namespace packhouse::dist
