#include "command_examples.hpp"

#include <array>

namespace packhouse::app {
namespace {

constexpr auto examples = std::to_array<std::string_view>({
    "packhouse approve plan.json --key ada.pem --out ada.json",
    "packhouse audit --data /srv/packhouse",
    "packhouse backup --data /srv/packhouse --to /backup/packhouse",
    "packhouse backup verify /backup/packhouse",
    "packhouse check dist",
    "packhouse completion bash",
    "packhouse config check /etc/packhouse/packhouse.toml",
    "packhouse delete demo-1.0-py3-none-any.whl --reason \"it holds a password\"",
    "packhouse doctor",
    "packhouse downloads demo 1.0 --data /srv/packhouse",
    "packhouse explain numpy --data /srv/packhouse",
    "packhouse export /srv/www --data /srv/packhouse",
    "packhouse fail-points",
    "packhouse freeze --data /srv/packhouse --reason \"the release of May\"",
    "packhouse gc --data /srv/packhouse",
    "packhouse health --ready",
    "packhouse history 1.2.3",
    "packhouse import /srv/pypiserver/packages --data /srv/packhouse",
    "packhouse init --index https://packages.example.org",
    "packhouse inspect version --jsonl",
    "packhouse ledger export --to /backup/ledger",
    "packhouse ledger verify --data /srv/packhouse",
    "packhouse man man1",
    "packhouse mirror pin shop --lock uv.lock --reason \"what production runs\" --data /srv/packhouse",
    "packhouse mirror pins --data /srv/packhouse",
    "packhouse mirror purge flask --data /srv/packhouse",
    "packhouse mirror status --data /srv/packhouse",
    "packhouse mirror unpin shop --reason \"the shop is closed\" --data /srv/packhouse",
    "packhouse mirror verify --data /srv/packhouse",
    "packhouse mirror warm --lock uv.lock --url https://packages.example.org/simple/",
    "packhouse name lift acme --prefix --reason \"the team has another name\"",
    "packhouse name list --data /srv/packhouse",
    "packhouse name reserve acme --prefix --reason \"our packages\"",
    "packhouse project show demo",
    "packhouse project status demo archived --reason \"demo2 takes its place\"",
    "packhouse promote --build-run-id 4711 --package-version 1.2.3",
    "packhouse prune --development --keep-last 5 --older-than 30 --out plan.json",
    "packhouse publisher add nqctl --github lab/nqctl --workflow publish-private.yml --environment release",
    "packhouse publisher list",
    "packhouse publisher remove nqctl 3 --reason 'the repository moved'",
    "packhouse recall demo 1.0 --data /srv/packhouse",
    "packhouse recover 1.2.3 --reason \"CI is down since Monday\"",
    "packhouse recover reconcile 1.2.3 --build-run-id 4711",
    "packhouse release block demo 1.2.3 --reason \"it holds a password\"",
    "packhouse release copy demo 1.2.3 --index prod --from staging --reason \"approved\"",
    "packhouse release unblock demo 1.2.3 --reason \"the password was a sample\"",
    "packhouse release unyank demo 1.2.3 --reason \"it was no fault of it\"",
    "packhouse release yank demo 1.2.3 --reason \"use 1.2.4\"",
    "packhouse restore --from /backup/packhouse --data /srv/packhouse",
    "packhouse rollback 1.2.3 --reason \"it loses the connection\"",
    "packhouse serve --data /srv/packhouse --listen 127.0.0.1:8080",
    "packhouse session cancel 7 --reason \"its job died\"",
    "packhouse session list --data /srv/packhouse",
    "packhouse smoke 1.2.3",
    "packhouse status",
    "packhouse token create --label \"ci of demo\" --allow stage,publish --project demo",
    "packhouse token list --data /srv/packhouse",
    "packhouse token revoke 7 --reason \"the laptop was stolen\"",
    "packhouse unblock 1.2.3 --reason \"the index was away\"",
    "packhouse upgrade --check --data /srv/packhouse",
    "packhouse upstream allow flask==3.0 --until 2026-12-24 --reason \"it holds the fix\"",
    "packhouse upstream lift flask==3.0 --reason \"3.0 was withdrawn\"",
    "packhouse upstream list --data /srv/packhouse",
    "packhouse usage --data /srv/packhouse",
    "packhouse user create alice --allow read",
    "packhouse user disable alice --reason \"left the team\"",
    "packhouse user enable alice --reason \"is back\"",
    "packhouse user list --data /srv/packhouse",
    "packhouse user password alice",
    "packhouse user role alice --project demo --role maintainer",
    "packhouse verify",
    "packhouse webhook list --data /srv/packhouse",
});

}  // namespace

std::span<const std::string_view> command_examples() noexcept {
  return examples;
}

}  // namespace packhouse::app
