#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>

#include "api/admin_routes.hpp"
#include "base/text.hpp"
#include "commands/accounts.hpp"
#include "commands/commands.hpp"
#include "index/token_service.hpp"
#include "wiring/data_folder.hpp"
#include "wiring/remote_index.hpp"

namespace packhouse::app {
namespace {

struct TokenOptions {
  std::string data = "packhouse-data";
  std::optional<std::string> url;
  std::string label;
  std::string allow = "read";
  std::optional<std::string> project;
  std::optional<std::string> index;
  std::optional<std::string> user;
  std::optional<std::int64_t> expires_in_days;
  bool service = false;
  std::optional<std::string> made_by;
  std::int64_t id = 0;
  std::string reason;
  bool json = false;
};

/// What the three commands do, on the data folder or over HTTP. Tokens are passed as JSON, as the admin API
/// has them, so that both show the same.
class TokenAdmin {
 public:
  virtual ~TokenAdmin() = default;
  /// With the new token's text as "token".
  virtual Result<json::Object> create(const TokenOptions& options) = 0;
  virtual Result<json::Array> list() = 0;
  virtual Status revoke(const TokenOptions& options) = 0;
};

class LocalTokenAdmin final : public TokenAdmin {
 public:
  explicit LocalTokenAdmin(DataFolder data) : data_(std::move(data)) {}

  Result<json::Object> create(const TokenOptions& options) override {
    TRY(const auto request, index::TokenRequest::parse({.label = options.label,
                                                        .permissions = options.allow,
                                                        .project = options.project,
                                                        .index = options.index,
                                                        .user = options.user,
                                                        .service = options.service,
                                                        .expires_in_days = options.expires_in_days}));
    TRY(const auto issued, tokens_.create(request, console_actor()));
    auto object = api::to_json(issued.token);
    object["token"] = issued.secret.reveal();
    return object;
  }

  Result<json::Array> list() override {
    TRY(const auto tokens, tokens_.list());
    json::Array list;
    for (const auto& token : tokens)
      list.emplace_back(api::to_json(token));
    return list;
  }

  Status revoke(const TokenOptions& options) override {
    return tokens_.revoke(options.id, options.reason, console_actor());
  }

 private:
  DataFolder data_;
  SystemClock clock_;
  auth::Authenticator unused_;  // commands authenticate no request
  index::TokenService tokens_{data_.store->access(), clock_, unused_};
};

class RemoteTokenAdmin final : public TokenAdmin {
 public:
  explicit RemoteTokenAdmin(RemoteIndex remote) : remote_(std::move(remote)) {}

  Result<json::Object> create(const TokenOptions& options) override {
    json::Array permissions;
    for (const auto name : split(options.allow, ','))
      permissions.emplace_back(trim(name));
    json::Object body{{"label", options.label}, {"permissions", std::move(permissions)}};
    if (options.project) body["project"] = *options.project;
    if (options.index) body["index"] = *options.index;
    if (options.user) body["user"] = *options.user;
    if (options.service) body["service"] = true;
    if (options.expires_in_days) body["expires_in_days"] = *options.expires_in_days;
    return remote_.admin.call(http::Method::post, "api/v1/tokens", body);
  }

  Result<json::Array> list() override {
    TRY(const auto answer, remote_.admin.call(http::Method::get, "api/v1/tokens"));
    return json::get_array(answer, "tokens");
  }

  Status revoke(const TokenOptions& options) override {
    const auto path = fmt::format("api/v1/tokens/{}", options.id);
    return without_value(remote_.admin.call(http::Method::del, path, {{"reason", options.reason}}));
  }

