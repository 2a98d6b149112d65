#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/digest.hpp"
#include "base/secret.hpp"

namespace packhouse::auth {

/// A new token: "phk_", 43 random letters and digits (256 bits), and their CRC-32 as six digits of base 62
/// ("0-9A-Za-z"). Prefix and checksum let secret scanners find one that leaked without asking the server.
Secret make_token();

/// What a server keeps of a token. The token has 256 random bits, so one round of SHA-256 is enough.
Sha256 hash_of(const Secret& token);

/// Whether it has the form of make_token(), or of the tokens before it: "phk_" and 43 characters of
/// base64url.
bool is_token(std::string_view text);

/// The token in an Authorization field: the password of Basic (RFC 7617) whatever the user name, the user
/// name beside an empty password, as an address https://TOKEN@host/ makes it, or what follows "Bearer" (RFC
/// 6750) or "Token". nullopt when it holds nothing that has the form of a token.
std::optional<Secret> presented_token(std::string_view authorization);

struct Login {
  std::string user;
  Secret password;
};

/// The user name and the password of a Basic field whose password has not the form of a token. nullopt for
/// any other field, and for a name that no user can have. Clients send the password as UTF-8 (curl, uv) or as
/// Latin-1 (pip, twine and all others that use requests): what is no UTF-8 is read as Latin-1.
std::optional<Login> presented_login(std::string_view authorization);

}  // namespace packhouse::auth
