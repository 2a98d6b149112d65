#pragma once

#include <string>

namespace packhouse::http {

/// A certificate for 127.0.0.1 that signs itself, and its key: PEM.
struct TestCertificate {
  std::string certificate;
  std::string key;

  /// A new P-256 key each time; `name` becomes the common name. Throws std::runtime_error if OpenSSL fails.
  static TestCertificate make(const std::string& name);
};

}  // namespace packhouse::http
