#include "base/hmac.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <stdexcept>

namespace packhouse {

Sha256 hmac_sha256(const Secret& key, std::string_view message) {
  std::array<std::uint8_t, Sha256::size> code{};
  unsigned length = 0;
  const auto& bytes = key.reveal();
  const auto* made =
      HMAC(EVP_sha256(), bytes.data(), static_cast<int>(bytes.size()),
           reinterpret_cast<const unsigned char*>(message.data()), message.size(), code.data(), &length);
  if (made == nullptr || length != code.size()) throw std::runtime_error("HMAC-SHA256 failed");
  return Sha256{code};
}

}  // namespace packhouse
