#include "nearest_word.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace packhouse::app {
namespace {

const std::vector<std::string> commands{"audit", "gc",    "init",  "promote", "project",
                                        "serve", "smoke", "token", "unblock", "user"};

std::string nearest(std::string_view typed) {
  return nearest_word(typed, commands).value_or("nothing");
}

TEST(NearestWord, is_found_through_letters_that_are_missing_added_changed_or_swapped) {
  EXPECT_EQ(nearest("promte"), "promote");
  EXPECT_EQ(nearest("prommote"), "promote");
  EXPECT_EQ(nearest("promofe"), "promote");
  EXPECT_EQ(nearest("pormote"), "promote");
  EXPECT_EQ(nearest("tokens"), "token");
  EXPECT_EQ(nearest("Smoke"), "smoke");
  EXPECT_EQ(nearest("proyect"), "project");
}

TEST(NearestWord, is_found_by_its_beginning) {
  EXPECT_EQ(nearest("unb"), "unblock");
}

TEST(NearestWord, is_nothing_for_what_resembles_no_word) {
  EXPECT_EQ(nearest("publish"), "nothing");
  EXPECT_EQ(nearest("ab"), "nothing");
  EXPECT_EQ(nearest(""), "nothing");
  EXPECT_EQ(nearest(std::string(100'000, 'p')), "nothing");
}

}  // namespace
}  // namespace packhouse::app
