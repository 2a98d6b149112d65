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

/// "Ã¼" in Latin-1 has the bytes of "ü" in UTF-8: a client that sends Latin-1 would send another password.
bool is_ambiguous(std::string_view text) {
  std::string latin_1;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte > 0xC3) return false;  // beyond Latin-1
    if (byte < 0xC2) {
      latin_1 += text[i];
    } else {
      const auto next = static_cast<unsigned char>(text[++i]);
      latin_1 += static_cast<char>((byte & 0x03U) << 6U | (next & 0x3FU));
    }
  }
  return latin_1 != text && is_utf8(latin_1);
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
  if (sound && is_ambiguous(text)) {
    return Error{Errc::invalid_input,
                 "password: expected one that is no other one in another encoding, found characters that "
                 "Latin-1 writes as UTF-8 writes others",
                 "leave the characters out that are not ASCII"};
  }
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
