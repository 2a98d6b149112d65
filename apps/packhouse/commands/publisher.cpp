// packhouse publisher: the CI jobs that may ask for short-lived tokens of a project.
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "commands/accounts.hpp"
#include "commands/commands.hpp"
#include "oidc/publisher_service.hpp"
#include "wiring/data_folder.hpp"
#include "wiring/remote_index.hpp"

namespace packhouse::app {
namespace {

struct PublisherOptions {
  std::string data = "packhouse-data";
  std::optional<std::string> url;
  std::string index = "main";
  std::string project;
  std::optional<std::string> github;
  std::optional<std::string> gitlab;
  std::optional<std::string> forgejo;
  std::string issuer;
  std::vector<std::string> claims;
  PublisherConditions conditions;
  std::string allow = std::string(oidc::usual_permissions);
  bool reads_index = false;
  std::int64_t id = 0;
  std::string reason;
  bool json = false;
};

/// What the three commands do, on the data folder or over HTTP, in the words of the admin API.
class PublisherAdmin {
 public:
  virtual ~PublisherAdmin() = default;
  virtual Result<json::Object> add(const oidc::PublisherRequest& request) = 0;
  virtual Result<json::Array> list(const PublisherOptions& options) = 0;
  virtual Status remove(const PublisherOptions& options) = 0;
};

class LocalPublisherAdmin final : public PublisherAdmin {
 public:
  explicit LocalPublisherAdmin(DataFolder data) : data_(std::move(data)) {}

  Result<json::Object> add(const oidc::PublisherRequest& request) override {
    TRY(const auto added, publishers_.add(request, console_actor()));
    return oidc::to_json(added);
  }

  Result<json::Array> list(const PublisherOptions& options) override {
    TRY(const auto publishers, publishers_.list(options.index, options.project));
    json::Array list;
    for (const auto& publisher : publishers)
      list.emplace_back(oidc::to_json(publisher));
    return list;
  }

  Status remove(const PublisherOptions& options) override {
    return without_value(
        publishers_.remove(options.index, options.project, options.id, options.reason, console_actor()));
  }

 private:
  DataFolder data_;
  SystemClock clock_;
  auth::Authenticator unused_;  // commands authenticate no request
  oidc::PublisherService publishers_{data_.store->publishers(), data_.store->access(), clock_, unused_};
};

class RemotePublisherAdmin final : public PublisherAdmin {
 public:
  RemotePublisherAdmin(RemoteIndex remote, std::string_view index)
      : remote_(std::move(remote)), root_(fmt::format("{}/api/v1/", percent_encode(index))) {}

  Result<json::Object> add(const oidc::PublisherRequest& request) override {
    json::Array permissions;
    for (const auto name : split(request.permissions.str(), ','))
      permissions.emplace_back(name);
    return remote_.admin.call(http::Method::post, of_project(request.project),
                              {{"kind", to_string(request.kind)},
                               {"issuer", request.issuer},
                               {"conditions", request.conditions.to_json()},
                               {"permissions", std::move(permissions)},
                               {"reads_index", request.reads_index}});
  }

  Result<json::Array> list(const PublisherOptions& options) override {
    const auto path = options.project.empty() ? root_ + "publishers" : of_project(options.project);
    TRY(const auto answer, remote_.admin.call(http::Method::get, path));
    return json::get_array(answer, "publishers");
  }

  Status remove(const PublisherOptions& options) override {
    const auto path = fmt::format("{}/{}", of_project(options.project), options.id);
    return without_value(remote_.admin.call(http::Method::del, path, {{"reason", options.reason}}));
  }

 private:
  std::string of_project(std::string_view project) const {
    return fmt::format("{}projects/{}/publishers", root_, percent_encode(project));
  }

