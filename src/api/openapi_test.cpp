#include "api/openapi.hpp"

#include "api/testing/routes_fixture.hpp"

namespace packhouse::api {
namespace {

using namespace api::testing;

class OpenApiTest : public RoutesTest {
 protected:
  json::Object document_ = openapi_document(gate_.routes());
};

TEST_F(OpenApiTest, every_route_has_an_operation) {
  const auto& paths = document_.at("paths").as_object();
  for (const auto& route : gate_.routes()) {
    const auto* const path = paths.if_contains(route.pattern);
    const auto method = ascii_lower(http::to_string(route.method));
    EXPECT_TRUE(path != nullptr && path->as_object().contains(method))
        << method << " " << route.pattern << ": write it down in openapi/operations.json";
  }
}

TEST_F(OpenApiTest, has_the_permissions_of_the_table) {
  const auto& paths = document_.at("paths").as_object();
  for (const auto& route : gate_.routes()) {
    const auto& operation =
        paths.at(route.pattern).as_object().at(ascii_lower(http::to_string(route.method)));
    const auto& responses = operation.at("responses").as_object();
    if (!route.access.permission) {
      EXPECT_EQ(operation.at("security").as_array().size(), 0U) << route.pattern;
      EXPECT_EQ(responses.contains("403"), route.method != Method::get)
          << route.pattern << ": a change by a page of another site is refused everywhere";
      continue;
    }
    EXPECT_EQ(operation.at("x-permission"), json::Value(to_string(*route.access.permission)));
    EXPECT_EQ(operation.at("security").as_array().size(), route.access.optional ? 3U : 2U) << route.pattern;
    EXPECT_EQ(responses.contains("401"), route.access.challenge) << route.pattern;
    EXPECT_TRUE(responses.contains("403")) << route.pattern;
  }
}

TEST_F(OpenApiTest, every_reference_leads_somewhere_and_no_operation_is_named_twice) {
  const auto text = json::dump(document_);
  constexpr std::string_view mark = "\"$ref\":\"#/components/";
  for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + 1)) {
    const auto path = text.substr(at + mark.size(), text.find('"', at + mark.size()) - at - mark.size());
    const auto slash = path.find('/');
    const auto& group = document_.at("components").as_object().at(path.substr(0, slash)).as_object();
    EXPECT_TRUE(group.contains(path.substr(slash + 1))) << path;
  }
  std::set<std::string> ids;
  for (const auto& [path, methods] : document_.at("paths").as_object()) {
    for (const auto& [method, operation] : methods.as_object())
      EXPECT_TRUE(ids.insert(std::string(operation.at("operationId").as_string())).second) << path;
  }
}

TEST_F(OpenApiTest, is_served_to_everyone) {
  const auto response = send(request(Method::get, "/openapi.json"));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.headers.get("Content-Type"), "application/json");
  const auto served = json::parse(text_of(response));
  ASSERT_TRUE(served.ok());
  EXPECT_EQ(json::dump(*served), json::dump(document_));
}

}  // namespace
}  // namespace packhouse::api
