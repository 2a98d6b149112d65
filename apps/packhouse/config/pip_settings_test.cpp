#include "config/pip_settings.hpp"

#include <gtest/gtest.h>

#include <map>

namespace packhouse::app {
namespace {

class PipSettings : public ::testing::Test {
 protected:
  PipSurroundings surroundings() {
    return {.variable = [this](const char* name) -> std::optional<std::string> {
              const auto found = variables_.find(name);
              return found != variables_.end() ? std::optional{found->second} : std::nullopt;
            },
            .read = [this](const std::filesystem::path& path) -> std::optional<std::string> {
              const auto found = files_.find(path.native());
              return found != files_.end() ? std::optional{found->second} : std::nullopt;
            }};
  }
  std::string url() {
    const auto found = pip_index_url(surroundings());
    return found.ok() ? found->reveal() : found.error().message;
  }

  std::map<std::string, std::string, std::less<>> variables_{{"HOME", "/home/ada"}};
  std::map<std::string, std::string> files_;
};

TEST_F(PipSettings, a_later_file_outranks_an_earlier_one) {
  EXPECT_EQ(url(), "the pip of this machine has no index-url in its configuration");
  files_["/etc/xdg/pip/pip.conf"] = "[global]\nindex-url = https://xdg.example/simple\n";
  EXPECT_EQ(url(), "https://xdg.example/simple");
  files_["/etc/pip.conf"] = "[global]\nindex_url=https://etc.example/simple\n";
  EXPECT_EQ(url(), "https://etc.example/simple");
  files_["/home/ada/.pip/pip.conf"] = "[global]\nindex-url: https://old.example/simple\n";
  EXPECT_EQ(url(), "https://old.example/simple");
  files_["/home/ada/.config/pip/pip.conf"] = "[global]\nindex-url = https://user.example/simple\n";
  EXPECT_EQ(url(), "https://user.example/simple");
  variables_["VIRTUAL_ENV"] = "/venv";
  files_["/venv/pip.conf"] = "[global]\nindex-url = https://site.example/simple\n";
  EXPECT_EQ(url(), "https://site.example/simple");
  variables_["PIP_CONFIG_FILE"] = "/named.conf";
  files_["/named.conf"] = "[global]\nindex-url = https://named.example/simple\n";
  EXPECT_EQ(url(), "https://named.example/simple");
  variables_["PIP_INDEX_URL"] = "https://variable.example/simple";
  EXPECT_EQ(url(), "https://variable.example/simple");
}

TEST_F(PipSettings, the_section_of_the_command_outranks_the_global_one) {
  files_["/etc/pip.conf"] =
      "# a note\n[install]\nindex-url = https://install.example/\n[download]\nindex-url = "
      "https://no.example/\n"
      "[global]\nindex-url = https://global.example/\nextra-index-url = https://extra.example/\n";
  EXPECT_EQ(url(), "https://install.example/");
}

TEST_F(PipSettings, a_named_file_takes_the_place_of_the_users) {
  files_["/home/ada/.config/pip/pip.conf"] = "[global]\nindex-url = https://user.example/simple\n";
  variables_["PIP_CONFIG_FILE"] = "/named.conf";
  EXPECT_EQ(url(), "https://user.example/simple") << "the named file does not exist";
  files_["/named.conf"] = "[global]\ntimeout = 3\n";
  EXPECT_EQ(url(), "the pip of this machine has no index-url in its configuration");
}

TEST_F(PipSettings, no_file_is_read_where_pip_is_to_read_none) {
  files_["/etc/pip.conf"] = "[global]\nindex-url = https://etc.example/simple\n";
  variables_["PIP_CONFIG_FILE"] = "/dev/null";
  EXPECT_EQ(url(), "the pip of this machine has no index-url in its configuration");
}

TEST_F(PipSettings, the_folder_of_the_user_may_be_another) {
  variables_["XDG_CONFIG_HOME"] = "/conf";
  files_["/conf/pip/pip.conf"] = "[global]\nindex-url = https://conf.example/simple\n";
  files_["/home/ada/.config/pip/pip.conf"] = "[global]\nindex-url = https://user.example/simple\n";
  EXPECT_EQ(url(), "https://conf.example/simple");
}

}  // namespace
}  // namespace packhouse::app
