// upload_floor BYTES FOLDER [md5]: the two floors of an upload, measured alone: one pass of the digests that
// twine and uv ask for (with "md5" that of hatch, poetry and pdm), and writing the same bytes with one fsync
// of file and folder. Prints both in seconds.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <string>

#include "base/digest.hpp"
#include "base/text.hpp"

namespace {

constexpr std::size_t piece = 256UL * 1024U;

double seconds_since(std::chrono::steady_clock::time_point begun) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
}

double hash(const std::string& bytes, bool md5) {
  const auto begun = std::chrono::steady_clock::now();
  packhouse::Hasher hasher{{.blake2b_256 = true, .md5 = md5}};
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    hasher.update(std::string_view(bytes).substr(at, piece));
  }
  const auto values = hasher.finish();
  return values.blake2b_256.empty() ? 0 : seconds_since(begun);
}

double write_and_sync(const std::string& bytes, const std::string& folder) {
  const std::string path = folder + "/upload-floor.tmp";
  const auto begun = std::chrono::steady_clock::now();
  const int file = open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
  if (file < 0) throw std::runtime_error("cannot make " + path);
  for (std::size_t at = 0; at < bytes.size();) {
    const ssize_t count = write(file, bytes.data() + at, std::min(piece, bytes.size() - at));
    if (count <= 0) throw std::runtime_error("cannot write " + path);
    at += static_cast<std::size_t>(count);
  }
  const int parent = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fsync(file) != 0 || parent < 0 || fsync(parent) != 0) throw std::runtime_error("cannot sync " + path);
  const double seconds = seconds_since(begun);
  close(file);
  close(parent);
  unlink(path.c_str());
  return seconds;
}

}  // namespace

int main(int argc, char** argv) {
  const bool md5 = argc == 4 && std::string_view(argv[3]) == "md5";
  const auto size = argc == 3 || md5 ? packhouse::parse_decimal(argv[1]) : std::nullopt;
  if (!size || *size == 0 || *size > 1'000'000'000) {
    fmt::print(stderr, "usage: upload_floor BYTES FOLDER [md5]\n");
    return 2;
  }
  const std::string bytes = packhouse::random_bytes(*size);
  fmt::print("{:.6f} {:.6f}\n", hash(bytes, md5), write_and_sync(bytes, argv[2]));
  return 0;
}
