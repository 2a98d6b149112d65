#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/text.hpp"
#include "commands/commands.hpp"
#include "config/server_configuration.hpp"
#include "sys/file_system.hpp"
#include "sys/interrupt_watch.hpp"
#include "wiring/data_folder.hpp"
#include "wiring/index_server.hpp"
#include "wiring/server_log.hpp"

namespace packhouse::app {
namespace {

struct ServeOptions {
  std::optional<std::string> data;
  std::optional<std::string> listen;
  std::optional<std::string> config;
  bool new_index = false;
  std::vector<std::string> upstreams;
};

/// The command line outranks the file, and the file the defaults.
Result<Configuration> configure(const ServeOptions& options) {
  Configuration configuration;
  if (options.config) {
    TRY(configuration, read_configuration(*options.config));
  }
  if (options.data) configuration.data = *options.data;
  if (options.listen) {
    TRY(configuration.listen, ListenAddress::parse(*options.listen));
  }
  if (!options.upstreams.empty()) configuration.main.upstreams.clear();
  for (const auto& address : options.upstreams) {
    TRY(auto upstream, parse_upstream(address));
    configuration.main.upstreams.push_back(std::move(upstream));
  }
  return configuration;
}

/// How the lines of a first start show its tokens.
struct FirstLines {
  std::string admin;
  std::string read;  ///< within the URL of a shell's command line
};

/// A file that only its owner can read.
Status keep(const Secret& token, const Path& path) {
  const auto disk = make_posix_file_system();
  TRY(const auto file, disk->create(path));
  CHECK_OK(file->write(token.reveal() + "\n"));
  CHECK_OK(file->sync());
  return disk->sync_folder(path.parent_path());
}

/// A terminal shows the tokens themselves. Of any other output a service manager or a container keeps a log:
/// the tokens are then in files, which the lines name.
Result<FirstLines> show(const IndexServer::FirstTokens& tokens, const Path& data) {
  if (::isatty(STDOUT_FILENO) == 1) {
    return FirstLines{.admin = fmt::format("admin token (shown once): {}", tokens.admin.reveal()),
                      .read = tokens.read.reveal()};
  }
  const Path admin = data / "admin-token";
  const Path read = data / "read-token";
  constexpr std::string_view hint =
      "`packhouse token create --allow admin` makes another token of an administrator";
  for (const auto& [token, path] : {std::pair{&tokens.admin, &admin}, std::pair{&tokens.read, &read}}) {
    if (auto kept = keep(*token, *path); !kept.ok()) {
      auto error = std::move(kept.error()).context("cannot keep the first tokens");
      error.hint = hint;
      return error;
    }
  }
  return FirstLines{
      .admin =
          fmt::format("admin token: in {}; delete the file once the token is kept elsewhere", admin.native()),
      .read = fmt::format("$(cat '{}')", replace_all(read.native(), "'", R"('\'')"))};
}

/// The only output on stdout, for people and for scripts that start a server.
void announce(const IndexServer& server, const Configuration& configuration,
              const std::optional<FirstLines>& first) {
  const std::string url = server.url();
  // Beside another index its own address is the one that credentials can tell apart.
  const std::string main = configuration.others.empty() ? "" : fmt::format("/{}", main_index);
  if (first) fmt::print("{}\n", first->admin);
  fmt::print("index:   {}{}/simple/\n", url, main);
  fmt::print("upload:  {}{}/legacy/\n", url, main);
  for (const auto& [name, unused] : configuration.others)
    fmt::print("index:   {}/{}/simple/\n", url, name);
  if (first) {
    const auto scheme_end = url.find("://") + 3;
    fmt::print("install: pip install --index-url {}__token__:{}@{}{}/simple/ PROJECT\n",
               url.substr(0, scheme_end), first->read, url.substr(scheme_end), main);
  }
  fmt::print("listening on {}\n", server.address());
  std::fflush(stdout);
}

Status serve(const ServeOptions& options) {
  TRY(const auto configuration, configure(options));
  if (!options.new_index) CHECK_OK(refuse_lost_database(configuration.data));
  // A call that fails makes no index.
  if (!DataFolder::is_one(configuration.data)) CHECK_OK(IndexServer::rehearse(configuration));
  TRY(auto data, DataFolder::open(configuration.data, Sharing::alone, Opening::create));
  TRY(const auto server, IndexServer::open(configuration, std::move(data), open_server_log()));
  TRY(const auto tokens, server->first_start());
  std::optional<FirstLines> first;
  if (tokens) {
    TRY(first, show(*tokens, configuration.data));
  }
  const InterruptWatch signals;  // before the address is printed: a reader may stop the server at once
  announce(*server, configuration, first);
  // Where there is a file to read again.
  server->run(signals, options.config ? IndexServer::ReadAgain{[&] { return configure(options); }}
                                      : IndexServer::ReadAgain{});
  return success();
}

}  // namespace

void register_serve(Command root) {
  const auto options = std::make_shared<ServeOptions>();  // shared by the parser and the action
  const auto command =
      root.command("serve", "Serve an index: upload at /legacy/, install from /simple/", options, serve);
  command.text("--data", options->data, "Folder of the index, made if missing [packhouse-data]");
  command.text("--listen", options->listen, "ADDRESS:PORT; port 0 takes a free one [127.0.0.1:8080]");
  command.list(
      "--upstream", options->upstreams,
      "Index that has what this one lacks: a URL, or \"pip\" for that of this machine's pip; repeatable");
  command.text("--config", options->config, "TOML file; what is given here outranks it");
  command.flag("--new", options->new_index, "Make an index also where the files of another one are");
}

}  // namespace packhouse::app
