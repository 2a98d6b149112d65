#pragma once

#include <expected>
#include <utility>

#include "base/error.hpp"

namespace packhouse {

/// A value, or the Error that says why there is none. For faults of input or state; broken infrastructure
/// and bugs throw.
template <typename T>
class [[nodiscard]] Result : public std::expected<T, Error> {
 public:
  using Base = std::expected<T, Error>;
  using Base::Base;
  Result(Error error) : Base(std::unexpect, std::move(error)) {}

  bool ok() const noexcept { return this->has_value(); }
};

using Status = Result<void>;

/// Success of an operation that has no value.
inline Status success() {
  return Status{};
}

}  // namespace packhouse

#define PACKHOUSE_CONCAT_INNER(a, b) a##b
#define PACKHOUSE_CONCAT(a, b) PACKHOUSE_CONCAT_INNER(a, b)

/// TRY(auto version, Version::parse(text)): declares `version`, or returns the error from this function.
#define TRY(declaration, ...) TRY_WITH(PACKHOUSE_CONCAT(try_result_, __LINE__), declaration, __VA_ARGS__)
#define TRY_WITH(name, declaration, ...)          \
  auto name = (__VA_ARGS__);                      \
  if (!name.ok()) return std::move(name).error(); \
  declaration = std::move(*name)

/// CHECK_OK(status): returns the error of a Status from this function.
#define CHECK_OK(...) \
  if (auto check_status = (__VA_ARGS__); !check_status.ok()) return std::move(check_status).error()
