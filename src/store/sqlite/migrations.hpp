#pragma once

#include <span>
#include <string_view>

namespace packhouse::sqlite {

/// One step of the schema: a file of migrations/sqlite/, compiled in. Once released it never changes.
struct Migration {
  int version = 0;
  std::string_view name;
  std::string_view sql;
};

/// In order: versions 1, 2, 3, … without a gap.
std::span<const Migration> migrations() noexcept;

}  // namespace packhouse::sqlite
