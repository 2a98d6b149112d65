#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "client/admin_client.hpp"
#include "client/index_address.hpp"
#include "evidence/check.hpp"
#include "http/client.hpp"
#include "pep/release_name.hpp"

namespace packhouse::client {

/// How a bad release is withdrawn: offered to nobody, or only to whoever pins it exactly (PEP 592).
enum class Withdrawal : std::uint8_t { block, yank };
/// "block", "yank"
std::string_view to_string(Withdrawal mode) noexcept;
/// "blocked", "yanked": the state it leads to.
std::string_view state_after(Withdrawal mode) noexcept;

/// How a release stands on a Packhouse index, by its own words.
struct ReleaseStanding {
  bool there = false;
  std::optional<std::string> yanked = std::nullopt;   ///< the reason
  std::optional<std::string> blocked = std::nullopt;  ///< the reason

  bool is(Withdrawal mode) const noexcept { return blocked || (mode == Withdrawal::yank && yanked); }
  Evidence evidence() const;
};

/// The API by which a Packhouse index withdraws a release and offers it again. It is looked for beside the
/// address for uploads (…/legacy/), with the credential of the upload, and no redirect is followed. Errors:
/// unauthenticated where the credential may not do that, unavailable where nobody knows what came of it.
/// Asking for what is so already changes nothing.
class ReleaseStateClient {
 public:
  /// Both outlive it.
  ReleaseStateClient(http::Client& client, const IndexAddress& upload) : client_(client), upload_(upload) {}

  /// nullopt: this index has no such API.
  Result<std::optional<ReleaseStanding>> look(const ReleaseName& release);
  /// Whether the credential may read and withdraw that release, which need not exist: asked by a change
  /// without a reason, which an index refuses. True where the index has no such API.
  Result<bool> may_withdraw(const ReleaseName& release);
  Status withdraw(Withdrawal mode, const ReleaseName& release, std::string_view reason);
  Status restore(Withdrawal mode, const ReleaseName& release, std::string_view reason);

 private:
  /// nullopt: no Packhouse index takes uploads at such an address.
  std::optional<AdminClient> admin() const;
  Status post(std::string_view verb, const ReleaseName& release, std::string_view reason);

  http::Client& client_;
  const IndexAddress& upload_;
};

/// Before the upload. Whether the index lets people have that version.
Check decide_not_withdrawn(const ReleaseStanding& standing);

}  // namespace packhouse::client
