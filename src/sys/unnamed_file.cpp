#include "sys/unnamed_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "base/text.hpp"

namespace packhouse {
namespace {

/// Where the file system has no O_TMPFILE (NFS, older overlays): a name for a moment.
FileDescriptor make_and_unlink(const Path& folder) {
  std::string name = (folder / "unnamed-XXXXXX").native();
  FileDescriptor file{::mkostemp(name.data(), O_CLOEXEC)};
  if (file.valid()) ::unlink(name.c_str());
  return file;
}

}  // namespace

Result<UnnamedFile> UnnamedFile::make(const Path& folder) {
  FileDescriptor file{::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)};
  if (!file.valid() && (errno == EOPNOTSUPP || errno == EISDIR)) file = make_and_unlink(folder);
  if (file.valid()) return UnnamedFile{std::move(file)};
  return Error{Errc::unavailable,
               fmt::format("cannot make a temporary file in {}: {}", quote(folder.native(), 300),
                           std::generic_category().message(errno))};
}

Status UnnamedFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(file_.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      return Error{Errc::unavailable,
                   fmt::format("cannot write a temporary file: {}", std::generic_category().message(errno)),
                   "make room on the disk of the data folder"};
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return success();
}

}  // namespace packhouse
