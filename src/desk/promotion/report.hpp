#pragma once

#include <string_view>

#include "desk/promotion/context.hpp"
#include "desk/promotion/states.hpp"

namespace packhouse::desk {

/// The document of --json but its error. `journal`: nullptr in a dry run.
json::Object make_document(const PromotionContext& context, std::string_view outcome, const Checks& checks,
                           const journal::Journal* journal);

/// Shows what a dry run found out: which files would be uploaded, and how.
void show_plan(const PromotionContext& context, const Examined& examined);

}  // namespace packhouse::desk
