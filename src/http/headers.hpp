#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace packhouse::http {

enum class Method { get, head, post, put, patch, del, options };
std::string_view to_string(Method method) noexcept;

/// Header fields in the order in which they came; names compare without case (RFC 9110 section 5.1).
class Headers {
 public:
  using Field = std::pair<std::string, std::string>;

  /// Adds a field. A CR, LF or NUL in either part would split the message: throws std::invalid_argument.
  void add(std::string name, std::string value);
  /// Replaces every field of that name by one.
  void set(std::string name, std::string value);
  /// The first field of that name.
  std::optional<std::string_view> get(std::string_view name) const noexcept;
  /// All values of that name joined by ", ".
  std::string get_all(std::string_view name) const;
  std::size_t count(std::string_view name) const noexcept;
  const std::vector<Field>& fields() const noexcept { return fields_; }

 private:
  friend class HeadParser;  // http_server's: fills the same strings again for each request of a connection
  std::vector<Field> fields_;
};

}  // namespace packhouse::http
