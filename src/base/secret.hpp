#pragma once

#include <string>
#include <string_view>

namespace packhouse {

/// Text that must not be shown. It prints as "****", compares in constant time, and its bytes are wiped
/// on destruction. Only reveal() gives the text; search for its callers to audit the use of secrets.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept;
  Secret& operator=(const Secret& other);
  Secret& operator=(Secret&& other) noexcept;
  ~Secret();

  const std::string& reveal() const noexcept { return value_; }
  bool empty() const noexcept { return value_.empty(); }

  /// Time depends on the lengths only.
  bool operator==(const Secret& other) const noexcept;

 private:
  void wipe() noexcept;
  std::string value_;
};

/// What fmt and spdlog print for a Secret.
inline std::string_view format_as(const Secret&) noexcept {
  return "****";
}

/// The time that it takes does not depend on where the first difference is.
bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept;

}  // namespace packhouse
