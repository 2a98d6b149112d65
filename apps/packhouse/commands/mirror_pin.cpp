// packhouse mirror pin, pins, unpin: lock files whose files are never removed to make room.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "base/reason.hpp"
#include "base/text.hpp"
#include "commands/commands.hpp"
#include "config/lock_file.hpp"
#include "sys/clock.hpp"
#include "sys/file_system.hpp"
#include "wiring/data_folder.hpp"

namespace packhouse::app {
namespace {

struct PinOptions {
  std::string data = "packhouse-data";
  std::string name;
  std::string reason;
  PinFile file;
};

Result<std::string> parse_lock_name(const std::string& text) {
  constexpr std::size_t most = 64;
  const auto fits = [](char each) {
    return (each >= 'a' && each <= 'z') || (each >= 'A' && each <= 'Z') || (each >= '0' && each <= '9') ||
           each == '-' || each == '_' || each == '.';
  };
  if (!text.empty() && text.size() <= most && std::ranges::all_of(text, fits)) return text;
  return Error{Errc::invalid_input, fmt::format("expected a name of the lock file, found {}", quote(text)),
               "at most 64 letters, digits, dots, dashes and underscores"};
}

LedgerNote note_of(std::string_view action, const PinOptions& options, std::string reason) {
  return {.actor = console_actor(),
          .action = std::string(action),
          .subject = "lock/" + options.name,
          .reason = std::move(reason),
          .detail = {}};
}

/// The digests of all files that may be installed by it.
Result<std::vector<Sha256>> digests_of(const Pins& pins) {
  std::vector<Sha256> digests;
  for (const auto& pinned : pins.releases) {
    if (pinned.digests.empty()) {
      return Error{Errc::invalid_input,
                   fmt::format("expected hashes of every release, found none of {} {}",
                               pinned.release.project.str(), pinned.release.version.str()),
                   "`uv pip compile --generate-hashes` and `pip-compile --generate-hashes` write them"};
    }
    std::ranges::copy(pinned.digests, std::back_inserter(digests));
  }
  return digests;
}

Status pin(const PinOptions& options) {
  TRY(const auto name, parse_lock_name(options.name));
  TRY(const auto reason, parse_reason(options.reason, "say why: the ledger keeps it"));
  TRY(const auto pins, read_pins(options.file, *make_posix_file_system()));
  TRY(const auto digests, digests_of(pins));
  const LockFile lock{.name = name, .sha256 = pins.sha256, .reason = reason, .made = SystemClock().now()};
  auto note = note_of("lock.pin", options, reason);
  note.detail = {{"releases", pins.releases.size()}, {"sha256", pins.sha256.hex()}};
  TRY(const auto data, DataFolder::open(options.data, Sharing::beside, Opening::as_it_is));
  TRY(const auto fresh, data.store->upstreams().pin(lock, digests, note));
  fmt::print("{} {}: {} releases, {} files\n", fresh ? "pinned" : "was pinned already:", name,
             pins.releases.size(), digests.size());
  return success();
}

Status list_pins(const PinOptions& options) {
  TRY(const auto data, DataFolder::open(options.data, Sharing::beside, Opening::as_it_is));
  TRY(const auto locks, data.store->upstreams().locks());
  for (const auto& [lock, pinned, stored, bytes] : locks) {
    fmt::print("{:<20}  {}  {} of {} files are stored ({})  {}\n", lock.name, to_iso8601(lock.made), stored,
               pinned, human_size(bytes), lock.reason);
  }
  return success();
}

Status unpin(const PinOptions& options) {
  TRY(auto reason, parse_reason(options.reason, "say why: the ledger keeps it"));
  TRY(const auto data, DataFolder::open(options.data, Sharing::beside, Opening::as_it_is));
  CHECK_OK(data.store->upstreams().unpin(options.name, note_of("lock.unpin", options, std::move(reason)),
                                         SystemClock().now()));
  fmt::print("unpinned {}\n", options.name);
  return success();
}

Command add(Command mirror, const std::shared_ptr<PinOptions>& options, const char* word, const char* about,
            Status (*run)(const PinOptions&)) {
  const auto command = mirror.command(word, about, options, run);
  command.text("name", options->name, "What the lock file is called here").placeholder("NAME").required();
  command.text("--reason", options->reason, "Why; kept in the ledger").required();
  add_data(command, options->data);
  return command;
}

}  // namespace

void register_mirror_pin(Command mirror) {
  const auto pinned = std::make_shared<PinOptions>();  // shared by the parser and the action, as the next two
  const auto command =
      add(mirror, pinned, "pin", "Register a lock file: what it pins is never removed to make room", pin);
  const auto requirements = command.text("--requirement,-r", pinned->file.requirements,
                                         "A requirements.txt of NAME==VERSION lines with hashes");
  const auto lock = command.text("--lock", pinned->file.lock, "A pylock.toml or uv.lock");
  command.require_one({requirements, lock}, "-r or --lock");
  const auto listed = std::make_shared<PinOptions>();
  add_data(mirror.command("pins", "Print the registered lock files and how much of each is stored", listed,
                          list_pins),
           listed->data);
  const auto unpinned = std::make_shared<PinOptions>();
  add(mirror, unpinned, "unpin", "End the registration of a lock file", unpin);
}

}  // namespace packhouse::app
