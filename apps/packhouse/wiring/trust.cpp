#include "wiring/trust.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "http/authority_files.hpp"

namespace packhouse::app {
namespace {

constexpr std::uint64_t max_file = 16U << 20U;

Result<std::string> read_authorities(FileSystem& disk, std::string_view path, std::string_view named_by) {
  const auto text = disk.read(Path(path), max_file);
  if (text.ok() && text->find("-----BEGIN CERTIFICATE-----") != std::string::npos) return *text;
  return Error{Errc::invalid_input,
               fmt::format("expected certificates in PEM in the file that {} names, found {}", named_by,
                           text.ok() ? "none in " + quote(path) : text.error().message),
               "ask the administrator of the network for its CA certificate"};
}

std::string system_authorities(FileSystem& disk) {
  for (const char* path : http::authority_files) {
    auto text = disk.read(path, max_file);
    if (text.ok()) return *std::move(text);
  }
  return {};
}

}  // namespace

Result<Path> trusted_authorities(FileSystem& disk, const Path& folder, std::string_view own,
                                 const Environment& environment) {
  const auto given = environment("SSL_CERT_FILE");
  std::string all;
  if (given) {
    TRY(all, read_authorities(disk, *given, "$SSL_CERT_FILE"));
  }
  if (own.empty()) return Path(given.value_or(""));
  if (!given) all = system_authorities(disk);
  TRY(const auto text, read_authorities(disk, own, "`ca-file`"));
  Path path = folder / "authorities.pem";
  TRY(const auto file, disk.create(path));
  CHECK_OK(file->write(all + "\n" + text));
  return path;
}

}  // namespace packhouse::app
