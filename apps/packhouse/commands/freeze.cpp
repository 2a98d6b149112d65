// packhouse freeze: addresses that show an index as it was at a moment.
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/reason.hpp"
#include "commands/commands.hpp"
#include "config/server_configuration.hpp"
#include "sys/clock.hpp"
#include "sys/file_system.hpp"
#include "upstream/freeze.hpp"
#include "wiring/data_folder.hpp"
#include "wiring/upstream_access.hpp"

namespace packhouse::app {
namespace {

struct FreezeOptions {
  std::string data = "packhouse-data";
  std::string index{main_index};
  std::optional<std::string> config;
  std::optional<std::string> reason;
  std::optional<std::int64_t> remove;
  bool list = false;
};

std::string address_of(const FreezeOptions& options, std::int64_t serial) {
  return fmt::format("/{}/at/{}/simple/", options.index, serial);
}

std::string shown(const FreezeOptions& options, const Freeze& freeze) {
  return fmt::format("{}  {}  {} projects, {} files{}{}", address_of(options, freeze.serial),
                     to_iso8601(freeze.made), freeze.projects, freeze.files,
                     freeze.reason.empty() ? "" : "  ", freeze.reason);
}

Result<std::string> asked_reason(const FreezeOptions& options) {
  if (!options.reason && !options.remove) return std::string{};
  return parse_reason(options.reason.value_or(""), "say why with --reason: the ledger keeps it");
}

/// What the configuration says of names, and of the index's upstreams.
Result<upstream::NameSet> read_rules(const FreezeOptions& options, upstream::FreezeRequest& request) {
  if (!options.config) return upstream::NameSet{};
  TRY(const auto configuration, read_configuration(*options.config));
  const auto other = configuration.others.find(options.index);
  const auto& index = other == configuration.others.end() ? configuration.main : other->second;
  const auto disk = make_posix_file_system();
  TRY(request.policies, policies_of(index.upstreams, *disk));
  return upstream::NameSet::parse(configuration.reserved_names, configuration.reserved_prefixes);
}

Status freeze(const DataFolder& data, const FreezeOptions& options) {
  TRY(auto reason, asked_reason(options));
  upstream::FreezeRequest request{
      .index = options.index, .reason = std::move(reason), .actor = console_actor()};
  TRY(const auto reserved, read_rules(options, request));
  TRY(const auto made, upstream::freeze_index(*data.store, reserved, request, SystemClock().now()));
  fmt::print("{}\n", shown(options, made));
  return success();
}

Status remove(const DataFolder& data, const FreezeOptions& options) {
  TRY(const auto reason, asked_reason(options));
  const LedgerNote note{.actor = console_actor(),
                        .action = "index.thaw",
                        .subject = fmt::format("{}/at/{}", options.index, *options.remove),
                        .reason = reason,
                        .detail = {}};
  CHECK_OK(data.store->freezes().remove(options.index, *options.remove, note, SystemClock().now()));
  fmt::print("removed {}; `packhouse gc` removes the bytes that nothing else needs\n",
             address_of(options, *options.remove));
  return success();
}

Status list(const DataFolder& data, const FreezeOptions& options) {
  TRY(const auto freezes, data.store->freezes().list(options.index));
  for (const auto& each : freezes)
    fmt::print("{}\n", shown(options, each));
  return success();
}

Status run_freeze(const FreezeOptions& options) {
  if (options.list && options.remove)
    return Error{Errc::invalid_input, "expected at most one of --list and --remove", {}};
  TRY(const auto data, DataFolder::open(options.data, Sharing::beside, Opening::as_it_is));
  if (options.list) return list(data, options);
  return options.remove ? remove(data, options) : freeze(data, options);
}

}  // namespace

void register_freeze(Command root) {
  const auto options = std::make_shared<FreezeOptions>();  // shared by the parser and the action
  const auto command =
      root.command("freeze", "Make an address that shows an index as it is now, whatever comes later",
                   options, run_freeze);
  command.text("index", options->index, "Its name").placeholder("INDEX").show_default();
  command.text("--reason", options->reason, "Why; kept in the ledger, and required with --remove");
  command.flag("--list", options->list, "Print the freezes of the index, the last first");
  command.number("--remove", options->remove, "Remove the freeze with that serial").placeholder("SERIAL");
  command.text("--config", options->config,
               "The server's configuration: its reserved names and upstreams count");
  add_data(command, options->data);
}

}  // namespace packhouse::app
