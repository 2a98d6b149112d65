#include "http/multipart.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace packhouse::http {
namespace {

struct Part {
  PartHead head;
  std::string data;
  bool ended = false;
};

class Recorder final : public PartHandler {
 public:
  Status begin(const PartHead& head) override {
    parts.push_back({head, {}, false});
    return refuse_at == "begin" ? refusal : success();
  }
  Status data(std::string_view bytes) override {
    EXPECT_FALSE(bytes.empty());
    parts.back().data += bytes;
    return refuse_at == "data" ? refusal : success();
  }
  Status end() override {
    parts.back().ended = true;
    return refuse_at == "end" ? refusal : success();
  }

  std::vector<Part> parts;
  std::string refuse_at;
  Status refusal = Error{Errc::conflict, "no"};
};

constexpr std::string_view simple_type = "multipart/form-data; boundary=XX";

/// One line for the whole outcome: "name=value|name(file;type)=bytes|ok", or the error in place of "ok".
std::string outcome(const Recorder& recorder, const Status& status) {
  std::string text;
  for (const Part& part : recorder.parts) {
    text += part.head.name;
    if (part.head.is_file) text += fmt::format("({};{})", part.head.filename, part.head.content_type);
    text += "=" + part.data + (part.ended ? "|" : "…");
  }
  return text +
         (status.ok() ? "ok" : std::string{to_string(status.error().code)} + ": " + status.error().message);
}

std::string read(std::string_view body, std::size_t step = 0, std::string_view type = simple_type,
                 MultipartLimits limits = {}) {
  Recorder recorder;
  auto reader = MultipartReader::make(type, recorder, limits);
  if (!reader.ok()) return reader.error().message;
  if (step == 0) step = body.size();
  Status status;
  for (std::size_t at = 0; at < body.size() && status.ok(); at += step) {
    status = reader->feed(body.substr(at, step));
  }
  if (status.ok()) status = reader->finish();
  return outcome(recorder, status);
}

std::string part(std::string_view head, std::string_view data = "v") {
  return fmt::format("--XX\r\n{}\r\n\r\n{}\r\n", head, data);
}

std::string read_head(std::string_view head) {
  return read(part(head) + "--XX--\r\n");
}

TEST(Multipart, reads_fields_and_files) {
  const std::string body =
      "--XX\r\nContent-Disposition: form-data; name=\":action\"\r\n\r\nfile_upload\r\n"
      "--XX\r\nContent-Disposition: form-data; name=\"content\"; filename=\"demo-1.0.tar.gz\"\r\n"
      "Content-Type: application/octet-stream\r\n\r\n\r\nbytes\r\n\r\n--XX--\r\n";
  EXPECT_EQ(read(body),
            ":action=file_upload|content(demo-1.0.tar.gz;application/octet-stream)=\r\nbytes\r\n|ok");
}

TEST(Multipart, reads_the_same_however_the_bytes_are_cut) {
  const std::string body =
      "a preamble\r\n--X\r\n--XX \t\r\nContent-Disposition: form-data; "
      "name=a\r\n\r\n\r\n--X\r\n--XY\r\n-\r\r\n\r\n--XX\r\n"
      "content-disposition: form-data; name=\"e\"\r\n\r\n\r\n--XX\r\n"
      "Content-Type: text/plain\r\nContent-Disposition: form-data; name=\"f\"; "
      "filename=\"\"\r\n\r\n\r\n\r\n--XX--  \r\n"
      "an epilogue\r\n--XX\r\n";
  const std::string expected = "a=\r\n--X\r\n--XY\r\n-\r\r\n|e=|f(;text/plain)=\r\n|ok";
  ASSERT_EQ(read(body), expected);
  for (std::size_t step = 1; step < body.size(); ++step)
    ASSERT_EQ(read(body, step), expected) << step;
  for (std::size_t cut = 1; cut < body.size(); ++cut) {
    Recorder recorder;
    auto reader = MultipartReader::make(simple_type, recorder);
    ASSERT_TRUE(reader.ok());
    ASSERT_TRUE(reader->feed(std::string_view{body}.substr(0, cut)).ok());
    ASSERT_TRUE(reader->feed(std::string_view{body}.substr(cut)).ok());
    ASSERT_EQ(outcome(recorder, reader->finish()), expected) << cut;
  }
}

TEST(Multipart, takes_names_as_clients_write_them) {
  const std::string disposition = "Content-Disposition: form-data; ";
  const std::pair<std::string_view, std::string_view> cases[] = {
      {R"(name=n; filename=plain.whl)", "n(plain.whl;)=v|ok"},
      {R"(name="n"; filename="a \"b\".whl")", "n(a \"b\".whl;)=v|ok"},    // curl, older
      {R"(name="n"; filename="a %22b%22.whl")", "n(a \"b\".whl;)=v|ok"},  // browsers, requests
      {R"(name="n"; filename="a\\b.whl")", "n(a\\b.whl;)=v|ok"},          // httpx
      {R"(name="n"; filename="C:\dir\a.whl")", "n(C:\\dir\\a.whl;)=v|ok"},
      {R"(name="n"; filename="100%.whl")", "n(100%.whl;)=v|ok"},
      {R"(name="n"; filename="a%20b.whl")", "n(a%20b.whl;)=v|ok"},
      {R"(name="n"; filename*=utf-8''a%20%E2%82%AC.whl)", "n(a \xe2\x82\xac.whl;)=v|ok"},  // reqwest
      {R"(name="n"; filename="a.whl"; filename*=UTF-8''b.whl)", "n(b.whl;)=v|ok"},
      {R"(name*=utf-8''n%3A; filename="a")", "n:(a;)=v|ok"},
      {R"(NAME="n" ; FileName="a;b=c.whl" ;)", "n(a;b=c.whl;)=v|ok"},
  };
  for (const auto& [written, expected] : cases) {
    EXPECT_EQ(read_head(disposition + std::string{written}), expected) << written;
  }
}

TEST(Multipart, takes_parts_in_any_order_and_ignores_fields_it_does_not_know) {
  EXPECT_EQ(read(part("Content-Type: a/b\r\nX-Other: 1\r\nContent-Length: 1\r\n"
                      "Content-Disposition: form-data; name=\"f\"; filename=\"x\"\r\n"
                      "Content-Transfer-Encoding: binary") +
                 part("Content-Disposition: form-data; name=\"a\"") + "--XX--"),
            "f(x;a/b)=v|a=v|ok");
}

TEST(Multipart, an_empty_form_is_one) {
  EXPECT_EQ(read("--XX--\r\n"), "ok");
}

TEST(Multipart, refuses_heads_that_are_wrong) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"Content-Type: a/b", "invalid_input: a part has no Content-Disposition"},
      {"Content-Disposition: attachment; name=a",
       "invalid_input: expected Content-Disposition: form-data, found \"attachment\""},
      {"Content-Disposition: form-data", "invalid_input: a part has no name"},
      {"Content-Disposition: form-data; name=\"\"", "invalid_input: a part has no name"},
      {"Content-Disposition: form-data; name=a; name=b",
       "invalid_input: expected each parameter once, found \"form-data; name=a; name=b\""},
      {"Content-Disposition: form-data; name=\"a",
       "invalid_input: expected a closing quote, found \"form-data; name=\\\"a\""},
      {"Content-Disposition: form-data name=a",
       "invalid_input: expected a semicolon between parameters, found \"form-data name=a\""},
      {"Content-Disposition: form-data; name",
       "invalid_input: expected name=value as parameter, found \"form-data; name\""},
      {"Content-Disposition: form-data; name=a\r\nContent-Disposition: form-data; name=b",
       "invalid_input: a part has two Content-Dispositions"},
      {"Content-Disposition: form-data; name=a; filename*=latin1''x",
       "invalid_input: expected filename*=utf-8''…, found \"latin1''x\""},
      {"Content-Disposition: form-data; name=\"\xff\"",
       "invalid_input: a part's name is not UTF-8: \"\\xff\""},
      {"Content-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: base64",
       "invalid_input: expected a part as it is, found Content-Transfer-Encoding \"base64\""},
      {"Content-Disposition : form-data; name=a",
       "invalid_input: a part's field is malformed: \"Content-Disposition : form-data; name=a\""},
      {"Content-Disposition: form-data;\r\n name=a", "invalid_input: a part has no name"},
      {"nonsense", "invalid_input: a part's field is malformed: \"nonsense\""},
      {"X: a\nb", "invalid_input: a part's field is malformed: \"X: a\\x0ab\""},
      {"\r\n", "invalid_input: a part has no Content-Disposition"},
  };
  for (const auto& [head, expected] : cases)
    EXPECT_EQ(read_head(head), expected) << head;
}

