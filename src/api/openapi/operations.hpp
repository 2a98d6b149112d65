#pragma once

#include <string_view>

namespace packhouse::api {

/// operations.json: "info", "components", and under "operations" an OpenAPI operation for each "METHOD
/// /pattern".
std::string_view operations_json() noexcept;

}  // namespace packhouse::api
