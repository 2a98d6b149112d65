#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "base/counter.hpp"

namespace packhouse::api {

/// Writes metrics in Prometheus' text format 0.0.4
/// (https://prometheus.io/docs/instrumenting/exposition_formats/). All samples of a family follow its head.
class MetricsText {
 public:
  using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;
  enum class Type { counter, gauge, histogram };

  /// `name` without the "packhouse_" in front of it.
  void family(std::string_view name, Type type, std::string_view help);
  void sample(std::uint64_t value, Labels labels = {});
  void sample(double value, Labels labels = {});
  void samples(const DurationHistogram::Values& values, Labels labels);

  /// A family of one sample.
  template <typename Value>
  void one(std::string_view name, Type type, std::string_view help, Value value) {
    family(name, type, help);
    sample(value);
  }

  const std::string& text() const noexcept { return text_; }

 private:
  void line(std::string_view suffix, Labels labels, std::string_view more, const std::string& value);

  std::string text_;
  std::string name_;
};

}  // namespace packhouse::api
