#pragma once

#include <stdexcept>

namespace packhouse {

/// The database failed, or holds a row that this program cannot have written. Never the caller's input.
class StoreError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace packhouse
