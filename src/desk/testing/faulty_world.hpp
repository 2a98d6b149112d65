#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "desk/promotion/promote.hpp"
#include "desk/testing/world.hpp"
#include "http/testing/faulty_client.hpp"
#include "http/testing/scripted_client.hpp"
#include "journal/release_state.hpp"

namespace packhouse::desk::testing {

/// The requests of a desk, by host: those for the index, and all others for the forge.
class Network final : public http::Client {
 public:
  Network(http::Client& index, http::Client& forge) : index_(index), forge_(forge) {}
  Result<http::ClientResponse> send(const http::ClientRequest& request) override;

 private:
  http::Client& index_;
  http::Client& forge_;
};

/// A case of a fault matrix: one release with a desk, a GitHub, an index and programs for it alone. Each
/// request to the GitHub and to the index passes a client that may spoil it. What a killed process leaves is
/// everything that was on the disk and on the index by then.
class FaultyWorld : protected World {
 public:
  static constexpr std::string_view version = "1.4.0";
  static const std::string wheel_name;
  static const std::string sdist_name;

  explicit FaultyWorld(Staging staging);
  FaultyWorld(const FaultyWorld&) = delete;
  FaultyWorld& operator=(const FaultyWorld&) = delete;
  virtual ~FaultyWorld() = default;

  /// One call of the command.
  PromoteOutcome run();
  /// One call, with the request of that number spoiled.
  PromoteOutcome run_spoiled(http::Fault fault, std::size_t number);

  /// The requests of the last call: "GET https://host/path".
  std::vector<std::string> requests() const { return network_.requests(); }
  /// The spoiled one; empty: the call made fewer requests.
  std::string struck() const { return network_.struck(); }

  bool is_unseen() const { return index.files.empty(); }
  /// The index has the files that were built, and no other.
  bool is_served() const { return index.files == built(); }
  /// Some files were published at a request and others were not.
  bool was_half_seen() const noexcept { return half_seen_; }
  /// The journal's entries: "preflight intent", "preflight outcome", …
  std::vector<std::string> record() { return World::record(version); }
  bool is_recorded_as_released() {
    return journal::state_of(journal(version).entries()).kind == journal::ReleaseState::Kind::released;
  }
  /// The publishing sessions: "1.4.0 published".
  std::vector<std::string> sessions() const { return index.sessions.sessions(); }

 protected:
  /// The command, with the tools of this world.
  virtual PromoteOutcome call(const DeskTools& tools) = 0;

  /// Filename to bytes.
  static const std::map<std::string, std::string>& built();

  DeskSettings settings;

 private:
  PromoteOutcome connect_and_call();

  http::ScriptedClient github_;
  Network peers_{index, github_};
  http::FaultyClient network_{peers_};
  bool half_seen_ = false;
};

}  // namespace packhouse::desk::testing
