#include "api/metrics_text.hpp"

#include <fmt/format.h>

namespace packhouse::api {
namespace {

std::string_view to_string(MetricsText::Type type) noexcept {
  switch (type) {
    case MetricsText::Type::counter:
      return "counter";
    case MetricsText::Type::gauge:
      return "gauge";
    case MetricsText::Type::histogram:
      return "histogram";
  }
  return "untyped";
}

std::string escaped(std::string_view value) {
  std::string text;
  for (const char sign : value) {
    if (sign == '\\' || sign == '"') text += '\\';
    if (sign == '\n') {
      text += "\\n";
    } else {
      text += sign;
    }
  }
  return text;
}

}  // namespace

void MetricsText::family(std::string_view name, Type type, std::string_view help) {
  name_ = fmt::format("packhouse_{}", name);
  text_ += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name_, help, name_, to_string(type));
}

void MetricsText::sample(std::uint64_t value, Labels labels) {
  line("", labels, "", fmt::to_string(value));
}

void MetricsText::sample(double value, Labels labels) {
  line("", labels, "", fmt::to_string(value));
}

void MetricsText::samples(const DurationHistogram::Values& values, Labels labels) {
  for (std::size_t i = 0; i < values.up_to.size(); ++i) {
    line("_bucket", labels, fmt::format("le=\"{}\"", DurationHistogram::bounds.at(i)),
         fmt::to_string(values.up_to.at(i)));
  }
  line("_bucket", labels, "le=\"+Inf\"", fmt::to_string(values.count));
  line("_sum", labels, "", fmt::to_string(values.seconds));
  line("_count", labels, "", fmt::to_string(values.count));
}

/// `more`: a label that stands behind the others.
void MetricsText::line(std::string_view suffix, Labels labels, std::string_view more,
                       const std::string& value) {
  std::string all;
  for (const auto& [name, text] : labels)
    all += fmt::format("{}{}=\"{}\"", all.empty() ? "" : ",", name, escaped(text));
  if (!more.empty()) all += fmt::format("{}{}", all.empty() ? "" : ",", more);
  if (!all.empty()) all = fmt::format("{{{}}}", all);
  text_ += fmt::format("{}{}{} {}\n", name_, suffix, all, value);
}

}  // namespace packhouse::api
