#include "config/toml_reader.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace packhouse::app {
namespace {

constexpr std::size_t max_bytes = 1U << 20U;

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j)
    row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

std::string_view type_name(const toml::node& node) {
  if (node.is_table()) return "a table";
  if (node.is_array()) return "an array";
  if (node.is_string()) return "a string";
  if (node.is_boolean()) return "a boolean";
  if (node.is_integer()) return "an integer";
  if (node.is_floating_point()) return "a fraction";
  return "a date or time";
}

}  // namespace

std::string suggest(std::string_view word, std::span<const std::string_view> known) {
  const std::string_view cut = word.substr(0, 100);
  const auto distance = [&](std::string_view candidate) { return edit_distance(cut, candidate); };
  const auto nearest = std::ranges::min_element(known, {}, distance);
  if (nearest == known.end()) return {};
  if (distance(*nearest) <= 1 + nearest->size() / 4) return fmt::format("did you mean \"{}\"?", *nearest);
  return fmt::format("known here: {}", fmt::join(known, ", "));
}

TomlReader& TomlReader::boolean(std::string_view key, bool& target) {
  return with(key, "true or false", [&](const toml::node& node) {
    const auto value = node.value_exact<bool>();
    if (value) target = *value;
    return value.has_value();
  });
}

TomlReader& TomlReader::text(std::string_view key, std::string& target) {
  return text_with(key, [&](const std::string& value) {
    if (value.empty())
      return Status(Error{Errc::invalid_input, fmt::format("expected a text as \"{}\"", key)});
    target = value;
    return success();
  });
}

TomlReader& TomlReader::texts(std::string_view key, std::vector<std::string>& target) {
  return with(key, "an array of strings", [&](const toml::node& node) {
    const auto* array = node.as_array();
    if (array == nullptr) return false;
    for (const auto& item : *array) {
      const auto value = item.value_exact<std::string>();
      if (!value) return false;
      target.push_back(*value);
    }
    return true;
  });
}

TomlReader& TomlReader::seconds(std::string_view key, std::chrono::seconds& target) {
  auto count = static_cast<std::int32_t>(target.count());
  integer(key, count);
  target = std::chrono::seconds(count);
  return *this;
}

Status TomlReader::finish() {
  for (const auto& [key, node] : table_) {
    if (std::ranges::find(known_, key.str()) != known_.end()) continue;
    errors_.push_back({Errc::invalid_input,
                       fmt::format("{}: unknown key {} {}", place(key.source()), quote(key.str()), where_),
                       suggest(key.str(), known_)});
  }
  if (errors_.empty()) return success();
  return combined(errors_);
}

const toml::node* TomlReader::begin(std::string_view key) {
  known_.push_back(key);
  return table_.get(key);
}

void TomlReader::wrong_type(const toml::node& node, std::string_view key, std::string_view expected) {
  fail(node, {Errc::invalid_input,
              fmt::format("expected {} as \"{}\" {}, found {}", expected, key, where_, type_name(node))});
}

void TomlReader::fail(const toml::node& node, const Error& error) {
  errors_.push_back(error.context(place(node.source())));
}

std::string TomlReader::place(const toml::source_region& source) const {
  return fmt::format("{}:{}:{}", file_, source.begin.line, source.begin.column);
}

Error combined(const std::vector<Error>& errors) {
  if (errors.size() == 1) return errors.front();
  std::string lines;
  for (const auto& error : errors) {
    if (!lines.empty()) lines += '\n';
    lines += error.hint.empty() ? error.message : fmt::format("{} ({})", error.message, error.hint);
  }
  return {errors.front().code, std::move(lines)};
}

bool take_texts(const toml::node& node, std::vector<std::string>& texts) {
  const auto* list = node.as_array();
  if (list == nullptr || list->empty()) return false;
  for (const auto& item : *list) {
    const auto text = item.value_exact<std::string>();
    if (!text || text->empty()) return false;
    texts.push_back(*text);
  }
  return true;
}

Result<toml::table> parse_toml(std::string_view text, std::string_view file) {
  if (text.size() > max_bytes) {
    return Error{Errc::too_large, fmt::format("expected at most {} in {}, found {}", human_size(max_bytes),
                                              file, human_size(text.size()))};
  }
  try {
    return toml::table(toml::parse(text, file));
  } catch (const toml::parse_error& error) {
    return Error{Errc::invalid_input, fmt::format("{}:{}:{}: {}", file, error.source().begin.line,
                                                  error.source().begin.column, error.description())};
  }
}

}  // namespace packhouse::app
