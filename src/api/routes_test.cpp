#include "api/routes.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>
#include <unistd.h>

#include <sstream>

#include "api/simple_page.hpp"
#include "auth/credential.hpp"
#include "base/text.hpp"
#include "index/testing/test_index.hpp"

namespace packhouse::api {
namespace {

using namespace index::testing;
using http::Method;

constexpr std::string_view json_type = "application/vnd.pypi.simple.v1+json";

/// The whole table on an index with one project "demo", without a socket.
class RoutesTest : public testing::Test {
 protected:
  RoutesTest() {
    EXPECT_TRUE(site_.add(wheel_, wheel_content_).ok());
    EXPECT_TRUE(site_.add(sdist_filename("demo", "1.0"), sdist_bytes("demo", "1.0")).ok());
  }

  Secret issue(std::string_view permissions, const std::optional<std::string>& project = std::nullopt) {
    const auto issued =
        tokens_.create(*index::TokenRequest::parse("test", permissions, project, std::nullopt),
                       {.kind = "console", .id = "test", .address = {}});
    EXPECT_TRUE(issued.ok());
    return issued->secret;
  }

  static http::Request request(Method method, std::string path, const Secret& token = {}) {
    http::Request made;
    made.method = method;
    made.path = std::move(path);
    made.peer = "192.0.2.1";
    if (!token.empty())
      made.headers.add("Authorization", "Basic " + to_base64("__token__:" + token.reveal()));
    return made;
  }

  /// As the server does it: quick, then the body's plan, then handle.
  http::Response send(http::Request made, std::string body = {}) {
    if (body.empty()) {
      if (auto quick = gate_.quick(made)) return std::move(*quick);
    }
    if (made.method == Method::post || made.method == Method::del) {
      auto plan = gate_.plan_body(made);
      if (plan.refusal) return std::move(*plan.refusal);
      if (plan.sink) {
        for (std::string_view rest = body; !rest.empty();
             rest.remove_prefix(std::min<std::size_t>(rest.size(), 700))) {
          if (auto early = plan.sink->write(rest.substr(0, 700))) return std::move(*early);
        }
        return plan.sink->finish();
      }
      if (body.size() > plan.limit) return http::Response::text(413, "");
      made.body = std::move(body);
    }
    return gate_.handle(made);
  }

  http::Response get(std::string path, std::string_view accept = "", std::string_view query = "") {
    auto made = request(Method::get, std::move(path), reader_);
    if (!accept.empty()) made.headers.add("Accept", std::string(accept));
    made.query = query;
    return send(std::move(made));
  }

  struct Part {
    std::string name;
    std::string value;
    std::string filename = {};
  };

  static std::string multipart(const std::vector<Part>& parts) {
    std::string body;
    for (const auto& part : parts) {
      body += fmt::format("--XX\r\nContent-Disposition: form-data; name=\"{}\"", part.name);
      if (!part.filename.empty()) {
        body += fmt::format("; filename=\"{}\"\r\nContent-Type: application/octet-stream", part.filename);
      }
      body += fmt::format("\r\n\r\n{}\r\n", part.value);
    }
    return body + "--XX--\r\n";
  }

  static std::vector<Part> upload_parts(const std::string& filename, const std::string& bytes,
                                        const std::string& name, const std::string& version) {
    return {{":action", "file_upload"},
            {"protocol_version", "1"},
            {"name", name},
            {"version", version},
            {"filetype", "bdist_wheel"},
            {"pyversion", "py3"},
            {"sha256_digest", Sha256::of(bytes).hex()},
            {"content", bytes, filename},
            {"attestations", "[]"}};
  }

  http::Response upload(const std::vector<Part>& parts, const Secret& token,
                        std::string_view accept = "*/*") {
    auto made = request(Method::post, "/legacy/", token);
    made.headers.add("Content-Type", "multipart/form-data; boundary=XX");
    made.headers.add("Accept", std::string(accept));
    return send(std::move(made), multipart(parts));
  }

  std::string file_url(std::string_view filename) {
    const auto file = site_.store->file("main", filename);
    EXPECT_TRUE(file.ok());
    return "/files/" + file_path(*file);
  }

