#include "man_page.hpp"

#include <gmock/gmock.h>

#include "completion.hpp"

namespace packhouse::app {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

CommandDescription good_program() {
  return {.path = "packhouse",
          .about = "An index",
          .example = "",
          .below = {{.path = "packhouse serve",
                     .about = "Serve it; that's all",
                     .example = "packhouse serve --data /srv",
                     .options = {{.name = "--data", .value = "FOLDER", .about = ".hidden \\ or not"},
                                 {.name = "--kind", .value = "WORD", .about = "", .words = {"a", "b"}},
                                 {.name = "word", .value = "TEXT", .about = "", .required = true}}}}};
}

TEST(ManPage, has_the_synopsis_the_options_and_an_example) {
  const auto program = good_program();
  const auto page = man_page(program.below.front(), "1.2");
  EXPECT_EQ(page.file, "packhouse-serve.1");
  EXPECT_THAT(page.text,
              AllOf(HasSubstr(".TH packhouse\\-serve 1 "), HasSubstr("Packhouse 1.2"),
                    HasSubstr(".SH SYNOPSIS\n\\fBpackhouse serve\\fR [\\fIOPTIONS\\fR] \\fIword\\fR\n"),
                    HasSubstr(".TP\n\\fB\\-\\-data\\fR \\fIFOLDER\\fR\n"), HasSubstr("(a, b)"),
                    HasSubstr("\npackhouse serve \\-\\-data /srv\n")));
  EXPECT_THAT(man_page(program, "1.2").text,
              HasSubstr("\\fBpackhouse\\-serve\\fR(1)\nServe it; that's all\n"));
}

TEST(ManPage, leaves_no_character_to_roff) {
  EXPECT_THAT(man_page(good_program().below.front(), "1.2").text, HasSubstr("\n\\&.hidden \\e or not\n"));
}

TEST(Completion, quotes_what_is_said_of_a_command) {
  EXPECT_THAT(*completion_script("zsh", good_program()), HasSubstr("'serve:Serve it; that'\\''s all'"));
  EXPECT_THAT(*completion_script("fish", good_program()), HasSubstr("-d 'Serve it; that\\'s all'"));
  EXPECT_EQ(completion_script("csh", good_program()).error().code, Errc::invalid_input);
}

}  // namespace
}  // namespace packhouse::app
