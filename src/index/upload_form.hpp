#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "dist/check.hpp"
#include "pep/project_name.hpp"

namespace packhouse::index {

/// The text fields of an upload form as they arrive, in any order. Keeps the few that the file must agree
/// with; of all others, which the file's metadata outranks, only the size is counted.
class FormFields {
 public:
  static constexpr std::size_t max_value = 4U << 20U;  ///< bytes of one field: descriptions are long
  static constexpr std::size_t max_total = 8U << 20U;  ///< bytes of all names and values

  /// The field's name; its value follows in pieces.
  Status begin(std::string_view name);
  Status append(std::string_view bytes);
  /// The value is complete. A second value for a field that may stand once is refused. Empty and "UNKNOWN"
  /// count as absent, as the public index has it.
  Status end();

  std::optional<std::string> value(std::string_view name) const;

 private:
  std::map<std::string, std::string, std::less<>> values_;
  std::string name_;
  std::string pending_;
  std::size_t value_size_ = 0;
  std::size_t total_ = 0;
  bool kept_ = false;
};

/// A form whose claims are well formed. The checks compare them with the file.
struct UploadForm {
  ProjectName project;
  dist::FormClaims claims;
  std::optional<std::string> attestations = std::nullopt;  ///< JSON, as it came

  /// The form's rules, named as functions in upload_form.cpp, in the order of the public index. invalid_input
  /// with words for the answer's status line, `gone` for actions that no longer exist.
  static Result<UploadForm> read(const FormFields& fields);
};

}  // namespace packhouse::index
