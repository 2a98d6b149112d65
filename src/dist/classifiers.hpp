#pragma once

#include <string_view>

namespace packhouse::dist {

enum class ClassifierState {
  known,
  deprecated,
  unknown,
};

struct Classifier {
  ClassifierState state = ClassifierState::unknown;
  std::string_view instead;  ///< of a deprecated one: what to use, separated by ", "; may be empty
};

/// What the public index's list (data/classifiers.def) says of a trove classifier; byte for byte, as that
/// index compares.
Classifier find_classifier(std::string_view text) noexcept;

}  // namespace packhouse::dist