 private:
  RemoteIndex remote_;
};

Result<std::unique_ptr<TokenAdmin>> open_admin(const TokenOptions& options) {
  if (options.url) {
    TRY(auto remote, RemoteIndex::open(*options.url));
    return std::make_unique<RemoteTokenAdmin>(std::move(remote));
  }
  TRY(auto data, DataFolder::open(options.data, Sharing::beside, Opening::as_it_is));
  return std::make_unique<LocalTokenAdmin>(std::move(data));
}

Status create(const TokenOptions& options) {
  TRY(const auto admin, open_admin(options));
  TRY(const auto made, admin->create(options));
  TRY(const auto id, json::get_int(made, "id"));
  TRY(const auto text, json::get_string(made, "token"));
  fmt::print(stderr, "token {} for {}; it is shown this once:\n", id, quote(options.label));
  fmt::print("{}\n", text);
  return success();
}

std::string cell(const json::Object& token, std::string_view key, std::string_view absent) {
  const auto text = json::get_string(token, key);
  return text.ok() ? *text : std::string(absent);
}

void print_table(const json::Array& tokens) {
  constexpr std::string_view line =
      "{:>5}  {:<30}  {:<20}  {:<20}  {:<10}  {:<12}  {:<12}  {:<8}  {:<16}  {}\n";
  fmt::print(line, "ID", "LABEL", "MAY", "PROJECT", "INDEX", "USER", "MADE BY", "STATE", "LAST USED",
             "EXPIRES");
  for (const auto& value : tokens) {
    if (!value.is_object()) continue;
    const auto& token = value.get_object();
    const auto id = json::get_int(token, "id");
    const bool revoked = json::get_string(token, "revoked").ok();
    fmt::print(line, id.ok() ? *id : 0, cell(token, "label", ""), permissions_of(token, ""),
               cell(token, "project", "every"), cell(token, "index", "every"), cell(token, "user", "-"),
               cell(token, "made_by", "-"), revoked ? "revoked" : "live",
               cell(token, "last_used", "never").substr(0, 16),
               cell(token, "expires", "never").substr(0, 10));
  }
}

json::Array made_by(std::string_view user, const json::Array& tokens) {
  json::Array made;
  for (const auto& token : tokens) {
    if (token.is_object() && cell(token.get_object(), "made_by", "") == user) made.push_back(token);
  }
  return made;
}

Status list(const TokenOptions& options) {
  TRY(const auto admin, open_admin(options));
  TRY(auto tokens, admin->list());
  if (options.made_by) tokens = made_by(*options.made_by, tokens);
  if (options.json) {
    fmt::print("{}\n", json::dump_pretty(json::Object{{"tokens", tokens}}));
  } else {
    print_table(tokens);
  }
  return success();
}

Status revoke(const TokenOptions& options) {
  TRY(const auto admin, open_admin(options));
  CHECK_OK(admin->revoke(options));
  fmt::print(stderr, "token {} is revoked\n", options.id);
  return success();
}

using Options = std::shared_ptr<TokenOptions>;

Command add(Command group, const Options& options, const char* name, const char* about,
            Status (*run)(const TokenOptions&)) {
  const auto command = group.command(name, about, options, run);
  add_data_or_url(command, options->data, options->url);
  return command;
}

}  // namespace

void register_token(Command root) {
  const auto options = std::make_shared<TokenOptions>();  // shared by the parser and the actions
  const auto group = root.group("token", "Make, list and revoke the tokens that let people and programs in");

  const auto make = add(group, options, "create", "Print a new token on stdout, this once.", create);
  make.text("--label", options->label, "What it is for, such as \"ci of demo\"").required();
  make.text("--allow", options->allow, "read, upload, admin, …; separated by commas").show_default();
  make.text("--project", options->project, "Only this project");
  make.text("--index", options->index, "Only this index");
  make.text("--user", options->user,
            "Whose it is: it may no more than they may, and ends with them; over --url by default its maker");
  make.flag("--service", options->service, "It is bound to no person, not to its maker either");
  make.number("--expires-days", options->expires_in_days,
              "Days after which it is worth nothing; 0: it does not expire [365]");

  const auto show = add(group, options, "list", "List the tokens, never their text.", list);
  show.text("--made-by", options->made_by, "Only those that this user made");
  show.flag("--json", options->json, "For programs");

  const auto end = add(group, options, "revoke", "End a token at once.", revoke);
  end.number("id", options->id, "Its number").required();
  end.text("--reason", options->reason, "Kept in the ledger");
}

}  // namespace packhouse::app
