// packhouse backup and restore: snapshots of an index in another folder, and an index from one of them.
#include "index/backup.hpp"

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>

#include "base/text.hpp"
#include "commands/commands.hpp"
#include "index/restore.hpp"
#include "sys/write_file.hpp"
#include "wiring/data_folder.hpp"
#include "wiring/data_statistics.hpp"
#include "wiring/key_file.hpp"

namespace packhouse::app {
namespace {

constexpr std::uint64_t max_key_file = 64U << 10U;

struct BackupOptions {
  std::string data = "packhouse-data";
  std::string to;
  std::optional<std::int64_t> keep;
  bool copy = false;
};

struct VerifyOptions {
  std::string folder;
  std::optional<std::string> key;
};

struct RestoreOptions {
  std::string from;
  std::string snapshot;
  std::string data;
};

void print(const index::BackupReport& report) {
  for (const auto& digest : report.damaged) {
    fmt::print("damaged  sha256:{}: the index does not have these bytes; packhouse audit names the files\n",
               digest.hex());
  }
  fmt::print("snapshot {}: {} blobs ({}), {} of them new ({}), {} ledger entries\n", report.snapshot,
             report.blobs, human_size(report.bytes), report.new_blobs, human_size(report.new_bytes),
             report.head.entries);
}

Status check(const BackupOptions& options) {
  if (options.to.empty()) return Error{Errc::invalid_input, "expected --to and the folder of the backups"};
  if (options.keep && *options.keep < 1) {
    return Error{Errc::invalid_input, fmt::format("expected --keep of at least 1, found {}", *options.keep)};
  }
  return success();
}

/// What is not sound stays in the older snapshots: they are kept then.
Result<ExitCode> run_backup(const BackupOptions& options) {
  CHECK_OK(check(options));
  CHECK_OK(DataFolder::require(options.data));
  const auto data = std::filesystem::absolute(options.data);
  const auto to = std::filesystem::absolute(options.to);
  const auto disk = make_posix_file_system();
  CHECK_OK(disk->make_folders(to));
  TRY(const auto lock, lock_folder(to, "folder of backups"));
  TRY(const auto key, ledger_key(*disk, data));
  TRY(const auto report, index::back_up(*disk, database_file(),
                                        {.data = data,
                                         .to = to,
                                         .now = SystemClock{}.now(),
                                         .key = key ? &*key : nullptr,
                                         .link = !options.copy}));
  print(report);
  if (!report.damaged.empty()) return ExitCode::refused;
  note_time(*disk, data / last_backup_name, report.snapshot);
  if (options.keep) {
    TRY(const auto removed, index::prune_backups(*disk, to, static_cast<std::size_t>(*options.keep)));
    if (removed > 0) fmt::print("removed {} blobs that no snapshot needs\n", removed);
  }
  return ExitCode::ok;
}

Result<ExitCode> run_verify(const VerifyOptions& options) {
  const auto disk = make_posix_file_system();
  std::optional<std::string> key;
  if (options.key) {
    TRY(key, disk->read(*options.key, max_key_file));
  }
  TRY(const auto verified,
      index::verify_backups(*disk, database_file(), std::filesystem::absolute(options.folder), key));
  for (const auto& finding : verified.findings)
    fmt::print("{}: {}\n", finding.snapshot, finding.message);
  fmt::print("{} snapshots, {} of them signed, {} blobs hashed again ({}): {}\n", verified.snapshots,
             verified.is_signed, verified.blobs, human_size(verified.bytes),
             verified.findings.empty() ? "sound" : "NOT SOUND");
  return verified.findings.empty() ? ExitCode::ok : ExitCode::refused;
}

Result<ExitCode> run_restore(const RestoreOptions& options) {
  const auto disk = make_posix_file_system();
  const auto data = std::filesystem::absolute(options.data);
  TRY(const auto report, index::restore(*disk, database_file(), std::filesystem::absolute(options.from),
                                        options.snapshot, data));
  for (const auto& digest : report.manifest.missing)
    fmt::print("missing  sha256:{}: the backup never had these bytes\n", digest.hex());
  fmt::print("restored snapshot {} to {}: {} blobs ({}), {} ledger entries, the chain holds\n",
             report.snapshot, quote(data.string(), 300), report.manifest.blobs,
             human_size(report.manifest.bytes), report.manifest.head.entries);
  return report.manifest.missing.empty() ? ExitCode::ok : ExitCode::refused;
}

}  // namespace

void register_backup(Command root) {
  const auto options = std::make_shared<BackupOptions>();  // shared by the parser and the action
  const auto command = root.command("backup", "Add a snapshot of an index, which may be serving, to a folder",
                                    options, run_backup);
  add_data(command, options->data);
  command.text("--to", options->to, "Folder of the backups, made if missing");
  command.number("--keep", options->keep, "Remove all snapshots but the newest N afterwards")
      .placeholder("N");
  command.flag("--copy", options->copy,
               "Copy bytes also where links can be made: on the file system of the index");

  const auto verify_options = std::make_shared<VerifyOptions>();  // shared by the parser and the action
  const auto verify =
      command.command("verify", "Read every snapshot and every byte again; exit 3 and what is not sound",
                      verify_options, run_verify);
  verify.text("folder", verify_options->folder, "Folder of the backups").placeholder("DIR").required();
  verify.text("--key", verify_options->key,
              "The ledger's public key, kept elsewhere, by which each snapshot must be signed");
}

void register_restore(Command root) {
  const auto options = std::make_shared<RestoreOptions>();  // shared by the parser and the action
  const auto command =
      root.command("restore", "Make the folder of an index from a backup", options, run_restore);
  command.text("--from", options->from, "Folder of the backups").required();
  command.text("--snapshot", options->snapshot, "One of its snapshots [the newest]");
  command.text("--data", options->data, "New or empty folder").required();
}

}  // namespace packhouse::app
