#include "sys/temporary_folder.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

namespace packhouse {
namespace fs = std::filesystem;

Result<TemporaryFolder> TemporaryFolder::make(std::string_view prefix) {
  std::error_code code;
  const Path parent = fs::absolute(fs::temp_directory_path(code), code);
  if (code) return Error{Errc::unavailable, "cannot find a folder for temporary files: " + code.message()};
  std::string name = (parent / fmt::format("{}XXXXXX", prefix)).native();
  if (::mkdtemp(name.data()) == nullptr) {  // POSIX: mode 0700, fails if the name is taken
    return Error{Errc::unavailable,
                 fmt::format("cannot make a temporary folder in {}: {}", quote(parent.native(), 300),
                             std::generic_category().message(errno)),
                 "set TMPDIR to a folder that can be written"};
  }
  return TemporaryFolder{Path{name}};
}

TemporaryFolder& TemporaryFolder::operator=(TemporaryFolder&& other) noexcept {
  if (this != &other) {
    remove();
    path_ = std::exchange(other.path_, {});
  }
  return *this;
}

void TemporaryFolder::remove() noexcept {
  if (path_.empty()) return;
  std::error_code code;
  fs::remove_all(path_, code);
  if (code) {
    // A folder without write permission keeps what is in it: give it back to us and try once more.
    constexpr auto options = fs::directory_options::skip_permission_denied;
    for (fs::recursive_directory_iterator entry{path_, options, code}; !code && entry != fs::end(entry);
         entry.increment(code)) {
      std::error_code ignored;
      if (entry->symlink_status(ignored).type() != fs::file_type::directory) continue;
      fs::permissions(entry->path(), fs::perms::owner_all, fs::perm_options::add, ignored);
    }
    fs::remove_all(path_, code);
  }
  path_.clear();
}

}  // namespace packhouse
