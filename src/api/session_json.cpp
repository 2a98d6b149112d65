#include "api/session_json.hpp"

#include <fmt/format.h>

namespace packhouse::api {
namespace {

json::Object meta() {
  return {{"api-version", upload_api_version}};
}

/// What a check said, in words.
std::string to_notice(const json::Value& finding) {
  const auto* object = finding.if_object();
  if (object == nullptr) return json::dump(finding);
  const auto part = [&](std::string_view key) { return json::get_string(*object, key).value_or(""); };
  return fmt::format("{}: expected {}, found {}", part("check"), part("expected"), part("found"));
}

json::Array to_notices(const json::Array& findings) {
  json::Array notices;
  for (const auto& finding : findings)
    notices.emplace_back(to_notice(finding));
  return notices;
}

json::Object listed(const Session& session, const StagedFile& file, std::string_view base) {
  json::Object entry{{"status", to_string(file.status)}, {"link", staged_link(session, file, base)}};
  if (!file.findings.empty()) entry["notices"] = to_notices(file.findings);
  return entry;
}

}  // namespace

std::string session_link(const Session& session, std::string_view base) {
  return fmt::format("{}/upload/{}", base, session.token.reveal());
}

std::string staged_link(const Session& session, const StagedFile& file, std::string_view base) {
  return fmt::format("{}/files/{}", session_link(session, base), file.id);
}

std::string stage_link(const Session& session, std::string_view base) {
  return fmt::format("{}/stage/{}/simple/", base, session.token.reveal());
}

std::string to_rfc3339(Timestamp time) {
  const auto text = to_iso8601(time);
  return text.substr(0, text.find('.')) + "Z";
}

json::Object to_json(const Session& session, std::string_view base) {
  const auto own = session_link(session, base);
  json::Object files;
  for (const auto& file : session.files)
    files[file.filename] = listed(session, file, base);
  json::Object body{{"meta", meta()},
                    {"name", session.release.project.str()},
                    {"version", session.release.version.str()},
                    {"links",
                     {{"session", own},
                      {"upload", own + "/files"},
                      {"publish", own + "/publish"},
                      {"extend", own + "/extend"},
                      {"_refuse", own + "/refuse"},
                      {"stage", stage_link(session, base)}}},
                    {"mechanisms", json::Array{upload_mechanism}},
                    {"session-token", session.token.reveal()},
                    {"expires-at", to_rfc3339(session.expires)},
                    {"status", to_string(session.status)},
                    {"files", std::move(files)}};
  if (session.label) body["_label"] = to_string(*session.label);
  return body;
}

json::Object to_json(const Session& session, const StagedFile& file, std::string_view base) {
  const auto own = staged_link(session, file, base);
  json::Object body{{"meta", meta()},
                    {"filename", file.filename},
                    {"links", {{"file-upload-session", own}, {"complete", own + "/complete"}}},
                    {"status", to_string(file.status)},
                    {"expires-at", to_rfc3339(session.expires)},
                    {"mechanism", {{"identifier", upload_mechanism}, {"file_url", own + "/bytes"}}}};
  if (!file.findings.empty()) body["notices"] = to_notices(file.findings);
  return body;
}

}  // namespace packhouse::api
