#include "client/index_client.hpp"

#include "client/served_release.hpp"

#include <gmock/gmock.h>

#include "archive/byte_source.hpp"
#include "dist/testing/builders.hpp"
#include "http/testing/scripted_client.hpp"

namespace packhouse::client {
namespace {

using http::ClientResponse;
using http::Method;
using http::RecordedRequest;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const std::string upload_url = "https://index.example/legacy/";
const std::string page_url = "https://index.example/simple/demo/";
const ProjectName demo = ProjectName::parse("demo").value();
const Version one = Version::parse("1.0").value();

ClientResponse answer(int status, std::string body = {}, std::string reason = {}) {
  return ClientResponse{
      .status = status, .reason = std::move(reason), .headers = {}, .body = std::move(body)};
}

ClientResponse html(std::string body) {
  ClientResponse response = answer(200, std::move(body));
  response.headers.add("Content-Type", "text/html");
  return response;
}

ClientResponse redirect(const std::string& location) {
  ClientResponse response = answer(302);
  response.headers.add("Location", location);
  return response;
}

ReleaseFile candidate(const std::string& filename, const std::string& bytes) {
  const archive::MemorySource source(bytes);
  return ReleaseFile{"/nowhere/" + filename, filename, bytes.size(), Sha256::of(bytes),
                     dist::check_file(source, filename, dist::Policy{})};
}

ReleaseFile wheel() {
  auto built = dist::testing::WheelBuilder("demo", "1.0").metadata_line("Requires-Dist: platformdirs>=4");
  built.metadata_line("Requires-Python: >=3.9").metadata_line("Keywords: one,two");
  built.metadata_line("Project-URL: Home, https://example.com/");
  return candidate(built.filename(), built.bytes());
}

ReleaseFile sdist() {
  const auto built = dist::testing::SdistBuilder("demo", "1.0");
  return candidate(built.filename(), built.bytes());
}

std::vector<std::string> values(const http::Form& form, std::string_view name) {
  std::vector<std::string> found;
  for (const auto& field : form.fields)
    if (field.name == name) found.push_back(field.value);
  return found;
}

class IndexClientTest : public ::testing::Test {
 protected:
  static IndexAddress address(const std::string& url) {
    auto parsed = IndexAddress::parse("X", Secret{url}).value();
    if (!parsed.auth) parsed.auth = http::BasicAuth{"desk", Secret{"pw"}};
    return parsed;
  }
  IndexClient index() { return {client, address(upload_url), address("https://index.example/simple/")}; }

