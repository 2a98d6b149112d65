#include "auth/credential.hpp"

#include <libdeflate.h>

#include <algorithm>
#include <cstdint>

#include "base/text.hpp"
#include "model/user.hpp"

namespace packhouse::auth {
namespace {

constexpr std::string_view prefix = "phk_";
constexpr std::size_t random_size = 43;
constexpr std::size_t checksum_size = 6;
constexpr std::string_view base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
// Base64 of a user name and a token; a longer field is no credential of ours and is not decoded.
constexpr std::size_t max_field_size = 1024;

bool is_base64url(char c) {
  return is_ascii_alnum(c) || c == '-' || c == '_';
}

/// The CRC-32 of gzip, in base 62.
std::string checksum_of(std::string_view text) {
  std::uint32_t crc = ::libdeflate_crc32(0, text.data(), text.size());
  std::string digits(checksum_size, base62.front());
  constexpr std::uint32_t base = base62.size();
  for (auto digit = digits.rbegin(); crc > 0; ++digit, crc /= base)
    *digit = base62[crc % base];
  return digits;
}

std::optional<Secret> as_token(std::string_view text) {
  return is_token(text) ? std::optional{Secret{std::string(text)}} : std::nullopt;
}

struct Field {
  std::string_view scheme;
  std::string_view value;
};

std::optional<Field> field_of(std::string_view authorization) {
  if (authorization.size() > max_field_size) return std::nullopt;
  const auto blank = authorization.find(' ');
  if (blank == std::string_view::npos) return std::nullopt;
  return Field{authorization.substr(0, blank), trim(authorization.substr(blank), " ")};
}

/// UTF-8 as it is, anything else from Latin-1.
Secret as_utf8(Secret sent) {
  if (is_utf8(sent.reveal())) return sent;
  std::string text;
  for (const char c : sent.reveal()) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      text += c;
    } else {
      text += static_cast<char>(0xC0U | byte >> 6U);
      text += static_cast<char>(0x80U | (byte & 0x3FU));
    }
  }
  return Secret{std::move(text)};
}

std::optional<Login> from_basic(std::string_view encoded) {
  auto decoded = from_base64(encoded);
  if (!decoded) return std::nullopt;
  const Secret pair{std::move(*decoded)};  // wiped when it goes
  const std::string_view text = pair.reveal();
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  return Login{.user = std::string(text.substr(0, colon)),
               .password = Secret{std::string(text.substr(colon + 1))}};
}

}  // namespace

Secret make_token() {
  std::string random;
  while (random.size() < random_size) {
    for (const char byte : random_bytes(random_size)) {
      const auto value = static_cast<unsigned char>(byte) & 0x3FU;
      if (value < base62.size() && random.size() < random_size) random += base62[value];  // all as likely
    }
  }
  return Secret{std::string(prefix) + random + checksum_of(random)};
}

bool is_token(std::string_view text) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  if (text.size() == random_size) return std::ranges::all_of(text, is_base64url);
  return text.size() == random_size + checksum_size && std::ranges::all_of(text, is_ascii_alnum) &&
         checksum_of(text.substr(0, random_size)) == text.substr(random_size);
}

Sha256 hash_of(const Secret& token) {
  return Sha256::of(token.reveal());
}

std::optional<Secret> presented_token(std::string_view authorization) {
  const auto field = field_of(authorization);
  if (!field) return std::nullopt;
  if (iequals(field->scheme, "Basic")) {
    const auto login = from_basic(field->value);
    if (!login) return std::nullopt;
    return as_token(login->password.empty() ? login->user : login->password.reveal());
  }
  if (iequals(field->scheme, "Bearer") || iequals(field->scheme, "Token")) return as_token(field->value);
  return std::nullopt;
}

std::optional<Login> presented_login(std::string_view authorization) {
  const auto field = field_of(authorization);
  if (!field || !iequals(field->scheme, "Basic")) return std::nullopt;
  auto login = from_basic(field->value);
  if (!login || as_token(login->password.reveal()) || !parse_user_name(login->user).ok()) return std::nullopt;
  login->password = as_utf8(std::move(login->password));
  return login;
}

}  // namespace packhouse::auth
