#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "evidence/check.hpp"

// What changed between two answers of a forge.
namespace packhouse::source {

template <typename T>
bool same(const Field<T>& a, const Field<T>& b) {
  return a.ok() && b.ok() && *a == *b;
}

struct Difference {
  std::string_view name;
  bool equal;
  std::string before;
  std::string now;
};

/// What was stated neither time has not changed; whether it had to be stated is for the check of that fact.
template <typename T>
bool unchanged(const Field<T>& before, const Field<T>& now) {
  if (before.ok() || now.ok()) return same(before, now);
  return before.error().message == now.error().message;
}

template <typename T>
Difference compare_field(std::string_view name, const Field<T>& before, const Field<T>& now) {
  return {name, unchanged(before, now), show(before), show(now)};
}

/// "conclusion was "success" and is nothing; …" of those that are not equal; empty: all are.
std::string describe(const std::vector<Difference>& fields);

}  // namespace packhouse::source
