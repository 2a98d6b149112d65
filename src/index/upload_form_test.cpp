#include "index/upload_form.hpp"

#include <gtest/gtest.h>

namespace packhouse::index {
namespace {

using Fields = std::map<std::string, std::string>;

Fields wheel_form() {
  return {{":action", "file_upload"},
          {"protocol_version", "1"},
          {"name", "Demo.Pkg"},
          {"version", "1.0"},
          {"filetype", "bdist_wheel"},
          {"pyversion", "py3"},
          {"sha256_digest", std::string(64, 'A')},
          {"summary", "not kept"}};
}

Status feed(FormFields& fields, std::string_view name, std::string_view value) {
  CHECK_OK(fields.begin(name));
  CHECK_OK(fields.append(value.substr(0, value.size() / 2)));
  CHECK_OK(fields.append(value.substr(value.size() / 2)));
  return fields.end();
}

Result<UploadForm> read(const Fields& form) {
  FormFields fields;
  for (const auto& [name, value] : form)
    CHECK_OK(feed(fields, name, value));
  return UploadForm::read(fields);
}

std::string refusal(Fields form, std::initializer_list<std::pair<const char*, const char*>> changes) {
  for (const auto& [name, value] : changes) {
    form.erase(name);
    if (value != nullptr) form[name] = value;
  }
  const auto read_form = read(form);
  return read_form.ok() ? "accepted" : read_form.error().message;
}

TEST(UploadForm, keeps_the_fields_that_the_file_must_agree_with) {
  const auto form = read(wheel_form());
  ASSERT_TRUE(form.ok()) << form.error().message;
  EXPECT_EQ(form->project.str(), "demo-pkg");
  EXPECT_EQ(form->claims.name, "Demo.Pkg");
  EXPECT_EQ(form->claims.version, "1.0");
  EXPECT_EQ(form->claims.filetype, "bdist_wheel");
  EXPECT_EQ(form->claims.pyversion, "py3");
  EXPECT_EQ(form->claims.sha256, std::string(64, 'a')) << "in lower case, as digests are compared";
  EXPECT_FALSE(form->attestations.has_value());
}

TEST(UploadForm, names_each_fault) {
  const auto form = wheel_form();
  EXPECT_EQ(refusal(form, {{"name", nullptr}}), "name: This field is required.");
  EXPECT_EQ(refusal(form, {{"version", nullptr}}), "version: This field is required.");
  EXPECT_EQ(refusal(form, {{"filetype", nullptr}}), "filetype: This field is required.");
  EXPECT_EQ(refusal(form, {{"filetype", "bdist_egg"}}),
            "filetype: Use a known file type, found \"bdist_egg\".");
  EXPECT_EQ(refusal(form, {{"pyversion", nullptr}}),
            "pyversion: Python version is required for binary distribution uploads.");
  EXPECT_EQ(refusal(form, {{"filetype", "sdist"}}),
            "pyversion: Use 'source' as Python version for an sdist, found \"py3\".");
  EXPECT_EQ(refusal(form, {{"protocol_version", "2"}}), "Unknown protocol version \"2\".");
  EXPECT_EQ(refusal(form, {{":action", "launch"}}), "Unknown action \"launch\".");
  EXPECT_EQ(refusal(form, {{"sha256_digest", nullptr}}), "Include at least one message digest.");
  EXPECT_EQ(refusal(form, {{"sha256_digest", "abc"}}),
            "sha256_digest: Use a valid, hex-encoded digest of 64 digits, found \"abc\".");
  EXPECT_EQ(refusal(form, {{"md5_digest", "zz"}}),
            "md5_digest: Use a valid, hex-encoded digest of 32 digits, found \"zz\".");
}

TEST(UploadForm, a_malformed_project_name_is_refused) {
  for (const auto* name : {"-demo", "demo/x", "d\xc3\xa9mo", "..", "demo\n"}) {
    auto form = wheel_form();
    form["name"] = name;
    const auto read_form = read(form);
    if (std::string_view(name) == "demo\n") {
      EXPECT_TRUE(read_form.ok()) << "white space around a value does not count";
    } else {
      EXPECT_FALSE(read_form.ok()) << name;
    }
  }
}

TEST(UploadForm, one_digest_of_any_kind_is_enough) {
  EXPECT_EQ(
      refusal(wheel_form(), {{"sha256_digest", nullptr}, {"md5_digest", "d41d8cd98f00b204e9800998ecf8427e"}}),
      "accepted");
}

TEST(UploadForm, an_sdist_may_leave_its_python_version_out) {
  EXPECT_EQ(refusal(wheel_form(), {{"filetype", "sdist"}, {"pyversion", nullptr}}), "accepted");
  EXPECT_EQ(refusal(wheel_form(), {{"filetype", "sdist"}, {"pyversion", "source"}}), "accepted");
}

TEST(UploadForm, empty_and_unknown_values_count_as_absent) {
  EXPECT_EQ(refusal(wheel_form(), {{"md5_digest", ""}, {"protocol_version", "UNKNOWN"}}), "accepted");
  EXPECT_EQ(refusal(wheel_form(), {{"name", " \n"}}), "name: This field is required.");
}

TEST(UploadForm, removed_actions_are_gone) {
  for (const auto* action : {"submit", "submit_pkg_info", "doc_upload"}) {
    auto form = wheel_form();
    form[":action"] = action;
    const auto read_form = read(form);
    ASSERT_FALSE(read_form.ok());
    EXPECT_EQ(read_form.error().code, Errc::gone);
  }
}

TEST(UploadForm, keeps_the_attestations) {
  auto form = wheel_form();
  form["attestations"] = "[{}]";
  EXPECT_EQ(read(form)->attestations, "[{}]");
}

TEST(FormFields, a_repeated_single_field_is_refused) {
  FormFields fields;
  ASSERT_TRUE(feed(fields, "name", "demo").ok());
  const auto again = feed(fields, "name", "demo");
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().message, "'name' has invalid data: the field stands twice.");
  EXPECT_TRUE(feed(fields, "classifiers", "a").ok());
  EXPECT_TRUE(feed(fields, "classifiers", "b").ok()) << "lists repeat";
}

TEST(FormFields, each_field_and_the_whole_form_are_bounded) {
  FormFields one;
  ASSERT_TRUE(one.begin("description").ok());
  const std::string megabyte(1U << 20U, 'x');
  for (int i = 0; i < 4; ++i)
    ASSERT_TRUE(one.append(megabyte).ok());
  const auto over = one.append("x");
  ASSERT_FALSE(over.ok());
  EXPECT_EQ(over.error().code, Errc::too_large);
  EXPECT_EQ(over.error().message, "The form's field \"description\" is too large.");

  FormFields many;
  Status last = success();
  for (int i = 0; i < 9 && last.ok(); ++i)
    last = feed(many, "classifiers", megabyte);
  ASSERT_FALSE(last.ok());
  EXPECT_EQ(last.error().code, Errc::too_large);
}

}  // namespace
}  // namespace packhouse::index
