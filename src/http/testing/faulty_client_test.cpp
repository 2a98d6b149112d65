#include "http/testing/faulty_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/testing/scripted_client.hpp"

namespace packhouse::http {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::string url = "https://peer.example/file";

/// What one spoiled request for "12345678" comes to.
struct Outcome {
  std::size_t arrived = 0;  ///< requests at the peer
  Result<ClientResponse> response = Error{};
  std::string sunk;

  int status() const { return response.ok() ? response->status : 0; }
};

class FaultyClientTest : public ::testing::Test {
 protected:
  FaultyClientTest() { peer_.always(Method::get, url, {200, {}, {}, "12345678"}); }

  Result<ClientResponse> ask(std::string* sink = nullptr) {
    ClientRequest request{.url = url};
    if (sink != nullptr) {
      request.sink = [sink](std::string_view piece) {
        sink->append(piece);
        return success();
      };
    }
    return client_.send(request);
  }
  Outcome spoil(Fault fault, bool to_sink = false) {
    const std::size_t before = peer_.requests().size();
    client_.arm(fault, 1);
    Outcome outcome;
    outcome.response = ask(to_sink ? &outcome.sunk : nullptr);
    outcome.arrived = peer_.requests().size() - before;
    return outcome;
  }

  ScriptedClient peer_;
  FaultyClient client_{peer_};
};

TEST_F(FaultyClientTest, counts_and_spoils_the_request_of_that_number_alone) {
  client_.arm(Fault::refused, 2);
  EXPECT_TRUE(ask().ok());
  EXPECT_THAT(client_.struck(), IsEmpty());
  EXPECT_EQ(client_.another()->send({.url = url}).error().code, Errc::unavailable);
  EXPECT_EQ(client_.struck(), "GET " + url);
  EXPECT_TRUE(ask().ok());
  EXPECT_THAT(client_.requests(), ElementsAre("GET " + url, "GET " + url, "GET " + url));
  client_.disarm();
  EXPECT_TRUE(ask().ok());
  EXPECT_THAT(client_.requests(), ElementsAre("GET " + url));
}

TEST_F(FaultyClientTest, keeps_a_request_from_the_peer) {
  for (const Fault fault : {Fault::unresolved, Fault::unconnected, Fault::no_tls, Fault::refused,
                            Fault::error, Fault::killed_before}) {
    const Outcome outcome = spoil(fault);
    EXPECT_EQ(outcome.arrived, 0U) << to_string(fault);
    EXPECT_EQ(outcome.status(), fault == Fault::error ? 500 : 0) << to_string(fault);
  }
}

TEST_F(FaultyClientTest, loses_the_answer_of_a_peer_that_acted) {
  for (const Fault fault : {Fault::reset, Fault::truncated, Fault::error_after, Fault::killed_after}) {
    const Outcome outcome = spoil(fault);
    EXPECT_EQ(outcome.arrived, 1U) << to_string(fault);
    EXPECT_EQ(outcome.status(), fault == Fault::error_after ? 500 : 0) << to_string(fault);
  }
}

TEST_F(FaultyClientTest, changes_what_arrives) {
  EXPECT_EQ(spoil(Fault::wrong_bytes).response->body, "12344678");
  EXPECT_EQ(spoil(Fault::wrong_bytes, true).sunk, "12344678");
  EXPECT_EQ(spoil(Fault::slow).response->body, "12345678");
  EXPECT_EQ(spoil(Fault::slow, true).sunk, "12345678");
  const Outcome cut = spoil(Fault::truncated, true);
  EXPECT_EQ(cut.sunk, "1234");
  EXPECT_EQ(cut.response.error().code, Errc::unavailable);
}

TEST_F(FaultyClientTest, the_end_of_the_process_is_the_end_of_all_requests) {
  for (const Fault fault : {Fault::killed_before, Fault::killed_after}) {
    int killed = 0;
    client_.arm(fault, 1, [&] { ++killed; });
    EXPECT_FALSE(ask().ok());
    EXPECT_EQ(killed, 1);
    const std::size_t arrived = peer_.requests().size();
    EXPECT_FALSE(ask().ok());
    EXPECT_FALSE(client_.another()->send({.url = url}).ok());
    EXPECT_EQ(peer_.requests().size(), arrived);
    client_.disarm();
    EXPECT_TRUE(ask().ok());
  }
}

}  // namespace
}  // namespace packhouse::http
