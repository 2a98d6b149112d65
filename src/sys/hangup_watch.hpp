#pragma once

namespace packhouse {

/// During its lifetime SIGHUP does not end the process but is recorded. One at a time in a process; a SIGHUP
/// that was ignored before (as by nohup) is recorded as well.
class HangupWatch {
 public:
  HangupWatch();
  ~HangupWatch();
  HangupWatch(const HangupWatch&) = delete;
  HangupWatch& operator=(const HangupWatch&) = delete;

  /// Whether a SIGHUP came since the last call.
  bool take() const noexcept;
};

}  // namespace packhouse
