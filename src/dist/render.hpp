#pragma once

#include <string>

#include "base/json.hpp"
#include "dist/check.hpp"
#include "dist/release_report.hpp"

namespace packhouse::dist {

/// {"filename", "accepted", "kind", "name", "version", "requires-python", "tags", "size", "results":
/// [{"check", "outcome", "expected", "found", "hint"}]}; what the file did not say is left out.
json::Object to_json(const Report& report);
/// {"source", "accepted", "members": […], "files": […], "release": […], "manifest": {"digest", "files":
/// […]}}.
json::Object to_json(const ReleaseReport& report);

/// For people: one line with the verdict, then each warning and refusal with expected, found and what to do.
/// Ends in a newline.
std::string to_text(const Report& report);
std::string to_text(const ReleaseReport& report);

}  // namespace packhouse::dist
