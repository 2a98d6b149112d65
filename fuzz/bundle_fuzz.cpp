// Attestations from outside: nothing that a fuzzer writes may pass, and nothing may take more than it claims.
//
// The first byte says which part of an otherwise good bundle the rest replaces, so that the parsers behind
// the JSON are reached too: 'b' all of it, 'r' the trusted root, 's' a Snappy block, 'c' the certificate, 't'
// the timestamp, 'l' the log entry's body, 'n' the checkpoint, 'y' the statement.
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "attest/statement.hpp"
#include "attest/testing/sigstore.hpp"
#include "attest/transparency.hpp"
#include "attest/verify.hpp"

using packhouse::attest::Bundle;
using packhouse::attest::testing::FakeSigstore;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

/// Good for this process only: the keys are new each time, so no input can hold what passes.
struct Good {
  FakeSigstore sigstore{FakeSigstore::Kind::rekor_2};
  std::vector<packhouse::attest::TrustedRoot> roots{sigstore.root()};
  packhouse::attest::Expectation expected = packhouse::attest::testing::expectation_of({});
  Bundle bundle = *Bundle::parse(packhouse::json::dump(sigstore.bundle({})));

  bool passes(const Bundle& one) const { return verify(one, roots, expected).passed(); }
};

void run_snappy(std::string_view block) {
  constexpr std::size_t limit = 1U << 16U;
  const auto bytes = packhouse::attest::unsnappy(block, limit);
  require(!bytes.ok() || bytes->size() <= limit);
}

void run_statement(const Good& good, std::string_view payload) {
  auto bundle = good.bundle;
  bundle.payload = payload;
  const auto statement = packhouse::attest::Statement::parse(bundle);
  if (!statement.ok()) return;
  const auto subject = find_subject(*statement, good.expected);
  require(!subject.ok() || payload.contains(good.expected.subject.hex()) || payload.contains('\\'));
  (void)check_build(*statement, good.expected);
}

void run_part(const Good& good, char part, std::string_view bytes) {
  auto bundle = good.bundle;
  switch (part) {
    case 'c':
      bundle.certificate = bytes;
      break;
    case 't':
      bundle.timestamps = {std::string(bytes)};
      break;
    case 'l':
      bundle.log_entries.front().body = bytes;
      break;
    case 'n':
      bundle.log_entries.front().proof.checkpoint = bytes;
      break;
    default:
      return;
  }
  require(!good.passes(bundle));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Good good;
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto rest = input.substr(1);
  switch (input.front()) {
    case 'b':
      require(!verify_any(std::vector{std::string(rest)}, good.roots, good.expected).passed());
      break;
    case 'r':
      if (const auto roots = packhouse::attest::parse_trusted_roots(rest); roots.ok()) {
        require(!verify(good.bundle, *roots, good.expected).passed());
      }
      break;
    case 's':
      run_snappy(rest);
      break;
    case 'y':
      run_statement(good, rest);
      break;
    default:
      run_part(good, input.front(), rest);
  }
  return 0;
}
