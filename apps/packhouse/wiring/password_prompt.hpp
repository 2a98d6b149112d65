#pragma once

#include "base/result.hpp"
#include "base/secret.hpp"

namespace packhouse::app {

/// A new password: asked for twice without echo when stdin is a terminal, else the first line of stdin. Never
/// from argv, which every user of the machine can read. invalid_input when the two differ or nothing comes.
Result<Secret> read_new_password();

}  // namespace packhouse::app
