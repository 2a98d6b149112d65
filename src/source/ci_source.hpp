#pragma once

#include <optional>
#include <string>
#include <vector>

#include "source/artifact_checks.hpp"
#include "source/artifact_download.hpp"
#include "source/release_source.hpp"
#include "source/run_checks.hpp"
#include "source/source_settings.hpp"

namespace packhouse::source {

/// The run to promote and its version.
struct PromoteRequest {
  RunId run;
  Version version;
  bool dry_run = false;
  Path state;                                        ///< the desk's state folder
  std::string actor;                                 ///< for the journal
  std::optional<journal::Plan> plan = std::nullopt;  ///< the approved plan: nothing else is done
  std::vector<journal::Approval> approvals = {};     ///< signed by owners
};

/// The artifacts of one CI run, unchanged: preflight (run and artifacts satisfy the policy) → fetch (each by
/// id and digest) → verify (the files are exactly the release, and the run has not changed).
class CiRunSource final : public ReleaseSource {
 public:
  /// Everything outlives it.
  CiRunSource(const SourceSettings& settings, const PromoteRequest& request, const SourceTools& tools)
      : settings_(settings), request_(request), tools_(tools) {}

  json::Object journal_fields() const override { return {{"run", request_.run.number()}}; }
  Result<Step> preflight(StepContext& context) override;
  std::vector<NamedStep> steps() override;
  const Candidate& candidate() const override { return candidate_; }
  journal::Plan plan() const override;
  const std::optional<journal::Plan>& approved_plan() const override { return request_.plan; }
  Checks decide_index(const client::IndexRelease&, StepContext&) const override { return {}; }
  Status on_plan(const journal::Plan&, StepContext&) override { return success(); }
  /// A run of a tag: the tag is where it was.
  Result<Step> before_publication(StepContext& context) override;
  ApprovalNeed approvals() const override;
  std::optional<std::string> label() const override { return std::nullopt; }
  void add_to_report(json::Object& document) const override;

  Result<Step> fetch(StepContext& context);
  Result<Step> verify(StepContext& context);

 private:
  const Policy& policy() const { return settings_.policy; }
  Result<Step> fetch_one(const forge::ArtifactFacts& artifact, StepContext& context);
  Result<Candidate> unpack_all(const Path& work) const;
  Result<Candidate> unpack_one(std::size_t position, const dist::Policy& files, const Path& work) const;
  bool has_several() const;

  const SourceSettings& settings_;
  const PromoteRequest& request_;
  SourceTools tools_;
  std::optional<RunEvidence> run_;
  std::vector<forge::ArtifactFacts> artifacts_;
  std::vector<FetchedArchive> archives_;  ///< of each
  Candidate candidate_;
};

}  // namespace packhouse::source
