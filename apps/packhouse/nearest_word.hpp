#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace packhouse::app {

/// The one of `words` that `typed` was probably meant as: at most a third of its letters, and at least two,
/// left out, added, changed or swapped with their neighbour; or a word that begins with it. The first of
/// equally near ones; nullopt where none is near.
std::optional<std::string> nearest_word(std::string_view typed, std::span<const std::string> words);

}  // namespace packhouse::app
