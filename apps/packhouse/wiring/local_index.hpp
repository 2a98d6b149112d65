#pragma once

#include <memory>
#include <string_view>

#include "index/context.hpp"
#include "wiring/data_folder.hpp"

namespace packhouse::app {

/// One index of a data folder, for a command that may run beside the server, which notices the changes. Its
/// policy is that of the server's configuration at its last start.
class LocalIndex final : private index::ChangeListener {
 public:
  /// not_found when the folder has no database or no index of that name.
  static Result<std::unique_ptr<LocalIndex>> open(const Path& folder, std::string_view index);

  const index::Context& context() const noexcept { return context_; }

 private:
  LocalIndex(DataFolder data, std::string_view index, IndexPolicy rules, dist::Policy policy);
  void project_changed(std::string_view /*project*/) override {}

  DataFolder data_;
  SystemClock clock_;
  const dist::Policy policy_;
  const index::Context context_;
};

}  // namespace packhouse::app
