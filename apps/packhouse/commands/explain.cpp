#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "commands/commands.hpp"
#include "config/server_configuration.hpp"
#include "sys/clock.hpp"
#include "sys/file_system.hpp"
#include "upstream/explain.hpp"
#include "wiring/data_folder.hpp"
#include "wiring/upstream_access.hpp"

namespace packhouse::app {
namespace {

struct ExplainOptions {
  std::string data = "packhouse-data";
  std::string index{main_index};
  std::optional<std::string> config;
  std::string name;
  std::string version;  ///< empty: all
};

/// What the configuration says of names and upstreams.
struct ConfiguredRules {
  upstream::NameSet reserved = {};
  std::optional<std::vector<upstream::NamedPolicy>> policies = {};  ///< unset: there is no configuration
};

Result<ConfiguredRules> configured_rules(const ExplainOptions& options) {
  ConfiguredRules rules;
  if (!options.config) return rules;
  TRY(const auto configuration, read_configuration(*options.config));
  TRY(rules.reserved,
      upstream::NameSet::parse(configuration.reserved_names, configuration.reserved_prefixes));
  const auto other = configuration.others.find(options.index);
  const auto& index = other == configuration.others.end() ? configuration.main : other->second;
  const auto disk = make_posix_file_system();
  TRY(rules.policies, policies_of(index.upstreams, *disk));
  return rules;
}

void print_upstreams(const upstream::Explanation& explanation) {
  for (const auto& each : explanation.upstreams) {
    if (each.refusal.empty()) fmt::print("{} is asked for it\n", each.upstream);
    if (!each.refusal.empty()) fmt::print("{} is not asked for it: {}\n", each.upstream, each.refusal);
  }
}

void print(const ExplainOptions& options, const ProjectName& name, const upstream::Explanation& explanation) {
  fmt::print("{}: {}, since {}\n", name.str(),
             explanation.upstream ? "asked of the upstreams" : "from this server alone", explanation.origin);
  if (explanation.upstream && !options.config)
    fmt::print("the policies of the upstreams are not known: give --config\n");
  print_upstreams(explanation);
  if (explanation.page.empty()) {
    fmt::print("no page of it is stored in the index {}\n", options.index);
  } else {
    fmt::print("{}\n", explanation.page);
  }
  for (const auto& file : explanation.files)
    fmt::print("  {} {}: {}\n", file.offered ? "+" : "-", file.filename, file.reason);
}

Status explain(const ExplainOptions& options) {
  TRY(auto name, ProjectName::parse(options.name));
  upstream::ExplainRequest request{.index = options.index, .name = std::move(name)};
  if (!options.version.empty()) {
    TRY(request.version, Version::parse(options.version));
  }
  TRY(auto rules, configured_rules(options));
  request.policies = std::move(rules.policies);
  TRY(const auto data, DataFolder::open(options.data, Sharing::beside, Opening::as_it_is));
  TRY(const auto explanation, upstream::explain(*data.store, rules.reserved, request, SystemClock().now()));
  print(options, request.name, explanation);
  return success();
}

}  // namespace

void register_explain(Command root) {
  const auto options = std::make_shared<ExplainOptions>();  // shared by the parser and the action
  const auto command = root.command(
      "explain", "Say where a name's files come from, and why each is offered or not", options, explain);
  command.text("name", options->name, "The project").placeholder("NAME").required();
  command.text("version", options->version, "One version of it").placeholder("VERSION");
  command.text("--data", options->data, "Folder of the index [packhouse-data]");
  command.text("--index", options->index, "Which index [main]");
  command.text("--config", options->config,
               "The server's configuration: its reserved names and upstreams count");
}

}  // namespace packhouse::app
