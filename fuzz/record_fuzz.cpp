// A RECORD that is read can be written down again from its entries and reads as the same. Read by a second,
// plain reader of CSV it has the same fields.
#include "dist/record.hpp"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.hpp"

using packhouse::dist::RecordEntry;

namespace {

using Row = std::vector<std::string>;

void require(bool holds) {
  if (!holds) std::abort();
}

std::string written(std::string_view field) {
  return "\"" + packhouse::replace_all(std::string(field), "\"", "\"\"") + "\"";
}

std::string hash_of(const RecordEntry& entry) {
  return entry.has_hash() ? entry.algorithm + "=" + entry.digest : "";
}

Row row_of(const RecordEntry& entry) {
  return {entry.path, hash_of(entry), entry.size};
}

std::vector<Row> rows_of(const std::vector<RecordEntry>& entries) {
  std::vector<Row> rows;
  std::ranges::transform(entries, std::back_inserter(rows), row_of);
  return rows;
}

// Byte by byte, as RFC 4180 has it, of a text that was accepted.
std::vector<Row> read_plainly(std::string_view text) {
  std::vector<Row> rows;
  Row row{""};
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"' && quoted && text.substr(i + 1).starts_with('"')) {
      row.back() += text[++i];
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      row.emplace_back();
    } else if (c == '\n' && !quoted) {
      rows.push_back(std::exchange(row, {""}));
    } else if (c != '\r' || quoted) {
      row.back() += c;
    }
  }
  if (row != Row{""}) rows.push_back(row);
  return rows;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto entries = packhouse::dist::parse_record(bytes);
  if (!entries.ok()) return 0;
  require(packhouse::is_utf8(bytes));
  std::string again;
  for (const auto& entry : *entries) {
    require(!entry.path.empty() && entry.algorithm.empty() == entry.digest.empty());
    again += written(entry.path) + "," + written(hash_of(entry)) + "," + written(entry.size) + "\r\n";
  }
  const auto reread = packhouse::dist::parse_record(again);
  require(reread.ok() && rows_of(*reread) == rows_of(*entries));
  require(read_plainly(bytes) == rows_of(*entries));
  return 0;
}
