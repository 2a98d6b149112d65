#include "index/quota.hpp"

namespace packhouse::index {

Status check_quota(const Context& context, const File& file) {
  TRY(const auto held, context.store.files().totals(context.index, file.release.project));
  return check_room(context.quotas, held, file.size);
}

}  // namespace packhouse::index
