#include "pep/email_message.hpp"

#include <gtest/gtest.h>

namespace packhouse {
namespace {

// "Name=value|…" and the body.
std::pair<std::string, std::string> read(std::string_view bytes) {
  const auto message = read_email_message(bytes, 100);
  std::string fields;
  for (const auto& field : message.fields) {
    fields += (fields.empty() ? "" : "|") + std::string(field.name) + "=" + field.value;
  }
  return {fields, message.body};
}

TEST(EmailMessage, is_read_as_pythons_email_package_reads_it) {
  using Row = std::tuple<const char*, std::string_view, const char*, std::string_view>;
  const Row rows[] = {
      {"nothing", "", "", ""},
      {"fields and body", "A: 1\nB:2\n\nbody\n", "A=1|B=2", "body\n"},
      {"each line end counts", "A: 1\r\nB: 2\rC: 3\n\r\nbody\r\n", "A=1|B=2|C=3", "body\r\n"},
      {"continuation lines keep their break and blanks", "A: one\n  two\n\tthree\n", "A=one\n  two\n\tthree",
       ""},
      {"blanks go before a value, not after it", "A: \t x \n", "A=x ", ""},
      {"line ends go after a value", "A: x\n\r\nbody", "A=x", "body"},
      {"a blank line of blanks is a continuation", "A: x\n \nB: y\n", "A=x\n |B=y", ""},
      {"a line without a colon begins the body", "A: x\nno colon\nB: y\n", "A=x", "no colon\nB: y\n"},
      {"so does a name with a blank", "A: x\nB : y\n", "A=x", "B : y\n"},
      {"so does a byte order mark", "\ufeffA: x\n", "", "\ufeffA: x\n"},
      {"a first line that continues nothing is dropped", " x\nA: y\n", "A=y", ""},
      {"so is a field without a name, and what continues it", "A: x\n: y\n z\nB: w\n", "A=x|B=w", ""},
      {"the mark of a mailbox is dropped at the start", "From me\nA: x\n", "A=x", ""},
      {"and in the middle", "A: x\nFrom me\n y\nB: z\n", "A=x|B=z", ""},
      {"but as the last line it begins the body", "A: x\nFrom me\n\nbody", "A=x", "From me\nbody"},
      {"at the end too", "A: x\nFrom me", "A=x", "From me"},
      {"no line end at the end", "A: x", "A=x", ""},
  };
  for (const auto& [rule, bytes, fields, body] : rows) {
    EXPECT_EQ(read(bytes), std::pair(std::string(fields), std::string(body))) << rule;
  }
}

TEST(EmailMessage, stops_at_too_many_fields) {
  EXPECT_FALSE(read_email_message("A: 1\nB: 2\n", 2).too_many_fields);
  EXPECT_TRUE(read_email_message("A: 1\nB: 2\nC: 3\n", 2).too_many_fields);
}

}  // namespace
}  // namespace packhouse
