// packhouse name: names that belong to this server before a project has them.
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>

#include "api/name_routes.hpp"
#include "commands/accounts.hpp"
#include "commands/commands.hpp"
#include "index/reserved_names.hpp"
#include "sys/clock.hpp"
#include "wiring/data_folder.hpp"
#include "wiring/remote_index.hpp"

namespace packhouse::app {
namespace {

constexpr std::string_view names_path = "api/v1/names";

struct NameOptions {
  std::string data = "packhouse-data";
  std::optional<std::string> url;
  std::string name;
  bool prefix = false;
  std::string reason;
};

Result<ReservedName> asked_name(const NameOptions& options) {
  return index::parse_reservation(options.name, options.prefix, options.reason, SystemClock().now());
}

Result<bool> reserve_there(const NameOptions& options, const ReservedName& name) {
  TRY(auto remote, RemoteIndex::open(*options.url));
  TRY(const auto answer,
      remote.admin.call(http::Method::post, names_path,
                        {{"name", name.name}, {"prefix", name.prefix}, {"reason", name.reason}}));
  return json::get_bool(answer, "new");
}

Result<bool> reserve_here(const NameOptions& options, const ReservedName& name) {
  TRY(const auto data, DataFolder::open(options.data, Sharing::beside, Opening::as_it_is));
  return index::reserve(*data.store, name, console_actor());
}

Status reserve(const NameOptions& options) {
  TRY(const auto name, asked_name(options));
  TRY(const auto fresh, options.url ? reserve_there(options, name) : reserve_here(options, name));
  fmt::print("{} {}\n", fresh ? "reserved" : "was reserved already:", name.pattern());
  return success();
}

Status lift_here(const NameOptions& options, const ReservedName& name) {
  TRY(const auto data, DataFolder::open(options.data, Sharing::beside, Opening::as_it_is));
  return index::lift(*data.store, name, console_actor());
}

Status lift_there(const NameOptions& options, const ReservedName& name) {
  TRY(auto remote, RemoteIndex::open(*options.url));
  return without_value(remote.admin.call(http::Method::del, fmt::format("{}/{}", names_path, name.name),
                                         {{"prefix", name.prefix}, {"reason", name.reason}}));
}

Status lift(const NameOptions& options) {
  TRY(const auto name, asked_name(options));
  CHECK_OK(options.url ? lift_there(options, name) : lift_here(options, name));
  fmt::print("lifted the reservation of {}\n", name.pattern());
  return success();
}

/// As the API has them, so that both ways show the same.
Result<json::Array> names_here(const NameOptions& options) {
  TRY(const auto data, DataFolder::open(options.data, Sharing::beside, Opening::as_it_is));
  TRY(const auto names, data.store->upstreams().reserved());
  json::Array listed;
  for (const auto& name : names)
    listed.emplace_back(api::to_json(name));
  return listed;
}

Result<json::Array> names_there(const NameOptions& options) {
  TRY(auto remote, RemoteIndex::open(*options.url));
  TRY(const auto answer, remote.admin.call(http::Method::get, names_path));
  return json::get_array(answer, "names");
}

Status list(const NameOptions& options) {
  TRY(const auto names, options.url ? names_there(options) : names_here(options));
  for (const auto& each : names) {
    if (!each.is_object()) return Error{Errc::unavailable, "expected objects at names", {}};
    const auto& name = each.get_object();
    TRY(const auto text, json::get_string(name, "name"));
    TRY(const auto prefix, json::get_bool(name, "prefix"));
    TRY(const auto made, json::get_string(name, "made"));
    TRY(const auto reason, json::get_string(name, "reason"));
    fmt::print("{:<24}  {}  {}\n", prefix ? text + "-*" : text, made, reason);
  }
  return success();
}

void add_change(Command group, const char* word, const char* about, Status (*run)(const NameOptions&)) {
  const auto options = std::make_shared<NameOptions>();  // shared by the parser and the action
  const auto command = group.command(word, about, options, run);
  command.text("name", options->name, "The name").placeholder("NAME").required();
  command.flag("--prefix", options->prefix, "And every name that begins with it and a dash");
  command.text("--reason", options->reason, "Why; kept in the ledger").required();
  add_data_or_url(command, options->data, options->url);
}

}  // namespace

void register_name(Command root) {
  const auto group = root.group("name", "Reserve names, which are then never asked of an upstream");
  add_change(group, "reserve", "Reserve a name or a prefix for this server", reserve);
  add_change(group, "lift", "Lift a reservation", lift);
  const auto options = std::make_shared<NameOptions>();  // shared by the parser and the action
  add_data_or_url(group.command("list", "Print what is reserved, when and why", options, list), options->data,
                  options->url);
}

}  // namespace packhouse::app
