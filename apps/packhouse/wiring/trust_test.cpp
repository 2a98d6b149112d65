#include "wiring/trust.hpp"

#include <gmock/gmock.h>

#include "sys/testing/memory_file_system.hpp"

namespace packhouse::app {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view begin = "-----BEGIN CERTIFICATE-----\n";

class TrustTest : public ::testing::Test {
 protected:
  TrustTest() {
    for (const char* folder : {"/etc/ssl/certs", "/lab", "/tmp"})
      EXPECT_TRUE(disk.make_folders(folder).ok());
    write("/lab/own.pem", std::string(begin) + "own");
    write("/lab/given.pem", std::string(begin) + "given");
    write("/etc/ssl/certs/ca-certificates.crt", std::string(begin) + "system");
  }
  void write(const Path& path, std::string_view text) {
    const auto file = disk.create(path);
    ASSERT_TRUE(file.ok() && (*file)->write(text).ok());
  }
  Result<Path> trusted(std::string_view own, std::optional<std::string> variable = std::nullopt) {
    return trusted_authorities(disk, "/tmp", own, [&](const char* name) {
      return std::string_view(name) == "SSL_CERT_FILE" ? variable : std::nullopt;
    });
  }
  std::string text_of(const Result<Path>& path) { return disk.read(path.value(), 1000).value(); }

  MemoryFileSystem disk;
};

TEST_F(TrustTest, says_nothing_where_nothing_was_said) {
  EXPECT_EQ(trusted("").value(), "");
}

TEST_F(TrustTest, the_variable_s_file_stands_alone) {
  EXPECT_EQ(trusted("", "/lab/given.pem").value(), "/lab/given.pem");
}

TEST_F(TrustTest, the_configuration_s_file_is_trusted_beside_the_others) {
  EXPECT_EQ(text_of(trusted("/lab/own.pem")), std::string(begin) + "system\n" + std::string(begin) + "own");
}

TEST_F(TrustTest, the_variable_s_file_stands_in_place_of_the_system_s_beside_the_configuration_s) {
  EXPECT_EQ(text_of(trusted("/lab/own.pem", "/lab/given.pem")),
            std::string(begin) + "given\n" + std::string(begin) + "own");
}

TEST_F(TrustTest, a_file_without_a_certificate_is_refused) {
  write("/lab/key.pem", "-----BEGIN PRIVATE KEY-----");
  EXPECT_THAT(trusted("/lab/key.pem").error().message, HasSubstr("that `ca-file` names, found none in"));
  EXPECT_THAT(trusted("", "/lab/absent.pem").error().message, HasSubstr("that $SSL_CERT_FILE names, found"));
  EXPECT_EQ(trusted("/lab/absent.pem").error().code, Errc::invalid_input);
}

}  // namespace
}  // namespace packhouse::app
