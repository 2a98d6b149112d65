#pragma once

#include <string>
#include <string_view>

#include "base/json.hpp"

namespace packhouse::app {

// What the commands on tokens and on users share.

/// Only whether it went well.
template <typename Value>
Status without_value(const Result<Value>& result) {
  return result.ok() ? success() : Status{result.error()};
}

/// "permissions" of a token or a user, with commas between them; `none` where there are none.
std::string permissions_of(const json::Object& account, std::string_view none);

}  // namespace packhouse::app
