#pragma once

#include <spdlog/fwd.h>

#include <set>
#include <string>
#include <vector>

#include "model/quotas.hpp"
#include "store/usage_store.hpp"

namespace packhouse::app {

/// Warns in the log before a limit refuses uploads: once for each limit of an index or a project of which
/// four fifths are used, and again after it was below that. Used on one thread.
class LimitWatch {
 public:
  struct Watched {
    std::string index;
    Quotas quotas;
  };

  /// Both outlive it.
  LimitWatch(UsageStore& usage, spdlog::logger& log) : usage_(usage), log_(log) {}

  void look(const std::vector<Watched>& indexes);

 private:
  UsageStore& usage_;
  spdlog::logger& log_;
  std::set<std::string> told_;
};

}  // namespace packhouse::app
