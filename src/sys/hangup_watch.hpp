#pragma once

namespace packhouse {

/// While it lives, SIGHUP does not end the process but is noted. One at a time in a process; a SIGHUP that
/// was ignored before (as by nohup) is noted as well.
class HangupWatch {
 public:
  HangupWatch();
  ~HangupWatch();
  HangupWatch(const HangupWatch&) = delete;
  HangupWatch& operator=(const HangupWatch&) = delete;

  /// Whether one came since the last call.
  bool take() const noexcept;
};

}  // namespace packhouse