  static const http::Prepared* prepared(const http::Response& response) {
    const auto* found = std::get_if<std::shared_ptr<const http::Prepared>>(&response.body);
    return found != nullptr ? found->get() : nullptr;
  }

  static int status_of(const http::Response& response) {
    return prepared(response) != nullptr ? prepared(response)->status() : response.status;
  }

  static std::string text_of(const http::Response& response) {
    if (const auto* page = prepared(response)) return page->body();
    const auto* text = std::get_if<std::string>(&response.body);
    return text != nullptr ? *text : std::string{};
  }

  /// Closes the descriptor that a server would send.
  static std::string read_file(const http::Response& response) {
    const auto& file = std::get<http::FileBody>(response.body);
    std::string bytes(file.size, '\0');
    EXPECT_EQ(::read(file.fd, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
    ::close(file.fd);
    return bytes;
  }

  const std::string wheel_ = wheel_filename("demo", "1.0");
  const std::string wheel_content_ = wheel_bytes("demo", "1.0");

  TestIndex site_;
  auth::Authenticator authenticator_;
  index::TokenService tokens_{*site_.store, site_.clock, authenticator_};
  Caches caches_{1U << 20U, 100};
  index::Context context_ = site_.context(caches_);
  std::ostringstream logged_;
  spdlog::logger log_{"test", std::make_shared<spdlog::sinks::ostream_sink_mt>(logged_)};
  SimpleRoutes simple_{context_, caches_, false};
  FileRoutes files_{context_, caches_, false};
  UploadRoutes uploads_{context_, log_, {.max_file_size = 20'000, .max_in_flight = 2}};
  AdminRoutes admin_routes_{context_, tokens_, log_};
  auth::Gate gate_{
      make_routes({simple_, files_, uploads_, admin_routes_}), authenticator_, site_.clock, log_, {}};
  const Secret reader_ = issue("read");
  const Secret uploader_ = issue("upload");
  const Secret admin_ = issue("admin");
};

// ---- who may what: the whole table

/// A path that the pattern matches, with things that exist where the pattern has names.
std::string sample_of(std::string_view pattern, const std::string& wheel, const std::string& digest) {
  auto path = replace_all(std::string(pattern), "{project}", "demo");
  path = replace_all(path, "{filename}", wheel);
  path = replace_all(path, "{a}", digest.substr(0, 2));
  path = replace_all(path, "{b}", digest.substr(2));
  return replace_all(path, "{id}", "999");
}

TEST_F(RoutesTest, every_route_refuses_whoever_lacks_its_permission) {
  const auto digest = Sha256::of(wheel_content_).hex();
  const auto files = site_.files_on_disk();
  for (const auto& route : gate_.routes()) {
    const auto path = sample_of(route.pattern, wheel_, digest);
    const auto what = fmt::format("{} {}", http::to_string(route.method), route.pattern);
    if (!route.access.permission) {
      EXPECT_TRUE(route.pattern == "/-/health" || route.pattern == "/legacy")
          << what << " is open to anybody";
      continue;
    }
    const int without = route.access.challenge ? 401 : 403;
    EXPECT_EQ(status_of(send(request(route.method, path))), without) << what << " by nobody";
    EXPECT_EQ(status_of(send(request(route.method, path, auth::make_token()))), without)
        << what << " by a stranger";
    for (const auto permission : all_permissions()) {
      if (Permissions{permission}.allows(*route.access.permission)) continue;
      const auto token = issue(to_string(permission));
      EXPECT_EQ(status_of(send(request(route.method, path, token))), 403)
          << what << " with " << to_string(permission);
    }
    if (route.access.scope == auth::Scope::index) {
      const auto bound = issue("admin", "demo");
      EXPECT_EQ(status_of(send(request(route.method, path, bound))), 403)
          << what << " by a token of one project";
    }
    if (route.access.scope == auth::Scope::project) {
      const auto bound = issue("admin", "other");
      EXPECT_EQ(status_of(send(request(route.method, path, bound))), 403)
          << what << " by another project's token";
    }
  }
  EXPECT_EQ(site_.files_on_disk(), files);
}

TEST_F(RoutesTest, every_reading_route_lets_in_who_may_read) {
  const auto digest = Sha256::of(wheel_content_).hex();
  for (const auto& route : gate_.routes()) {
    if (route.access.permission != Permission::read) continue;
    const auto response = send(request(route.method, sample_of(route.pattern, wheel_, digest), reader_));
    EXPECT_TRUE(status_of(response) == 200 || status_of(response) == 301) << route.pattern;
    if (const auto* file = std::get_if<http::FileBody>(&response.body)) ::close(file->fd);
  }
}

// ---- pages

TEST_F(RoutesTest, a_project_page_comes_in_the_type_that_was_asked_for) {
  const auto json = get("/simple/demo/", json_type);
  ASSERT_EQ(status_of(json), 200);
  EXPECT_NE(prepared(json)->head().find("Content-Type: application/vnd.pypi.simple.v1+json\r\n"),
            std::string::npos);
  const auto page = json::parse(text_of(json));
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(page->at("name"), json::Value("demo"));
  EXPECT_EQ(page->at("files").as_array().size(), 2U);
  EXPECT_NE(text_of(get("/simple/demo/", "*/*")).find("<!DOCTYPE html>"), std::string::npos);
  EXPECT_NE(text_of(get("/simple/demo/", "text/html", "format=application/vnd.pypi.simple.v1%2Bjson"))
                .find("{\"meta\""),
            std::string::npos);
}

TEST_F(RoutesTest, a_type_that_is_not_offered_is_406) {
  const auto response = get("/simple/demo/", "application/json");
  EXPECT_EQ(response.status, 406);
  EXPECT_EQ(get("/simple/", "", "format=json").status, 406);
}

TEST_F(RoutesTest, the_second_request_is_answered_on_the_io_thread) {
  auto made = request(Method::get, "/simple/demo/", reader_);
  EXPECT_FALSE(gate_.quick(made)) << "not in memory yet";
  EXPECT_EQ(status_of(gate_.handle(made)), 200);
  const auto quick = gate_.quick(made);
  ASSERT_TRUE(quick);
  EXPECT_EQ(status_of(*quick), 200);
}

TEST_F(RoutesTest, a_known_etag_is_answered_with_304) {
  const auto first = get("/simple/demo/", json_type);
  auto made = request(Method::get, "/simple/demo/", reader_);
  made.headers.add("Accept", std::string(json_type));
  const auto head = prepared(first)->head();
  const auto begin = head.find("ETag: ") + 6;
  made.headers.add("If-None-Match", "W/\"other\", " + head.substr(begin, head.find("\r\n", begin) - begin));
  EXPECT_EQ(status_of(send(made)), 304);
  made.headers.set("If-None-Match", "\"other\"");
  EXPECT_EQ(status_of(send(made)), 200);
}

TEST_F(RoutesTest, gzip_goes_to_whoever_takes_it) {
  auto made = request(Method::get, "/simple/demo/", reader_);
  made.headers.add("Accept-Encoding", "gzip, deflate");
  const auto response = send(made);
  EXPECT_NE(prepared(response)->head().find("Content-Encoding: gzip\r\n"), std::string::npos);
  EXPECT_TRUE(text_of(response).starts_with("\x1f\x8b"));
}

TEST_F(RoutesTest, other_spellings_are_redirected_relatively) {
  const auto location = [&](std::string path, std::string_view query = "") {
    const auto response = get(std::move(path), "", query);
    return fmt::format("{} {}", response.status, response.headers.get("Location").value_or("-"));
  };
  EXPECT_EQ(location("/simple"), "301 simple/");
  EXPECT_EQ(location("/simple/demo"), "301 demo/");
  EXPECT_EQ(location("/simple/De_mo"), "301 de-mo/");
  EXPECT_EQ(location("/simple/DEMO/", "format=text/html"), "301 ../demo/?format=text/html");
  EXPECT_EQ(location("/simple/-x-/"), "404 -");
  EXPECT_EQ(location("/simple/absent/"), "404 -");
}

TEST_F(RoutesTest, the_alias_below_the_upload_url_links_to_the_same_files) {
  const auto response = get("/legacy/+simple/demo/");
  ASSERT_EQ(status_of(response), 200);
  EXPECT_NE(text_of(response).find("href=\"../../../files/"), std::string::npos);
  EXPECT_NE(text_of(get("/legacy/+simple/")).find("<a href=\"demo/\">"), std::string::npos);
}

TEST_F(RoutesTest, the_root_lists_projects_and_follows_each_change) {
  EXPECT_NE(text_of(get("/simple/", json_type)).find("\"demo\""), std::string::npos);
  const auto name = wheel_filename("second", "1.0");
  const auto bytes = wheel_bytes("second", "1.0");
  ASSERT_EQ(upload(upload_parts(name, bytes, "second", "1.0"), uploader_).status, 200);
  EXPECT_NE(text_of(get("/simple/", json_type)).find("\"second\""), std::string::npos);
}

// ---- files

TEST_F(RoutesTest, a_file_and_its_metadata_are_served_for_good) {
  for (int round = 0; round < 2; ++round) {  // from the database, then from memory
    const auto response = get(file_url(wheel_));
    ASSERT_EQ(response.status, 200);
    EXPECT_EQ(response.headers.get("Cache-Control"), "private, max-age=31536000, immutable");
    EXPECT_EQ(std::get<http::FileBody>(response.body).etag, "\"" + Sha256::of(wheel_content_).hex() + "\"");
    EXPECT_EQ(read_file(response), wheel_content_);
    EXPECT_TRUE(read_file(get(file_url(wheel_) + ".metadata")).starts_with("Metadata-Version: 2.4\n"));
  }
}

TEST_F(RoutesTest, bytes_are_offered_only_under_a_name_that_a_row_has) {
  const auto digest = Sha256::of(wheel_content_).hex();
  const auto url = [&](std::string_view a, std::string_view b, std::string_view name) {
    return status_of(get(fmt::format("/files/{}/{}/{}", a, b, name)));
  };
  const auto a = digest.substr(0, 2);
  const auto b = digest.substr(2);
  EXPECT_EQ(url(a, b, wheel_filename("demo", "2.0")), 404);
  EXPECT_EQ(url(digest.substr(0, 3), digest.substr(3), wheel_), 404);
  EXPECT_EQ(url("00", b, wheel_), 404);
  EXPECT_EQ(status_of(get(file_url(sdist_filename("demo", "1.0")) + ".metadata")), 404)
      << "only wheels have it";
  const auto metadata = site_.store->file("main", wheel_)->metadata_sha256->hex();
  EXPECT_EQ(url(metadata.substr(0, 2), metadata.substr(2), wheel_), 404) << "a blob, but not this file's";
}

TEST_F(RoutesTest, a_deleted_file_is_no_longer_served_from_memory) {
  const auto url = file_url(wheel_);
  (void)read_file(get(url));
  auto made = request(Method::del, "/api/v1/projects/demo/files/" + wheel_, admin_);
  EXPECT_EQ(send(std::move(made), R"({"reason":"broken"})").status, 200);
  EXPECT_EQ(get(url).status, 404);
  EXPECT_EQ(text_of(get("/simple/demo/", json_type)).find(wheel_), std::string::npos);
}

TEST_F(RoutesTest, a_token_of_another_project_does_not_learn_that_a_file_exists) {
  const auto bound = issue("read", "other");
  EXPECT_EQ(status_of(send(request(Method::get, file_url(wheel_), bound))), 404);
  const auto own = issue("read", "demo");
  EXPECT_EQ(read_file(send(request(Method::get, file_url(wheel_), own))), wheel_content_);
}

// ---- uploads

class UploadTest : public RoutesTest {
 protected:
  /// "400 reason" of an upload that must leave nothing behind.
  std::string refusal(const std::vector<Part>& parts, std::string_view accept = "*/*") {
    const auto files = site_.files_on_disk();
    const auto ledger = site_.ledger_length();
    const auto response = upload(parts, uploader_, accept);
    EXPECT_EQ(site_.files_on_disk(), files) << "bytes were left behind";
    EXPECT_EQ(site_.ledger_length(), ledger);
    last_body_ = text_of(response);
    return fmt::format("{} {}", response.status, response.reason);
  }

  std::vector<Part> with(std::string_view name, std::optional<std::string> value) const {
    auto parts = parts_;
    std::erase_if(parts, [&](const Part& part) { return part.name == name; });
    if (value) parts.insert(parts.begin(), {std::string(name), *value});
    return parts;
  }

  const std::string name_ = wheel_filename("fresh", "1.0");
  const std::string bytes_ = wheel_bytes("fresh", "1.0");
  const std::vector<Part> parts_ = upload_parts(name_, bytes_, "fresh", "1.0");
  std::string last_body_;
};

TEST_F(UploadTest, is_stored_once_however_often_it_is_sent) {
  const auto first = upload(parts_, uploader_);
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(text_of(first), fmt::format("stored: {} sha256={}\n", name_, Sha256::of(bytes_).hex()));
  const auto files = site_.files_on_disk();
  const auto again = upload(parts_, uploader_);
  EXPECT_EQ(again.status, 200);
  EXPECT_TRUE(text_of(again).starts_with("already there, unchanged: "));
  EXPECT_EQ(site_.files_on_disk(), files);
}

TEST_F(UploadTest, takes_the_parts_in_any_order) {
  auto parts = parts_;
  std::ranges::reverse(parts);
  EXPECT_EQ(upload(parts, uploader_).status, 200);
}

TEST_F(UploadTest, a_conflict_is_told_on_the_status_line_and_to_uv_as_the_code) {
  ASSERT_EQ(upload(parts_, uploader_).status, 200);
  const auto other = wheel_bytes("fresh", "1.0", "x = 2\n");
  const auto parts = upload_parts(name_, other, "fresh", "1.0");
  EXPECT_TRUE(refusal(parts).starts_with("400 File already exists: "));
  EXPECT_TRUE(refusal(parts, "application/json;q=0.9, text/plain;q=0.8, text/html;q=0.7")
                  .starts_with("400 File already exists: "));
  const auto body = json::parse(last_body_);
  ASSERT_TRUE(body.ok()) << last_body_;
  EXPECT_TRUE(body->at("code").as_string().starts_with("File already exists"));
}

TEST_F(UploadTest, each_fault_of_the_form_has_its_words) {
  EXPECT_EQ(refusal(with("name", std::nullopt)), "400 name: This field is required.");
  EXPECT_EQ(refusal(with("filetype", "egg")), "400 filetype: Use a known file type, found \"egg\".");
  EXPECT_EQ(refusal(with(":action", "submit")), "410 The action submit is no longer supported.");
  EXPECT_EQ(refusal(with("content", std::nullopt)), "400 Upload payload does not have a file.");
  EXPECT_EQ(refusal(with("content", "text")), "400 content: expected a file, found a text field");
  auto two = parts_;
  two.push_back({"content", "x", "y.whl"});
  EXPECT_EQ(refusal(two), "400 content: expected one file, found two");
  auto filed = parts_;
  filed.push_back({"summary", "x", "summary.txt"});
  EXPECT_EQ(refusal(filed), "400 \"summary\": expected a text field, found a file");
}

TEST_F(UploadTest, filenames_that_lead_elsewhere_are_refused) {
  for (const auto* name : {"../x.whl", "a/b.whl", "..\\\\x.whl", ".."}) {
    auto parts = with("content", std::nullopt);
    parts.push_back({"content", bytes_, name});
    EXPECT_TRUE(refusal(parts).starts_with("400 ")) << name;
  }
}

TEST_F(UploadTest, the_form_must_agree_with_the_file) {
  EXPECT_TRUE(refusal(with("version", "2.0")).starts_with("400 "));
  EXPECT_TRUE(refusal(with("name", "other")).starts_with("400 "));
  EXPECT_TRUE(refusal(with("sha256_digest", std::string(64, '0')))
                  .starts_with("400 The digest supplied does not match the file"));
}

TEST_F(UploadTest, a_file_over_the_limit_is_413) {
  const auto big = wheel_bytes("fresh", "1.0", std::string(100'000, 'x') + random_bytes(30'000));
  EXPECT_EQ(refusal(upload_parts(name_, big, "fresh", "1.0")),
            "413 File too large. The limit of this index is 20000 bytes.");
}

TEST_F(UploadTest, a_length_over_the_limit_is_refused_before_the_body) {
  auto made = request(Method::post, "/legacy/", uploader_);
  made.headers.add("Content-Type", "multipart/form-data; boundary=XX");
  made.headers.add("Content-Length", "99999999999");
  const auto plan = gate_.plan_body(made);
  ASSERT_TRUE(plan.refusal);
  EXPECT_EQ(plan.refusal->status, 413);
}

TEST_F(UploadTest, a_body_that_ends_in_the_middle_leaves_nothing) {
  const auto files = site_.files_on_disk();
  auto made = request(Method::post, "/legacy/", uploader_);
  made.headers.add("Content-Type", "multipart/form-data; boundary=XX");
  {
    auto plan = gate_.plan_body(made);
    ASSERT_NE(plan.sink, nullptr);
    const auto body = multipart(parts_);
    EXPECT_EQ(plan.sink->write(std::string_view(body).substr(0, body.size() - 300)), std::nullopt);
    EXPECT_GT(site_.files_on_disk(), files);
  }
  EXPECT_EQ(site_.files_on_disk(), files);
}

TEST_F(UploadTest, what_is_no_form_is_refused_before_the_body) {
  auto made = request(Method::post, "/legacy/", uploader_);
  made.headers.add("Content-Type", "application/json");
  const auto plan = gate_.plan_body(made);
  ASSERT_TRUE(plan.refusal);
  EXPECT_EQ(plan.refusal->status, 400);
}

TEST_F(UploadTest, too_many_at_once_are_told_to_come_back) {
  std::vector<http::BodyPlan> open;
  for (int i = 0; i < 2; ++i) {
    auto made = request(Method::post, "/legacy/", uploader_);
    made.headers.add("Content-Type", "multipart/form-data; boundary=XX");
    open.push_back(gate_.plan_body(made));
    EXPECT_FALSE(open.back().refusal);
  }
  const auto third = upload(parts_, uploader_);
  EXPECT_EQ(third.status, 503);
  EXPECT_EQ(third.headers.get("Retry-After"), "5");
  open.clear();
  EXPECT_EQ(upload(parts_, uploader_).status, 200);
}

TEST_F(UploadTest, a_token_of_another_project_may_not) {
  const auto files = site_.files_on_disk();
  const auto bound = issue("upload", "other");
  const auto response = upload(parts_, bound);
  EXPECT_EQ(response.status, 403);
  EXPECT_EQ(response.reason, "this token isn't allowed to upload to project \"fresh\"");
  auto late = parts_;
  std::ranges::reverse(late);  // the name comes after the file
  EXPECT_EQ(upload(late, bound).status, 403);
  EXPECT_EQ(site_.files_on_disk(), files);
  EXPECT_EQ(upload(parts_, issue("upload", "fresh")).status, 200);
}

TEST_F(UploadTest, hints_whoever_mixes_the_urls_up) {
  const auto reading = get("/legacy/");
  EXPECT_EQ(reading.status, 405);
  EXPECT_NE(reading.reason.find("this is the upload URL"), std::string::npos) << reading.reason;
  const auto writing = send(request(Method::post, "/simple/", uploader_), "x");
  EXPECT_EQ(writing.status, 405);
  EXPECT_NE(writing.reason.find("uploads go to /legacy/"), std::string::npos) << writing.reason;
  for (const auto* body : {"", "x"}) {
    const auto slash = send(request(Method::post, "/legacy"), body);
    EXPECT_EQ(slash.status, 308);
    EXPECT_EQ(slash.headers.get("Location"), "legacy/");
  }
}

TEST_F(UploadTest, logs_a_line_per_change_and_no_secret) {
  ASSERT_EQ(upload(parts_, uploader_).status, 200);
  EXPECT_NE(logged_.str().find("uploaded main/fresh/1.0/" + name_), std::string::npos) << logged_.str();
  EXPECT_EQ(logged_.str().find(uploader_.reveal()), std::string::npos);
}

// ---- administration

class AdminTest : public RoutesTest {
 protected:
  json::Value call(Method method, std::string path, std::string body, int status) {
    const auto response = send(request(method, std::move(path), admin_), std::move(body));
    EXPECT_EQ(response.status, status) << text_of(response);
    EXPECT_EQ(response.headers.get("Content-Type"), "application/json");
    EXPECT_EQ(response.headers.get("Cache-Control"), "no-store");
    const auto value = json::parse(text_of(response));
    EXPECT_TRUE(value.ok()) << text_of(response);
    return value.ok() ? *value : json::Value{};
  }
};

TEST_F(AdminTest, makes_a_token_that_works_lists_it_without_its_text_and_revokes_it) {
  const auto made =
      call(Method::post, "/api/v1/tokens",
           R"({"label":"ci","permissions":["read"],"project":"Demo","expires_in_days":7})", 201);
  const Secret token{std::string(made.at("token").as_string())};
  EXPECT_EQ(made.at("project"), json::Value("demo"));
  EXPECT_EQ(status_of(send(request(Method::get, "/simple/demo/", token))), 200);

  const auto listed = call(Method::get, "/api/v1/tokens", "", 200);
  EXPECT_EQ(json::dump(listed).find(token.reveal()), std::string::npos);
  const auto& last = listed.at("tokens").as_array().back();
  EXPECT_EQ(last.at("label"), json::Value("ci"));
  EXPECT_EQ(last.at("permissions"), (json::Array{"read"}));

  const auto path = fmt::format("/api/v1/tokens/{}", made.at("id").to_number<std::int64_t>());
  call(Method::del, path, R"({"reason":"done"})", 200);
  EXPECT_EQ(status_of(send(request(Method::get, "/simple/demo/", token))), 401);
  call(Method::del, path, "{}", 409);
}

TEST_F(AdminTest, refuses_bodies_that_are_not_what_it_reads) {
  for (const std::string body :
       {"", "[]", "{", R"({"label":"x"})", R"({"label":"x","permissions":["fly"]})",
        R"({"label":"x","permissions":"read"})", R"({"label":"x","permissions":[1]})",
        R"({"label":"x","permissions":["read"],"projet":"demo"})",
        R"({"label":"x","permissions":["read"],"expires_in_days":"7"})",
        R"({"label":1,"permissions":["read"]})"}) {
    const auto before = tokens_.list()->size();
    call(Method::post, "/api/v1/tokens", body, 400);
    EXPECT_EQ(tokens_.list()->size(), before) << body;
  }
}

TEST_F(AdminTest, deletes_a_file_of_that_project_for_a_reason) {
  call(Method::del, "/api/v1/projects/demo/files/" + wheel_, "", 400);
  call(Method::del, "/api/v1/projects/other/files/" + wheel_, R"({"reason":"x"})", 404);
  EXPECT_TRUE(site_.store->file("main", wheel_).ok());
  const auto gone = call(Method::del, "/api/v1/projects/demo/files/" + wheel_, R"({"reason":"x"})", 200);
  EXPECT_EQ(gone.at("filename"), json::Value(wheel_));
  EXPECT_FALSE(site_.store->file("main", wheel_).ok());
}

TEST_F(AdminTest, shows_the_ledger_in_pages) {
  const auto length = site_.ledger_length();
  auto made = request(Method::get, "/api/v1/ledger", admin_);
  made.query = "after=1&limit=1";
  const auto page = json::parse(text_of(send(made)));
  ASSERT_TRUE(page.ok());
  ASSERT_EQ(page->at("entries").as_array().size(), 1U);
  EXPECT_EQ(page->at("entries").at(0).at("sequence"), json::Value(2));
  EXPECT_EQ(call(Method::get, "/api/v1/ledger", "", 200).at("entries").as_array().size(),
            static_cast<std::size_t>(length));
  for (const auto* query : {"limit=0", "limit=1001", "after=-1", "after=x", "after=99999999999999999999"}) {
    made.query = query;
    EXPECT_EQ(send(made).status, 400) << query;
  }
}

TEST_F(AdminTest, health_is_for_anybody) {
  const auto response = send(request(Method::get, "/-/health"));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(text_of(response), R"({"status":"ok"})");
}

}  // namespace
}  // namespace packhouse::api
