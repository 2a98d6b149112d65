#include "auth/password.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "base/digest.hpp"
#include "base/text.hpp"

namespace packhouse::auth {
namespace {

constexpr std::size_t min_password = 8;
constexpr std::size_t max_password = 256;
constexpr auto passes = crypto_pwhash_OPSLIMIT_INTERACTIVE;
constexpr auto memory = crypto_pwhash_MEMLIMIT_INTERACTIVE;

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

/// The hash of a random password, for users without one.
const Secret& decoy() {
  static const Secret hash = hash_password(Secret{random_bytes(32)});
  return hash;
}

}  // namespace

Status check_password(const Secret& password) {
  const auto& text = password.reveal();
  const bool sound = text.size() >= min_password && text.size() <= max_password && is_utf8(text) &&
                     std::ranges::none_of(text, is_control);
  if (sound) return success();
  return Error{Errc::invalid_input,
               fmt::format("password: expected {} to {} bytes of UTF-8 without control characters, found {} "
                           "bytes that are not",
                           min_password, max_password, text.size())};
}

Secret hash_password(const Secret& password) {
  std::array<char, crypto_pwhash_STRBYTES> encoded{};
  const auto& text = password.reveal();
  if (::sodium_init() < 0 ||
      ::crypto_pwhash_argon2id_str(encoded.data(), text.data(), text.size(), passes, memory) != 0) {
    throw std::runtime_error("there is no memory for hashing a password");
  }
  return Secret{encoded.data()};
}

bool verify_password(const Secret& hash, const Secret& password) {
  const auto& text = password.reveal();
  const auto& expected = hash.empty() ? decoy() : hash;
  // libsodium compares in constant time.
  const bool equal =
      ::crypto_pwhash_argon2id_str_verify(expected.reveal().c_str(), text.data(), text.size()) == 0;
  return equal && !hash.empty();
}

}  // namespace packhouse::auth
