#pragma once

#include <string_view>

#include "evidence/json_fields.hpp"
#include "forge/forge.hpp"

// From the JSON that GitLab's REST API (v4) answers to facts. Pure; what a document does not state is an
// absent Field. Evidence keeps the members that were read and no others: a project's document may hold a
// runner's token.
namespace packhouse::forge::gitlab {

RepositoryFacts read_project(const json::Value& document);
/// GitLab has one workflow for each project, the file that its settings name; its id is the project's.
WorkflowFacts read_workflow(const json::Value& project);
/// A pipeline. It has no attempts (a job that is repeated stays in its pipeline): this is always the first.
RunFacts read_pipeline(const json::Value& document, const json::Value& project,
                       std::string_view evidence_name);
JobFacts read_job(const json::Value& document);
/// Of a job, what evidence keeps.
json::Object job_evidence(const json::Value& job);
/// Whether the job left an archive, under whatever name.
bool has_archive(const json::Value& job);
/// The archive that a job left: its id is the job's, its name the archive's without ".zip". GitLab states no
/// digest of it.
ArtifactFacts read_archive(const json::Value& job, Timestamp now);
RefFacts read_branch(const json::Value& document);
RefFacts read_tag(const json::Value& document);
/// `document` is the merge base of the two.
AncestryFacts read_merge_base(const json::Value& document, std::string_view base_sha,
                              std::string_view head_sha);

}  // namespace packhouse::forge::gitlab
