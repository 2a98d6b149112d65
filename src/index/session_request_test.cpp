#include "index/session_request.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace packhouse::index {
namespace {

const std::string sha256 = Sha256::of("x").hex();
const ReleaseName demo = *ReleaseName::parse("demo", "1.0");

json::Object announcement() {
  return {{"filename", "demo-1.0-py3-none-any.whl"},
          {"size", 17},
          {"hashes", {{"sha256", sha256}}},
          {"mechanism", "http-post-bytes"}};
}

std::string refusal(std::string_view key, json::Value value) {
  auto body = announcement();
  body[key] = std::move(value);
  const auto request = FileRequest::parse(body, demo);
  EXPECT_FALSE(request.ok());
  return request.ok() ? "accepted" : request.error().message;
}

TEST(SessionRequest, takes_any_spelling_of_a_name_and_a_version) {
  const auto request = SessionRequest::parse({{"name", "Demo_Pkg"}, {"version", "1.0.0RC-1"}});
  ASSERT_TRUE(request.ok());
  EXPECT_EQ(request->release.project.str(), "demo-pkg");
  EXPECT_EQ(request->release.version.str(), "1.0.0rc1");
}

TEST(SessionRequest, names_the_key_at_fault) {
  EXPECT_EQ(SessionRequest::parse({{"version", "1.0"}}).error().message,
            "expected a string at name, found nothing");
  EXPECT_TRUE(
      SessionRequest::parse({{"name", "-x"}, {"version", "1.0"}}).error().message.starts_with("name: "));
  EXPECT_TRUE(
      SessionRequest::parse({{"name", "x"}, {"version", "dog"}}).error().message.starts_with("version: "));
}

TEST(PublishRequest, reads_what_is_published_and_by_whose_approval) {
  const std::string nonce = "0123456789abcdef0123456789abcdef";
  const auto request = PublishRequest::parse(
      {{"_manifest_sha256", Sha256::of("x").hex()}, {"_approvals", json::Array{json::Value(nonce)}}});
  ASSERT_TRUE(request.ok());
  EXPECT_EQ(request->manifest, Sha256::of("x"));
  EXPECT_EQ(request->approvals, std::vector{nonce});
  EXPECT_TRUE(PublishRequest::parse({}).value().approvals.empty());
  EXPECT_FALSE(PublishRequest::parse({}).value().manifest);
}

TEST(PublishRequest, refuses_what_is_no_nonce_or_no_digest) {
  json::Array too_many;
  for (std::size_t i = 0; i <= PublishRequest::max_approvals; ++i)
    too_many.emplace_back(std::string(32, 'a'));
  for (const json::Value& wrong :
       {json::Value("x"), json::Value(too_many), json::Value(json::Array{std::string(31, 'a')}),
        json::Value(json::Array{std::string(32, 'A')}), json::Value(json::Array{std::string(32, 'g')}),
        json::Value(json::Array{7})}) {
    EXPECT_EQ(PublishRequest::parse({{"_approvals", wrong}}).error().code, Errc::invalid_input);
  }
  EXPECT_EQ(PublishRequest::parse({{"_manifest_sha256", "x"}}).error().code, Errc::invalid_input);
}

TEST(FileRequest, reads_an_announcement) {
  const auto request = FileRequest::parse(announcement(), demo);
  ASSERT_TRUE(request.ok()) << request.error().message;
  EXPECT_EQ(request->filename, "demo-1.0-py3-none-any.whl");
  EXPECT_EQ(request->size, 17U);
  EXPECT_EQ(request->hashes, (NamedDigests{{"sha256", sha256}}));
  EXPECT_EQ(request->mechanism, "http-post-bytes");
}

TEST(FileRequest, takes_several_digests_in_either_case) {
  auto body = announcement();
  body["hashes"] = {{"blake2b", std::string(128, 'A')}, {"md5", std::string(32, 'b')}};
  EXPECT_EQ(FileRequest::parse(body, demo)->hashes,
            (NamedDigests{{"blake2b", std::string(128, 'a')}, {"md5", std::string(32, 'b')}}));
}

TEST(FileRequest, refuses_files_of_another_release) {
  EXPECT_EQ(refusal("filename", "other-1.0-py3-none-any.whl"),
            "filename: expected a file of demo 1.0, found \"other-1.0-py3-none-any.whl\"");
  EXPECT_EQ(refusal("filename", "demo-1.0.0.tar.gz"),
            "filename: expected a file of demo 1.0, found \"demo-1.0.0.tar.gz\"");
  EXPECT_EQ(refusal("filename", "../demo-1.0.tar.gz"),
            "filename: expected a plain filename of at most 255 bytes, found \"../demo-1.0.tar.gz\"");
  EXPECT_TRUE(refusal("filename", "demo.exe").starts_with("filename: "));
  EXPECT_EQ(refusal("filename", 1), "expected a string at filename, found an integer");
}

TEST(FileRequest, refuses_malformed_sizes_and_digests) {
  EXPECT_EQ(refusal("size", 0), "size: expected a number of bytes, found 0");
  EXPECT_EQ(refusal("size", -1), "size: expected a number of bytes, found -1");
  EXPECT_EQ(refusal("hashes", json::Object{}),
            "hashes: expected 1 to 12 digests, one of them secure, found 0");
  EXPECT_EQ(refusal("hashes", {{"md5", std::string(32, 'a')}}),
            "hashes: expected 1 to 12 digests, one of them secure, found 1");
  EXPECT_EQ(refusal("hashes", {{"crc32", "00000000"}}),
            "hashes: expected hashlib's name of an algorithm, found \"crc32\"");
  EXPECT_EQ(refusal("hashes", {{"sha256", "abc"}}),
            "hashes.sha256: expected 64 hexadecimal digits, found \"abc\"");
}

}  // namespace
}  // namespace packhouse::index
