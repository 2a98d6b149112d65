#include "console/console.hpp"

#include <gmock/gmock.h>

#include "base/text.hpp"

namespace packhouse::console {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class OutputTest : public ::testing::Test {
 protected:
  Console make(bool github, bool terminal = false) {
    ConsoleOptions options{.text = [this](std::string_view chunk) { text += chunk; }};
    options.document = [this](std::string_view chunk) { document += chunk; };
    options.summary = [this](std::string_view chunk) { summary += chunk; };
    options.github = github;
    options.terminal = terminal;
    return {std::move(options), redactor, clock};
  }

  std::string text;
  std::string document;
  std::string summary;
  Redactor redactor;
  ManualClock clock{Timestamp(std::chrono::seconds(1'800'000'000))};
};

const Check refusal{.id = "run.event",
                    .passed = false,
                    .expected = "\"push\"",
                    .found = "\"pull_request\"",
                    .hint = "give a push",
                    .refusal = RefusalKind::policy,
                    .evidence = {"run"}};

TEST_F(OutputTest, a_refusal_names_the_check_what_was_expected_found_and_to_do) {
  make(false).checks({refusal});
  EXPECT_EQ(text,
            "  REFUSED  run.event\n"
            "           expected: \"push\"\n"
            "           found:    \"pull_request\"\n"
            "           hint:     give a push\n");
}

TEST_F(OutputTest, held_words_come_out_together_and_later_ones_at_once) {
  Console console = make(true);
  Console::Held held(console);
  held.console().line("from beside");
  held.console().checks({refusal});
  console.line("meanwhile");
  EXPECT_EQ(text, "meanwhile\n");
  held.show();
  EXPECT_THAT(text, StartsWith("meanwhile\nfrom beside\n"));
  EXPECT_THAT(text, HasSubstr("::error title=run.event::"));
  held.console().line("live");
  EXPECT_THAT(text, EndsWith("live\n"));
}

TEST_F(OutputTest, held_words_that_nobody_wants_are_not_shown) {
  Console console = make(false);
  {
    Console::Held held(console);
    held.console().line("from beside");
  }
  EXPECT_THAT(text, IsEmpty());
}

TEST_F(OutputTest, a_runner_gets_an_annotation_with_its_escapes) {
  Check check = refusal;
  check.found = "50%\r\nx: y, z";
  make(true).checks({check});
  EXPECT_THAT(
      text,
      HasSubstr("::error title=run.event::expected \"push\"; found 50%25%0D%0Ax: y, z; hint: give a push\n"));
}

TEST_F(OutputTest, a_property_escapes_what_would_end_it) {
  EXPECT_EQ(escape_command_property("a:b,c%d\n"), "a%3Ab%2Cc%25d%0A");
}

TEST_F(OutputTest, gives_no_more_annotations_than_a_runner_shows) {
  auto console = make(true);
  for (int i = 0; i < 30; ++i)
    console.checks({refusal});
  std::size_t count = 0;
  for (std::size_t at = text.find("::error"); at != std::string::npos; at = text.find("::error", at + 1))
    ++count;
  EXPECT_EQ(count, 9U);
}

TEST_F(OutputTest, outside_bytes_can_not_command_a_runner_or_a_terminal) {
  auto console = make(true);
  console.line("::set-env name=X::evil");
  console.line("  ::add-path::/evil");
  console.line("file ##[error]x and \x1b[2J\x07 and \r\n::error::y");
  EXPECT_THAT(text, Not(HasSubstr("\n::")));
  EXPECT_THAT(text, Not(StartsWith("::")));
  EXPECT_THAT(text, Not(HasSubstr("##[")));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  for (const auto line : split(text, '\n'))
    EXPECT_FALSE(trim(line).starts_with("::")) << line;
}

TEST_F(OutputTest, masks_every_line_of_a_secret_before_anything_else) {
  auto console = make(true);
  console.mask({Secret{"one%\ntwo"}});
  EXPECT_EQ(text, "::add-mask::one%25\n::add-mask::two\n");
  text.clear();
  make(false).mask({Secret{"one"}});
  EXPECT_THAT(text, IsEmpty());
}

TEST_F(OutputTest, what_a_program_says_is_obeyed_by_nobody) {
  auto console = make(true);
  {
    Console::Section section(console, "running");
    section.feed("::error::evil\n\x1b[31mred");
  }
  const auto lines = split(text, '\n');
  ASSERT_EQ(lines.size(), 6U);
  EXPECT_EQ(lines[0], "running");
  ASSERT_THAT(std::string(lines[1]), StartsWith("::stop-commands::"));
  const std::string token(lines[1].substr(std::string_view("::stop-commands::").size()));
  EXPECT_EQ(token.size(), 64U);
  EXPECT_EQ(lines[3], "[31mred");
  EXPECT_EQ(lines[4], "::" + token + "::");
}

TEST_F(OutputTest, a_secret_split_across_reads_of_a_program_s_output_is_not_shown) {
  redactor.add(Secret{"canary-secret"});
  auto console = make(false);
  {
    Console::Section section(console, "running");
    for (const char c : std::string_view("before canary-secret after\n"))
      section.feed(std::string_view(&c, 1));
  }
  EXPECT_EQ(text, "running\nbefore **** after\n");
}

TEST_F(OutputTest, no_secret_is_shown_anywhere_in_any_encoding) {
  const std::string secret = "can*ary/se+cr%et";
  redactor.add_basic("desk", Secret{secret});
  auto console = make(true);
  Check check = refusal;
  std::vector<std::string> spellings{secret, percent_encode(secret), to_base64(secret),
                                     to_base64("desk:" + secret), to_base64url(secret)};
  for (const auto& spelling : spellings) {
    check.found = check.expected = check.hint = "x " + spelling + " y";
    console.checks({check});
    console.line(spelling);
    console.warn(spelling);
    console.error({Errc::internal, spelling, spelling});
    console.summarise_checks(spelling, {check});
    console.conclude(spelling, {check});
    console.document(json::Object{{"x", spelling}, {spelling, 1}});
    console.transferred(spelling, 1);
  }
  for (const auto& shown : {text, summary, document}) {
    EXPECT_THAT(shown, Not(HasSubstr("ary")));
    for (const auto& spelling : spellings) {
      EXPECT_THAT(shown, Not(HasSubstr(spelling)));
      EXPECT_THAT(shown, Not(HasSubstr(escape_markdown(spelling))));
      EXPECT_THAT(shown, Not(HasSubstr(escape_command_data(spelling))));
    }
  }
}

TEST_F(OutputTest, the_summary_is_a_table_that_no_cell_can_break) {
  auto console = make(true);
  Check check = refusal;
  check.found = "a | b <script> `x`\n# y";
  console.summarise_checks("preflight", {check});
  console.conclude("demo: refused", {});
  EXPECT_THAT(summary,
              HasSubstr("| **refused** | run.event | \"push\" | a \\| b \\<script\\> \\`x\\` \\# y |\n"));
}

TEST_F(OutputTest, the_summary_begins_with_the_outcome_and_what_refused) {
  auto console = make(true);
  Check passed = refusal;
  passed.id = "run.id";
  passed.passed = true;
  console.summarise_checks("preflight", {passed, refusal});
  console.conclude("demo-lib 1.2.3, run 42: refused by run.event", {passed, refusal});
  console.conclude("demo-lib: said twice", {});
  EXPECT_THAT(summary, StartsWith("## demo-lib 1.2.3, run 42: refused by run.event\n\n"
                                  "| | check | expected | found |\n| --- | --- | --- | --- |\n"
                                  "| **refused** | run.event |"));
  EXPECT_LT(summary.find("give a push"), summary.find("### preflight"));
  EXPECT_THAT(summary, HasSubstr("| ok | run.id |"));
  EXPECT_THAT(summary, Not(HasSubstr("twice")));
}

TEST_F(OutputTest, a_headline_is_one_line_without_markup) {
  auto console = make(true);
  console.conclude("demo: error: <b>x</b>\n# y | `z`", {});
  EXPECT_EQ(summary, "## demo: error: \\<b\\>x\\</b\\> \\# y \\| \\`z\\`\n\n");
}

TEST_F(OutputTest, without_an_outcome_the_summary_is_what_was_added) {
  make(true).summarise_checks("preflight", {refusal});
  EXPECT_THAT(summary, StartsWith("### preflight\n"));
}

TEST_F(OutputTest, the_summary_is_bounded) {
  {
    auto console = make(true);
    for (int i = 0; i < 2000; ++i)
      console.summarise(std::string(1024, 'x'));
  }
  EXPECT_EQ(summary.size(), 512U << 10U);
}

TEST_F(OutputTest, a_terminal_gets_a_bar_that_the_next_line_clears) {
  auto console = make(false, true);
  const auto progress = console.transfer("download dist");
  progress(0, 1000);
  progress(10, 1000);  // too soon to draw
  clock.sleep(std::chrono::milliseconds(200));
  progress(500, 1000);
  console.transferred("download dist", 1000);
  EXPECT_THAT(text, HasSubstr("download dist  [                        ]   0 % of 1.0 kB"));
  EXPECT_THAT(text, HasSubstr("[============            ]  50 % of 1.0 kB"));
  EXPECT_THAT(text, Not(HasSubstr("  1 %")));
  EXPECT_THAT(text, EndsWith("\r\x1b[K  download dist  1.0 kB\n"));
}

TEST_F(OutputTest, without_a_terminal_there_are_plain_lines_only) {
  auto console = make(false);
  EXPECT_EQ(console.transfer("download dist"), nullptr);
  console.transferred("download dist", 1000);
  EXPECT_EQ(text, "  download dist  1.0 kB\n");
}

}  // namespace
}  // namespace packhouse::console
