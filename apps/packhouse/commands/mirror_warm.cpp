// packhouse mirror warm: has an index fetch what a file pins.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "client/index_client.hpp"
#include "commands/commands.hpp"
#include "config/lock_file.hpp"
#include "sys/file_system.hpp"
#include "wiring/environment.hpp"

namespace packhouse::app {
namespace {

constexpr std::uint64_t max_file = 16ULL << 30U;

struct WarmOptions {
  std::string url;
  PinFile file;
};

/// What came, and what the index does not have.
struct Warmed {
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  std::uint64_t missing = 0;
};

bool is_pinned(const PinnedRelease& pinned, const client::PageFile& file) {
  if (pinned.digests.empty()) return true;
  const auto stated = Sha256::parse(file.sha256.value_or(""));
  return stated.ok() && std::ranges::find(pinned.digests, *stated) != pinned.digests.end();
}

Status warm_release(client::IndexClient& index, const PinnedRelease& pinned, Warmed& warmed) {
  TRY(const auto links, index.links(pinned.release));
  std::uint64_t found = 0;
  for (const auto& link : links) {
    if (!is_pinned(pinned, link.file)) continue;
    TRY(const auto file, index.fetch(link, max_file));
    if (file.sha256.hex() != link.file.sha256) {
      return Error{
          Errc::unavailable, fmt::format("{} has another digest than its page says", file.filename), {}};
    }
    fmt::print("{}  {} bytes\n", file.filename, file.size);
    ++found;
    warmed.bytes += file.size;
  }
  warmed.files += found;
  const auto wanted = std::max<std::uint64_t>(pinned.digests.size(), 1);
  if (found < wanted && (found == 0 || !pinned.digests.empty())) {
    fmt::print("{} {}: {} of {} files are not offered\n", pinned.release.project.str(),
               pinned.release.version.str(), wanted - found, wanted);
    warmed.missing += wanted - found;
  }
  return success();
}

Result<ExitCode> warm(const WarmOptions& options) {
  TRY(const auto pins, read_pins(options.file, *make_posix_file_system()));
  TRY(auto address, client::IndexAddress::parse("--url", Secret{options.url}));
  if (const auto token = environment_variable("PACKHOUSE_TOKEN"))
    address.auth = http::BasicAuth{.user = "__token__", .password = Secret{*token}};
  const auto http = http::make_client({.user_agent = "packhouse/" PACKHOUSE_VERSION,
                                       .ca_file = environment_variable("SSL_CERT_FILE").value_or("")});
  client::IndexClient index(*http, address, address);
  Warmed warmed;
  for (const auto& pinned : pins.releases)
    CHECK_OK(warm_release(index, pinned, warmed));
  fmt::print("{} files, {} bytes; {} are missing\n", warmed.files, warmed.bytes, warmed.missing);
  return warmed.missing == 0 ? ExitCode::ok : ExitCode::refused;
}

}  // namespace

void register_mirror_warm(Command mirror) {
  const auto options = std::make_shared<WarmOptions>();  // shared by the parser and the action
  const auto command = mirror.command(
      "warm", "Have an index fetch all files that a lock file pins, by reading them", options, warm);
  command.text("--url", options->url, "The index's Simple API; a token in PACKHOUSE_TOKEN").required();
  const auto requirements = command.text("--requirement,-r", options->file.requirements,
                                         "A requirements.txt of NAME==VERSION lines");
  const auto lock = command.text("--lock", options->file.lock, "A pylock.toml or uv.lock");
  command.require_one({requirements, lock}, "-r or --lock");
}

}  // namespace packhouse::app
