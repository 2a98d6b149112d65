#include "commands/accounts.hpp"

#include <vector>

#include "base/text.hpp"

namespace packhouse::app {

std::string permissions_of(const json::Object& account, std::string_view none) {
  std::vector<std::string> names;
  const auto permissions = json::get_array(account, "permissions");
  if (!permissions.ok()) return {};
  for (const auto& name : *permissions)
    if (name.is_string()) names.emplace_back(name.get_string());
  return names.empty() ? std::string(none) : join(names, ",");
}

}  // namespace packhouse::app
