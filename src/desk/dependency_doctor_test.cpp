#include "desk/dependency_doctor.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <map>

namespace packhouse::desk {
namespace {

using ::testing::HasSubstr;

/// An index with JSON pages of these projects, and the requests for them.
class Pages final : public http::Client {
 public:
  Result<http::ClientResponse> send(const http::ClientRequest& request) override {
    asked.push_back(request.url);
    if (broken) return Error{Errc::unavailable, "connection refused", {}};
    http::ClientResponse response{.status = 404, .reason = {}, .headers = {}, .body = "nothing"};
    const auto found = files.find(request.url);
    if (found == files.end()) return response;
    response.status = 200;
    response.headers.add("Content-Type", "application/vnd.pypi.simple.v1+json");
    response.body =
        fmt::format(R"({{"meta":{{"api-version":"1.1"}},"name":"x","files":[{}]}})", found->second);
    return response;
  }
  void add(std::string_view project, std::string_view filename, std::string_view more = "") {
    auto& listed = files[fmt::format("https://index.example/simple/{}/", project)];
    listed += fmt::format(R"({}{{"filename":"{}","url":"{}","hashes":{{}}{}}})", listed.empty() ? "" : ",",
                          filename, filename, more);
  }

  std::map<std::string, std::string> files;
  std::vector<std::string> asked;
  bool broken = false;
};

class DependencyDoctorTest : public ::testing::Test {
 protected:
  Checks examine(const std::vector<std::string>& requirements, std::vector<std::string> extras = {}) {
    const client::IndexAddress address{http::Url::parse("https://index.example/simple/").value(), {}};
    client::IndexClient index(peer_, address, address);
    std::vector<Requirement> parsed;
    for (const auto& text : requirements)
      parsed.push_back(Requirement::parse(text).value());
    return examine_dependencies({.index = index,
                                 .requirements = std::move(parsed),
                                 .extras = std::move(extras),
                                 .pythons = {{{"python_full_version", std::string("3.11.2")},
                                              {"python_version", std::string("3.11")},
                                              {"sys_platform", std::string("linux")}}}});
  }
  std::string found(const std::vector<std::string>& requirements, std::vector<std::string> extras = {}) {
    const auto checks = examine(requirements, std::move(extras));
    return checks.empty() ? "no check" : checks.front().found;
  }

  Pages peer_;
};

TEST_F(DependencyDoctorTest, an_index_with_every_dependency_has_no_finding) {
  peer_.add("base-lib", "base_lib-2.0-py3-none-any.whl");
  peer_.add("numpy", "numpy-1.26.tar.gz");
  const auto checks = examine({"Base.Lib>=2", "numpy"});
  EXPECT_TRUE(all_passed(checks));
  EXPECT_EQ(checks.front().expected, "a file of each of 2 dependencies on the index");
  EXPECT_EQ(found({}), "no check");
}

TEST_F(DependencyDoctorTest, a_dependency_that_the_index_does_not_have_is_named) {
  const auto checks = examine({"absent>=1"});
  ASSERT_EQ(refused_ids(checks), std::vector<std::string>{"index.dependencies"});
  EXPECT_EQ(checks.front().found, "absent>=1 (the index does not have it)");
  EXPECT_EQ(checks.front().refusal, RefusalKind::missing);
  EXPECT_THAT(checks.front().hint, HasSubstr("upstream"));
}

TEST_F(DependencyDoctorTest, a_file_counts_that_its_version_its_python_and_its_state_admit) {
  peer_.add("a", "a-1.0.tar.gz");
  peer_.add("b", "b-2.0.tar.gz", R"(,"requires-python":">=3.12")");
  peer_.add("c", "c-2.0.tar.gz", R"(,"yanked":"broken")");
  peer_.add("d", "d-2.0rc1.tar.gz");
  EXPECT_EQ(found({"a>=2"}), "a>=2 (none of 1 files fits Python 3.11)");
  EXPECT_EQ(found({"b"}), "b (none of 1 files fits Python 3.11)");
  EXPECT_EQ(found({"c"}), "c (none of 1 files fits Python 3.11)");
  EXPECT_EQ(found({"d"}), "there") << "the only one: PEP 440 takes it";
}

TEST_F(DependencyDoctorTest, markers_and_extras_decide_what_is_asked) {
  EXPECT_EQ(found({R"(absent; sys_platform == "win32")", R"(other; extra == "qcodes")"}), "no check");
  EXPECT_EQ(found({R"(other; extra == "qcodes")"}, {"qcodes"}), "other (the index does not have it)");
  EXPECT_EQ(found({"direct @ https://files.example/direct-1.0.tar.gz"}), "no check") << "not from an index";
}

TEST_F(DependencyDoctorTest, each_project_is_asked_for_once_and_only_the_first_faults_are_named) {
  EXPECT_EQ(found({"a>=1", "a<2"}), "a<2 (the index does not have it), a>=1 (the index does not have it)");
  EXPECT_EQ(peer_.asked.size(), 1U);
  EXPECT_THAT(found({"a", "b", "c", "d", "e", "f", "g"}), HasSubstr(", and 2 more"));
}

TEST_F(DependencyDoctorTest, an_index_that_does_not_answer_is_no_missing_dependency) {
  peer_.broken = true;
  const auto checks = examine({"a"});
  EXPECT_EQ(checks.front().refusal, RefusalKind::unavailable);
  EXPECT_THAT(checks.front().found, HasSubstr("connection refused"));
}

}  // namespace
}  // namespace packhouse::desk
