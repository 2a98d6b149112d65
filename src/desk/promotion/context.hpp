#pragma once

#include <optional>
#include <string>

#include "client/legacy_uploader.hpp"
#include "client/session_uploader.hpp"
#include "desk/settings.hpp"
#include "desk/staging_memory.hpp"
#include "journal/plan.hpp"
#include "source/release_source.hpp"

namespace packhouse::desk {

/// What the document of --json says beside the checks. The steps fill it in, also those that are refused.
struct PromotionReport {
  std::optional<journal::Plan> plan = std::nullopt;
  bool staged = false;  ///< the smoke check came before exposure
  Path smoke_log = {};  ///< empty: no smoke check was completed
};

/// What the steps of a promotion share. Everything outlives the steps.
struct PromotionContext {
  source::ReleaseSource& source;
  const DeskSettings& settings;
  const ReleaseRequest& request;
  DeskTools& tools;
  PromotionReport& report;

  const source::Policy& policy() const { return settings.source.policy; }
  const ProjectName& project() const { return policy().project; }
  const Version& version() const { return request.version; }
  ReleaseName release() const { return {project(), version()}; }
  std::string release_name() const { return project().str() + " " + version().str(); }

  /// This machine has staged on this index.
  bool knows_staging() const { return has_staged(tools.disk, request.state, settings.upload.url); }

  client::LegacyUploader uploader() const { return uploader(tools.index); }
  client::LegacyUploader uploader(client::IndexClient& index) const {
    return {index, tools.clock, tools.console, settings.index_wait, settings.max_file_bytes};
  }
  client::SessionUploader session_uploader() const { return {tools.sessions, tools.clock, tools.console}; }
  smoke::SmokeTools smoke_tools() const {
    return {tools.processes, tools.disk, tools.console, tools.redactor, tools.search_path, tools.network};
  }
};

}  // namespace packhouse::desk
