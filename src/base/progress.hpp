#pragma once

#include <cstdint>
#include <functional>

namespace packhouse {

/// Called with a transfer's bytes so far and, where known, in all (otherwise 0). Called often.
using Progress = std::function<void(std::uint64_t done, std::uint64_t total)>;

}  // namespace packhouse
