#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/admin_routes.hpp"
#include "api/user_routes.hpp"
#include "base/text.hpp"
#include "commands/accounts.hpp"
#include "commands/commands.hpp"
#include "index/token_service.hpp"
#include "index/user_service.hpp"
#include "wiring/data_folder.hpp"
#include "wiring/password_prompt.hpp"
#include "wiring/remote_index.hpp"

namespace packhouse::app {
namespace {

struct UserOptions {
  std::string data = "packhouse-data";
  std::optional<std::string> url;
  std::string name;
  std::string allow = "read";
  std::string reason;
  std::string project;
  std::string index{main_index};
  std::string role;
  bool without_password = false;
  bool revoke_tokens = false;
  bool json = false;
};

/// What the commands do, on the data folder or over HTTP. Users are passed as JSON, as the admin API has
/// them.
class UserAdmin {
 public:
  virtual ~UserAdmin() = default;
  virtual Result<json::Object> create(const UserOptions& options, const Secret& password) = 0;
  virtual Result<json::Array> list() = 0;
  virtual Status disable(const UserOptions& options, bool disabled) = 0;
  virtual Status set_password(const UserOptions& options, const Secret& password) = 0;
  /// "none" takes the role away.
  virtual Status set_role(const UserOptions& options) = 0;
  virtual Result<json::Array> tokens() = 0;
  virtual Status revoke_token(std::int64_t id, const UserOptions& options) = 0;
};

class LocalUserAdmin final : public UserAdmin {
 public:
  explicit LocalUserAdmin(DataFolder data) : data_(std::move(data)) {}

  Result<json::Object> create(const UserOptions& options, const Secret& password) override {
    TRY(const auto request, index::UserRequest::parse(options.name, options.allow, password));
    TRY(const auto user, users_.create(request, console_actor()));
    return api::to_json(user);
  }

  Result<json::Array> list() override {
    TRY(const auto users, users_.list());
    json::Array list;
    for (const auto& user : users)
      list.emplace_back(api::to_json(user));
    return list;
  }

  Status disable(const UserOptions& options, bool disabled) override {
    return without_value(users_.disable(options.name, disabled, options.reason, console_actor()));
  }

  Status set_password(const UserOptions& options, const Secret& password) override {
    return without_value(users_.set_password(options.name, password, console_actor()));
  }

  Status set_role(const UserOptions& options) override {
    std::optional<Role> role;
    if (options.role != "none") {
      TRY(role, parse_role(options.role));
    }
    return without_value(
        users_.set_role(options.index, options.project, options.name, role, console_actor()));
  }

  Result<json::Array> tokens() override {
    TRY(const auto tokens, tokens_.list());
    json::Array list;
    for (const auto& token : tokens)
      list.emplace_back(api::to_json(token));
    return list;
  }

  Status revoke_token(std::int64_t id, const UserOptions& options) override {
    return tokens_.revoke(id, options.reason, console_actor());
  }

 private:
  DataFolder data_;
  SystemClock clock_;
  auth::Authenticator unused_;  // commands authenticate no request
  index::UserService users_{data_.store->access(), clock_, unused_};
  index::TokenService tokens_{data_.store->access(), clock_, unused_};
};

class RemoteUserAdmin final : public UserAdmin {
 public:
  explicit RemoteUserAdmin(RemoteIndex remote) : remote_(std::move(remote)) {}

  Result<json::Object> create(const UserOptions& options, const Secret& password) override {
    json::Array permissions;
    for (const auto name : split(options.allow, ','))
      if (!trim(name).empty()) permissions.emplace_back(trim(name));
    json::Object body{{"name", options.name}, {"permissions", std::move(permissions)}};
    if (!password.empty()) body["password"] = password.reveal();
    return remote_.admin.call(http::Method::post, "api/v1/users", body);
  }

  Result<json::Array> list() override {
    TRY(const auto answer, remote_.admin.call(http::Method::get, "api/v1/users"));
    return json::get_array(answer, "users");
  }

  Status disable(const UserOptions& options, bool disabled) override {
    return change(options, {{"disabled", disabled}, {"reason", options.reason}});
  }

  Status set_password(const UserOptions& options, const Secret& password) override {
    return change(options, {{"password", password.reveal()}});
  }

  Status set_role(const UserOptions& options) override {
    const auto path =
        fmt::format("{}/roles/{}", client::project_path(options.project), percent_encode(options.name));
    if (options.role == "none") return without_value(remote_.admin.call(http::Method::del, path));
    return without_value(remote_.admin.call(http::Method::put, path, {{"role", options.role}}));
  }

  Result<json::Array> tokens() override {
    TRY(const auto answer, remote_.admin.call(http::Method::get, "api/v1/tokens"));
    return json::get_array(answer, "tokens");
  }

  Status revoke_token(std::int64_t id, const UserOptions& options) override {
    const auto path = fmt::format("api/v1/tokens/{}", id);
    return without_value(remote_.admin.call(http::Method::del, path, {{"reason", options.reason}}));
  }

 private:
  Status change(const UserOptions& options, const json::Object& body) {
    const auto path = fmt::format("api/v1/users/{}", percent_encode(options.name));
    return without_value(remote_.admin.call(http::Method::patch, path, body));
  }

