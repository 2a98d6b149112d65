#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/secret.hpp"

namespace packhouse {

/// An Ed25519 key pair (RFC 8032), as any other tool reads and writes it. Throws std::runtime_error if the
/// crypto library fails.
class SigningKey {
 public:
  static constexpr std::size_t signature_size = 64;

  static SigningKey generate();
  /// PKCS#8 in PEM, not encrypted. invalid_input for anything else and for a key of another kind.
  static Result<SigningKey> parse(const Secret& pem);

  SigningKey(SigningKey&&) noexcept;
  SigningKey& operator=(SigningKey&&) noexcept;
  ~SigningKey();

  /// What parse() reads.
  Secret pem() const;
  /// SubjectPublicKeyInfo in PEM, which may be published.
  std::string public_pem() const;
  /// The 64 bytes of the signature over `bytes` themselves, not over a digest of them.
  std::string sign(std::string_view bytes) const;

 private:
  struct Key;
  explicit SigningKey(std::unique_ptr<Key> key);
  std::unique_ptr<Key> key_;
};

/// Success when `signature` is that of `bytes` by the key whose public_pem() is given. invalid_input where
/// the key is not an Ed25519 key, conflict where the signature does not fit.
Status verify_signature(std::string_view public_pem, std::string_view bytes, std::string_view signature);

}  // namespace packhouse
