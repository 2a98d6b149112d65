#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>

#include "api/session_admin_routes.hpp"
#include "base/text.hpp"
#include "commands/accounts.hpp"
#include "commands/commands.hpp"
#include "index/sessions.hpp"
#include "wiring/local_index.hpp"
#include "wiring/remote_index.hpp"

namespace packhouse::app {
namespace {

struct SessionOptions {
  std::string data = "packhouse-data";
  std::optional<std::string> url;
  std::string index{main_index};
  std::int64_t number = 0;
  std::string reason;
  bool json = false;
};

Result<json::Array> list_here(const SessionOptions& options) {
  TRY(const auto local, LocalIndex::open(options.data, options.index));
  TRY(const auto open, index::Sessions(local->context(), {}).list());
  json::Array list;
  for (const auto& listed : open)
    list.emplace_back(api::to_json(listed, options.index));
  return list;
}

Result<json::Array> list_there(const SessionOptions& options) {
  TRY(auto remote, RemoteIndex::open(*options.url, options.index));
  TRY(const auto answer, remote.admin.call(http::Method::get, "api/v1/sessions"));
  return json::get_array(answer, "sessions");
}

Status cancel_here(const SessionOptions& options) {
  TRY(const auto local, LocalIndex::open(options.data, options.index));
  const index::Sessions sessions{local->context(), {}};
  TRY(const auto session, sessions.find(options.number));
  return without_value(sessions.end(session, console_actor(), options.reason));
}

Status cancel_there(const SessionOptions& options) {
  TRY(auto remote, RemoteIndex::open(*options.url, options.index));
  json::Object body;
  if (!options.reason.empty()) body["reason"] = options.reason;
  const auto path = fmt::format("api/v1/sessions/{}", options.number);
  return without_value(remote.admin.call(http::Method::del, path, body));
}

std::string text_at(const json::Object& object, std::string_view key) {
  return json::get_string(object, key).value_or("");
}

std::int64_t number_at(const json::Object& object, std::string_view key) {
  return json::get_int(object, key).value_or(0);
}

void print_table(const json::Array& sessions) {
  constexpr std::string_view line = "{:>5}  {:<30}  {:<16}  {:<16}  {:>5}  {:>10}  {}\n";
  fmt::print(line, "ID", "PROJECT", "VERSION", "OWNER", "FILES", "BYTES", "EXPIRES");
  for (const auto& value : sessions) {
    if (!value.is_object()) continue;
    const auto& session = value.get_object();
    const auto owner = json::get_object(session, "owner").value_or(json::Object{});
    const auto bytes = static_cast<std::uint64_t>(number_at(session, "bytes"));
    fmt::print(line, number_at(session, "id"), text_at(session, "project"), text_at(session, "version"),
               fmt::format("{} {}", text_at(owner, "kind"), text_at(owner, "id")),
               number_at(session, "files"), human_size(bytes), text_at(session, "expires").substr(0, 16));
  }
}

Status list(const SessionOptions& options) {
  TRY(const auto sessions, options.url ? list_there(options) : list_here(options));
  if (options.json) {
    fmt::print("{}\n", json::dump_pretty(json::Object{{"sessions", sessions}}));
  } else {
    print_table(sessions);
  }
  return success();
}

Status cancel(const SessionOptions& options) {
  CHECK_OK(options.url ? cancel_there(options) : cancel_here(options));
  fmt::print(stderr, "session {} is canceled\n", options.number);
  return success();
}

}  // namespace

void register_session(Command root) {
  const auto options = std::make_shared<SessionOptions>();  // shared by the parser and the actions
  const auto group = root.group("session", "List and cancel open publishing sessions");
  const auto add = [&](const char* name, const char* about, Status (*run)(const SessionOptions&)) {
    const auto command = group.command(name, about, options, run);
    add_data_or_url(command, options->data, options->url);
    command.text("--index", options->index, "Its name").show_default();
    return command;
  };
  add("list", "List the open sessions, never their tokens.", list)
      .flag("--json", options->json, "For programs");
  const auto end = add("cancel", "End a session; the name that it reserves is free.", cancel);
  end.number("number", options->number, "Its number").required();
  end.text("--reason", options->reason, "Kept in the ledger");
}

}  // namespace packhouse::app
