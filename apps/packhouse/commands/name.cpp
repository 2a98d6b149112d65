// packhouse name: names that belong to this server before a project has them.
#include <fmt/format.h>

#include <memory>
#include <string>

#include "base/reason.hpp"
#include "commands/commands.hpp"
#include "pep/project_name.hpp"
#include "sys/clock.hpp"
#include "wiring/data_folder.hpp"

namespace packhouse::app {
namespace {

struct NameOptions {
  std::string data = "packhouse-data";
  std::string name;
  bool prefix = false;
  std::string reason;
};

LedgerNote note_of(std::string_view action, const ReservedName& name) {
  return {.actor = console_actor(),
          .action = std::string(action),
          .subject = "name/" + name.pattern(),
          .reason = name.reason,
          .detail = {}};
}

Result<ReservedName> asked_name(const NameOptions& options) {
  TRY(const auto name, ProjectName::parse(options.name));
  TRY(auto reason, parse_reason(options.reason, "say why: the ledger keeps it"));
  return ReservedName{
      .name = name.str(), .prefix = options.prefix, .reason = std::move(reason), .made = SystemClock().now()};
}

Status reserve(const NameOptions& options) {
  TRY(const auto name, asked_name(options));
  TRY(const auto data, DataFolder::open(options.data, Sharing::beside, Opening::as_it_is));
  TRY(const auto fresh, data.store->upstreams().reserve(name, note_of("name.reserve", name)));
  fmt::print("{} {}\n", fresh ? "reserved" : "was reserved already:", name.pattern());
  return success();
}

Status lift(const NameOptions& options) {
  TRY(const auto name, asked_name(options));
  TRY(const auto data, DataFolder::open(options.data, Sharing::beside, Opening::as_it_is));
  CHECK_OK(data.store->upstreams().lift(name.name, name.prefix, note_of("name.lift", name), name.made));
  fmt::print("lifted the reservation of {}\n", name.pattern());
  return success();
}

Status list(const NameOptions& options) {
  TRY(const auto data, DataFolder::open(options.data, Sharing::beside, Opening::as_it_is));
  TRY(const auto names, data.store->upstreams().reserved());
  for (const auto& name : names)
    fmt::print("{:<24}  {}  {}\n", name.pattern(), to_iso8601(name.made), name.reason);
  return success();
}

void add_change(Command group, const char* word, const char* about, Status (*run)(const NameOptions&)) {
  const auto options = std::make_shared<NameOptions>();  // shared by the parser and the action
  const auto command = group.command(word, about, options, run);
  command.text("name", options->name, "The name").placeholder("NAME").required();
  command.flag("--prefix", options->prefix, "And every name that begins with it and a dash");
  command.text("--reason", options->reason, "Why; kept in the ledger").required();
  command.text("--data", options->data, "Folder of the index [packhouse-data]");
}

}  // namespace

void register_name(Command root) {
  const auto group = root.group("name", "Reserve names, which are then never asked of an upstream");
  add_change(group, "reserve", "Reserve a name or a prefix for this server.", reserve);
  add_change(group, "lift", "Lift a reservation.", lift);
  const auto options = std::make_shared<NameOptions>();  // shared by the parser and the action
  group.command("list", "Print what is reserved, when and why", options, list)
      .text("--data", options->data, "Folder of the index [packhouse-data]");
}

}  // namespace packhouse::app
