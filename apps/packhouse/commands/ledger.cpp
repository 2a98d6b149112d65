// packhouse ledger: proves the chain, and gives it away with a signature.
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>

#include "commands/commands.hpp"
#include "index/ledger_export.hpp"
#include "sys/write_file.hpp"
#include "wiring/data_folder.hpp"
#include "wiring/key_file.hpp"

namespace packhouse::app {
namespace {

constexpr std::string_view entries_name = "ledger.jsonl";
constexpr std::string_view head_name = "ledger-head.json";
constexpr std::string_view signature_name = "ledger-head.json.sig";
constexpr std::string_view public_name = "ledger-key.pub.pem";
constexpr std::uint64_t max_small_file = 64U << 10U;

struct LedgerOptions {
  std::string data = "packhouse-data";
  std::string folder;               ///< where an export goes
  std::optional<std::string> head;  ///< of an earlier export
  std::optional<std::string> key;   ///< its public key
};

/// Made at the first export. create() gives mode 0600 and never replaces a key.
Result<SigningKey> key_of(FileSystem& disk, const Path& data) {
  TRY(auto known, ledger_key(disk, data));
  if (known) return std::move(*known);
  auto key = SigningKey::generate();
  CHECK_OK(write_new_file(disk, data / ledger_key_name, key.pem().reveal()));
  CHECK_OK(disk.sync_folder(data));
  return key;
}

Status check_free(const Path& folder) {
  for (const auto name : {entries_name, head_name, signature_name, public_name}) {
    if (!std::filesystem::exists(folder / name)) continue;
    return Error{Errc::conflict, fmt::format("{} is there already", quote((folder / name).string(), 300)),
                 "an export replaces nothing: name another folder with --to"};
  }
  return success();
}

Result<index::LedgerHead> write_entries(DataFolder& data, const Path& path, Timestamp now) {
  TRY(const auto file, data.disk->create(path));
  TRY(auto head, index::read_ledger(data.store->ledger(), now, [&](std::string_view line) -> Status {
        CHECK_OK(file->write(line));
        return file->write("\n");
      }));
  CHECK_OK(file->sync());
  return head;
}

Result<ExitCode> run_export(const LedgerOptions& options) {
  TRY(auto data, DataFolder::open(options.data, Sharing::beside, Opening::as_it_is));
  TRY(const auto key, key_of(*data.disk, std::filesystem::absolute(options.data)));
  const auto folder = std::filesystem::absolute(options.folder);
  CHECK_OK(data.disk->make_folders(folder));
  CHECK_OK(check_free(folder));
  TRY(const auto head, write_entries(data, folder / entries_name, SystemClock{}.now()));
  const auto text = head.text();
  CHECK_OK(write_new_file(*data.disk, folder / public_name, key.public_pem()));
  CHECK_OK(write_new_file(*data.disk, folder / signature_name, key.sign(text)));
  CHECK_OK(write_new_file(*data.disk, folder / head_name, text));
  CHECK_OK(data.disk->sync_folder(folder));
  fmt::print("{} entries, the last has the hash {}; signed head in {}\n", head.entries, head.hash,
             (folder / head_name).string());
  return ExitCode::ok;
}

/// A head counts only with its signature.
Result<index::LedgerHead> read_head(FileSystem& disk, const LedgerOptions& options) {
  const Path path{*options.head};
  const auto key_path = options.key ? Path{*options.key} : path.parent_path() / public_name;
  TRY(const auto text, disk.read(path, max_small_file));
  TRY(const auto signature, disk.read(path.string() + ".sig", max_small_file));
  TRY(const auto key, disk.read(key_path, max_small_file));
  const auto verified = verify_signature(key, text, signature);
  if (!verified.ok()) return verified.error().context(quote(path.string(), 300));
  return index::LedgerHead::parse(text);
}

Result<ExitCode> run_verify(const LedgerOptions& options) {
  TRY(auto data, DataFolder::open(options.data, Sharing::beside, Opening::as_it_is));
  std::optional<index::LedgerHead> head;
  if (options.head) {
    TRY(head, read_head(*data.disk, options));
  }
  const auto verified =
      index::verify_against(data.store->ledger(), SystemClock{}.now(), head.value_or(index::LedgerHead{}));
  if (!verified.ok() && verified.error().code == Errc::conflict) {
    static_cast<void>(report(verified.error()));
    return ExitCode::refused;
  }
  if (!verified.ok()) return verified.error();
  fmt::print("{} entries, the last has the hash {}: the chain holds\n", verified->entries, verified->hash);
  if (head) fmt::print("it goes through the signed head of {} entries\n", head->entries);
  return ExitCode::ok;
}

using Options = std::shared_ptr<LedgerOptions>;

Command add(Command group, const Options& options, const char* name, const char* about,
            Result<ExitCode> (*run)(const LedgerOptions&)) {
  const auto command = group.command(name, about, options, run);
  add_data(command, options->data);
  return command;
}

}  // namespace

void register_ledger(Command root) {
  const auto options = std::make_shared<LedgerOptions>();  // shared by the parser and the actions
  const auto group = root.group("ledger", "Prove the record of every change, or give it away, signed");
  const auto verify =
      add(group, options, "verify",
          "Walk the whole chain; exit 3 and the broken entry where it does not hold.", run_verify);
  const auto head = verify.text("--head", options->head,
                                "ledger-head.json of an earlier export, which the chain must go through");
  verify.text("--key", options->key, "Its public key [ledger-key.pub.pem beside it]").needs(head);
  const auto out = add(group, options, "export",
                       "Write every entry, and the head of the chain signed with Ed25519.", run_export);
  out.text("--to", options->folder, "Folder to write to, made if missing").required();
}

}  // namespace packhouse::app
