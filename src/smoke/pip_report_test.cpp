#include "smoke/pip_report.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "base/text.hpp"

namespace packhouse::smoke {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const ProjectName project = ProjectName::parse("nanonis-qcodes-controller").value();
const Version version = Version::parse("1.4.0").value();
const std::string wheel = "nanonis_qcodes_controller-1.4.0-py3-none-any.whl";
const std::set<std::string> hosts{"index.example"};

dist::Manifest manifest() {
  return dist::Manifest::make({{wheel, 5, Sha256::of("wheel")}}).value();
}

std::string good_report() {
  return fmt::format(R"({{"version":"1","pip_version":"26.2","install":[{{"download_info":{{
    "url":"https://index.example/files/{}","archive_info":{{"hash":"sha256={}","hashes":{{"sha256":"{}"}}}}}},
    "is_direct":false,"is_yanked":false,"requested":true,
    "metadata":{{"name":"Nanonis_QCodes.Controller","version":"1.4.0"}}}}]}})",
                     wheel, Sha256::of("wheel").hex(), Sha256::of("wheel").hex());
}

std::vector<std::string> refused(std::string_view from = "", std::string_view to = "") {
  const std::string text = from.empty() ? good_report() : replace_all(good_report(), from, to);
  EXPECT_TRUE(from.empty() || text != good_report()) << "nothing was changed: " << from;
  return refused_ids(decide_report({project, version}, manifest(), hosts, PipReport::parse(text).value()));
}

TEST(PipReport, the_promoted_wheel_from_the_index_passes) {
  EXPECT_THAT(refused(), IsEmpty());
}

TEST(PipReport, refuses_a_report_of_another_version) {
  EXPECT_THAT(refused(R"("version":"1","pip)", R"("version":"2","pip)"), ElementsAre("smoke.report-version"));
}

TEST(PipReport, refuses_none_and_more_than_one_installed_thing) {
  const auto none = PipReport::parse(R"({"version":"1","install":[]})").value();
  EXPECT_THAT(refused_ids(decide_report({project, version}, manifest(), hosts, none)),
              ElementsAre("smoke.one-item"));
  auto two = PipReport::parse(good_report()).value();
  two.items.push_back(two.items.front());
  EXPECT_THAT(refused_ids(decide_report({project, version}, manifest(), hosts, two)),
              ElementsAre("smoke.one-item"));
}

TEST(PipReport, refuses_another_name_or_version) {
  EXPECT_THAT(refused("Nanonis_QCodes.Controller", "nanonis-qcodes"), ElementsAre("smoke.name"));
  EXPECT_THAT(refused(R"("version":"1.4.0")", R"("version":"1.4.1")"), ElementsAre("smoke.version"));
}

TEST(PipReport, refuses_a_direct_address_and_a_yanked_file) {
  EXPECT_THAT(refused(R"("is_direct":false)", R"("is_direct":true)"), ElementsAre("smoke.not-direct"));
  EXPECT_THAT(refused(R"("is_direct":false,)", ""), ElementsAre("smoke.not-direct"));
  EXPECT_THAT(refused(R"("is_yanked":false)", R"("is_yanked":true)"), ElementsAre("smoke.not-yanked"));
}

TEST(PipReport, an_older_pip_says_nothing_of_yanking) {
  EXPECT_THAT(refused(R"("is_yanked":false,)", ""), IsEmpty());
}

TEST(PipReport, refuses_another_host_and_another_file) {
  EXPECT_THAT(refused("https://index.example/", "https://evil.example/"), ElementsAre("smoke.from-index"));
  EXPECT_THAT(refused("files/nanonis", "files/xnanonis"), ElementsAre("smoke.filename", "smoke.bytes"));
}

TEST(PipReport, refuses_other_bytes_and_bytes_that_nobody_hashed) {
  const std::string hashes = R"("hashes":{"sha256":")" + Sha256::of("wheel").hex();
  EXPECT_THAT(refused(hashes, R"("hashes":{"sha256":")" + Sha256::of("other").hex()),
              ElementsAre("smoke.bytes"));
  EXPECT_THAT(refused(hashes, R"("hashes":{"md5":"x)"), ElementsAre("smoke.bytes"));
}

TEST(PipReport, shows_no_credential_that_its_address_may_hold) {
  const auto report =
      PipReport::parse(replace_all(good_report(), "https://index", "https://desk:canary@index")).value();
  for (const Check& check : decide_report({project, version}, manifest(), hosts, report))
    EXPECT_THAT(check.found + check.expected, Not(HasSubstr("canary")));
}

TEST(PipReport, survives_what_is_no_report) {
  for (const std::string_view text : {"", "[]", "null", R"({"version":"1"})", R"({"install":{}})"})
    EXPECT_FALSE(PipReport::parse(text).ok()) << text;
  const auto report = PipReport::parse(R"({"version":1,"install":[1]})").value();
  EXPECT_THAT(refused_ids(decide_report({project, version}, manifest(), hosts, report)),
              ElementsAre("smoke.report-version", "smoke.name", "smoke.version", "smoke.not-direct",
                          "smoke.from-index", "smoke.filename", "smoke.bytes"));
}

// ----- dependencies

PipReport dependency(const std::string& name, const std::string& url, bool direct = false) {
  InstalledItem item;
  item.name = name;
  item.version = std::string("1");
  item.url = url;
  item.direct = direct;
  PipReport report;
  report.items = {item};
  return report;
}

TEST(Dependencies, come_from_the_index) {
  EXPECT_TRUE(
      all_passed(decide_dependencies(project, dependency("platformdirs", "https://index.example/p.whl"))));
  EXPECT_TRUE(all_passed(decide_dependencies(project, PipReport{})));
}

TEST(Dependencies, are_refused_from_a_direct_address_or_the_public_index) {
  const std::string public_host = std::string("https://files.pythonhosted") + ".org/p.whl";
  EXPECT_THAT(refused_ids(decide_dependencies(project, dependency("p", "https://index.example/p.whl", true))),
              ElementsAre("smoke.dependencies"));
  EXPECT_THAT(refused_ids(decide_dependencies(project, dependency("p", public_host))),
              ElementsAre("smoke.dependencies"));
  EXPECT_THAT(refused_ids(decide_dependencies(project, dependency("p", ""))),
              ElementsAre("smoke.dependencies"));
}

TEST(Dependencies, do_not_replace_the_project_itself) {
  EXPECT_THAT(refused_ids(decide_dependencies(
                  project, dependency("nanonis_qcodes_controller", "https://index.example/n.whl"))),
              ElementsAre("smoke.dependencies"));
}

}  // namespace
}  // namespace packhouse::smoke
