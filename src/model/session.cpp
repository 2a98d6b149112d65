#include "model/session.hpp"

#include <algorithm>
#include <array>

namespace packhouse {
namespace {

constexpr std::array session_states{SessionStatus::open, SessionStatus::published, SessionStatus::canceled};
constexpr std::array staged_states{StagedStatus::pending, StagedStatus::completed, StagedStatus::error,
                                   StagedStatus::canceled};

template <typename State, std::size_t N>
Result<State> parse_state(const std::array<State, N>& states, std::string_view text) {
  for (const State state : states) {
    if (to_string(state) == text) return state;
  }
  return Error{Errc::invalid_input, "expected a state of PEP 694, found " + quote(text, 40)};
}

}  // namespace

std::string_view to_string(SessionStatus status) noexcept {
  switch (status) {
    case SessionStatus::open:
      return "open";
    case SessionStatus::published:
      return "published";
    case SessionStatus::canceled:
      return "canceled";
  }
  return "unknown";
}

Result<SessionStatus> parse_session_status(std::string_view text) {
  return parse_state(session_states, text);
}

std::string_view to_string(StagedStatus status) noexcept {
  switch (status) {
    case StagedStatus::pending:
      return "pending";
    case StagedStatus::completed:
      return "completed";
    case StagedStatus::error:
      return "error";
    case StagedStatus::canceled:
      return "canceled";
  }
  return "unknown";
}

Result<StagedStatus> parse_staged_status(std::string_view text) {
  return parse_state(staged_states, text);
}

const StagedFile* Session::find(std::string_view filename) const {
  const auto found = std::ranges::find(files, filename, &StagedFile::filename);
  return found == files.end() ? nullptr : &*found;
}

}  // namespace packhouse
