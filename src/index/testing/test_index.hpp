#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "index/context.hpp"
#include "index/ingest.hpp"
#include "sys/file_system.hpp"
#include "sys/temporary_folder.hpp"

namespace packhouse::index::testing {

/// A sound pure wheel, as "demo-1.0-py3-none-any.whl". `text` makes its bytes differ; `fields` are more lines
/// of its METADATA.
std::string wheel_bytes(std::string_view name, std::string_view version, std::string_view text = "x = 1\n",
                        std::string_view fields = "");
std::string wheel_filename(std::string_view name, std::string_view version);
/// A sound sdist.
std::string sdist_bytes(std::string_view name, std::string_view version, std::string_view text = "x = 1\n");
std::string sdist_filename(std::string_view name, std::string_view version);

/// Remembers which projects were said to have changed.
class RecordingListener final : public ChangeListener {
 public:
  void project_changed(std::string_view project) override { changed.emplace_back(project); }
  std::vector<std::string> changed;
};

/// What a refused request must leave as it was.
struct Footprint {
  std::size_t files_on_disk = 0;
  std::int64_t ledger_entries = 0;  ///< in a chain that holds
  std::int64_t serial = 0;
  std::size_t tokens = 0;
  bool operator==(const Footprint&) const = default;
};

/// An index "main" with nothing in it, on a real database and real files in a folder that goes with it. Its
/// clock stands until it is moved.
class TestIndex {
 public:
  TestIndex();

  Context context(ChangeListener& changes);

  /// Takes a wheel or sdist in by its filename, as an upload with right claims does.
  Result<Ingested> add(std::string_view filename, std::string_view bytes);
  /// A form whose claims are right for these bytes.
  static UploadForm form_for(std::string_view filename, std::string_view bytes);

  std::size_t blob_count();
  /// Every file below the data folder but the database's own.
  std::size_t files_on_disk() const;
  std::int64_t ledger_length();
  /// Throws where the ledger does not verify.
  Footprint footprint();

  TemporaryFolder folder;
  std::unique_ptr<FileSystem> disk;
  std::unique_ptr<MetadataStore> store;
  std::unique_ptr<BlobStore> blobs;
  ManualClock clock;
  dist::Policy policy;
  RecordingListener listener;
  Quotas quotas;
};

}  // namespace packhouse::index::testing
