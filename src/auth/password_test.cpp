#include "auth/password.hpp"

#include <gtest/gtest.h>

namespace packhouse::auth {
namespace {

TEST(Password, only_the_password_itself_matches_its_hash) {
  const Secret password{"correct horse"};
  const auto hash = hash_password(password);
  EXPECT_TRUE(hash.reveal().starts_with("$argon2id$v=19$m=65536,t=2,p=1$")) << hash.reveal();
  EXPECT_TRUE(verify_password(hash, password));
  EXPECT_FALSE(verify_password(hash, Secret{"correct horsf"}));
  EXPECT_FALSE(verify_password(Secret{}, password)) << "without a hash nothing is right";
}

TEST(Password, two_hashes_of_one_password_differ) {
  const Secret password{"correct horse"};
  EXPECT_NE(hash_password(password).reveal(), hash_password(password).reveal());
}

TEST(Password, one_that_is_another_in_another_encoding_is_refused) {
  for (const auto* sound : {"correct grüße", "Ã, correct", "пароль-123", "Ãпароль¼"})
    EXPECT_TRUE(check_password(Secret{sound}).ok()) << sound;
  const auto checked = check_password(Secret{"correct grÃ¼n"});
  ASSERT_FALSE(checked.ok());
  EXPECT_TRUE(checked.error().message.starts_with("password: expected one that is no other one"));
}

TEST(Password, a_refusal_does_not_show_what_was_typed) {
  EXPECT_TRUE(check_password(Secret{"12345678"}).ok());
  EXPECT_TRUE(check_password(Secret{"p\xc3\xa4ssw\xc3\xb6rter"}).ok());
  for (const auto& typed : {std::string{"canary"}, std::string{"canary\ncanary"}, std::string{"canary12\xff"},
                            std::string(257, 'c')}) {
    const auto checked = check_password(Secret{typed});
    ASSERT_FALSE(checked.ok());
    EXPECT_TRUE(checked.error().message.starts_with("password: expected 8 to 256 bytes"));
    EXPECT_EQ(checked.error().message.find("canary"), std::string::npos);
  }
}

}  // namespace
}  // namespace packhouse::auth
