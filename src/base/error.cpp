#include "base/error.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/control_characters.hpp"
#include "base/text.hpp"

namespace packhouse {

std::string_view to_string(Errc code) noexcept {
  switch (code) {
    case Errc::invalid_input:
      return "invalid_input";
    case Errc::refused:
      return "refused";
    case Errc::unauthenticated:
      return "unauthenticated";
    case Errc::forbidden:
      return "forbidden";
    case Errc::not_found:
      return "not_found";
    case Errc::conflict:
      return "conflict";
    case Errc::gone:
      return "gone";
    case Errc::too_large:
      return "too_large";
    case Errc::rate_limited:
      return "rate_limited";
    case Errc::unavailable:
      return "unavailable";
    case Errc::cancelled:
      return "cancelled";
    case Errc::internal:
      return "internal";
  }
  return "internal";
}

Error Error::context(std::string_view what) && {
  message = fmt::format("{}: {}", what, message);
  return std::move(*this);
}

Error Error::context(std::string_view what) const& {
  return Error{*this}.context(what);
}

std::string quote(std::string_view text, std::size_t limit) {
  std::string out = "\"";
  std::size_t position = 0;
  while (position < text.size()) {
    if (out.size() > limit) return out + "…\"";
    const char byte = text[position];
    const std::size_t length = utf8_sequence_length(text.substr(position));
    const std::size_t control = control_length(text.substr(position));
    if (length == 0 || control > 0) {
      for (const auto end = position + std::max<std::size_t>(control, 1); position < end; ++position)
        out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[position]));
    } else if (byte == '"' || byte == '\\') {
      out += '\\';
      out += text[position++];
    } else {
      out += text.substr(position, length);
      position += length;
    }
  }
  return out + '"';
}

}  // namespace packhouse