TEST(Multipart, refuses_bodies_that_are_cut_short) {
  const std::string whole = part("Content-Disposition: form-data; name=a") + "--XX--";
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const std::string result = read(whole.substr(0, length), 5);
    EXPECT_TRUE(result.ends_with("invalid_input: the form ends before its closing boundary")) << result;
  }
}

TEST(Multipart, refuses_a_boundary_with_something_behind_it) {
  const std::string error = "invalid_input: a boundary is followed by other bytes than its line end";
  EXPECT_EQ(read("--XXY\r\n\r\n"), error);
  EXPECT_EQ(read("--XX-\r\n"), error);
  EXPECT_EQ(read("--XX" + std::string(100, ' ') + "\r\n"), error);
}

TEST(Multipart, bounds_everything_that_is_kept_or_dropped) {
  const MultipartLimits limits{.max_parts = 2, .max_head_bytes = 100};
  const std::string field = part("Content-Disposition: form-data; name=a");
  EXPECT_EQ(read(field + field + "--XX--", 0, simple_type, limits), "a=v|a=v|ok");
  EXPECT_EQ(read(field + field + field + "--XX--", 0, simple_type, limits),
            "a=v|a=v|too_large: the form has more than 2 parts");
  for (const std::size_t step : {1UL, 7UL, 1000UL}) {
    EXPECT_EQ(read(part("X: " + std::string(100, 'x')), step, simple_type, limits),
              "too_large: a part's head is longer than 100 bytes");
    EXPECT_EQ(read(std::string(200, 'x') + field, step, simple_type, limits),
              "too_large: more than 100 bytes stand before the first part");
    EXPECT_EQ(read("--XX--" + std::string(200, 'x'), step, simple_type, limits),
              "too_large: more than 100 bytes stand after the last part");
  }
}

