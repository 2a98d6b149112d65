#pragma once

#include <optional>
#include <utility>

#include "base/result.hpp"
#include "model/file.hpp"
#include "model/index_policy.hpp"
#include "model/release.hpp"
#include "store/sql/file_queries.hpp"
#include "store/store_error.hpp"

/// Between columns and the model's types. A row that this program cannot have written throws StoreError.
namespace packhouse::sql {

/// The value of a column that was checked before it was written.
template <typename T>
T require(Result<T> result) {
  if (!result.ok())
    throw StoreError("the database holds what packhouse did not write: " + result.error().message);
  return *std::move(result);
}

Number to_limit(std::size_t limit);
Number to_number(Timestamp time);
OptionalNumber to_number(const std::optional<Timestamp>& time);
Timestamp to_time(Number microseconds);
std::optional<Timestamp> to_optional_time(const OptionalNumber& microseconds);

OptionalText digest_text(const std::optional<Sha256>& digest);
Sha256 to_sha256(const Text& hex);
std::optional<Sha256> to_optional_sha256(const OptionalText& hex);

OptionalText label_text(const std::optional<ReleaseLabel>& label);
std::optional<ReleaseLabel> to_label(const OptionalText& text);

ReleaseName to_release_name(const Text& project, const Text& version);
ProjectState to_project_state(const Text& status, const Text& reason);
IndexPolicy to_policy(const Text& text);
File to_file(FileRow&& row);

}  // namespace packhouse::sql
