#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "release/forge/forge.hpp"

// From the JSON that GitHub's REST API answers (version 2022-11-28) to facts. Pure; nothing is guessed: what
// a document does not state, or states with another type, is an absent Field.
namespace packhouse::release::github {

RepositoryFacts read_repository(const json::Value& document);
WorkflowFacts read_workflow(const json::Value& document);
RunFacts read_run(const json::Value& document, std::string_view evidence_name);
ArtifactFacts read_artifact(const json::Value& document);
RefFacts read_ref(const json::Value& document, std::string_view evidence_name);
AncestryFacts read_comparison(const json::Value& document);
JobFacts read_job(const json::Value& document);

/// The member at the end of `path` in nested objects.
Field<std::string> text_at(const json::Value& document, std::initializer_list<std::string_view> path);
Field<std::int64_t> number_at(const json::Value& document, std::initializer_list<std::string_view> path);

/// The target of rel="next" in a Link field (RFC 8288), as written.
std::optional<std::string> next_link(std::string_view link);

}  // namespace packhouse::release::github
