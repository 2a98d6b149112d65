#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "evidence/evidence.hpp"

namespace packhouse {

/// What a refusal is about; it decides how the program ends.
enum class RefusalKind : std::uint8_t {
  policy,          ///< what was found is not allowed
  missing,         ///< what is needed is not there any more
  conflict,        ///< other bytes are there under this name
  authentication,  ///< a credential is missing or was not accepted
  approval,        ///< an owner has to say yes first
  smoke,           ///< the installed package does not work
  unavailable,     ///< the index, the network or this machine kept the question from being answered
};

/// One question that was put to the evidence, and its answer.
struct Check {
  std::string id;  ///< stable: "run.event"
  bool passed = false;
  std::string expected;
  std::string found;      ///< bytes from outside are quoted
  std::string hint = {};  ///< what to do when it is refused
  RefusalKind refusal = RefusalKind::policy;
  std::vector<std::string> evidence = {};  ///< names of what it was decided on
};
using Checks = std::vector<Check>;

bool all_passed(const Checks& checks) noexcept;
std::vector<std::string> refused_ids(const Checks& checks);
/// The refusal that decides the exit code: policy before conflict before missing before the others;
/// `unavailable` last.
RefusalKind worst_refusal(const Checks& checks) noexcept;
std::string_view to_string(RefusalKind refusal) noexcept;
json::Value to_json(const Checks& checks);

/// Puts questions to evidence, all of them and in order: a refusal does not keep the next from being asked.
class CheckBuilder {
 public:
  /// The checks that follow are decided on this evidence.
  CheckBuilder& on(std::vector<std::string> evidence);

  void equal(std::string_view id, const Field<std::string>& found, std::string_view expected,
             std::string_view hint, RefusalKind refusal = RefusalKind::policy);
  void equal(std::string_view id, const Field<std::int64_t>& found, const Field<std::int64_t>& expected,
             std::string_view hint, RefusalKind refusal = RefusalKind::policy);
  void require(std::string_view id, bool passed, std::string expected, std::string found,
               std::string_view hint, RefusalKind refusal = RefusalKind::policy);

  Checks take() { return std::move(checks_); }

 private:
  std::vector<std::string> evidence_;
  Checks checks_;
};

/// What is there in place of what was looked for: each name once and quoted, at most a few; `none` for no
/// name.
std::string list_names(const std::vector<std::string>& names, std::string_view none);

/// The value for people: quoted text, a number, "yes", or what is wrong with the field.
std::string show(const Field<std::string>& field);
std::string show(const Field<std::int64_t>& field);

}  // namespace packhouse
