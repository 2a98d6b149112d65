#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/redactor.hpp"
#include "config/desk_secrets.hpp"

namespace packhouse::app {

/// All that must never be shown, in every spelling in which it could be.
class SecretMask {
 public:
  const Redactor& redactor() const noexcept { return redactor_; }
  /// Each once, in the order in which they were added.
  const std::vector<Secret>& secrets() const noexcept { return secrets_; }

  /// False for one that is empty or was added before.
  bool add(const Secret& secret);
  void add(const DeskSecrets& secrets);
  /// The credentials in a proxy's address: "user:password@host:port", with a scheme or without.
  void add_proxy(std::string_view address);

 private:
  void add_pair(const std::string& user, const Secret& password);
  void add_written(std::string_view userinfo);
  void add_address(const Secret& text);

  std::vector<Secret> secrets_;
  Redactor redactor_;
};

}  // namespace packhouse::app
