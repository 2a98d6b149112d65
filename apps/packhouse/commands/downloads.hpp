#pragma once

#include <map>
#include <string>
#include <vector>

#include "model/download_tally.hpp"
#include "store/access_store.hpp"

namespace packhouse::app {

/// Names of callers as a person knows them.
class CallerNames {
 public:
  static Result<CallerNames> read(AccessStore& store);

  /// "token 7 (ci of demo)", "user ada", "anonymous"
  std::string name_of(const Actor& actor) const;

 private:
  std::map<std::string, std::string> labels_;  // of tokens, by number
};

/// A line for each: who, from where, how often and when.
void print_callers(const std::vector<DownloadTally>& downloads, const CallerNames& names);

}  // namespace packhouse::app
