#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

#include "evidence/check.hpp"

namespace packhouse::desk {

/// A refusal by authentication where the error is of a credential.
inline RefusalKind refusal_of(Errc code) {
  const bool credential = code == Errc::unauthenticated || code == Errc::forbidden;
  return credential ? RefusalKind::authentication : RefusalKind::missing;
}

/// Passed if the answer is no error; what it holds does not matter.
template <typename Answer>
Check require_answer(std::string_view id, std::string expected, const Result<Answer>& answer,
                     std::string found, std::string_view hint) {
  CheckBuilder exam;
  if (answer.ok()) {
    exam.require(id, true, std::move(expected), std::move(found), hint);
  } else {
    const Error& error = answer.error();
    const std::string both = error.hint.empty() ? std::string(hint) : fmt::format("{}; {}", error.hint, hint);
    exam.require(id, false, std::move(expected), error.message, both, refusal_of(error.code));
  }
  return exam.take().front();
}

}  // namespace packhouse::desk
