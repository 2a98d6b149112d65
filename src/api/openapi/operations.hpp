#pragma once

#include <string>

namespace packhouse::api {

/// operations.json: "info", "components", and under "operations" an OpenAPI operation for each "METHOD
/// /pattern".
std::string operations_json();

}  // namespace packhouse::api
