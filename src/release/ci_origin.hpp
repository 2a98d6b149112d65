#pragma once

#include "release/fetch.hpp"
#include "release/origin.hpp"
#include "release/preflight.hpp"
#include "release/promote.hpp"

namespace packhouse::release {

/// The artifact of one CI run, taken as it is: preflight (run and artifact are what the policy wants) → fetch
/// (by id and digest) → verify (the files are exactly the release, and the run is the same still).
class CiOrigin final : public Origin {
 public:
  /// Everything outlives it.
  CiOrigin(const DeskSettings& settings, const PromoteRequest& request, DeskTools& tools)
      : settings_(settings), request_(request), tools_(tools) {}

  json::Object said() const override { return {{"run", request_.run.number()}}; }
  Result<Step> preflight(StepDesk& desk) override;
  std::vector<NamedStep> steps() override;
  const Candidate& candidate() const override { return candidate_; }
  Plan plan() const override;
  const std::optional<Plan>& wanted() const override { return request_.plan; }
  Checks decide_index(const IndexRelease&, StepDesk&) const override { return {}; }
  Status planned(const Plan&, StepDesk&) override { return success(); }
  ApprovalNeed approvals() const override;
  std::optional<std::string> label() const override { return std::nullopt; }
  void describe(json::Object& document) const override;

  Result<Step> fetch(StepDesk& desk);
  Result<Step> verify(StepDesk& desk);

 private:
  const Policy& policy() const { return settings_.policy; }

  const DeskSettings& settings_;
  const PromoteRequest& request_;
  DeskTools& tools_;
  std::optional<RunEvidence> run_;
  std::optional<FetchedArchive> archive_;
  Candidate candidate_;
};

}  // namespace packhouse::release
