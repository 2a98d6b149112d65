#include "api/caches.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <stdexcept>
#include <thread>
#include <vector>

#include "sys/temporary_folder.hpp"

namespace packhouse::api {
namespace {

const PageFields fields{.serial = 5, .private_cache = true};

PagePointer page_of(const std::string& body, Representation representation = Representation::json,
                    const PageFields& with = fields) {
  static const auto folder = TemporaryFolder::make();
  return make_page(folder->path(), body, representation, with);
}

void keep(PageCache& cache, std::string_view project, const PagePointer& page) {
  EXPECT_TRUE(cache.get(project, Representation::json, [&] { return Result<PagePointer>{page}; }).ok());
}

TEST(Page, each_representation_and_encoding_has_its_own_strong_etag) {
  const std::string body(1000, 'x');
  const auto json = page_of(body);
  const auto html = page_of(body, Representation::html);
  const auto html_v1 = page_of(body, Representation::html_v1);
  const std::set<std::string> etags{json->plain.etag, json->gzip.etag,     html->plain.etag,
                                    html->gzip.etag,  html_v1->plain.etag, html_v1->gzip.etag};
  EXPECT_EQ(etags.size(), 6U);
  for (const auto& etag : etags)
    EXPECT_TRUE(etag.starts_with('"') && etag.ends_with('"')) << etag;
}

TEST(Page, the_same_bytes_have_the_same_etag_and_others_another) {
  EXPECT_EQ(page_of("abc")->plain.etag, page_of("abc")->plain.etag);
  EXPECT_NE(page_of("abc")->plain.etag, page_of("abd")->plain.etag);
}

TEST(Page, carries_what_clients_and_caches_need) {
  const auto page = page_of(std::string(1000, 'x'));
  const auto& head = page->gzip.full->head();
  for (const std::string_view line :
       {"HTTP/1.1 200 OK\r\n", "ETag: \"", "Cache-Control: private, max-age=0, must-revalidate\r\n",
        "Vary: Accept, Accept-Encoding\r\n", "X-PyPI-Last-Serial: 5\r\n", "Content-Encoding: gzip\r\n",
        "Content-Type: application/vnd.pypi.simple.v1+json\r\n"}) {
    EXPECT_NE(head.find(line), std::string::npos) << line << " is not in\n" << head;
  }
  const auto& not_modified = page->gzip.not_modified->head();
  EXPECT_TRUE(not_modified.starts_with("HTTP/1.1 304 Not Modified\r\n"));
  EXPECT_NE(not_modified.find("ETag: " + page->gzip.etag + "\r\n"), std::string::npos);
  EXPECT_NE(not_modified.find("Vary: Accept, Accept-Encoding\r\n"), std::string::npos);
  EXPECT_EQ(not_modified.find("Content-Type"), std::string::npos);
}

TEST(Page, an_open_index_allows_shared_caches) {
  const auto page = page_of("x", Representation::html, {.serial = 1, .private_cache = false});
  EXPECT_EQ(page->plain.full->head().find("private"), std::string::npos);
}

TEST(Page, is_not_compressed_where_that_gains_nothing) {
  EXPECT_EQ(page_of("short")->gzip.full, nullptr);
  EXPECT_NE(page_of(std::string(1000, 'x'))->gzip.full, nullptr);
}

TEST(PageWriter, makes_the_page_that_make_page_makes) {
  const auto folder = TemporaryFolder::make();
  ASSERT_TRUE(folder.ok());
  const std::string body(300'000, 'x');
  for (const std::size_t in_memory : {std::size_t{1} << 20U, std::size_t{100}}) {
    PageWriter writer(folder->path(), Representation::json, in_memory);
    ASSERT_TRUE(writer.write(body.substr(0, 1)).ok());
    ASSERT_TRUE(writer.write(body.substr(1)).ok());
    const auto written = writer.finish(fields);
    ASSERT_TRUE(written.ok());
    const auto made = page_of(body);
    EXPECT_EQ((*written)->plain.etag, made->plain.etag);
    EXPECT_EQ((*written)->gzip.etag, made->gzip.etag);
    EXPECT_EQ((*written)->plain.full->head(), made->plain.full->head());
    EXPECT_EQ((*written)->gzip.full->head(), made->gzip.full->head());
    EXPECT_EQ((*written)->plain.full->size(), body.size());
    EXPECT_LT((*written)->gzip.full->size(), body.size() / 10);
  }
}

TEST(Page, that_is_long_is_in_a_file) {
  const auto page = page_of(std::string(100'000, 'x'));
  EXPECT_GE(page->plain.full->fd(), 0);
  EXPECT_EQ(page->plain.full->size(), 100'000U);
  EXPECT_LT(page->gzip.full->fd(), 0);
}

TEST(Page, that_the_disk_does_not_take_stays_in_memory) {
  const std::string body(100'000, 'x');
  const auto page = make_page("/absent", body, Representation::json, fields);
  EXPECT_LT(page->plain.full->fd(), 0);
  EXPECT_EQ(page->plain.full->body(), body);
  EXPECT_EQ(page->plain.full->head(), page_of(body)->plain.full->head());
}

TEST(PageWriter, a_page_on_disk_weighs_little) {
  const auto folder = TemporaryFolder::make();
  ASSERT_TRUE(folder.ok());
  PageWriter writer(folder->path(), Representation::html, 1000);
  const std::string piece(10'000, 'x');
  for (int i = 0; i < 1000; ++i)
    ASSERT_TRUE(writer.write(piece).ok());
  const auto page = writer.finish(fields);
  ASSERT_TRUE(page.ok());
  EXPECT_LT((*page)->memory(), 2U << 20U);
  EXPECT_GE((*page)->plain.full->fd(), 0);
  EXPECT_GE((*page)->gzip.full->fd(), 0);
}

TEST(PageCache, concurrent_requests_for_a_page_wait_for_the_one_build_of_it) {
  PageCache cache{1U << 20U};
  std::atomic<int> made = 0;
  std::latch asked{8};
  const auto make = [&]() -> Result<PagePointer> {
    ++made;
    asked.wait();  // by then the others have come, or come later and find it
    return page_of("body");
  };
  std::vector<std::jthread> clients;
  std::atomic<int> right = 0;
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back([&] {
      asked.count_down();
      const auto page = cache.get("", Representation::json, make);
      if (page.ok() && (*page)->plain.full->body() == "body") ++right;
    });
  }
  clients.clear();
  EXPECT_EQ(made, 1);
  EXPECT_EQ(right, 8);
}

TEST(PageCache, a_request_after_a_change_does_not_get_a_build_begun_before_it) {
  PageCache cache{1U << 20U};
  const auto inner = [&] {
    return cache.get("", Representation::json, [] { return Result<PagePointer>{page_of("new")}; });
  };
  const auto outer = cache.get("", Representation::json, [&]() -> Result<PagePointer> {
    cache.drop("demo");
    EXPECT_EQ((*inner())->plain.full->body(), "new");
    return page_of("old");
  });
  EXPECT_EQ((*outer)->plain.full->body(), "old");
  EXPECT_EQ(cache.find("", Representation::json)->plain.full->body(), "new");
}

TEST(PageCache, passes_errors_to_the_callers_and_caches_none) {
  PageCache cache{1U << 20U};
  const Error full{Errc::unavailable, "the disk is full", {}};
  const auto refused = cache.get("", Representation::json, [&]() -> Result<PagePointer> { return full; });
  EXPECT_EQ(refused.error().message, "the disk is full");
  const auto broken = [&] {
    return cache.get("", Representation::json,
                     []() -> Result<PagePointer> { throw std::runtime_error("no database"); });
  };
  EXPECT_THROW(static_cast<void>(broken()), std::runtime_error);
  const auto page = cache.get("", Representation::json, [] { return Result<PagePointer>{page_of("body")}; });
  EXPECT_TRUE(page.ok());
}

TEST(PageCache, finds_a_page_by_project_and_representation) {
  PageCache cache{1U << 20U};
  const auto json = page_of("json");
  const auto html = page_of("html", Representation::html);
  keep(cache, "demo", json);
  ASSERT_TRUE(cache.get("demo", Representation::html, [&] { return Result<PagePointer>{html}; }).ok());
  EXPECT_EQ(cache.find("demo", Representation::json), json);
  EXPECT_EQ(cache.find("demo", Representation::html), html);
  EXPECT_EQ(cache.find("demo", Representation::html_v1), nullptr);
  EXPECT_EQ(cache.find("other", Representation::json), nullptr);
}

TEST(PageCache, a_change_drops_the_project_and_the_root_and_nothing_else) {
  PageCache cache{1U << 20U};
  for (const auto* project : {"", "demo", "other"})
    keep(cache, project, page_of(project));
  cache.drop("demo");
  EXPECT_EQ(cache.find("demo", Representation::json), nullptr);
  EXPECT_EQ(cache.find("", Representation::json), nullptr);
  EXPECT_NE(cache.find("other", Representation::json), nullptr);
  cache.drop_all();
  EXPECT_EQ(cache.find("other", Representation::json), nullptr);
  EXPECT_EQ(cache.bytes(), 0U);
}

TEST(PageCache, does_not_keep_a_page_that_was_read_before_a_change) {
  PageCache cache{1U << 20U};
  const auto stale = cache.get("demo", Representation::json, [&]() -> Result<PagePointer> {
    cache.drop("demo");
    return page_of("stale");
  });
  EXPECT_TRUE(stale.ok());
  EXPECT_EQ(cache.find("demo", Representation::json), nullptr);
}

TEST(PageCache, keeps_a_page_whose_build_saw_a_change_of_another_project) {
  PageCache cache{1U << 20U};
  const auto page = cache.get("demo", Representation::json, [&]() -> Result<PagePointer> {
    cache.drop("other");
    return page_of("demo");
  });
  EXPECT_EQ(cache.find("demo", Representation::json), *page);
}

TEST(PageCache, builds_again_after_a_build_that_failed) {
  PageCache cache{1U << 20U};
  const auto failing = [&] {
    return cache.get("demo", Representation::json, [&]() -> Result<PagePointer> {
      cache.drop("demo");
      throw std::runtime_error("no database");
    });
  };
  EXPECT_THROW(static_cast<void>(failing()), std::runtime_error);
  keep(cache, "demo", page_of("sound"));
  EXPECT_NE(cache.find("demo", Representation::json), nullptr);
}

TEST(PageCache, stays_within_its_bytes_and_evicts_the_least_recently_used) {
  const auto one = page_of(std::string(4000, 'x'))->memory();
  PageCache cache{one * 3 + one / 2};
  for (const auto* project : {"a", "b", "c"})
    keep(cache, project, page_of(std::string(4000, 'x')));
  ASSERT_NE(cache.find("a", Representation::json), nullptr);
  keep(cache, "d", page_of(std::string(4000, 'x')));
  EXPECT_EQ(cache.find("b", Representation::json), nullptr);
  EXPECT_NE(cache.find("a", Representation::json), nullptr);
  EXPECT_NE(cache.find("d", Representation::json), nullptr);
  EXPECT_LE(cache.bytes(), one * 3 + one / 2);
}

TEST(PageCache, refuses_a_page_larger_than_the_cache) {
  PageCache cache{600};
  keep(cache, "a", page_of(std::string(4000, 'x')));
  EXPECT_EQ(cache.find("a", Representation::json), nullptr);
  EXPECT_EQ(cache.bytes(), 0U);
}

TEST(LruCache, putting_again_replaces_and_counts_once) {
  LruCache<int> cache{100};
  cache.put("a", 1, 60, cache.generation());
  cache.put("a", 2, 60, cache.generation());
  EXPECT_EQ(cache.find("a"), 2);
  EXPECT_EQ(cache.weight(), 60U);
}

TEST(Caches, addresses_of_files_are_weighed_in_bytes) {
  Caches caches{1U << 20U, 10};
  for (int i = 0; i < 100; ++i) {
    const auto key = fmt::format("{} {}", std::string(200, 'k'), i);
    const OfferedFile file{
        .project = "demo", .blob = Sha256::of("blob"), .etag = "e", .withheld = std::string(500, 'w')};
    caches.files.put(key, file, file.weight(key), caches.files.generation());
  }
  EXPECT_LE(caches.files.weight(), 3000U);
  EXPECT_GT(caches.files.weight(), 2000U);
}

TEST(Caches, a_view_is_made_once_for_each_serial_of_its_project) {
  Caches caches{1U << 20U, 10};
  int made = 0;
  const auto body_of = [&](std::int64_t serial, std::string_view view) {
    const auto page = caches.view({.name = "demo", .serial = serial}, view, [&] {
      ++made;
      return Result<PagePointer>{page_of(fmt::format("{} {}", view, made))};
    });
    return (*page)->plain.full->body();
  };
  EXPECT_EQ(body_of(1, "json"), "json 1");
  EXPECT_EQ(body_of(1, "json"), "json 1");
  EXPECT_EQ(body_of(1, "html"), "html 2");
  caches.project_changed("demo");
  EXPECT_EQ(body_of(1, "json"), "json 1");
  EXPECT_EQ(body_of(2, "json"), "json 3");
}

}  // namespace
}  // namespace packhouse::api
