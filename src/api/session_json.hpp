#pragma once

#include <string>
#include <string_view>

#include "base/json.hpp"
#include "model/session.hpp"

/// The bodies of the answers of PEP 694.
namespace packhouse::api {

inline constexpr std::string_view upload_content_type = "application/vnd.pypi.upload.v2+json";
inline constexpr std::string_view upload_api_version = "2.0";
inline constexpr std::string_view upload_mechanism = "http-post-bytes";

/// The session's own address, which is its Location.
std::string session_link(const Session& session, std::string_view base);
std::string staged_link(const Session& session, const StagedFile& file, std::string_view base);
/// The Simple API root that shows the session on top of the index: "BASE/stage/TOKEN/simple/".
std::string stage_link(const Session& session, std::string_view base);

json::Object to_json(const Session& session, std::string_view base);
json::Object to_json(const Session& session, const StagedFile& file, std::string_view base);

/// RFC 3339 in whole seconds, as PEP 694 wants it.
std::string to_rfc3339(Timestamp time);

}  // namespace packhouse::api
