// Metadata that is accepted can be written down from its JSON form and gives the same JSON again. What is
// refused is refused with at least one problem.
#include "pep/metadata.hpp"

#include <boost/json/serialize.hpp>
#include <cstdlib>

#include "base/text.hpp"

using packhouse::CoreMetadata;

namespace {

std::string text_of(const boost::json::value& value) {
  return std::string(value.get_string());
}

std::string write(const boost::json::object& json) {
  std::string out;
  std::string body;
  for (const auto& [key, value] : json) {
    const std::string name = packhouse::replace_all(std::string(key), "_", "-");
    if (key == "keywords") {
      std::string words;
      for (const auto& word : value.get_array())
        words += (&word == &value.get_array().front() ? "" : ",") + text_of(word);
      out += name + ": " + words + "\n";
    } else if (value.is_array()) {
      for (const auto& element : value.get_array())
        out += name + ": " + text_of(element) + "\n";
      if (value.get_array().empty()) out += name + ":\n";
    } else if (key == "description" && !value.get_string().empty()) {
      body = text_of(value);
    } else {
      out += name + ": " + text_of(value) + "\n";
    }
  }
  return out + "\n" + body;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto metadata = CoreMetadata::parse({reinterpret_cast<const char*>(data), size});
  if (!metadata.has_value()) {
    if (metadata.error().empty()) std::abort();
    return 0;
  }
  if (!metadata->name || !metadata->version) std::abort();
  const auto json = metadata->to_json();
  const auto again = CoreMetadata::parse(write(json));
  if (!again.has_value() || boost::json::serialize(again->to_json()) != boost::json::serialize(json))
    std::abort();
  return 0;
}
