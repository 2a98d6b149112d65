#pragma once

#include <optional>
#include <string_view>

#include "base/signing_key.hpp"
#include "sys/file_system.hpp"

namespace packhouse::app {

/// A private key's file. conflict when others of this machine can read it: they could have signed as well;
/// `hint` says what to do then.
Result<SigningKey> read_key_file(FileSystem& disk, const Path& path, std::string_view hint);

/// The private key of an index's ledger, in its folder.
inline constexpr std::string_view ledger_key_name = "ledger-key.pem";
/// Unset before the first `packhouse ledger export`. conflict as above.
Result<std::optional<SigningKey>> ledger_key(FileSystem& disk, const Path& data);

}  // namespace packhouse::app
