#include "dist/stdlib_names.hpp"

#include <algorithm>
#include <array>

namespace packhouse::dist {
namespace {

constexpr auto names = std::to_array<std::string_view>({
#define STDLIB_NAME(text) text,
#include "dist/data/stdlib_names.def"
#undef STDLIB_NAME
});
static_assert(std::ranges::is_sorted(names));

}  // namespace

bool is_stdlib_name(std::string_view normalized_name) noexcept {
  return std::ranges::binary_search(names, normalized_name);
}

}  // namespace packhouse::dist