  http::ScriptedClient client;
};

// ----- where it reads

TEST_F(IndexClientTest, a_page_of_the_project_proves_a_simple_repository) {
  for (const std::string body :
       {R"(<a href="demo-1.0.tar.gz">x</a>)", R"(<meta name="pypi:repository-version" content="1.0">)"}) {
    auto reader = index();
    client.expect(Method::get, page_url, html(body));
    ASSERT_TRUE(reader.page(demo).ok());
    EXPECT_TRUE(reader.prove_simple().value().is_simple) << body;
  }
  EXPECT_THAT(client.unexpected(), IsEmpty());
}

TEST_F(IndexClientTest, a_packhouse_index_says_that_it_lacks_a_project) {
  auto reader = index();
  auto missing = answer(404, "there is no project \"demo\" in the index \"main\"\n");
  missing.headers.add("Server", "packhouse");
  client.expect(Method::get, page_url, missing);
  ASSERT_TRUE(reader.page(demo).ok());
  EXPECT_TRUE(reader.prove_simple().value().is_simple);
}

TEST_F(IndexClientTest, the_list_of_projects_proves_a_simple_repository_where_the_project_is_new) {
  auto reader = index();
  client.expect(Method::get, page_url, answer(404));
  client.expect(Method::get, "https://index.example/simple/", html(R"(<a href="other/">other</a>)"));
  ASSERT_TRUE(reader.page(demo).ok());
  EXPECT_TRUE(reader.prove_simple().value().is_simple);
}

TEST_F(IndexClientTest, other_answers_of_a_web_server_prove_nothing) {
  auto app = html(R"(<div id="app"></div>)");
  auto text = answer(200, "hello");
  text.headers.add("Content-Type", "text/plain");
  for (const auto& everywhere : {app, text, answer(404), answer(410), answer(403)}) {
    http::ScriptedClient server;
    IndexClient reader(server, address(upload_url), address("https://index.example/simple/"));
    server.always_like(
        Method::get, "any", [](std::string_view) { return true; },
        [&](const http::ClientRequest&) { return everywhere; });
    static_cast<void>(reader.page(demo));
    const auto proof = reader.prove_simple().value();
    EXPECT_FALSE(proof.is_simple) << proof.found;
    EXPECT_TRUE(decide_simple(reader.simple_url(), proof, false).passed);
    EXPECT_FALSE(decide_simple(reader.simple_url(), proof, true).passed);
  }
}

// ----- addresses

TEST(IndexAddress, takes_the_credential_out_of_the_url) {
  const auto address =
      IndexAddress::parse("X", Secret{"https://desk:p%40ss%2F@index.example/simple/"}).value();
  EXPECT_EQ(address.url.str(), "https://index.example/simple/");
  EXPECT_FALSE(address.url.has_credentials());
  EXPECT_EQ(address.auth->user, "desk");
  EXPECT_EQ(address.auth->password.reveal(), "p@ss/");
}

TEST(IndexAddress, an_error_does_not_repeat_the_value) {
  for (const std::string text :
       {"desk:canary@index", "ftp://desk:canary@index/", "https://desk:canary@/", ""}) {
    const auto error = IndexAddress::parse("PRIVATE_INDEX_PIP_INDEX_URL", Secret{text}).error();
    EXPECT_THAT(error.message, HasSubstr("PRIVATE_INDEX_PIP_INDEX_URL"));
    EXPECT_THAT(error.message + error.hint, Not(HasSubstr("canary")));
  }
}

// ----- uploads

TEST_F(IndexClientTest, sends_the_form_that_twine_sends) {
  client.expect(Method::post, upload_url, answer(200));
  const auto file = wheel();
  EXPECT_EQ(index().upload(file, nullptr).value().kind, UploadAnswer::Kind::accepted);
  const auto& form = client.requests().at(0).form;
  EXPECT_THAT(values(form, ":action"), ElementsAre("file_upload"));
  EXPECT_THAT(values(form, "protocol_version"), ElementsAre("1"));
  EXPECT_THAT(values(form, "filetype"), ElementsAre("bdist_wheel"));
  EXPECT_THAT(values(form, "pyversion"), ElementsAre("py3"));
  EXPECT_THAT(values(form, "name"), ElementsAre("demo"));
  EXPECT_THAT(values(form, "version"), ElementsAre("1.0"));
  EXPECT_THAT(values(form, "requires_dist"), ElementsAre("platformdirs>=4"));
  EXPECT_THAT(values(form, "requires_python"), ElementsAre(">=3.9"));
  EXPECT_THAT(values(form, "keywords"), ElementsAre("one,two"));
  EXPECT_THAT(values(form, "project_urls"), ElementsAre("Home, https://example.com/"));
  EXPECT_THAT(values(form, "sha256_digest"), ElementsAre(file.sha256.hex()));
  ASSERT_EQ(form.files.size(), 1U);
  EXPECT_EQ(form.files.at(0).name, "content");
  EXPECT_EQ(form.files.at(0).filename, file.filename);
  EXPECT_EQ(client.requests().at(0).auth, RecordedRequest::Auth::basic);
}

TEST_F(IndexClientTest, says_that_an_sdist_is_source) {
  const auto form = upload_form(sdist());
  EXPECT_THAT(values(form, "filetype"), ElementsAre("sdist"));
  EXPECT_THAT(values(form, "pyversion"), ElementsAre("source"));
}

TEST_F(IndexClientTest, reads_every_way_of_saying_that_a_file_exists) {
  for (const auto& response :
       {answer(409), answer(400, "", "File already exists. See …"),
        answer(400, "<p>asset already exists</p>"), answer(400, "this filename has already been taken"),
        answer(400, "Repository does not allow updating assets: cannot be updated"),
        answer(403, "Not enough permissions to overwrite artifact")}) {
    client.expect(Method::post, upload_url, response);
    EXPECT_EQ(index().upload(wheel(), nullptr).value().kind, UploadAnswer::Kind::exists) << response.status;
  }
}

TEST_F(IndexClientTest, does_not_know_what_became_of_a_file_after_a_failure) {
  for (const int status : {500, 502, 503, 504, 408, 429}) {
    client.expect(Method::post, upload_url, answer(status));
    EXPECT_EQ(index().upload(wheel(), nullptr).value().kind, UploadAnswer::Kind::unknown) << status;
  }
  client.expect(Method::post, upload_url, Error{Errc::unavailable, "timed out"});
  EXPECT_EQ(index().upload(wheel(), nullptr).value().kind, UploadAnswer::Kind::unknown);
}

TEST_F(IndexClientTest, gives_the_index_s_own_reason_for_a_refusal) {
  client.expect(Method::post, upload_url, answer(400, "Unknown license\nmore", "Bad Request"));
  const auto refused = index().upload(wheel(), nullptr).value();
  EXPECT_EQ(refused.kind, UploadAnswer::Kind::refused);
  EXPECT_EQ(refused.reason, "status 400 \"Bad Request\" \"Unknown license\"");
}

TEST_F(IndexClientTest, tells_a_wrong_credential_and_a_wrong_address_apart) {
  for (const int status : {401, 403}) {
    client.expect(Method::post, upload_url, answer(status));
    EXPECT_EQ(index().upload(wheel(), nullptr).error().code, Errc::unauthenticated);
  }
  for (const auto& response : {redirect("https://index.example/login"), answer(404), answer(405)}) {
    client.expect(Method::post, upload_url, response);
    EXPECT_EQ(index().upload(wheel(), nullptr).error().code, Errc::invalid_input);
  }
  EXPECT_THAT(client.unexpected(), IsEmpty());  // no upload follows a redirect
}

// ----- reading back

TEST_F(IndexClientTest, downloads_and_hashes_what_the_page_names_for_that_version) {
  client.expect(
      Method::get, page_url,
      html(R"(<a href="/files/demo-1.0.tar.gz#sha256=00">a</a><a href="../f/demo-1.0-py3-none-any.whl">b</a>
    <a href="/files/demo-1.0.1.tar.gz">c</a><a href="/files/other-1.0.tar.gz">d</a>)"));
  client.expect(Method::get, "https://index.example/files/demo-1.0.tar.gz", answer(200, "sdist"));
  client.expect(Method::get, "https://index.example/simple/f/demo-1.0-py3-none-any.whl",
                answer(200, "wheel"));
  const auto release = index().release({demo, one}, 1000).value();
  ASSERT_EQ(release.files.size(), 2U);
  EXPECT_EQ(release.files.at(0).sha256, Sha256::of("sdist"));
  EXPECT_EQ(release.files.at(0).stated_sha256, "00");
  EXPECT_EQ(release.files.at(1).size, 5U);
  EXPECT_THAT(release.evidence.canonical, HasSubstr(Sha256::of("wheel").hex()));
}

TEST_F(IndexClientTest, ends_in_the_middle_of_a_file_that_nobody_waits_for_any_more) {
  client.expect(Method::get, page_url, html(R"(<a href="demo-1.0.tar.gz">a</a>)"));
  client.expect(Method::get, page_url + "demo-1.0.tar.gz", answer(200, "sdist"));
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(index().release({demo, one}, 1000, stop.get_token()).error().code, Errc::cancelled);
}

TEST_F(IndexClientTest, a_project_without_page_has_no_release) {
  client.expect(Method::get, page_url, answer(404));
  EXPECT_THAT(index().release({demo, one}, 1000).value().files, IsEmpty());
}

TEST_F(IndexClientTest, gives_its_credential_to_no_other_origin) {
  client.expect(Method::get, page_url,
                html(R"(<a href="https://files.example/demo-1.0.tar.gz?sig=x">a</a>)"));
  client.expect(Method::get, "https://files.example/demo-1.0.tar.gz?sig=x", answer(200, "sdist"));
  const auto release = index().release({demo, one}, 1000).value();
  EXPECT_EQ(client.requests().at(0).auth, RecordedRequest::Auth::basic);
  EXPECT_EQ(client.requests().at(1).auth, RecordedRequest::Auth::none);
  EXPECT_EQ(release.files.at(0).url, "https://files.example/demo-1.0.tar.gz");  // the signature is not kept
}

TEST_F(IndexClientTest, follows_no_link_to_plain_http_elsewhere) {
  client.expect(Method::get, page_url, html(R"(<a href="http://files.example/demo-1.0.tar.gz">a</a>)"));
  EXPECT_EQ(index().release({demo, one}, 1000).error().code, Errc::forbidden);
  EXPECT_THAT(client.unexpected(), IsEmpty());
}

TEST_F(IndexClientTest, an_address_that_is_none_is_refused_and_no_usage_error) {
  client.expect(Method::get, page_url, html(R"(<a href="file:///demo-1.0.tar.gz">a</a>)"));
  EXPECT_EQ(index().release({demo, one}, 1000).error().code, Errc::forbidden);
  client.expect(Method::get, page_url, redirect("gopher://x/"));
  EXPECT_EQ(index().release({demo, one}, 1000).error().code, Errc::forbidden);
}

TEST_F(IndexClientTest, an_index_that_hands_on_to_the_public_one_lacks_the_project) {
  const std::string elsewhere = std::string("https://pypi") + ".org/simple/demo/";
  client.expect(Method::get, page_url, redirect(elsewhere));
  auto reader = index();
  EXPECT_THAT(reader.release({demo, one}, 1000).value().files, IsEmpty());
  EXPECT_TRUE(reader.sends_to_public_index());
  EXPECT_THAT(client.unexpected(), IsEmpty());
}

TEST_F(IndexClientTest, refuses_files_that_lie_at_the_public_index) {
  client.expect(Method::get, page_url,
                html("<a href=\"https://files.pythonhosted" + std::string(".org/demo-1.0.tar.gz\">a</a>")));
  EXPECT_EQ(index().release({demo, one}, 1000).error().code, Errc::forbidden);
}

TEST_F(IndexClientTest, bounds_what_it_downloads) {
  client.expect(Method::get, page_url, html(R"(<a href="demo-1.0.tar.gz">a</a>)"));
  client.expect(Method::get, page_url + "demo-1.0.tar.gz", answer(200, std::string(2000, 'x')));
  EXPECT_EQ(index().release({demo, one}, 1000).error().code, Errc::too_large);
}

TEST_F(IndexClientTest, tells_a_page_that_needs_a_credential_from_one_that_is_broken) {
  client.expect(Method::get, page_url, answer(401));
  EXPECT_EQ(index().links({demo, one}).error().code, Errc::unauthenticated);
  client.expect(Method::get, page_url, answer(500));
  EXPECT_EQ(index().links({demo, one}).error().code, Errc::unavailable);
}

// ----- names

TEST(VersionInFilename, reads_old_and_new_spellings) {
  const auto project = ProjectName::parse("nanonis-qcodes-controller").value();
  const auto of = [&](std::string_view filename) {
    const auto version = version_in_filename(project, filename);
    return version ? version->str() : "none";
  };
  EXPECT_EQ(of("nanonis_qcodes_controller-1.4.0.tar.gz"), "1.4.0");
  EXPECT_EQ(of("nanonis-qcodes-controller-1.4.0.tar.gz"), "1.4.0");
  EXPECT_EQ(of("Nanonis.QCodes.Controller-1.4.0-1.zip"), "1.4.0.post1");
  EXPECT_EQ(of("nanonis_qcodes_controller-1.4.0-py3-none-any.whl"), "1.4.0");
  EXPECT_EQ(of("nanonis_qcodes-1.4.0.tar.gz"), "none");
  EXPECT_EQ(of("nanonis_qcodes_controller-1.4.0.tar.gz.asc"), "none");
  EXPECT_EQ(of("nanonis_qcodes_controller-1.4.0.egg"), "none");
  EXPECT_EQ(of("../"), "none");
}

// ----- decisions

dist::Manifest manifest() {
  return dist::Manifest::make({{"demo-1.0.tar.gz", 5, Sha256::of("sdist")},
                               {"demo-1.0-py3-none-any.whl", 5, Sha256::of("wheel")}})
      .value();
}

ServedFile served(const std::string& filename, std::string_view bytes) {
  return {filename, "https://index.example/" + filename, bytes.size(), Sha256::of(bytes), std::nullopt,
          false};
}

IndexRelease whole_release() {
  return {{served("demo-1.0.tar.gz", "sdist"), served("demo-1.0-py3-none-any.whl", "wheel")}, {}};
}

TEST(IndexDecision, a_version_that_was_never_used_may_be_published) {
  EXPECT_TRUE(all_passed(decide_unused(manifest(), {})));
}

TEST(IndexDecision, the_very_same_bytes_are_an_earlier_try) {
  EXPECT_TRUE(all_passed(decide_unused(manifest(), {{served("demo-1.0.tar.gz", "sdist")}, {}})));
}

TEST(IndexDecision, other_bytes_under_a_name_are_a_conflict) {
  const auto checks = decide_unused(manifest(), {{served("demo-1.0.tar.gz", "other")}, {}});
  EXPECT_THAT(refused_ids(checks), ElementsAre("index.version-unused"));
  EXPECT_EQ(worst_refusal(checks), RefusalKind::conflict);
}

TEST(IndexDecision, a_stranger_s_file_of_this_version_is_a_conflict) {
  const auto checks = decide_unused(manifest(), {{served("demo-1.0-cp313-cp313-win_amd64.whl", "evil")}, {}});
  EXPECT_THAT(refused_ids(checks), ElementsAre("index.version-unused"));
  EXPECT_THAT(checks.front().found, HasSubstr("demo-1.0-cp313-cp313-win_amd64.whl"));
}

TEST(IndexDecision, what_is_served_must_be_the_release_and_nothing_else) {
  EXPECT_TRUE(all_passed(decide_served(manifest(), whole_release())));
  auto lacking = whole_release();
  lacking.files.pop_back();
  EXPECT_THAT(refused_ids(decide_served(manifest(), lacking)), ElementsAre("index.serves-release"));
  auto changed = whole_release();
  changed.files.front() = served("demo-1.0.tar.gz", "other");
  EXPECT_THAT(refused_ids(decide_served(manifest(), changed)), ElementsAre("index.serves-release"));
  auto twice = whole_release();
  twice.files.push_back(twice.files.front());
  EXPECT_THAT(refused_ids(decide_served(manifest(), twice)), ElementsAre("index.serves-release"));
  auto more = whole_release();
  more.files.push_back(served("demo-1.0-py2-none-any.whl", "more"));
  EXPECT_THAT(refused_ids(decide_served(manifest(), more)), ElementsAre("index.serves-release"));
}

TEST(IndexDecision, a_page_that_states_another_digest_or_yanks_is_refused) {
  auto misstated = whole_release();
  misstated.files.front().stated_sha256 = std::string(64, '0');
  EXPECT_THAT(refused_ids(decide_served(manifest(), misstated)), ElementsAre("index.page-digests"));
  auto yanked = whole_release();
  yanked.files.back().yanked = true;
  EXPECT_THAT(refused_ids(decide_served(manifest(), yanked)), ElementsAre("index.not-yanked"));
}

}  // namespace
}  // namespace packhouse::client
