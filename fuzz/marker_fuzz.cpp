// A marker that is read can be printed and read again, and has the same value then.
#include "pep/marker.hpp"

#include <cstdlib>

using packhouse::Marker;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const packhouse::MarkerEnvironment environment = {{"python_version", "3.12"},
                                                           {"python_full_version", "3.12.1+"},
                                                           {"os_name", "posix"},
                                                           {"sys_platform", "linux"},
                                                           {"platform_release", "6.1.0"},
                                                           {"platform_machine", ""},
                                                           {"extra", "A_b"},
                                                           {"extras", std::set<std::string>{"X", "y"}}};
  const auto marker = Marker::read({reinterpret_cast<const char*>(data), size});
  if (!marker.ok()) return 0;
  const std::string printed = marker->str();
  const auto again = Marker::read(printed);
  if (!again.ok() || again->str() != printed || again->variables() != marker->variables()) std::abort();
  const auto value = marker->evaluate(environment);
  const auto value_again = again->evaluate(environment);
  if (value.ok() != value_again.ok() || (value.ok() && *value != *value_again)) std::abort();
  return 0;
}
