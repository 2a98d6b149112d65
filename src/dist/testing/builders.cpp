#include "dist/testing/builders.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/digest.hpp"
#include "base/text.hpp"

namespace packhouse::dist::testing {
namespace {

using Files = std::vector<std::pair<std::string, std::string>>;

void put(Files& files, std::string path, std::string content) {
  const auto found = std::ranges::find(files, path, &std::pair<std::string, std::string>::first);
  if (found != files.end()) {
    found->second = std::move(content);
  } else {
    files.emplace_back(std::move(path), std::move(content));
  }
}

void take(Files& files, const std::string& path) {
  std::erase_if(files, [&](const auto& file) { return file.first == path; });
}

void add_header(Files& files, const std::string& path, const std::string& line) {
  for (auto& [name, content] : files) {
    if (name == path) content.insert(content.find("\n\n") + 1, line + "\n");
  }
}

}  // namespace

std::string record_hash(std::string_view bytes) {
  const auto digest = Sha256::of(bytes);
  const auto& raw = digest.bytes();
  return "sha256=" + to_base64url(std::string{raw.begin(), raw.end()});
}

std::string minimal_metadata(std::string_view name, std::string_view version) {
  return fmt::format("Metadata-Version: 2.4\nName: {}\nVersion: {}\nSummary: A demo\n\nText.\n", name,
                     version);
}

WheelBuilder::WheelBuilder(std::string name, std::string version, std::string tag)
    : name_(std::move(name)),
      version_(std::move(version)),
      filename_(name_ + "-" + version_ + "-" + tag + ".whl") {
  add(name_ + "/__init__.py", "");
  metadata(minimal_metadata(name_, version_));
  wheel_file("Wheel-Version: 1.0\nGenerator: by-hand 1.0\nRoot-Is-Purelib: true\nTag: " + std::move(tag) +
             "\n");
}

WheelBuilder& WheelBuilder::add(std::string path, std::string content) {
  put(files_, std::move(path), std::move(content));
  return *this;
}

WheelBuilder& WheelBuilder::remove(const std::string& path) {
  take(files_, path);
  return *this;
}

WheelBuilder& WheelBuilder::add_info(const std::string& file, std::string content) {
  return add(info_folder() + "/" + file, std::move(content));
}

WheelBuilder& WheelBuilder::remove_info(const std::string& file) {
  return remove(info_folder() + "/" + file);
}

WheelBuilder& WheelBuilder::metadata_line(const std::string& line) {
  add_header(files_, info_folder() + "/METADATA", line);
  return *this;
}

WheelBuilder& WheelBuilder::filename(std::string whole) {
  filename_ = std::move(whole);
  return *this;
}

WheelBuilder& WheelBuilder::omit_from_record(const std::string& path) {
  lines_[path] = std::nullopt;
  return *this;
}

WheelBuilder& WheelBuilder::record_line(const std::string& path, std::string line) {
  lines_[path] = std::move(line);
  return *this;
}

WheelBuilder& WheelBuilder::record(std::string whole) {
  record_ = std::move(whole);
  return *this;
}

std::string WheelBuilder::record_text() const {
  if (record_) return *record_;
  std::map<std::string, std::optional<std::string>> lines;
  for (const auto& [path, content] : files_)
    lines[path] = fmt::format("{},{},{}", path, record_hash(content), content.size());
  const auto own = info_folder() + "/RECORD";
  lines[own] = own + ",,";
  for (const auto& [path, line] : lines_)
    lines[path] = line;
  std::string text;
  for (const auto& [path, line] : lines) {
    if (line) text += *line + "\n";
  }
  return text;
}

archive::testing::RawZip WheelBuilder::zip() const {
  archive::testing::RawZip zip;
  for (const auto& [path, content] : files_)
    zip.add(path, content);
  zip.add(info_folder() + "/RECORD", record_text());
  return zip;
}

SdistBuilder::SdistBuilder(std::string name, std::string version)
    : name_(std::move(name)), version_(std::move(version)), filename_(name_ + "-" + version_ + ".tar.gz") {
  metadata(minimal_metadata(name_, version_));
  add("pyproject.toml", "[build-system]\nrequires = []\n");
  add("src/" + name_ + "/__init__.py", "");
}

SdistBuilder& SdistBuilder::add(const std::string& path, std::string content) {
  return add_outside(folder() + "/" + path, std::move(content));
}

SdistBuilder& SdistBuilder::remove(const std::string& path) {
  take(files_, folder() + "/" + path);
  return *this;
}

SdistBuilder& SdistBuilder::add_outside(std::string path, std::string content) {
  put(files_, std::move(path), std::move(content));
  return *this;
}

SdistBuilder& SdistBuilder::metadata_line(const std::string& line) {
  add_header(files_, folder() + "/PKG-INFO", line);
  return *this;
}

SdistBuilder& SdistBuilder::filename(std::string whole) {
  filename_ = std::move(whole);
  return *this;
}

archive::testing::RawTar SdistBuilder::tar() const {
  archive::testing::RawTar tar;
  for (const auto& [path, content] : files_)
    tar.add(path, content);
  return tar;
}

archive::testing::RawZip artifact_zip(const Files& files) {
  archive::testing::RawZip zip;
  for (const auto& [name, content] : files)
    zip.add(name, content);
  return zip;
}

}  // namespace packhouse::dist::testing
