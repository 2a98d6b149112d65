#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "archive/testing/raw_tar.hpp"
#include "archive/testing/raw_zip.hpp"

namespace packhouse::dist::testing {

/// "sha256=…" as RECORD has it.
std::string record_hash(std::string_view bytes);

/// METADATA or PKG-INFO of the fewest fields.
std::string minimal_metadata(std::string_view name, std::string_view version);

/// A sound wheel, unless a test says otherwise. `name` is written as it is into the filename and the
/// .dist-info folder, so give it in its normal form with '_'.
class WheelBuilder {
 public:
  WheelBuilder(std::string name, std::string version, std::string tag = "py3-none-any");

  /// A file, listed in RECORD. One of this path is replaced.
  WheelBuilder& add(std::string path, std::string content);
  WheelBuilder& remove(const std::string& path);
  /// A file below the .dist-info folder.
  WheelBuilder& add_info(const std::string& file, std::string content);
  WheelBuilder& remove_info(const std::string& file);
  /// One more header line of METADATA: "Requires-Python: >=3.9".
  WheelBuilder& metadata_line(const std::string& line);
  WheelBuilder& metadata(std::string whole) { return add_info("METADATA", std::move(whole)); }
  WheelBuilder& wheel_file(std::string whole) { return add_info("WHEEL", std::move(whole)); }
  WheelBuilder& filename(std::string whole);

  WheelBuilder& omit_from_record(const std::string& path);
  /// The whole line for `path` instead of the true one; a line for a path that is not there is added.
  WheelBuilder& record_line(const std::string& path, std::string line);
  WheelBuilder& record(std::string whole);

  std::string filename() const { return filename_; }
  std::string info_folder() const { return name_ + "-" + version_ + ".dist-info"; }
  std::string record_text() const;
  /// For what only the zip's own fields can do wrong.
  archive::testing::RawZip zip() const;
  std::string bytes() const { return zip().bytes(); }

 private:
  std::string name_;
  std::string version_;
  std::string filename_;
  std::vector<std::pair<std::string, std::string>> files_;
  std::map<std::string, std::optional<std::string>> lines_;
  std::optional<std::string> record_;
};

/// A sound sdist, unless a test says otherwise.
class SdistBuilder {
 public:
  SdistBuilder(std::string name, std::string version);

  /// A file below the top-level folder. One of this path is replaced.
  SdistBuilder& add(const std::string& path, std::string content);
  SdistBuilder& remove(const std::string& path);
  /// A file of this very path, in whatever folder.
  SdistBuilder& add_outside(std::string path, std::string content);
  SdistBuilder& metadata_line(const std::string& line);
  SdistBuilder& metadata(std::string whole) { return add("PKG-INFO", std::move(whole)); }
  SdistBuilder& filename(std::string whole);

  std::string filename() const { return filename_; }
  std::string folder() const { return name_ + "-" + version_; }
  archive::testing::RawTar tar() const;
  std::string bytes() const { return tar().bytes(); }

 private:
  std::string name_;
  std::string version_;
  std::string filename_;
  std::vector<std::pair<std::string, std::string>> files_;
};

/// A flat zip of these files, as a CI run keeps its artifact.
archive::testing::RawZip artifact_zip(const std::vector<std::pair<std::string, std::string>>& files);

}  // namespace packhouse::dist::testing
