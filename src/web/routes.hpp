#pragma once

#include <optional>
#include <string>
#include <vector>

#include "auth/gate.hpp"
#include "index/context.hpp"

namespace packhouse::web {

/// The pages for people: "/" and "/project/<name>/". They need what the Simple API needs.
class WebRoutes {
 public:
  /// `public_url`: what the pages tell people to use; unset: Request::origin() and `prefix`, which
  /// is where the index stands on the server ("/prod"; main: ""). `context` outlives it.
  WebRoutes(const index::Context& context, std::optional<std::string> public_url, std::string prefix = {});

  http::Response front(auth::Call& call) const;
  http::Response project(auth::Call& call) const;

  /// To be joined to the route table; this outlives it.
  std::vector<auth::Route> routes() const;

 private:
  std::string base_url(const http::Request& request) const;
  http::Response page(std::string html) const;

  const index::Context& context_;
  const std::optional<std::string> public_url_;
  const std::string prefix_;
  const std::string policy_;
};

}  // namespace packhouse::web
