#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/digest.hpp"
#include "base/json.hpp"
#include "base/result.hpp"

namespace packhouse {

/// What a check saw, kept as canonical JSON (sorted keys, no blanks), so that its digest names it.
struct Evidence {
  std::string name;                        ///< "run", "artifact", "index-page", …: what checks refer to
  std::string canonical;                   ///< never holds a secret
  std::vector<std::string> requests = {};  ///< the peer's request ids, for its support

  Evidence() = default;
  Evidence(std::string_view evidence_name, const json::Value& document)
      : name(evidence_name), canonical(json::canonical(document)) {}
  Sha256 digest() const { return Sha256::of(canonical); }
};

/// A fact that a peer should have stated. Absent or of the wrong type it is an Error that says which, and
/// every check on it refuses: nothing is assumed of what was not said.
template <typename T>
struct Field : Result<T> {
  Field() : Result<T>(Error{Errc::invalid_input, "nothing"}) {}
  Field(T value) : Result<T>(std::move(value)) {}
  Field(Result<T> result) : Result<T>(std::move(result)) {}
  Field(Error error) : Result<T>(std::move(error)) {}
};

}  // namespace packhouse
