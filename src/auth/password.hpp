#pragma once

#include <string_view>

#include "base/result.hpp"
#include "base/secret.hpp"

namespace packhouse::auth {

/// 8 to 256 bytes of UTF-8 without control characters, and not such that its Latin-1 form, as some clients
/// send it, would be the UTF-8 of another one. invalid_input says what is wrong, and does not quote the
/// password.
Status check_password(const Secret& password);

/// Argon2id over 64 MiB in two passes with a new salt, in its usual encoding ("$argon2id$v=19$…"). Takes tens
/// of milliseconds: never on an I/O thread. Throws std::runtime_error when there is no memory for it.
Secret hash_password(const Secret& password);

/// As slow as hash_password(), and as slow for an empty `hash` (a user who is not there, or has no password):
/// the time of a refusal does not reveal which users exist.
bool verify_password(const Secret& hash, const Secret& password);

}  // namespace packhouse::auth
