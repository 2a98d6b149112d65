#include "release/trial.hpp"

namespace packhouse::release {

Trial::Trial(const SmokeTools& tools, Run run) : held_(tools.output) {
  const SmokeTools own{tools.processes,   tools.disk,    held_.output(),   tools.redactor,
                       tools.search_path, tools.network, stop_.get_token()};
  result_ = std::async(std::launch::async, [own, run = std::move(run)] { return run(own); });
}

Result<SmokeResult> Trial::get() {
  held_.show();
  return result_.get();
}

}  // namespace packhouse::release
