#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "http_server/message.hpp"

namespace packhouse::routing {

/// The HTTP status of an error's kind. A route may choose another.
int status_of(Errc code) noexcept;

/// The form of a refusal.
enum class ProblemFormat {
  text,
  json,          ///< {"message","code","title"}, exactly "application/json": uv shows `code` only then
  problem_json,  ///< RFC 9457, exactly "application/problem+json"
  upload,        ///< the same with the members of PEP 694, whatever the Accept field says
};

/// By the Accept field; `otherwise` for one that accepts anything or none of these.
ProblemFormat problem_format(std::string_view accept, ProblemFormat otherwise);

/// A refusal. The error's message is also the reason phrase, cut to a bounded length, because twine prints
/// nothing else. Never cached.
http::Response problem(int status, const Error& error, ProblemFormat format);

/// One of several reasons for a refusal.
struct ProblemItem {
  std::string source;  ///< for people: "wheel.record.hash", "request"
  std::string message;
};

/// PEP 694's form of it: RFC 9457 with "meta" and "errors".
http::Response upload_problem(int status, const Error& error, std::span<const ProblemItem> items);

/// The same, in the form that this request asks for.
http::Response refuse(const http::Request& request, int status, const Error& error,
                      ProblemFormat otherwise = ProblemFormat::text);

}  // namespace packhouse::routing
