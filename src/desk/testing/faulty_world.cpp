#include "desk/testing/faulty_world.hpp"

#include "desk/testing/github_script.hpp"
#include "dist/testing/builders.hpp"
#include "forge/github.hpp"
#include "source/testing/evidence.hpp"

namespace packhouse::desk::testing {
namespace {

const std::string name = "nanonis_qcodes_controller";

}  // namespace

const std::string FaultyWorld::wheel_name = name + "-1.4.0-py3-none-any.whl";
const std::string FaultyWorld::sdist_name = name + "-1.4.0.tar.gz";

Result<http::ClientResponse> Network::send(const http::ClientRequest& request) {
  const bool of_index = request.url.starts_with(client::testing::index_root_url);
  return of_index ? index_.send(request) : forge_.send(request);
}

const std::map<std::string, std::string>& FaultyWorld::built() {
  static const std::map<std::string, std::string> files = [] {
    dist::testing::WheelBuilder wheel(name, std::string(version));
    wheel.add_info("entry_points.txt", "[console_scripts]\nnqctl = nanonis:main\n");
    return std::map<std::string, std::string>{
        {wheel_name, wheel.bytes()},
        {sdist_name, dist::testing::SdistBuilder(name, std::string(version)).bytes()}};
  }();
  return files;
}

FaultyWorld::FaultyWorld(Staging staging)
    : World("nanonis-qcodes-controller"),
      settings{.source = {.policy = source::testing::good_policy()},
               .smoke = {},
               .upload = address(client::testing::index_upload_url),
               .simple = address(client::testing::index_simple_url),
               .staging = staging} {
  static const std::string archive = dist::testing::artifact_zip({built().begin(), built().end()}).bytes();
  script_github(github_, archive);
  index.packhouse = true;
  index.can_stage = true;
  index.before = [this](const http::ClientRequest& /*request*/) {
    half_seen_ = half_seen_ || !(is_unseen() || is_served());
    return success();
  };
  pip.wheels[wheel_name] = built().at(wheel_name);
  processes.when({"nqctl", "capabilities"}, exited(0, "{}\n"));
  settings.smoke.commands = {{.words = {"nqctl", "capabilities"}}};
}

PromoteOutcome FaultyWorld::run() {
  network_.disarm();
  return connect_and_call();
}

PromoteOutcome FaultyWorld::run_spoiled(http::Fault fault, std::size_t number) {
  network_.arm(fault, number, [this] { faulty.fail_from(1); });
  auto outcome = connect_and_call();
  faulty.recover();
  return outcome;
}

PromoteOutcome FaultyWorld::connect_and_call() {
  client::IndexClient index_client(network_, settings.upload, settings.simple);
  client::SessionClient sessions(network_, {client::session_root(settings.upload.url), std::nullopt});
  const auto github = forge::make_github({.api_url = std::string(github_api), .token = Secret{"forge-token"}},
                                         settings.source.policy.repository, network_, clock);
  return call({*github.value(), index_client, sessions, faulty, processes, clock, console, redactor,
               "/usr/bin", [](const Secret&) {}});
}

}  // namespace packhouse::desk::testing
