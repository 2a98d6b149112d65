#include "sys/core_dump.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>

namespace packhouse {

// Neither call can fail for the limits of this process, and there would be no remedy here.
void forbid_core_dumps() noexcept {
  const rlimit none{.rlim_cur = 0, .rlim_max = 0};
  static_cast<void>(::setrlimit(RLIMIT_CORE, &none));
#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)
  static_cast<void>(::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0));
#endif
}

}  // namespace packhouse
