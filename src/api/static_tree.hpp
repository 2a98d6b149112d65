#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>

#include "api/representation.hpp"
#include "index/catalog.hpp"
#include "sys/file_system.hpp"

namespace packhouse::api {

struct ExportReport {
  std::size_t projects = 0;
  std::size_t files = 0;
  std::size_t new_files = 0;  ///< of them written now
  std::uint64_t new_bytes = 0;
  std::size_t removed = 0;  ///< that the index no longer offers
};

/// What an index offers, as files that any web server serves:
///   simple/index.html, simple/index.v1_json          the list (PEP 503, PEP 691)
///   simple/PROJECT/index.html, index.v1_json         a page
///   files/AB/REST/FILENAME, FILENAME.metadata        a file, and its core metadata (PEP 658)
///   integrity/PROJECT/VERSION/FILENAME/provenance    its attestations (PEP 740)
/// All links are relative. Files of 0644 in folders of 0755. Of a tree that is there, what is new is added,
/// then the pages are replaced one by one, each at once, then what the index no longer offers is removed: a
/// client that reads meanwhile finds every file that its page names.
class StaticTree {
 public:
  /// What it refers to outlives it.
  StaticTree(const index::Catalog& catalog, FileSystem& disk, Path folder)
      : catalog_(catalog), disk_(disk), folder_(std::move(folder)) {}

  /// conflict for a folder that holds anything else: what is not of the index would be removed.
  Result<ExportReport> write();

 private:
  Status begin() const;
  Status write_project(const ProjectDetail& project);
  Status write_list();
  Status write_list(Representation representation, std::string_view name);
  Status write_file(const File& file);
  Status copy(const Sha256& digest, const std::string& to);
  Status write_text(const std::string& to, std::string_view text);
  Status put(const std::string& to, const std::function<Status(WritableFile&)>& fill);
  Status prune();

  const index::Catalog& catalog_;
  FileSystem& disk_;
  const Path folder_;
  std::set<std::string, std::less<>> kept_;  // below the folder
  ExportReport report_;
};

}  // namespace packhouse::api
