#include "source/comparison.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "archive/byte_source.hpp"
#include "archive/tar.hpp"
#include "archive/zip.hpp"
#include "base/digest.hpp"
#include "base/text.hpp"

namespace packhouse::source {
namespace {

constexpr std::size_t shown_members = 5;

/// What a member is, whatever its time and its place: by its name.
using Content = std::map<std::string, std::string>;

class ContentSink final : public archive::MemberSink {
 public:
  void begin(const archive::Member& /*member*/) override { hasher_ = Hasher{}; }
  void write(std::string_view chunk) override { hasher_.update(chunk); }
  void end(const archive::Member& member, bool intact) override {
    constexpr std::uint32_t may_run = 0111;
    whole_ = whole_ && intact;
    content_[member.name] =
        fmt::format("{} {} {} {}", static_cast<int>(member.type), (member.mode & may_run) != 0,
                    member.link_target, hasher_.finish().sha256.hex());
  }

  std::optional<Content> take(bool complete) {
    return whole_ && complete ? std::optional(std::move(content_)) : std::nullopt;
  }

 private:
  Hasher hasher_;
  Content content_;
  bool whole_ = true;
};

Result<std::optional<Content>> read_content(FileSystem& disk, const Path& path) {
  TRY(const auto size, disk.size(path));
  TRY(const auto file, disk.open(path));
  const auto source = archive::FileSource::borrow(file.get(), size);
  const archive::Policy policy;
  ContentSink sink;
  if (path.extension() == ".whl") {
    archive::ZipReader reader(source, policy);
    reader.read_all(sink);
    return sink.take(reader.readable());
  }
  archive::TarGzReader reader(source, policy);
  reader.read_all(sink);
  return sink.take(reader.complete());
}

std::vector<std::string> differing(const Content& a, const Content& b) {
  std::vector<std::string> names;
  for (const auto& [name, content] : a)
    if (const auto other = b.find(name); other == b.end() || other->second != content) names.push_back(name);
  for (const auto& [name, content] : b)
    if (!a.contains(name)) names.push_back(name);
  std::ranges::sort(names);
  return names;
}

}  // namespace

std::string_view to_string(FileComparison::Kind kind) noexcept {
  constexpr std::array<std::string_view, 5> words{"same", "same members", "differs", "missing", "extra"};
  return words.at(static_cast<std::size_t>(kind));
}

bool agrees(const FileComparison& comparison) noexcept {
  return comparison.kind == FileComparison::Kind::same ||
         comparison.kind == FileComparison::Kind::same_members;
}

Result<FileComparison> compare_members(FileSystem& disk, const std::string& filename, const Path& released,
                                       const Path& built) {
  TRY(const auto ours, read_content(disk, released));
  TRY(const auto theirs, read_content(disk, built));
  FileComparison comparison{.filename = filename, .kind = FileComparison::Kind::differs};
  if (!ours || !theirs) return comparison;
  comparison.members = differing(*ours, *theirs);
  if (comparison.members.empty()) comparison.kind = FileComparison::Kind::same_members;
  return comparison;
}

json::Array to_json(const std::vector<FileComparison>& comparisons) {
  json::Array list;
  for (const FileComparison& each : comparisons) {
    list.push_back(json::Object{{"filename", each.filename},
                                {"result", to_string(each.kind)},
                                {"members", json::Array(each.members.begin(), each.members.end())}});
  }
  return list;
}

std::string describe(const std::vector<FileComparison>& comparisons) {
  std::vector<std::string> lines;
  for (const FileComparison& each : comparisons) {
    std::vector<std::string> names;
    for (const std::string& name : each.members)
      if (names.size() < shown_members) names.push_back(quote(name));
    if (each.members.size() > shown_members)
      names.push_back(fmt::format("and {} more", each.members.size() - shown_members));
    lines.push_back(fmt::format("{}: {}{}", each.filename, to_string(each.kind),
                                names.empty() ? "" : " (" + join(names, ", ") + ")"));
  }
  return join(lines, "; ");
}

}  // namespace packhouse::source
