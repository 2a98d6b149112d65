#include "sys/ancestors.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

namespace packhouse {
namespace {

TEST(Ancestors, begin_with_the_parent_and_lead_to_the_first_process) {
  const auto ancestors = read_ancestors();
  ASSERT_FALSE(ancestors.empty());
  EXPECT_EQ(ancestors.front().pid, ::getppid());
  EXPECT_FALSE(ancestors.front().name.empty());
}

TEST(Ancestors, show_what_the_parent_was_started_with) {
  const pid_t self = ::getpid();
  const pid_t child = ::fork();
  ASSERT_NE(child, -1);
  if (child == 0) {
    const auto seen = read_ancestors();
    const bool found =
        seen.front().pid == self && seen.front().environment.find("PATH=") != std::string::npos;
    ::_exit(found ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace packhouse
