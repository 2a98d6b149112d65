#include "config/server_configuration.hpp"

#include <gtest/gtest.h>

namespace packhouse::app {
namespace {

/// "message | hint" of a configuration that must be refused.
std::string refusal(std::string_view text) {
  const auto read = parse_configuration(text, "packhouse.toml");
  if (read.ok()) return "accepted";
  EXPECT_EQ(read.error().code, Errc::invalid_input);
  return read.error().message + " | " + read.error().hint;
}

TEST(Configuration, an_empty_file_gives_the_defaults) {
  const auto read = parse_configuration("", "packhouse.toml");
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->listen, (ListenAddress{.address = "127.0.0.1", .port = 8080}));
  EXPECT_EQ(read->data, "packhouse-data");
  EXPECT_FALSE(read->main.open_reading);
  EXPECT_FALSE(read->access_log);
  EXPECT_EQ(read->file_size, 1ULL << 30U);
  EXPECT_TRUE(read->cors_origins.empty()) << "no page of another origin may read";
  EXPECT_TRUE(read->allowed_hosts.empty()) << "the server has any name";
  EXPECT_EQ(read->hsts_seconds, 31'536'000U);
}

TEST(Configuration, every_index_has_its_own_policy_over_the_one_of_all) {
  const auto read = parse_configuration(R"(
[policy]
"limits.entries" = 10
"wheel.record.hash" = "warn"

[index.main]
uploads = true

[index.prod]
open-reading = true
immutable = true
uploads = false
copy-from = ["main"]

[index.prod.policy]
"limits.entries" = 5
)",
                                        "packhouse.toml");
  ASSERT_TRUE(read.ok()) << read.error().message;
  ASSERT_EQ(read->others.size(), 1U);
  const auto& prod = read->others.at("prod");
  EXPECT_TRUE(prod.open_reading);
  EXPECT_EQ(prod.rules, (IndexPolicy{.immutable = true,
                                     .uploads = false,
                                     .copy_from = {"main"},
                                     .checks = {{"limits.entries", "5"}, {"wheel.record.hash", "warn"}}}));
  EXPECT_EQ(prod.policy.archive().limits.entries, 5U);
  EXPECT_EQ(read->main.policy.archive().limits.entries, 10U);
  EXPECT_FALSE(read->main.rules.immutable);
  EXPECT_FALSE(read->main.open_reading);
}

TEST(Configuration, refuses_indexes_that_cannot_be) {
  EXPECT_EQ(
      refusal("[index.simple]\n"),
      "packhouse.toml:1:1: an index cannot be called \"simple\" | paths of the server begin with that word");
  EXPECT_EQ(refusal("[index]\nprod = 1\n"),
            "packhouse.toml:2:8: expected a table as \"prod\" in [index] | such as [index.staging]");
  EXPECT_EQ(refusal("[index.prod]\ncopy-from = [\"dev\"]\n"),
            "copy-from in [index.prod]: expected the name of another index, found \"dev\" | every index but "
            "main needs a table [index.NAME]");
  EXPECT_EQ(refusal("[index.prod]\ncopy-from = [\"prod\"]\n"),
            "copy-from in [index.prod]: expected the name of another index, found \"prod\" | every index but "
            "main needs a table [index.NAME]");
}

TEST(Configuration, reads_every_setting) {
  const auto read = parse_configuration(R"(
listen = "[::1]:9000"
data = "/srv/index"
public-url = "https://packages.example.org/python/"
access-log = true
cors-origins = ["https://notebook.example.org"]
allowed-hosts = ["packages.example.org"]
hsts-seconds = 0

[index.main]
open-reading = true

[limits]
file-size = 1000
uploads-in-flight = 2
page-cache = 3000
file-cache = 4
session-seconds = 7
session-seconds-most = 8
connections = 5
connections-per-address = 6

[policy]
wheel.record.hash = "refuse"
"limits.entries" = 10
)",
                                        "packhouse.toml");
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read->listen, (ListenAddress{.address = "::1", .port = 9000}));
  EXPECT_EQ(read->listen.host(), "[::1]");
  EXPECT_EQ(read->data, "/srv/index");
  EXPECT_EQ(read->public_url, "https://packages.example.org/python");
  EXPECT_TRUE(read->access_log);
  EXPECT_EQ(read->cors_origins, std::vector<std::string>{"https://notebook.example.org"});
  EXPECT_EQ(read->allowed_hosts, std::vector<std::string>{"packages.example.org"});
  EXPECT_EQ(read->hsts_seconds, 0U);
  EXPECT_TRUE(read->main.open_reading);
  EXPECT_EQ(read->file_size, 1000U);
  EXPECT_EQ(read->uploads_in_flight, 2U);
  EXPECT_EQ(read->page_cache, 3000U);
  EXPECT_EQ(read->file_cache, 4U);
  EXPECT_EQ(read->session_seconds, 7U);
  EXPECT_EQ(read->session_seconds_most, 8U);
  EXPECT_EQ(read->connections, 5U);
  EXPECT_EQ(read->connections_per_address, 6U);
  EXPECT_EQ(read->main.policy.severity("wheel.record.hash"), dist::Severity::refuse);
}

