#include "upstream/policy.hpp"

#include <gtest/gtest.h>

namespace packhouse::upstream {
namespace {

const Timestamp now = *parse_iso8601("2026-11-22T10:00:00Z");

const RemotePage flask{.project = "flask", .files = {}};

std::optional<Hold> hold_of(const SourcePolicy& policy, const RemoteFile& file, Timestamp moment) {
  return upstream::hold_of(policy, {}, flask, file, moment);
}

RemoteFile uploaded(std::string filename, std::optional<std::string_view> time) {
  RemoteFile file;
  file.filename = std::move(filename);
  if (time) file.uploaded = *parse_iso8601(*time);
  return file;
}

ProjectName named(std::string_view text) {
  return *ProjectName::parse(text);
}

TEST(SourcePolicy, takes_every_name_unless_lists_say_otherwise) {
  EXPECT_TRUE(SourcePolicy{}.takes(named("flask")));
  const SourcePolicy allowed{.allow = *NameSet::parse({"flask", "acme-*"})};
  EXPECT_TRUE(allowed.takes(named("FLASK")));
  EXPECT_TRUE(allowed.takes(named("acme-core")));
  EXPECT_FALSE(allowed.takes(named("requests")));
  const SourcePolicy denied{.allow = *NameSet::parse({"acme-*"}), .deny = *NameSet::parse({"acme-core"})};
  EXPECT_TRUE(denied.takes(named("acme-tools")));
  EXPECT_FALSE(denied.takes(named("Acme.Core"))) << "deny outranks allow";
}

TEST(SourcePolicy, holds_a_file_until_it_is_old_enough) {
  const SourcePolicy policy{.minimum_age = std::chrono::days{7}};
  EXPECT_FALSE(hold_of(SourcePolicy{}, uploaded("a", "2026-11-22T09:59:59Z"), now)) << "no age is asked for";
  EXPECT_FALSE(hold_of(policy, uploaded("a", "2026-11-15T10:00:00Z"), now)) << "to the second";
  const auto held = hold_of(policy, uploaded("a", "2026-11-15T10:00:01Z"), now);
  ASSERT_TRUE(held);
  EXPECT_EQ(to_iso8601(held->opens.value()), "2026-11-22T10:00:01.000000Z");
  EXPECT_TRUE(hold_of(policy, uploaded("a", "2027-01-01T00:00:00Z"), now)) << "a time to come";
}

TEST(SourcePolicy, holds_a_file_of_unknown_age) {
  const auto held = hold_of({.minimum_age = std::chrono::seconds{1}}, uploaded("a", std::nullopt), now);
  ASSERT_TRUE(held);
  EXPECT_FALSE(held->opens);
}

TEST(SourcePolicy, a_page_shows_what_is_offered_and_knows_when_it_changes) {
  const SourcePolicy policy{.minimum_age = std::chrono::days{7}};
  RemotePage page{.project = "flask", .files = {}};
  page.files = {uploaded("old", "2026-01-01T00:00:00Z"), uploaded("newest", "2026-11-22T00:00:00Z"),
                uploaded("new", "2026-11-20T00:00:00Z"), uploaded("unknown", std::nullopt)};
  const auto offered = offered_page(policy, {}, page, now);
  ASSERT_EQ(offered.page.files.size(), 1U);
  EXPECT_EQ(offered.page.files.front().filename, "old");
  EXPECT_EQ(offered.held, (std::vector<std::string>{"newest", "new", "unknown"}));
  EXPECT_EQ(to_iso8601(offered.changes_at.value()), "2026-11-27T00:00:00.000000Z");
}

TEST(SourcePolicy, says_which_list_keeps_a_name_from_an_upstream) {
  const SourcePolicy policy{.allow = *NameSet::parse({"acme-*"}), .deny = *NameSet::parse({"acme-core"})};
  EXPECT_EQ(policy.refusal(named("acme-core")), "its setting deny has the name");
  EXPECT_EQ(policy.refusal(named("flask")), "its setting allow does not have the name");
  EXPECT_EQ(policy.refusal(named("acme-tools")), "");
}

TEST(SourcePolicy, holds_sdists_yanked_files_and_archived_projects_where_it_says_so) {
  auto sdist = uploaded("flask-3.0.tar.gz", std::nullopt);
  sdist.kind = FileKind::sdist;
  auto yanked = uploaded("flask-3.0-py3-none-any.whl", std::nullopt);
  yanked.yanked = "";
  EXPECT_FALSE(SourcePolicy{}.holds_files());
  EXPECT_FALSE(hold_of(SourcePolicy{}, sdist, now));
  EXPECT_FALSE(hold_of(SourcePolicy{}, yanked, now));
  const SourcePolicy strict{.sdists = false, .yanked = false, .archived = false};
  EXPECT_TRUE(strict.holds_files());
  EXPECT_EQ(hold_of(strict, sdist, now)->rule, Hold::Rule::sdists);
  EXPECT_EQ(hold_of(strict, yanked, now)->rule, Hold::Rule::yanked);
  EXPECT_EQ(
      held_error(strict, yanked, {.rule = Hold::Rule::yanked}).message,
      "flask-3.0-py3-none-any.whl is held: the upstream yanked it, and yanked files of it are not offered");
  EXPECT_EQ(held_error(strict, sdist, {.rule = Hold::Rule::sdists}).hint,
            "the setting sdists of the upstream decides");
  auto archived = flask;
  archived.state.status = ProjectStatus::archived;
  yanked.yanked.reset();
  EXPECT_FALSE(hold_of(strict, yanked, now));
  EXPECT_EQ(upstream::hold_of(strict, {}, archived, yanked, now)->rule, Hold::Rule::archived);
}

TEST(SourcePolicy, an_exception_opens_its_version_until_it_ends) {
  const SourcePolicy policy{.minimum_age = std::chrono::days{7}, .sdists = false};
  auto young = uploaded("flask-3.0-py3-none-any.whl", "2026-11-22T00:00:00Z");
  young.version = "3.0";
  auto other = uploaded("flask-3.1-py3-none-any.whl", std::nullopt);
  other.version = "3.1";
  auto sdist = uploaded("flask-3.0.tar.gz", "2026-11-22T00:00:00Z");
  sdist.version = "3.0";
  sdist.kind = FileKind::sdist;
  auto page = flask;
  page.files = {young, other, sdist};
  const auto end = *parse_iso8601("2026-11-23T00:00:00Z");
  const std::vector<AgeException> exceptions{
      {.project = "other", .version = {}, .until = end, .reason = "a", .made = now},
      {.project = "flask", .version = "3.0.0", .until = end, .reason = "b", .made = now}};
  const auto offered = offered_page(policy, exceptions, page, now);
  ASSERT_EQ(offered.page.files.size(), 1U) << "not the other version, and no sdist";
  EXPECT_EQ(offered.page.files.front(), young);
  EXPECT_EQ(offered.changes_at, end);
  EXPECT_TRUE(offered_page(policy, exceptions, page, end).page.files.empty()) << "it has ended";
  auto every = exceptions;
  every.back().version.clear();
  EXPECT_EQ(offered_page(policy, every, page, now).page.files.size(), 2U) << "also one of unknown age";
}

TEST(SourcePolicy, a_refusal_says_when_the_file_is_offered) {
  const SourcePolicy policy{.minimum_age = std::chrono::days{7}};
  const auto file = uploaded("flask-3.0.tar.gz", "2026-11-20T00:00:00Z");
  const auto error = held_error(policy, file, *hold_of(policy, file, now));
  EXPECT_EQ(error.code, Errc::forbidden);
  EXPECT_EQ(error.message,
            "flask-3.0.tar.gz is held until 2026-11-27T00:00:00.000000Z: files must be 604800 s old");
  const auto unknown = uploaded("flask-3.0.tar.gz", std::nullopt);
  EXPECT_EQ(held_error(policy, unknown, Hold{}).message,
            "flask-3.0.tar.gz is held: files must be 604800 s old, and its upstream does not say when it was "
            "uploaded");
}

}  // namespace
}  // namespace packhouse::upstream
