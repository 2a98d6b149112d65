#pragma once

#include <cstddef>

#include "console/console.hpp"
#include "evidence/check.hpp"

namespace packhouse::desk {

/// The checks of a command, in the order in which they were decided. `console` outlives it.
class CheckLog {
 public:
  explicit CheckLog(console::Console& console) : console_(console) {}

  /// Shows the checks and adds them. True if all of these passed.
  bool record(const Checks& checks);
  /// Adds checks that the console has shown already. True if all of these passed.
  bool add(const Checks& checks);

  const Checks& all() const noexcept { return checks_; }
  /// Those that were added since the last call.
  Checks take_new();
  /// Adds all of them to the step summary, if there are any.
  void summarise(std::string_view title) const;

 private:
  console::Console& console_;
  Checks checks_;
  std::size_t taken_ = 0;
};

}  // namespace packhouse::desk
