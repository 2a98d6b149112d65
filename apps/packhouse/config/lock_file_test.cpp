#include "config/lock_file.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace packhouse::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string first(64, 'a');
const std::string second(64, 'b');

/// "NAME VERSION DIGESTS" of each.
std::vector<std::string> shown(const Result<std::vector<PinnedRelease>>& pinned) {
  if (!pinned.ok()) return {pinned.error().message};
  std::vector<std::string> all;
  for (const auto& each : *pinned) {
    auto text = fmt::format("{} {}", each.release.project.str(), each.release.version.str());
    for (const auto& digest : each.digests)
      text += " " + digest.hex().substr(0, 1);
    all.push_back(std::move(text));
  }
  return all;
}

TEST(ReadRequirements, takes_pins_with_and_without_hashes) {
  const auto text = fmt::format(
      "# made by a resolver\n--index-url https://example.org/simple/\n"
      "Flask==3.0  # via app\nbase_lib[extra]==1.2 ; python_version >= \"3.11\" \\\n"
      "    --hash=sha256:{} \\\n    --hash=sha256:{}\n\n",
      first, second);
  EXPECT_THAT(shown(read_requirements(text)), ElementsAre("flask 3.0", "base-lib 1.2 a b"));
}

TEST(ReadRequirements, refuses_what_pins_no_version) {
  for (const char* text :
       {"flask", "flask>=3", "flask==3.*", "-r other.txt", "-e .", "flask @ https://x/y.whl"})
    EXPECT_THAT(shown(read_requirements(text)), ElementsAre(HasSubstr("expected NAME==VERSION"))) << text;
}

TEST(ReadLock, takes_the_files_of_pylock) {
  const auto text = fmt::format(
      "lock-version = \"1.0\"\n[[packages]]\nname = \"flask\"\nversion = \"3.0\"\n"
      "sdist = {{ name = \"flask-3.0.tar.gz\", hashes = {{ sha256 = \"{}\" }} }}\n"
      "[[packages.wheels]]\nname = \"flask-3.0-py3-none-any.whl\"\nhashes = {{ sha256 = \"{}\" }}\n"
      "[[packages]]\nname = \"mine\"\ndirectory = {{ path = \".\" }}\n",
      first, second);
  EXPECT_THAT(shown(read_lock(text, "pylock.toml")), ElementsAre("flask 3.0 a b"));
}

TEST(ReadLock, takes_the_files_of_uv_lock) {
  const auto text = fmt::format(
      "version = 1\n[[package]]\nname = \"mine\"\nversion = \"0.1\"\nsource = {{ editable = \".\" }}\n"
      "[[package]]\nname = \"flask\"\nversion = \"3.0\"\nsource = {{ registry = \"https://x/simple\" }}\n"
      "wheels = [\n  {{ url = \"https://x/flask.whl\", hash = \"sha256:{}\", size = 4 }},\n]\n",
      first);
  EXPECT_THAT(shown(read_lock(text, "uv.lock")), ElementsAre("flask 3.0 a"));
}

TEST(ReadLock, says_what_it_cannot_read) {
  EXPECT_THAT(shown(read_lock("a = 1", "poetry.lock")), ElementsAre(HasSubstr("poetry.lock: expected")));
  EXPECT_THAT(shown(read_lock("[[package", "uv.lock")), ElementsAre(HasSubstr("uv.lock")));
}

}  // namespace
}  // namespace packhouse::app
