#include "upstream/freshness.hpp"

#include <gtest/gtest.h>

namespace packhouse::upstream {
namespace {

std::int64_t lifetime(std::string cache_control, std::string age = "") {
  http::Headers headers;
  if (!cache_control.empty()) headers.add("Cache-Control", std::move(cache_control));
  if (!age.empty()) headers.add("Age", std::move(age));
  return lifetime_of(headers).count();
}

TEST(Freshness, is_what_the_upstream_says) {
  EXPECT_EQ(lifetime("max-age=60, public"), 60);
  EXPECT_EQ(lifetime("public, MAX-AGE=\"60\""), 60);
  EXPECT_EQ(lifetime("max-age=60, s-maxage=5"), 5) << "this is a shared cache";
  EXPECT_EQ(lifetime("max-age=60", "20"), 40);
  EXPECT_EQ(lifetime("max-age=60", "90"), 0);
}

TEST(Freshness, has_a_default_and_an_upper_bound) {
  EXPECT_EQ(lifetime(""), 600);
  EXPECT_EQ(lifetime("public"), 600);
  EXPECT_EQ(lifetime("max-age=31536000"), 86400);
}

std::int64_t grace(std::string_view cache_control) {
  http::Headers headers;
  headers.add("Cache-Control", std::string(cache_control));
  return grace_of(headers).count();
}

TEST(Freshness, has_the_grace_that_the_upstream_states_within_a_bound) {
  EXPECT_EQ(grace("max-age=60, stale-while-revalidate=30"), 30);
  EXPECT_EQ(lifetime("max-age=60, stale-while-revalidate=30"), 60);
  EXPECT_EQ(grace("max-age=60, stale-while-revalidate=86400"), 600);
  for (const char* field :
       {"", "max-age=60", "stale-while-revalidate", "stale-while-revalidate=-1",
        "stale-while-revalidate=30, must-revalidate", "stale-while-revalidate=30, no-cache"})
    EXPECT_EQ(grace(field), 0) << field;
}

TEST(Freshness, is_none_where_the_upstream_forbids_it_or_cannot_be_read) {
  for (const char* field : {"no-cache", "no-store", "private", "max-age=0, must-revalidate", "max-age=soon",
                            "max-age", "max-age=-1", "max-age=60, no-cache"})
    EXPECT_EQ(lifetime(field), 0) << field;
}

}  // namespace
}  // namespace packhouse::upstream
