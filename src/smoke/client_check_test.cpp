#include "smoke/client_check.hpp"

#include <gmock/gmock.h>

#include "smoke/environment_pool.hpp"
#include "smoke/testing/fake_pip.hpp"
#include "sys/temporary_folder.hpp"

namespace packhouse::smoke {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;

const std::string password = "canary\"pass\\word";

class ClientsTest : public ::testing::Test {
 protected:
  ClientsTest() {
    redactor.add_basic("desk", Secret{password});
    pip.wheels["demo-1.0-py3-none-any.whl"] = "the wheel";
    processes.when({"uv", "--version"}, exited(0, "uv 1.0\n"));
    processes.when({"uv", "pip", "install"}, exited(0));
  }

  Result<std::vector<std::string>> found() { return find_clients(policy, tools()); }

  std::vector<std::string> refused(std::string_view published = "the wheel") {
    const auto manifest =
        dist::Manifest::make({{"demo-1.0-py3-none-any.whl", published.size(), Sha256::of(published)},
                              {"demo-1.0.tar.gz", 5, Sha256::of("sdist")}})
            .value();
    const PublicRelease release{ReleaseName::parse("demo", "1.0").value(),
                                manifest,
                                {http::Url::parse("https://index.example/simple/").value(),
                                 http::BasicAuth{"desk", Secret{password}}}};
    const SmokeTools own = tools();
    EnvironmentPool environments(policy, own);
    const auto checks =
        fetch_with_clients(policy, release, {"pip", "uv"}, folder.path() / "clients.log", own, environments);
    EXPECT_TRUE(checks.ok()) << checks.error().message;
    return checks.ok() ? refused_ids(*checks) : std::vector<std::string>{};
  }

  const Command& command(std::string_view program) const {
    for (const Command& each : processes.commands()) {
      const bool is_it = Path(each.arguments.front()).filename() == program;
      if (is_it && std::ranges::find(each.arguments, "--require-hashes") != each.arguments.end()) return each;
    }
    throw std::runtime_error("no call of " + std::string(program));
  }

  SmokeTools tools() { return {processes, *disk, console, redactor, "/usr/bin", network}; }

  std::unique_ptr<FileSystem> disk = make_posix_file_system();
  TemporaryFolder folder = TemporaryFolder::make().value();
  ManualClock clock{Timestamp(std::chrono::seconds(1'800'000'000))};
  Redactor redactor;
  std::string shown;
  console::Console console{{.text = [this](std::string_view text) { shown += text; }}, redactor, clock};
  ScriptedProcessRunner processes;
  testing::FakePip pip{processes};
  SmokePolicy policy;
  PipNetwork network;
};

TEST_F(ClientsTest, uv_is_asked_where_there_is_one) {
  EXPECT_THAT(found().value(), ElementsAre("pip", "uv"));
  processes.when({"uv", "--version"}, exited(127));
  EXPECT_THAT(found().value(), ElementsAre("pip"));
}

TEST_F(ClientsTest, a_client_that_is_named_must_be_there) {
  policy.clients = {"uv"};
  EXPECT_THAT(found().value(), ElementsAre("uv"));
  processes.when({"uv", "--version"}, exited(127));
  EXPECT_EQ(found().error().code, Errc::not_found);
  EXPECT_THAT(found().error().message, HasSubstr("uv"));
}

TEST_F(ClientsTest, each_client_may_take_the_promoted_bytes_alone) {
  EXPECT_THAT(refused(), IsEmpty());
  EXPECT_THAT(shown, HasSubstr("confirm.pip"));
  EXPECT_THAT(shown, HasSubstr("confirm.uv"));
  for (const std::string_view program : {"python", "uv"}) {
    EXPECT_THAT(command(program).arguments, Contains("--no-deps"));
    EXPECT_THAT(command(program).arguments, Contains("https://index.example/simple/"));
    EXPECT_THAT(command(program).environment, Contains(Pair("PIP_CONFIG_FILE", "/dev/null")));
  }
  EXPECT_THAT(command("uv").arguments, Contains("--no-config"));
}

TEST_F(ClientsTest, a_client_that_does_not_get_them_is_named) {
  EXPECT_THAT(refused("other bytes"), ElementsAre("confirm.pip"));
  processes.when({"uv", "pip", "install"}, exited(1, "× Hash mismatch\n"));
  EXPECT_THAT(refused(), ElementsAre("confirm.uv"));
  EXPECT_THAT(shown, HasSubstr("Hash mismatch"));
}

TEST_F(ClientsTest, the_password_is_in_no_argument_and_gone_in_the_end) {
  ASSERT_THAT(refused(), IsEmpty());
  for (const Command& each : processes.commands()) {
    EXPECT_THAT(each.arguments, Not(Contains(HasSubstr("canary"))));
    EXPECT_FALSE(std::filesystem::exists(each.folder / "pip-home" / ".netrc"));
  }
}

TEST_F(ClientsTest, an_interrupt_says_nothing_of_a_program) {
  const auto interrupted = [](const Command&) -> Result<ProcessResult> {
    return Error{Errc::cancelled, "it was stopped by SIGINT"};
  };
  processes.when({"uv", "--version"}, interrupted);
  EXPECT_EQ(found().error().code, Errc::cancelled);
  processes.when({"-S", "-c"}, interrupted);
  policy.pythons = {"python3", "python3.13"};
  EXPECT_EQ(find_further_pythons(policy, tools()).error().code, Errc::cancelled);
}

TEST_F(ClientsTest, uv_trusts_the_private_authority_and_goes_by_the_proxy) {
  network = {.authorities = "/lab/ca.pem", .proxies = {{"HTTPS_PROXY", "http://u:p@proxy.lab:3128"}}};
  ASSERT_THAT(refused(), IsEmpty());
  EXPECT_THAT(command("uv").environment, Contains(Pair("SSL_CERT_FILE", "/lab/ca.pem")));
  EXPECT_THAT(command("uv").environment, Contains(Pair("HTTPS_PROXY", "http://u:p@proxy.lab:3128")));
}

}  // namespace
}  // namespace packhouse::smoke