TEST(Configuration, an_unknown_key_is_an_error_with_its_place_and_the_likeliest_one) {
  EXPECT_EQ(refusal("[limits]\nfile-sise = 1\n"),
            "packhouse.toml:2:1: unknown key \"file-sise\" in [limits] | did you mean \"file-size\"?");
  EXPECT_EQ(refusal("acess-log = true"),
            "packhouse.toml:1:1: unknown key \"acess-log\" at the top | did you mean \"access-log\"?");
  EXPECT_EQ(refusal("[index.main]\nopen = true"),
            "packhouse.toml:2:1: unknown key \"open\" in [index.main] | known here: open-reading, immutable, "
            "uploads, copy-from, closes-after, upstreams, upstream, limits, policy");
  EXPECT_EQ(
      refusal("[index.main]\ncloses-after = 315360001"),
      "packhouse.toml: closes-after in [index.main]: expected at most 315360000 seconds, found 315360001 | "
      "a release that never closes is one that never stays the same");
}

TEST(Configuration, a_wrong_type_names_what_was_expected_and_found) {
  EXPECT_EQ(refusal("access-log = \"yes\""),
            "packhouse.toml:1:14: expected true or false as \"access-log\" at the top, found a string | ");
  EXPECT_EQ(
      refusal("[limits]\nfile-size = 0"),
      "packhouse.toml:2:13: expected a positive integer as \"file-size\" in [limits], found an integer | ");
  EXPECT_EQ(
      refusal("[limits]\nconnections = 5000000000"),
      "packhouse.toml:2:15: expected a positive integer as \"connections\" in [limits], found an integer | ");
  EXPECT_EQ(refusal("limits = 5"),
            "packhouse.toml:1:10: expected a table as \"limits\" at the top, found an integer | ");
  EXPECT_EQ(refusal("[policy]\nx = 1.5"),
            "packhouse.toml:2:5: expected a string, an integer or a boolean as \"x\" | ");
}

TEST(Configuration, all_that_is_wrong_is_said_at_once) {
  const auto read = parse_configuration(
      "acces-log = true\n[limits]\nprojects = \"many\"\n[index.staging]\nuploads = 1\n[index.UPPER]\n",
      "packhouse.toml");
  ASSERT_FALSE(read.ok());
  for (const auto* place : {"packhouse.toml:1:1", "packhouse.toml:3:12", "packhouse.toml:5:11", "UPPER"})
    EXPECT_NE(read.error().message.find(place), std::string::npos) << read.error().message;
}

TEST(Configuration, an_index_has_the_limits_of_all_where_it_has_none_of_its_own) {
  const auto read = parse_configuration(
      "[limits]\nprojects = 7\nindex-size = 9\n[index.prod.limits]\nprojects = 3\nproject-size = 5\n",
      "packhouse.toml");
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read->main.quotas.projects, 7U);
  EXPECT_EQ(read->main.quotas.index_size, 9U);
  EXPECT_EQ(read->main.quotas.files_per_project, 100'000U);
  const auto& prod = read->others.at("prod").quotas;
  EXPECT_EQ(prod.projects, 3U);
  EXPECT_EQ(prod.project_size, 5U);
  EXPECT_EQ(prod.index_size, 9U);
}

TEST(Configuration, a_webhook_has_a_name_an_address_and_a_secret) {
  const std::string one =
      "[[webhook]]\nname = \"chat\"\nurl = \"https://example.org/x\"\nsecret-file = \"f\"\n";
  const auto read = parse_configuration(one, "packhouse.toml");
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read->webhooks.front().name, "chat");
  EXPECT_FALSE(read->webhooks.front().private_addresses);
  EXPECT_TRUE(refusal(one + one).starts_with("packhouse.toml:5: expected at most 16 webhooks"));
  EXPECT_TRUE(refusal("[[webhook]]\nname = \"chat\"\n").find("secret-file") != std::string::npos);
  EXPECT_TRUE(refusal("[[webhook]]\nurl = \"https://a:b@example.org\"\n").find("without a user name") !=
              std::string::npos);
}

TEST(Configuration, what_is_no_toml_is_an_error_with_its_place) {
  EXPECT_TRUE(refusal("listen = \n").starts_with("packhouse.toml:1:"));
  EXPECT_TRUE(refusal("a = 1\na = 2\n").starts_with("packhouse.toml:2:"));
}

TEST(Configuration, an_unknown_check_in_the_policy_is_an_error_with_its_place) {
  EXPECT_TRUE(refusal("[policy]\nwheel.nonsense = \"off\"").starts_with("packhouse.toml:2:18: "));
}

TEST(Configuration, a_public_url_is_one_of_the_web_without_credentials) {
  for (const auto* url :
       {"ftp://x", "packages.example.org", "https://user:pass@x", "https://x/?a=b", "https://x/#y"}) {
    EXPECT_NE(refusal(std::string("public-url = \"") + url + "\""), "accepted") << url;
  }
}

TEST(Configuration, refuses_what_is_no_time) {
  EXPECT_EQ(
      refusal("hsts-seconds = -1"),
      "packhouse.toml:1:16: expected a number of seconds, or 0 as \"hsts-seconds\" at the top, found an "
      "integer | ");
}

TEST(ListenAddress, is_an_address_and_a_port) {
  EXPECT_EQ(ListenAddress::parse("0.0.0.0:80"), (ListenAddress{.address = "0.0.0.0", .port = 80}));
  EXPECT_EQ(ListenAddress::parse("[::]:0"), (ListenAddress{.address = "::", .port = 0}));
  for (const auto* text : {"", "8080", ":8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "::1:80",
                           "[127.0.0.1]:80", "127.0.0.1:-1", "127.0.0.1:80x"}) {
    EXPECT_FALSE(ListenAddress::parse(text).ok()) << text;
  }
}

TEST(Configuration, a_file_that_is_not_there_is_not_found) {
  EXPECT_EQ(read_configuration("/nonexistent/packhouse.toml").error().code, Errc::not_found);
}

}  // namespace
}  // namespace packhouse::app
