#pragma once

#include <string_view>

#include "config/desk_configuration.hpp"

namespace packhouse::app {

/// The authorities whose certificates the desk and its pip accept, as one PEM file; empty: the libraries'
/// own choice. $SSL_CERT_FILE stands in place of the system's authorities, as for curl, pip and uv;
/// `own` (`ca-file` of the configuration; may be empty) is trusted beside them, and then all of them are
/// written to a new file in `folder`. invalid_input for a file that cannot be read or holds no certificate.
Result<Path> trusted_authorities(FileSystem& disk, const Path& folder, std::string_view own,
                                 const Environment& environment);

}  // namespace packhouse::app
