#pragma once

#include <optional>
#include <string>
#include <vector>

#include "source/artifact_download.hpp"
#include "source/release_source.hpp"
#include "source/run_checks.hpp"
#include "source/source_settings.hpp"

namespace packhouse::source {

/// Which run is promoted as which version.
struct PromoteRequest {
  RunId run;
  Version version;
  bool dry_run = false;
  Path state;                                        ///< the desk's state folder
  std::string actor;                                 ///< who runs it, for the journal
  std::optional<journal::Plan> plan = std::nullopt;  ///< just that, or nothing
  std::vector<journal::Approval> approvals = {};     ///< what owners signed
};

/// The artifact of one CI run, taken as it is: preflight (run and artifact are what the policy wants) → fetch
/// (by id and digest) → verify (the files are exactly the release, and the run is the same still).
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
  ApprovalNeed approvals() const override;
  std::optional<std::string> label() const override { return std::nullopt; }
  void add_to_report(json::Object& document) const override;

  Result<Step> fetch(StepContext& context);
  Result<Step> verify(StepContext& context);

 private:
  const Policy& policy() const { return settings_.policy; }

  const SourceSettings& settings_;
  const PromoteRequest& request_;
  SourceTools tools_;
  std::optional<RunEvidence> run_;
  std::optional<FetchedArchive> archive_;
  Candidate candidate_;
};

}  // namespace packhouse::source
