#include "desk/check_log.hpp"

namespace packhouse::desk {

bool CheckLog::record(const Checks& checks) {
  console_.checks(checks);
  return add(checks);
}

bool CheckLog::add(const Checks& checks) {
  checks_.insert(checks_.end(), checks.begin(), checks.end());
  return all_passed(checks);
}

Checks CheckLog::take_new() {
  Checks added(checks_.begin() + static_cast<std::ptrdiff_t>(taken_), checks_.end());
  taken_ = checks_.size();
  return added;
}

void CheckLog::summarise(std::string_view title) const {
  if (!checks_.empty()) console_.summarise_checks(title, checks_);
}

}  // namespace packhouse::desk