TEST(Multipart, the_handlers_refusal_ends_the_reading) {
  const std::string body = part("Content-Disposition: form-data; name=a") + "--XX--";
  for (const std::string point : {"begin", "data", "end"}) {
    Recorder recorder;
    recorder.refuse_at = point;
    auto reader = MultipartReader::make(simple_type, recorder);
    ASSERT_TRUE(reader.ok());
    EXPECT_EQ(reader->feed(body), recorder.refusal);
    EXPECT_EQ(reader->feed("more"), recorder.refusal);
    EXPECT_EQ(reader->finish(), recorder.refusal);
    EXPECT_EQ(recorder.parts.size(), 1U);
  }
}

TEST(Multipart, takes_content_types_as_clients_write_them) {
  const std::string body = "--a'()+_,-./:=? b--";
  EXPECT_EQ(read(body, 0, "Multipart/Form-Data; charset=utf-8; boundary=\"a'()+_,-./:=? b\""), "ok");
  const std::string longest(70, 'b');
  EXPECT_EQ(read("--" + longest + "--", 0, "multipart/form-data;boundary=" + longest), "ok");
}

TEST(Multipart, refuses_content_types_without_a_boundary) {
  const auto boundary_error = [](std::string_view type) {
    return fmt::format("expected a boundary of 1 to 70 characters by RFC 2046, found {}", quote(type));
  };
  const auto type_error = [](std::string_view type) {
    return fmt::format("expected Content-Type: multipart/form-data, found {}", quote(type));
  };
  for (const std::string& type :
       {std::string{"multipart/form-data"}, std::string{"multipart/form-data; boundary="},
        std::string{"multipart/form-data; boundary=\"\""},
        std::string{"multipart/form-data; boundary=\"a \""},
        std::string{"multipart/form-data; boundary=\"a\\b\""},
        std::string{"multipart/form-data; boundary=\"a\xc3\xa9\""},
        "multipart/form-data; boundary=" + std::string(71, 'b')}) {
    EXPECT_EQ(read("", 1, type), boundary_error(type));
  }
  for (const std::string& type :
       {"", "text/plain", "multipart/mixed; boundary=a", "multipart/form-data; boundary"}) {
    EXPECT_EQ(read("", 1, type), type_error(type));
  }
}

}  // namespace
}  // namespace packhouse::http
