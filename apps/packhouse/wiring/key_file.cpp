#include "wiring/key_file.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

namespace packhouse::app {
namespace {

constexpr std::uint64_t max_key_file = 64U << 10U;

Status check_mode(const Path& path, std::string_view hint) {
  struct stat found{};
  if (::stat(path.c_str(), &found) != 0) {
    return Error{Errc::unavailable, fmt::format("cannot look at {}", quote(path.string(), 300))};
  }
  if ((found.st_mode & 077U) == 0) return success();
  return Error{Errc::conflict,
               fmt::format("expected mode 0600 of {}, found {:04o}", quote(path.string(), 300),
                           found.st_mode & 07777U),
               std::string(hint)};
}

}  // namespace

Result<SigningKey> read_key_file(FileSystem& disk, const Path& path, std::string_view hint) {
  CHECK_OK(check_mode(path, hint));
  TRY(auto text, disk.read(path, max_key_file));
  auto key = SigningKey::parse(Secret{std::move(text)});
  if (!key.ok()) return std::move(key).error().context(quote(path.string(), 300));
  return key;
}

Result<std::optional<SigningKey>> ledger_key(FileSystem& disk, const Path& data) {
  const auto path = data / ledger_key_name;
  if (!std::filesystem::exists(path)) return std::optional<SigningKey>{};
  TRY(auto key,
      read_key_file(disk, path,
                    "others may have copied the key: remove it, and the next export makes a new one"));
  return std::optional<SigningKey>{std::move(key)};
}

}  // namespace packhouse::app