  RemoteIndex remote_;
};

Result<std::unique_ptr<UserAdmin>> open_admin(const UserOptions& options) {
  if (options.url) {
    TRY(auto remote, RemoteIndex::open(*options.url, options.index));
    return std::make_unique<RemoteUserAdmin>(std::move(remote));
  }
  TRY(auto data, DataFolder::open(options.data, Sharing::beside, Opening::as_it_is));
  return std::make_unique<LocalUserAdmin>(std::move(data));
}

Status create(const UserOptions& options) {
  TRY(const auto admin, open_admin(options));
  Secret password;
  if (!options.without_password) {
    TRY(password, read_new_password());
  }
  CHECK_OK(without_value(admin->create(options, password)));
  fmt::print(stderr, "made the user {}\n", options.name);
  return success();
}

void print_table(const json::Array& users) {
  constexpr std::string_view line = "{:<24}  {:<30}  {:<8}  {}\n";
  fmt::print(line, "NAME", "MAY", "STATE", "PASSWORD");
  for (const auto& value : users) {
    if (!value.is_object()) continue;
    const auto& user = value.get_object();
    const auto name = json::get_string(user, "name");
    const auto has_password = json::get_bool(user, "has_password");
    fmt::print(line, name.ok() ? *name : "", permissions_of(user, "-"),
               json::get_string(user, "disabled").ok() ? "disabled" : "live",
               has_password.ok() && *has_password ? "yes" : "none");
  }
}

Status list(const UserOptions& options) {
  TRY(const auto admin, open_admin(options));
  TRY(const auto users, admin->list());
  if (options.json) {
    fmt::print("{}\n", json::dump_pretty(json::Object{{"users", users}}));
  } else {
    print_table(users);
  }
  return success();
}

/// The live tokens that the user made and that do not end with them: of services and of other people.
std::vector<std::int64_t> tokens_left(std::string_view user, const json::Array& tokens) {
  std::vector<std::int64_t> left;
  for (const auto& value : tokens) {
    if (!value.is_object()) continue;
    const auto& token = value.get_object();
    const auto text = [&](std::string_view key) { return json::get_string(token, key).value_or(""); };
    const auto id = json::get_int(token, "id");
    if (id.ok() && text("made_by") == user && text("user") != user && text("revoked").empty())
      left.push_back(*id);
  }
  return left;
}

Status end_tokens_left(UserAdmin& admin, const UserOptions& options) {
  TRY(const auto tokens, admin.tokens());
  const auto left = tokens_left(options.name, tokens);
  if (left.empty()) return success();
  if (!options.revoke_tokens) {
    fmt::print(stderr,
               "{} tokens that {} made for services or other people stay valid: {}\n"
               "revoke them with `packhouse token revoke`, or all with --revoke-tokens\n",
               left.size(), options.name, fmt::join(left, ", "));
    return success();
  }
  for (const auto id : left)
    CHECK_OK(admin.revoke_token(id, options));
  fmt::print(stderr, "{} tokens that they made for services or other people are revoked: {}\n", left.size(),
             fmt::join(left, ", "));
  return success();
}

Status disable(const UserOptions& options) {
  TRY(const auto admin, open_admin(options));
  CHECK_OK(admin->disable(options, true));
  fmt::print(stderr, "the user {} is disabled, and so are their tokens\n", options.name);
  return end_tokens_left(*admin, options);
}

Status enable(const UserOptions& options) {
  TRY(const auto admin, open_admin(options));
  CHECK_OK(admin->disable(options, false));
  fmt::print(stderr, "the user {} may come in again\n", options.name);
  return success();
}

Status password(const UserOptions& options) {
  TRY(const auto admin, open_admin(options));
  TRY(const auto typed, read_new_password());
  CHECK_OK(admin->set_password(options, typed));
  fmt::print(stderr, "the user {} has a new password\n", options.name);
  return success();
}

Status role(const UserOptions& options) {
  TRY(const auto admin, open_admin(options));
  CHECK_OK(admin->set_role(options));
  fmt::print(stderr, "the user {} has the role {} in {}\n", options.name, options.role, options.project);
  return success();
}

using Options = std::shared_ptr<UserOptions>;

Command add(Command group, const Options& options, const char* name, const char* about,
            Status (*run)(const UserOptions&)) {
  const auto command = group.command(name, about, options, run);
  add_data_or_url(command, options->data, options->url);
  return command;
}

Command add_named(Command group, const Options& options, const char* name, const char* about,
                  Status (*run)(const UserOptions&)) {
  const auto command = add(group, options, name, about, run);
  command.text("name", options->name, "The user's name").required();
  return command;
}

}  // namespace

void register_user(Command root) {
  const auto options = std::make_shared<UserOptions>();  // shared by the parser and the actions
  const auto group = root.group("user", "Make, list and disable users, and say what they may do");

  const auto make = add_named(group, options, "create",
                              "Make a user; the password is read from the terminal or from stdin.", create);
  make.text("--allow", options->allow, "In every project: read, upload, …; \"\" for nothing").show_default();
  make.flag("--no-password", options->without_password, "The user signs in with tokens only");

  const auto show = add(group, options, "list", "List the users.", list);
  show.flag("--json", options->json, "For programs");

  const auto end = add_named(group, options, "disable", "End a user's password and tokens at once.", disable);
  end.text("--reason", options->reason, "Kept in the ledger");
  end.flag("--revoke-tokens", options->revoke_tokens,
           "Revoke the tokens, too, that they made for services or other people");
  const auto again = add_named(group, options, "enable", "Undo disable.", enable);
  again.text("--reason", options->reason, "Kept in the ledger");

  add_named(group, options, "password", "Give a new password, read as by create.", password);

  const auto part = add_named(group, options, "role", "Give a user a role in a project.", role);
  part.text("--project", options->project, "The project; it need not be there yet").required();
  part.text("--role", options->role, "owner, maintainer or none").required();
  part.text("--index", options->index, "The index that the project is in").show_default();
}

}  // namespace packhouse::app
