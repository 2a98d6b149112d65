// What is read can be printed and read again, and the order is total and that of the versions' parts.
#include "pep/version.hpp"

#include <cstdlib>
#include <vector>

#include "pep/testing/order_by_parts.hpp"

using packhouse::Version;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void check_one(const Version& version) {
  const auto again = Version::read(version.str());
  require(again.ok() && again->str() == version.str() && *again == version);
  const auto identity = Version::read(version.identity());
  require(identity.ok() && *identity == version && identity->identity() == version.identity());
  require(version.is_prerelease() == (version.pre() || version.dev()));
  require(version.without_local() <= version &&
          version.without_local().public_part() == version.public_part());
  require(version.without_post().base_part() == version.base_part());
}

void check_two(const Version& a, const Version& b) {
  require((a <=> b) == (0 <=> (b <=> a)));
  require((a <=> b) == packhouse::testing::order_by_parts(a, b));
  require((a == b) == (a.identity() == b.identity()));
}

void check_three(const Version& a, const Version& b, const Version& c) {
  if (a <= b && b <= c) require(a <= c);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // Versions between line breaks.
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  std::vector<Version> versions;
  while (!rest.empty() && versions.size() < 6) {
    const auto end = std::min(rest.find('\n'), rest.size());
    if (auto version = Version::read(rest.substr(0, end)); version.ok())
      versions.push_back(*std::move(version));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  for (const auto& a : versions) {
    check_one(a);
    for (const auto& b : versions) {
      check_two(a, b);
      for (const auto& c : versions)
        check_three(a, b, c);
    }
  }
  return 0;
}
