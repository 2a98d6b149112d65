#pragma once

#include <cstdint>
#include <string>

#include "base/digest.hpp"
#include "base/json.hpp"
#include "base/time.hpp"

namespace packhouse {

/// The cause of a change.
struct Actor {
  std::string kind;  ///< "token", "user", "console" (the command line on the data directory), "system"
  std::string id;    ///< the token's number, the user's name, the operating system's user, …; never a secret
  std::string address;  ///< of the peer; empty on the console
};

/// Recorded with a change, in the same transaction.
struct LedgerNote {
  Actor actor;
  std::string action;   ///< "file.upload", "file.delete", "token.create", …
  std::string subject;  ///< "main/demo/1.0/demo-1.0-py3-none-any.whl"
  std::string reason;   ///< why, in the actor's words; may be empty
  json::Object detail;  ///< before and after, digests, sizes
};

/// One link of the append-only chain: hash = SHA-256 of the canonical JSON of every other field,
/// `previous` among them. The first entry's `previous` is 64 zeros.
struct LedgerEntry {
  std::int64_t sequence = 0;  ///< 1, 2, 3, … without a gap
  Timestamp time;
  LedgerNote note;
  std::string previous;
  std::string hash;
};

}  // namespace packhouse
