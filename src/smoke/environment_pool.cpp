#include "smoke/environment_pool.hpp"

#include <utility>

#include "smoke/program_end.hpp"

namespace packhouse::smoke {

EnvironmentPool::EnvironmentPool(const SmokePolicy& policy, const SmokeTools& tools)
    : policy_(policy), tools_(tools) {
  tools_.stop = given_up_.get_token();
}

void EnvironmentPool::begin_next() {
  if (expected_.empty() || begun_.valid() || made_) return;
  begun_ = std::async(std::launch::async, [this, python = expected_.front()] {
    return make_environment(policy_, tools_, python);
  });
}

void EnvironmentPool::expect(std::string python) {
  expected_.push_back(std::move(python));
  begin_next();
}

const Result<VirtualEnvironment>& EnvironmentPool::wait() {
  begin_next();
  if (!made_) made_ = begun_.get();
  return *made_;
}

Status EnvironmentPool::look() {
  if (expected_.empty()) return success();
  const auto& fresh = wait();
  const std::string& python = expected_.front();
  if (!fresh.ok())
    return fresh.error().code == Errc::not_found ? unusable(python, fresh.error().message) : fresh.error();
  const ProcessResult& last = fresh->described ? *fresh->described : fresh->made;
  return last.succeeded() ? success() : Status(unusable(python, describe_end(last, tools_.redactor)));
}

Result<VirtualEnvironment> EnvironmentPool::take(const std::string& python) {
  if (expected_.empty() || expected_.front() != python) return make_environment(policy_, tools_, python);
  wait();
  expected_.pop_front();
  return *std::exchange(made_, std::nullopt);
}

void EnvironmentPool::discard(TemporaryFolder folder) {
  removing_ = std::async(std::launch::async, [folder = std::move(folder)]() mutable {
    const TemporaryFolder going = std::move(folder);
  });
}

}  // namespace packhouse::smoke
