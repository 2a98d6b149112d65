#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <ostream>
#include <stdexcept>
#include <string>
#include <vector>

#include "store/ledger.hpp"
#include "store/metadata_store.hpp"
#include "store/store_error.hpp"

namespace packhouse::testing {

/// A new, empty database of one kind.
class MetadataStoreHome {
 public:
  virtual ~MetadataStoreHome() = default;
  /// Opens it, once more if it is open already: as another process would.
  virtual std::unique_ptr<MetadataStore> open() = 0;
  /// An attack on the database itself: sets `column` of the ledger's entry `sequence` to the text `value`,
  /// whatever guards the table.
  virtual void rewrite_ledger(std::int64_t sequence, const std::string& column, const std::string& value) = 0;
  /// The same, removing the entry.
  virtual void cut_ledger(std::int64_t sequence) = 0;
  /// Runs a statement past the store: the database's reason for refusing it, or empty if it was accepted.
  virtual std::string refusal(const std::string& statement) = 0;
};

struct MetadataStoreKind {
  std::string name;
  std::function<std::unique_ptr<MetadataStoreHome>()> make;

  friend void PrintTo(const MetadataStoreKind& kind, std::ostream* out) { *out << kind.name; }
};

inline Timestamp at(std::int64_t microseconds) {
  return Timestamp{std::chrono::microseconds{microseconds}};
}

inline LedgerNote note(std::string action) {
  return {.actor = {.kind = "token", .id = "1", .address = "192.0.2.1"},
          .action = std::move(action),
          .subject = "main",
          .reason = {},
          .detail = {}};
}

/// The same note of any file.
inline FileNote file_note(LedgerNote every) {
  return [every = std::move(every)](const File&) { return every; };
}
inline FileNote file_note(std::string action) {
  return file_note(note(std::move(action)));
}

inline ProjectName named(std::string_view name) {
  return *ProjectName::parse(name);
}

inline Version parsed(std::string_view text) {
  return *Version::parse(text);
}

inline ReleaseName release_of(std::string_view project, std::string_view version) {
  return *ReleaseName::parse(project, version);
}

/// When every file of these tests comes.
inline const Timestamp upload_time = at(1'763'000'000'123'456);

/// PROJECT-VERSION-py3-none-any.whl with those bytes.
inline NewFile wheel(const std::string& project, const std::string& version, std::string_view bytes) {
  return {.file = {.id = 0,
                   .release = release_of(project, version),
                   .filename = fmt::format("{}-{}-py3-none-any.whl", project, version),
                   .kind = FileKind::wheel,
                   .sha256 = Sha256::of(bytes),
                   .blake2b_256 = std::string(64, 'b'),
                   .size = bytes.size(),
                   .requires_python = ">=3.9",
                   .metadata_sha256 = Sha256::of("metadata"),
                   .uploaded = upload_time,
                   .yanked = {}},
          .warnings = {}};
}

/// PROJECT-VERSION.tar.gz with those bytes.
inline NewFile sdist(const std::string& project, const std::string& version, std::string_view bytes) {
  NewFile file = wheel(project, version, bytes);
  file.file.filename = fmt::format("{}-{}.tar.gz", project, version);
  file.file.kind = FileKind::sdist;
  file.file.metadata_sha256.reset();
  return file;
}

/// A store with the index main. Each contract is a suite on it, which INSTANTIATE_TEST_SUITE_P runs with one
/// MetadataStoreKind per store.
class MetadataStoreFixture : public ::testing::TestWithParam<MetadataStoreKind> {
 protected:
  MetadataStoreFixture() { EXPECT_TRUE(*catalog().ensure_index("main", note("index.create"), at(1))); }

  MetadataStore& store() { return *store_; }
  CatalogStore& catalog() { return store_->catalog(); }
  FileStore& files() { return store_->files(); }
  ReleaseStateStore& states() { return store_->release_states(); }
  AccessStore& access() { return store_->access(); }
  LedgerStore& ledger() { return store_->ledger(); }
  SessionStore& sessions() { return store_->sessions(); }

  Result<Recorded> add(const NewFile& file) {
    return files().add("main", file, file_note("file.upload"), {});
  }

  void expect_added(const NewFile& file) {
    const auto added = add(file);
    ASSERT_TRUE(added.ok()) << added.error().message;
    EXPECT_EQ(*added, Recorded::added);
  }

  /// Everything that a refused or undone change must leave as it was.
  struct State {
    std::int64_t serial = 0;
    std::size_t entries = 0;
    std::vector<std::string> projects;
    std::vector<Sha256> blobs;
    bool operator==(const State&) const = default;
  };
  State state() {
    State state{.serial = *catalog().serial("main"),
                .entries = ledger().entries(0, 1'000'000)->size(),
                .projects = {},
                .blobs = *files().referenced_blobs()};
    for (const auto& project : *catalog().projects("main", {}, 100))
      state.projects.push_back(fmt::format("{} {}", project.name, project.serial));
    return state;
  }

  void expect_sound_ledger(std::int64_t entries) {
    const auto verified = verify_ledger(ledger());
    ASSERT_TRUE(verified.ok()) << verified.error().message;
    EXPECT_EQ(*verified, entries);
  }

  void reopen() {
    store_.reset();
    store_ = home_->open();
  }

  std::unique_ptr<MetadataStoreHome> home_ = GetParam().make();
  std::unique_ptr<MetadataStore> store_ = home_->open();
};

inline Token token(std::string_view secret) {
  return {.id = 0,
          .label = "ci of demo",
          .hash = Sha256::of(secret),
          .permissions = {Permission::read, Permission::upload},
          .project = "demo",
          .created = at(10),
          .expires = at(20),
          .last_used = {},
          .revoked = {}};
}

inline User user(std::string name) {
  return {.id = 0,
          .name = std::move(name),
          .password = Secret{"$argon2id$v=19$m=65536,t=2,p=1$c2FsdA$aGFzaA"},
          .permissions = {Permission::read},
          .created = at(10),
          .disabled = {}};
}

}  // namespace packhouse::testing
