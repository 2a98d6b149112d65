#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace packhouse::dist {

/// What a check found wrong.
class Findings {
 public:
  /// Of each check the first few are kept and the rest counted.
  static constexpr std::size_t kept_limit = 8;

  struct Finding {
    std::string found;
    std::string expected;  ///< empty: the table's words
  };

  void add(std::string found) { add(std::move(found), {}); }
  void add(std::string found, std::string expected) {
    if (++count_ <= kept_limit) kept_.push_back({std::move(found), std::move(expected)});
  }

  const std::vector<Finding>& kept() const noexcept { return kept_; }
  std::size_t count() const noexcept { return count_; }

 private:
  std::vector<Finding> kept_;
  std::size_t count_ = 0;
};

}  // namespace packhouse::dist
