#pragma once

#include <functional>
#include <future>

#include "desk/promotion/context.hpp"
#include "desk/promotion/states.hpp"

namespace packhouse::desk {

/// Waits until the index shows every file, and reads the release back: whether it serves exactly the
/// published bytes, and the release's label.
StepResult<Confirmed> confirm(const PromotionContext& context, source::StepContext& step,
                              const Published& published);

/// The same for a release that was staged, while the clients fetch it from its public address.
/// `remove_work_folder` is called once nothing needs the folder any more.
Result<source::Step> confirm_with_clients(const PromotionContext& context, source::StepContext& step,
                                          const Published& published,
                                          const std::function<std::future<void>()>& remove_work_folder);

/// Whether these clients, which are what colleagues install with, get the release from its public address.
Result<source::Step> fetch_with_clients(const PromotionContext& context, source::StepContext& step,
                                        const Approved& approved, const std::vector<std::string>& clients);

}  // namespace packhouse::desk
