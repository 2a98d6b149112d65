#pragma once

#include <string_view>

#include "evidence/json_fields.hpp"
#include "forge/forge.hpp"

// From the JSON that GitHub's REST API answers (version 2022-11-28) to facts. Pure; nothing is guessed: what
// a document does not state, or states with another type, is an absent Field.
namespace packhouse::forge::github {

RepositoryFacts read_repository(const json::Value& document);
WorkflowFacts read_workflow(const json::Value& document);
RunFacts read_run(const json::Value& document, std::string_view evidence_name);
/// Of a run in a list, what evidence keeps: each has its repository and its author too, kilobytes of them.
json::Object run_evidence(const json::Value& run);
ArtifactFacts read_artifact(const json::Value& document);
/// Whether a ref, or a tag object, points at a tag object and not yet at a commit.
bool is_tag_object(const json::Value& document);
RefFacts read_ref(const json::Value& document, std::string_view evidence_name);
AncestryFacts read_comparison(const json::Value& document);
JobFacts read_job(const json::Value& document);

}  // namespace packhouse::forge::github
