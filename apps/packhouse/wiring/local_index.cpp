#include "wiring/local_index.hpp"

#include <fmt/format.h>

namespace packhouse::app {

Result<std::unique_ptr<LocalIndex>> LocalIndex::open(const Path& folder, std::string_view index) {
  TRY(auto data, DataFolder::open(folder, Sharing::beside, Opening::as_it_is));
  TRY(auto rules, data.store->catalog().policy(index));
  TRY(auto policy, index::checks_of(rules));
  // Not make_unique: the constructor is private.
  return std::unique_ptr<LocalIndex>{
      new LocalIndex(std::move(data), index, std::move(rules), std::move(policy))};
}

LocalIndex::LocalIndex(DataFolder data, std::string_view index, IndexPolicy rules, dist::Policy policy)
    : data_(std::move(data)),
      policy_(std::move(policy)),
      context_{.index = std::string(index),
               .store = *data_.store,
               .blobs = *data_.blobs,
               .clock = clock_,
               .policy = policy_,
               .changes = *this,
               .rules = std::move(rules)} {}

}  // namespace packhouse::app
