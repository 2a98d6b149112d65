#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.hpp"
#include "base/json.hpp"
#include "base/result.hpp"

namespace packhouse::release {

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
  Field(T value) : Result<T>(std::move(value)) {}            // NOLINT(google-explicit-constructor)
  Field(Result<T> result) : Result<T>(std::move(result)) {}  // NOLINT(google-explicit-constructor)
  Field(Error error) : Result<T>(std::move(error)) {}        // NOLINT(google-explicit-constructor)
};

/// What a refusal is about; it decides how the program ends.
enum class Fault : std::uint8_t {
  policy,          ///< what was found is not allowed
  missing,         ///< what is needed is not there any more
  conflict,        ///< other bytes are there under this name
  authentication,  ///< a credential is missing or was not accepted
  approval,        ///< an owner has to say yes first
  smoke,           ///< the installed package does not work
};

/// One question that was put to the evidence, and its answer.
struct Check {
  std::string id;  ///< stable: "run.event"
  bool passed = false;
  std::string expected;
  std::string found;      ///< bytes from outside are quoted
  std::string cure = {};  ///< what to do when it is refused
  Fault fault = Fault::policy;
  std::vector<std::string> evidence = {};  ///< names of what it was decided on
};
using Checks = std::vector<Check>;

bool all_passed(const Checks& checks) noexcept;
std::vector<std::string> refused_ids(const Checks& checks);
/// The fault that decides the exit code: policy before conflict before missing before the others.
Fault worst_fault(const Checks& checks) noexcept;
std::string_view to_string(Fault fault) noexcept;
json::Value to_json(const Checks& checks);

/// Puts questions to evidence, all of them and in order: a refusal does not keep the next from being asked.
class Examination {
 public:
  /// The checks that follow are decided on this evidence.
  Examination& on(std::vector<std::string> evidence);

  void equal(std::string_view id, const Field<std::string>& found, std::string_view expected,
             std::string_view cure, Fault fault = Fault::policy);
  void equal(std::string_view id, const Field<std::int64_t>& found, const Field<std::int64_t>& expected,
             std::string_view cure, Fault fault = Fault::policy);
  void that(std::string_view id, bool passed, std::string expected, std::string found, std::string_view cure,
            Fault fault = Fault::policy);

  Checks take() { return std::move(checks_); }

 private:
  std::vector<std::string> evidence_;
  Checks checks_;
};

/// The value for people: quoted text, a number, "yes", or what is wrong with the field.
std::string show(const Field<std::string>& field);
std::string show(const Field<std::int64_t>& field);

}  // namespace packhouse::release
