#include "base/hmac.hpp"

#include <gtest/gtest.h>

namespace packhouse {
namespace {

// RFC 4231, section 4.3.
TEST(Hmac, is_that_of_the_rfc) {
  EXPECT_EQ(hmac_sha256(Secret{"Jefe"}, "what do ya want for nothing?").hex(),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

}  // namespace
}  // namespace packhouse
