// A requirement that is read can be printed and read again, and means the same then.
#include "pep/requirement.hpp"

#include <cstdlib>

using packhouse::Requirement;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto requirement = Requirement::read(text);
  if (!requirement.ok()) {
    if (requirement.error().position > size || requirement.error().caret().empty()) std::abort();
    return 0;
  }
  const std::string printed = requirement->str();
  const auto again = Requirement::read(printed);
  if (!again.ok() || again->str() != printed || !(*again == *requirement)) std::abort();
  return 0;
}
