#include "index/identity.hpp"

#include <fmt/format.h>

#include "base/digest.hpp"

namespace packhouse::index {

Result<std::string> identity_of(LedgerStore& ledger, std::string_view index) {
  constexpr std::size_t digits = 32;
  TRY(const auto first, ledger.entries(0, 1));
  if (first.empty()) return Error{Errc::not_found, "expected a ledger with an entry, found an empty one"};
  return Sha256::of(fmt::format("{}\n{}", first.front().hash, index)).hex().substr(0, digits);
}

}  // namespace packhouse::index
