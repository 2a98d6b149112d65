#pragma once

#include <string>

#include "http/testing/scripted_client.hpp"

namespace packhouse::desk::testing {

inline constexpr std::string_view github_api = "https://api.github.example";

/// Has `github` answer, as often as it is asked, as GitHub's REST API does about the run of
/// source::testing::good_evidence(), whose artifact is this archive. No run is of another commit. All else is
/// not found.
void script_github(http::ScriptedClient& github, const std::string& archive);

}  // namespace packhouse::desk::testing
