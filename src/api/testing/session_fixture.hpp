#pragma once

#include "api/session_json.hpp"
#include "api/testing/routes_fixture.hpp"

namespace packhouse::api::testing {

/// Speaks PEP 694 to the whole table.
class SessionFixture : public RoutesTest {
 protected:
  http::Response post(const std::string& path, json::Object body, const Secret& token,
                      std::string_view type = upload_content_type) {
    if (!body.contains("meta")) body["meta"] = json::Object{{"api-version", "2.0"}};
    auto made = request(Method::post, path, token);
    made.headers.add("Content-Type", std::string(type));
    made.headers.add("Host", "packages.example:8080");
    return send(std::move(made), json::dump(body));
  }

  http::Response ask(Method method, const std::string& path, const Secret& token) {
    auto made = request(method, path, token);
    made.headers.add("Host", "packages.example:8080");
    return send(std::move(made));
  }

  http::Response post_bytes(const std::string& path, std::string bytes, const Secret& token) {
    auto made = request(Method::post, path, token);
    made.headers.add("Content-Type", "application/octet-stream");
    return send(std::move(made), std::move(bytes));
  }

  static json::Object body_of(const http::Response& response) {
    const auto value = json::parse(text_of(response));
    EXPECT_TRUE(value.ok() && value->is_object()) << text_of(response);
    return value.ok() && value->is_object() ? value->get_object() : json::Object{};
  }

  /// The path of one of a body's links, all of which begin with the request's host.
  static std::string path_of(const json::Value& link) {
    const std::string text{link.as_string()};
    const std::string host = "http://packages.example:8080";
    EXPECT_TRUE(text.starts_with(host)) << text;
    return text.substr(std::min(text.size(), host.size()));
  }

  json::Object open(std::string_view name, std::string_view version) {
    const auto response = post("/upload/", {{"name", name}, {"version", version}}, stager_);
    EXPECT_EQ(response.status, 201) << text_of(response);
    return body_of(response);
  }

  static json::Object announcement(std::string_view filename, std::string_view bytes) {
    return {{"filename", filename},
            {"size", bytes.size()},
            {"hashes", {{"sha256", Sha256::of(bytes).hex()}}},
            {"mechanism", "http-post-bytes"}};
  }

  static std::string link(const json::Object& body, std::string_view name) {
    return path_of(body.at("links").at(name));
  }

  json::Object announce(const json::Object& session, std::string_view filename, std::string_view bytes) {
    const auto response = post(link(session, "upload"), announcement(filename, bytes), stager_);
    EXPECT_EQ(response.status, 202) << text_of(response);
    return body_of(response);
  }

  http::Response stage(const json::Object& session, const std::string& filename, const std::string& bytes) {
    const auto file = announce(session, filename, bytes);
    const auto sent = post_bytes(path_of(file.at("mechanism").at("file_url")), bytes, stager_);
    EXPECT_EQ(sent.status, 204) << text_of(sent);
    return post(link(file, "complete"), {}, stager_);
  }

  /// "409 message" of a refusal in PEP 694's form that left everything as it was.
  template <typename Ask>
  std::string refusal(const Ask& ask_it) {
    const auto files = site_.files_on_disk();
    const auto ledger = site_.ledger_length();
    const http::Response response = ask_it();
    EXPECT_EQ(site_.files_on_disk(), files) << "bytes were left behind";
    EXPECT_EQ(site_.ledger_length(), ledger);
    EXPECT_EQ(response.headers.get("Content-Type"), "application/problem+json");
    const auto body = body_of(response);
    EXPECT_EQ(body.at("status").as_int64(), response.status);
    EXPECT_EQ(body.at("meta").at("api-version").as_string(), "2.0");
    EXPECT_FALSE(body.at("errors").as_array().empty());
    return fmt::format("{} {}", response.status, std::string_view(body.at("detail").as_string()));
  }

  const Secret stager_ = issue("stage");
  const Secret other_stager_ = issue("stage");
  const Secret publisher_ = issue("publish");
  const Secret smoker_ = issue("smoke");
  const std::string fresh_ = wheel_filename("fresh", "1.0");
  const std::string fresh_bytes_ = wheel_bytes("fresh", "1.0");
};

}  // namespace packhouse::api::testing
