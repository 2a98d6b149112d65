// An accepted tar has one meaning: a reader that only knows headers and sizes finds the same contents at the
// same places. The input is the tar; it is packed here, so that a mutation need not be a valid gzip file.
#include "archive/tar.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "archive/testing/raw_tar.hpp"
#include "dist/check.hpp"

namespace {

using namespace packhouse;

void require(bool holds) {
  if (!holds) std::abort();
}

class Recorder final : public archive::MemberSink {
 public:
  void begin(const archive::Member& member) override {
    contents.emplace_back();
    stated.push_back(member.size);
  }
  void write(std::string_view chunk) override { contents.back().append(chunk); }
  void end(const archive::Member& member, bool intact) override {
    require(!intact || contents.back().size() == member.size);
  }
  std::vector<std::string> contents;
  std::vector<std::uint64_t> stated;
};

/// The contents of all members but extension headers, by the size fields alone.
std::vector<std::string> walk(std::string_view tar) {
  std::vector<std::string> found;
  while (tar.size() >= 512 && tar.substr(0, 512).find_first_not_of('\0') != std::string_view::npos) {
    std::size_t size = 0;
    for (const char c : tar.substr(124, 12)) {
      if (c >= '0' && c <= '7') size = size * 8 + static_cast<std::size_t>(c - '0');
    }
    const char type = tar[156];
    tar.remove_prefix(512);
    require(size <= tar.size());
    if (std::string_view{"xgLK"}.find(type) == std::string_view::npos)
      found.emplace_back(tar.substr(0, size));
    tar.remove_prefix(std::min((size + 511) / 512 * 512, tar.size()));
  }
  return found;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view tar(reinterpret_cast<const char*>(data), size);
  const auto packed = archive::testing::gzip(tar);
  archive::Policy policy;
  policy.limits.total_size = 4U << 20U;
  policy.links_inside = size % 2 == 1;
  const archive::MemorySource source{packed};
  archive::TarGzReader reader{source, policy};
  Recorder recorder;
  reader.read_all(recorder);
  require(recorder.contents.size() == reader.members().size());
  require(reader.complete() || !reader.violations().empty());
  if (reader.complete()) require(walk(tar) == recorder.contents);
  const auto report = dist::check_file(source, "demo-1.0.tar.gz", dist::Policy{});
  require(!report.accepted() || report.inspection.has_value());
  return 0;
}
