#include "smoke/background_check.hpp"

namespace packhouse::smoke {

BackgroundSmokeCheck::BackgroundSmokeCheck(const SmokeTools& tools, Run run) : held_(tools.console) {
  const SmokeTools own{tools.processes,   tools.disk,    held_.console(),  tools.redactor,
                       tools.search_path, tools.network, stop_.get_token()};
  result_ = std::async(std::launch::async, [own, run = std::move(run)] { return run(own); });
}

Result<SmokeResult> BackgroundSmokeCheck::get() {
  held_.show();
  return result_.get();
}

}  // namespace packhouse::smoke
