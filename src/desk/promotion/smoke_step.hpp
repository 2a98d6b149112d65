#pragma once

#include <future>
#include <string>
#include <vector>

#include "desk/promotion/context.hpp"
#include "desk/promotion/states.hpp"

namespace packhouse::desk {

/// Prepares the smoke check on background threads while the source is asked and the files are fetched: makes
/// the environments, and looks for the Pythons and clients of this machine. Nothing of the release is used.
/// `context` outlives it.
class SmokePreparation {
 public:
  explicit SmokePreparation(const PromotionContext& context);

  /// Waits for the end of it, and approves `examined`. not_found, naming the program, on a machine that
  /// cannot run the smoke check.
  Result<Approved> finish(const Examined& examined);

 private:
  smoke::EnvironmentPool environments_;
  std::future<Result<std::vector<std::string>>> clients_;
};

/// Has the environment made in which these clients will run.
void expect_clients(const PromotionContext& context, const std::vector<std::string>& clients,
                    smoke::EnvironmentPool& environments);

/// Runs the smoke check of `staged` beside the uploads: the files for this machine are uploaded first, and
/// pip fetches them while the others are uploaded. No code of the release runs before all of it is staged,
/// and try_staged() decides. Not begun where the index can be reached through one connection only.
void begin_background_check(const PromotionContext& context, source::StepContext& step, Staged& staged);

/// Whether what was staged works, and is what will be published: the stage is read as pip reads it while the
/// files for this machine are tried. A smoke check that fails cancels the session.
StepResult<Tried> try_staged(const PromotionContext& context, source::StepContext& step, Staged& staged);

/// Whether what is public works.
Result<source::Step> try_public(const PromotionContext& context, source::StepContext& step,
                                const Confirmed& confirmed);

}  // namespace packhouse::desk
