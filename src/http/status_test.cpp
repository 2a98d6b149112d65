#include "http/status.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace packhouse::http {
namespace {

TEST(StandardReason, has_the_phrases_of_rfc_9110) {
  const std::vector<std::pair<int, std::string_view>> phrases{
      {100, "Continue"},
      {200, "OK"},
      {201, "Created"},
      {202, "Accepted"},
      {203, "Non-Authoritative Information"},
      {204, "No Content"},
      {206, "Partial Content"},
      {300, "Multiple Choices"},
      {301, "Moved Permanently"},
      {302, "Found"},
      {303, "See Other"},
      {304, "Not Modified"},
      {307, "Temporary Redirect"},
      {308, "Permanent Redirect"},
      {400, "Bad Request"},
      {401, "Unauthorized"},
      {403, "Forbidden"},
      {404, "Not Found"},
      {405, "Method Not Allowed"},
      {406, "Not Acceptable"},
      {408, "Request Timeout"},
      {409, "Conflict"},
      {410, "Gone"},
      {411, "Length Required"},
      {412, "Precondition Failed"},
      {413, "Content Too Large"},
      {414, "URI Too Long"},
      {415, "Unsupported Media Type"},
      {416, "Range Not Satisfiable"},
      {417, "Expectation Failed"},
      {422, "Unprocessable Content"},
      {428, "Precondition Required"},
      {429, "Too Many Requests"},
      {431, "Request Header Fields Too Large"},
      {500, "Internal Server Error"},
      {501, "Not Implemented"},
      {502, "Bad Gateway"},
      {503, "Service Unavailable"},
      {504, "Gateway Timeout"},
      {505, "HTTP Version Not Supported"},
      {507, "Insufficient Storage"},
  };
  for (const auto& [status, phrase] : phrases)
    EXPECT_EQ(standard_reason(status), phrase) << status;
}

TEST(StandardReason, a_status_without_a_phrase_is_unknown) {
  for (const int status : {-1, 0, 99, 299, 600, 1000})
    EXPECT_EQ(standard_reason(status), "Unknown") << status;
}

TEST(ErrcOfStatus, says_what_is_wrong_with_the_request) {
  const std::vector<std::pair<int, Errc>> codes{{400, Errc::invalid_input}, {401, Errc::unauthenticated},
                                                {403, Errc::forbidden},     {404, Errc::not_found},
                                                {405, Errc::invalid_input}, {408, Errc::unavailable},
                                                {409, Errc::conflict},      {410, Errc::gone},
                                                {413, Errc::too_large},     {422, Errc::refused},
                                                {429, Errc::rate_limited},  {499, Errc::invalid_input},
                                                {500, Errc::unavailable},   {503, Errc::unavailable},
                                                {204, Errc::unavailable},   {302, Errc::unavailable}};
  for (const auto& [status, code] : codes)
    EXPECT_EQ(errc_of_status(status), code) << status;
}

}  // namespace
}  // namespace packhouse::http
