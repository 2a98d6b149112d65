// A wheel's filename that is read can be put together again from its fields; so can an sdist's.
#include "pep/filename.hpp"

#include <algorithm>
#include <cstdlib>

using packhouse::SdistFilename;
using packhouse::WheelFilename;
using packhouse::WheelFilenameFields;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void check_wheel(std::string_view text) {
  const auto fields = WheelFilenameFields::read(text);
  const auto wheel = WheelFilename::read(text);
  if (!wheel.ok()) return;
  require(fields.ok() && fields->normalized_name == wheel->name.str() && fields->version == wheel->version);
  require(text.starts_with(wheel->raw_name + "-" + wheel->raw_version + "-"));
  require(text.ends_with("-" + wheel->raw_tags + ".whl"));
  require(!wheel->tags.empty() && std::ranges::is_sorted(wheel->tags));
  require(std::ranges::adjacent_find(wheel->tags) == wheel->tags.end());

  const std::string build = wheel->build ? "-" + wheel->build->number + wheel->build->suffix : "";
  const auto canonical = WheelFilename::read(wheel->name.filename_form() + "-" + wheel->version.str() +
                                             build + "-" + wheel->raw_tags + ".whl");
  require(canonical.ok() && canonical->name == wheel->name && canonical->version == wheel->version);
  require(canonical->build == wheel->build && canonical->tags == wheel->tags);
}

void check_sdist(std::string_view text) {
  const auto sdist = SdistFilename::read(text);
  if (!sdist.ok()) return;
  const auto canonical = SdistFilename::read(SdistFilename::canonical(sdist->name, sdist->version));
  require(canonical.ok() && canonical->name == sdist->name &&
          canonical->version.str() == sdist->version.str());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_wheel(text);
  check_sdist(text);
  return 0;
}
