#pragma once

#include <stdexcept>

namespace packhouse {

/// The database failed, or what it holds cannot be what this program wrote. Never the caller's input.
class StoreError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace packhouse
