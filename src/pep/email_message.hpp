#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace packhouse {

/// A header field as Python's email.parser.BytesParser(policy=compat32) reads it: its name, and its value
/// with the line breaks and blanks of continuation lines. Bytes are passed on as they are.
struct EmailField {
  std::string_view name;
  std::string value;
};

struct EmailMessage {
  std::vector<EmailField> fields;
  std::string body;
  bool too_many_fields = false;  ///< reading stopped at the limit
};

/// Never fails: what is no header begins the body, or is dropped, as there.
EmailMessage read_email_message(std::string_view bytes, std::size_t max_fields);

}  // namespace packhouse