  RemoteIndex remote_;
  std::string root_;
};

Result<std::unique_ptr<PublisherAdmin>> open_admin(const PublisherOptions& options) {
  if (options.url) {
    TRY(auto remote, RemoteIndex::open(*options.url));
    return std::make_unique<RemotePublisherAdmin>(std::move(remote), options.index);
  }
  TRY(auto data, DataFolder::open(options.data, Sharing::beside, Opening::as_it_is));
  return std::make_unique<LocalPublisherAdmin>(std::move(data));
}

Status read_claims(const std::vector<std::string>& texts, PublisherConditions& conditions) {
  for (const auto& text : texts) {
    const auto equals = text.find('=');
    if (equals == std::string::npos) {
      return Error{Errc::invalid_input, fmt::format("expected --claim NAME=VALUE, found {}", quote(text))};
    }
    conditions.claims[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return success();
}

Result<oidc::PublisherRequest> asked_publisher(const PublisherOptions& options) {
  struct Forge {
    const std::optional<std::string>& repository;
    std::string_view kind;
    std::string_view workflows;  ///< where a workflow lies that is named by its file alone
  };
  auto conditions = options.conditions;
  std::string_view kind = "other";
  for (const auto& forge :
       {Forge{options.github, "github", ".github/workflows/"}, Forge{options.gitlab, "gitlab", ""},
        Forge{options.forgejo, "forgejo", ".forgejo/workflows/"}}) {
    if (!forge.repository) continue;
    if (kind != "other")
      return Error{Errc::invalid_input, "expected one of --github, --gitlab and --forgejo, found two"};
    kind = forge.kind;
    conditions.repository = *forge.repository;
    if (kind == "gitlab" && conditions.workflow.empty()) conditions.workflow = ".gitlab-ci.yml";
    const bool file_alone =
        !conditions.workflow.empty() && conditions.workflow.find('/') == std::string::npos;
    if (file_alone) conditions.workflow = std::string(forge.workflows) + conditions.workflow;
  }
  CHECK_OK(read_claims(options.claims, conditions));
  TRY(auto request, oidc::PublisherRequest::parse(options.index, options.project, kind, options.issuer,
                                                  conditions, options.allow));
  request.reads_index = options.reads_index;
  return request;
}

void add_pairs(const json::Object& object, std::vector<std::string>& pairs) {
  for (const auto& [key, value] : object) {
    if (value.is_string())
      pairs.push_back(fmt::format("{}={}", std::string_view(key), std::string_view(value.get_string())));
  }
}

/// "repository=lab/nqctl workflow=…"
std::string describe(const json::Object& publisher) {
  std::vector<std::string> pairs;
  const auto conditions = json::get_object(publisher, "conditions");
  if (!conditions.ok()) return {};
  add_pairs(*conditions, pairs);
  const auto claims = json::get_object(*conditions, "claims");
  if (claims.ok()) add_pairs(*claims, pairs);
  return join(pairs, " ");
}

Status add_publisher(const PublisherOptions& options) {
  TRY(const auto request, asked_publisher(options));
  TRY(const auto admin, open_admin(options));
  TRY(const auto added, admin->add(request));
  TRY(const auto id, json::get_int(added, "id"));
  fmt::print("publisher {} of {}: {}\n", id, request.project, describe(added));
  return success();
}

Status list_publishers(const PublisherOptions& options) {
  TRY(const auto admin, open_admin(options));
  TRY(const auto publishers, admin->list(options));
  if (options.json) {
    fmt::print("{}\n", json::dump_pretty(json::Object{{"publishers", publishers}}));
    return success();
  }
  constexpr std::string_view line = "{:>5}  {:<24}  {:<8}  {:<28}  {}\n";
  fmt::print(line, "ID", "PROJECT", "KIND", "MAY", "WHICH RUNS");
  for (const auto& value : publishers) {
    if (!value.is_object()) continue;
    const auto& publisher = value.get_object();
    const auto id = json::get_int(publisher, "id");
    const auto project = json::get_string(publisher, "project");
    const auto kind = json::get_string(publisher, "kind");
    fmt::print(line, id.ok() ? *id : 0, project.ok() ? *project : "", kind.ok() ? *kind : "",
               permissions_of(publisher, ""), describe(publisher));
  }
  return success();
}

Status remove_publisher(const PublisherOptions& options) {
  TRY(const auto admin, open_admin(options));
  CHECK_OK(admin->remove(options));
  fmt::print(stderr, "publisher {} is removed, and the tokens of its runs are worth nothing\n", options.id);
  return success();
}

using Options = std::shared_ptr<PublisherOptions>;

Command make_command(Command group, const Options& options, const char* name, const char* about,
                     Status (*run)(const PublisherOptions&)) {
  const auto command = group.command(name, about, options, run);
  add_data_or_url(command, options->data, options->url);
  command.text("--index", options->index, "Index of the project").show_default();
  return command;
}

}  // namespace

void register_publisher(Command root) {
  const auto options = std::make_shared<PublisherOptions>();  // shared by the parser and the actions
  const auto group =
      root.group("publisher", "Let CI jobs publish without a stored secret: trusted publishers");

  const auto add = make_command(group, options, "add", "Add a publisher to a project.", add_publisher);
  add.text("project", options->project, "The project; it need not exist yet").required();
  add.text("--github", options->github, "Repository on GitHub: OWNER/NAME");
  add.text("--gitlab", options->gitlab, "Project on GitLab: GROUP/NAME");
  add.text("--forgejo", options->forgejo, "Repository on Forgejo: OWNER/NAME");
  add.text("--issuer", options->issuer,
           "Address of the issuer, for GitHub Enterprise, a GitLab of your own, Forgejo, and others");
  add.text("--workflow", options->conditions.workflow,
           "Its workflow: a file's name, or its path in the repository [GitLab: .gitlab-ci.yml]");
  add.text("--environment", options->conditions.environment, "Only its jobs in this environment");
  add.text("--ref", options->conditions.ref, "Only its runs of this ref: refs/heads/main");
  add.text("--event", options->conditions.event, "Only its runs for this event: workflow_dispatch");
  add.text("--repository-id", options->conditions.repository_id,
           "The repository's number [that of the first run]");
  add.text("--owner-id", options->conditions.owner_id, "The owner's number [that of the first run]");
  add.list("--claim", options->claims, "A claim of its tokens, NAME=VALUE; can be repeated");
  add.text("--allow", options->allow, "What its runs may do").show_default();
  add.flag("--read-index", options->reads_index,
           "They may read the whole index: for a smoke check, which installs what the project needs");

  const auto show = make_command(group, options, "list", "List the publishers.", list_publishers);
  show.text("project", options->project, "Only those of this project");
  show.flag("--json", options->json, "For programs");

  const auto end = make_command(group, options, "remove", "Remove a publisher.", remove_publisher);
  end.text("project", options->project, "The project").required();
  end.number("id", options->id, "Its number").required();
  end.text("--reason", options->reason, "Kept in the ledger");
}

}  // namespace packhouse::app
