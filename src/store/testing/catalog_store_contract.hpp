#pragma once

#include "store/testing/metadata_store_fixture.hpp"

namespace packhouse::testing {

/// What every CatalogStore must do. Instantiated with one MetadataStoreKind per store, as all contracts here.
class CatalogStoreContract : public MetadataStoreFixture {};

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(CatalogStoreContract);

TEST_P(CatalogStoreContract, makes_an_index_once) {
  EXPECT_FALSE(*catalog().ensure_index("main", note("index.create"), at(2)));
  EXPECT_TRUE(*catalog().ensure_index("other", note("index.create"), at(2)));
  EXPECT_EQ(*catalog().serial("other"), 0);
  expect_sound_ledger(2);
}

TEST_P(CatalogStoreContract, a_missing_index_is_not_found) {
  const std::string message = "there is no index \"none\"";
  const auto file = wheel("demo", "1.0", "bytes");
  for (const Error& error :
       {catalog().projects("none", {}, 1).error(), catalog().project("none", "demo").error(),
        files().find("none", "demo").error(), catalog().serial("none").error(),
        files().add("none", file, file_note("file.upload"), {}).error(),
        files().can_add("none", release_of("p", "1"), "f", upload_time).error(),
        files().remove("none", "f", note("file.delete"), at(3)).error()}) {
    EXPECT_EQ(error.code, Errc::not_found);
    EXPECT_EQ(error.message, message);
  }
  expect_sound_ledger(1);
}

TEST_P(CatalogStoreContract, keeps_indexes_apart) {
  ASSERT_TRUE(*catalog().ensure_index("other", note("index.create"), at(2)));
  expect_added(wheel("demo", "1.0", "one"));
  const auto other = files().add("other", wheel("demo", "1.0", "two"), file_note("file.upload"), {});
  ASSERT_TRUE(other.ok());
  EXPECT_EQ(*other, Recorded::added);
  EXPECT_EQ(files().find("main", "demo-1.0-py3-none-any.whl")->sha256, Sha256::of("one"));
  EXPECT_EQ(files().find("other", "demo-1.0-py3-none-any.whl")->sha256, Sha256::of("two"));
  ASSERT_TRUE(files().remove("other", "demo-1.0-py3-none-any.whl", note("file.delete"), at(3)).ok());
  EXPECT_TRUE(files().find("main", "demo-1.0-py3-none-any.whl").ok());
}

TEST_P(CatalogStoreContract, shows_a_project_with_its_files_by_version_as_uploaded_then_filename) {
  expect_added(wheel("demo", "1.10", "a"));
  expect_added(wheel("demo", "1.9", "b"));
  expect_added(wheel("other", "1.0", "c"));
  NewFile first = wheel("demo", "1.10", "d");
  first.file.filename = "demo-1.10-cp311-abi3-linux_x86_64.whl";
  expect_added(first);
  const auto project = catalog().project("main", "demo");
  ASSERT_TRUE(project.ok());
  EXPECT_EQ(project->name, "demo");
  EXPECT_EQ(project->serial, 4);
  EXPECT_EQ(project->releases,
            (std::vector<Release>{{.version = parsed("1.10")}, {.version = parsed("1.9")}}));
  std::vector<std::string> names;
  for (const File& file : project->files)
    names.push_back(file.filename);
  EXPECT_EQ(names, (std::vector<std::string>{"demo-1.10-cp311-abi3-linux_x86_64.whl",
                                             "demo-1.10-py3-none-any.whl", "demo-1.9-py3-none-any.whl"}));
}

TEST_P(CatalogStoreContract, a_missing_project_and_a_missing_file_are_not_found) {
  const auto project = catalog().project("main", "demo");
  ASSERT_FALSE(project.ok());
  EXPECT_EQ(project.error().code, Errc::not_found);
  EXPECT_EQ(project.error().message, "there is no project \"demo\" in the index \"main\"");
  const auto file = files().find("main", "x.whl");
  ASSERT_FALSE(file.ok());
  EXPECT_EQ(file.error().code, Errc::not_found);
  EXPECT_EQ(file.error().message, "there is no file \"x.whl\" in the index \"main\"");
}

TEST_P(CatalogStoreContract, lists_projects_by_name_with_the_serial_of_their_last_change) {
  EXPECT_TRUE(catalog().projects("main", {}, 100)->empty());
  expect_added(wheel("zeta", "1", "a"));
  expect_added(wheel("alpha", "1", "b"));
  expect_added(wheel("zeta", "2", "c"));
  const auto projects = catalog().projects("main", {}, 100);
  ASSERT_TRUE(projects.ok());
  ASSERT_EQ(projects->size(), 2U);
  EXPECT_EQ(projects->front().name, "alpha");
  EXPECT_EQ(projects->front().serial, 2);
  EXPECT_EQ(projects->back().name, "zeta");
  EXPECT_EQ(projects->back().serial, 3);
  EXPECT_EQ(*catalog().serial("main"), 3);
}

TEST_P(CatalogStoreContract, lists_projects_in_portions) {
  for (const auto* name : {"c", "a", "d", "b"})
    expect_added(wheel(name, "1", name));
  const auto names = [&](std::string_view after, std::size_t limit) {
    std::string joined;
    for (const auto& project : *catalog().projects("main", after, limit))
      joined += project.name;
    return joined;
  };
  EXPECT_EQ(names("", 3), "abc");
  EXPECT_EQ(names("c", 3), "d");
  EXPECT_EQ(names("bb", 1), "c");
  EXPECT_EQ(names("d", 3), "");
  EXPECT_EQ(names("", 0), "");
}

TEST_P(CatalogStoreContract, passes_over_projects_whose_files_were_all_deleted) {
  for (const auto* name : {"a", "b", "c"})
    expect_added(wheel(name, "1.0", name));
  ASSERT_TRUE(files().remove("main", "b-1.0-py3-none-any.whl", note("file.delete"), at(5)).ok());
  const auto projects = catalog().projects("main", {}, 2);
  ASSERT_EQ(projects->size(), 2U);
  EXPECT_EQ(projects->back().name, "c");
  EXPECT_EQ(catalog().summary("main", "b").error().code, Errc::not_found);
  EXPECT_EQ(catalog().project("main", "b")->releases.size(), 1U) << "what was there stays known";
  EXPECT_EQ(catalog().summary("main", "c")->serial, 3);
}

TEST_P(CatalogStoreContract, visits_projects_until_false_and_returns_errors) {
  for (const auto* name : {"a", "b", "c"})
    expect_added(wheel(name, "1", name));
  std::string seen;
  const auto status = each_project(catalog(), "main", [&](const ProjectSummary& project) -> Result<bool> {
    seen += project.name;
    return project.name != "b";
  });
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(seen, "ab");
  const Error full{Errc::unavailable, "the disk is full", {}};
  const auto failed =
      each_project(catalog(), "main", [&](const ProjectSummary&) -> Result<bool> { return full; });
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().message, "the disk is full");
  EXPECT_EQ(each_project(catalog(), "none", [](const ProjectSummary&) -> Result<bool> { return true; })
                .error()
                .code,
            Errc::not_found);
}

TEST_P(CatalogStoreContract, holds_a_project_of_ten_thousand_files) {
  constexpr int count = 10'000;
  for (int i = 0; i < count; ++i)
    ASSERT_TRUE(add(wheel("demo", fmt::format("{}.{}", i / 10, i % 10), std::to_string(i))).ok());
  const auto project = catalog().project("main", "demo");
  ASSERT_TRUE(project.ok());
  ASSERT_EQ(project->files.size(), static_cast<std::size_t>(count));
  EXPECT_EQ(project->releases.size(), static_cast<std::size_t>(count));
  for (int i = 0; i < count; i += 997)
    EXPECT_EQ(project->files[static_cast<std::size_t>(i)].sha256, Sha256::of(std::to_string(i))) << i;
  EXPECT_EQ(*catalog().serial("main"), count);
  expect_sound_ledger(count + 1);
}

}  // namespace packhouse::testing
