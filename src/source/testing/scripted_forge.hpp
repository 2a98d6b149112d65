#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "source/testing/evidence.hpp"

namespace packhouse::source::testing {

/// A Forge that states what a test says. `before` is called with the name of each call and may make it fail.
class ScriptedForge final : public forge::Forge {
 public:
  ScriptedForge(RunEvidence evidence, std::string archive)
      : evidence(std::move(evidence)), archive(std::move(archive)) {}

  RunEvidence evidence;
  std::string archive;
  std::string content_type = "application/zip";
  forge::RunListing listed_runs;         ///< of every commit
  forge::ArtifactListing all_artifacts;  ///< of whatever name
  std::vector<std::string> bundles;      ///< for every subject
  std::string tag_name;                  ///< of `evidence.tag`; other names are the branch's
  int reads_until_rerun = -1;            ///< so many reads of the run show it as it was
  std::function<Status(std::string_view call)> before = nullptr;
  std::vector<std::string> calls;

  Result<forge::RepositoryFacts> repository() override;
  Result<forge::WorkflowFacts> workflow(std::string_view file_name) override;
  Result<forge::RunFacts> run(std::int64_t id) override;
  Result<forge::RunFacts> attempt(std::int64_t id, std::int64_t number) override;
  Result<forge::RunListing> runs(std::string_view workflow_file, std::string_view commit) override;
  Result<forge::JobListing> jobs(std::int64_t run_id, std::int64_t attempt) override;
  Result<forge::ArtifactListing> artifacts(std::int64_t run_id,
                                           std::optional<std::string_view> name) override;
  Result<forge::ArtifactFacts> artifact(std::int64_t id) override;
  Result<forge::RefFacts> branch(std::string_view name) override;
  Result<std::optional<forge::RefFacts>> tag(std::string_view name) override;
  Result<forge::AncestryFacts> compare(std::string_view base_sha, std::string_view head_sha) override;
  Result<std::vector<std::string>> attestations(const Sha256& subject) override;
  Result<forge::DownloadFacts> download(std::int64_t artifact_id, std::uint64_t max_bytes,
                                        forge::DownloadSink& sink, const Progress& progress) override;

 private:
  template <typename T>
  Result<T> answer(std::string_view call, const T& value);
};

/// Evidence whose artifact is this archive.
RunEvidence evidence_for(std::string_view archive);

}  // namespace packhouse::source::testing
