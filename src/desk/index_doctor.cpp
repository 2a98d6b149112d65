#include "desk/index_doctor.hpp"

#include <fmt/format.h>

#include <iterator>

#include "client/served_release.hpp"
#include "desk/require_answer.hpp"

namespace packhouse::desk {
namespace {

/// Below every version that is released: for questions that must concern no release.
constexpr std::string_view unreleased_version = "0.0.0.dev0";

class IndexDoctor {
 public:
  explicit IndexDoctor(const IndexExamination& examination)
      : at_(examination), unreleased_{examination.project, Version::parse(unreleased_version).value()} {}

  IndexDiagnosis run() {
    examine_reading();
    examine_sending();
    examine_withdrawing();
    return std::move(diagnosis_);
  }

 private:
  void add(Check check) { diagnosis_.checks.push_back(std::move(check)); }
  void examine_reading();
  bool examine_simple();
  void examine_sameness();
  void examine_sending();
  void examine_session();
  void examine_upload();
  void examine_withdrawing();
  bool must_stage() const { return at_.staging == Staging::required || at_.has_staged; }

  const IndexExamination& at_;
  const ReleaseName unreleased_;
  IndexDiagnosis diagnosis_;
};

void IndexDoctor::examine_reading() {
  const auto page = at_.index.page(at_.project);
  add(require_answer("index.read", "the page of " + at_.project.str() + " to be readable as pip reads it",
                     page, page.ok() ? fmt::format("{} files", page->size()) : "",
                     "correct PRIVATE_INDEX_PIP_INDEX_URL"));
  if (page.ok() && examine_simple()) examine_sameness();
  CheckBuilder exam;
  exam.require("index.no-fallback", !at_.index.sends_to_public_index(),
               "an index that never sends readers to the public index",
               at_.index.sends_to_public_index() ? "it does, for projects that it lacks" : "it does not",
               "switch the fallback off: anybody may put a file under such a name there");
  add(exam.take().front());
}

bool IndexDoctor::examine_simple() {
  const auto proof = at_.index.prove_simple();
  add(proof.ok() ? client::decide_simple(at_.index.simple_url(), *proof, at_.has_root)
                 : require_answer("index.simple", "the index to list its projects", proof, "",
                                  "correct PRIVATE_INDEX_PIP_INDEX_URL"));
  return diagnosis_.checks.back().passed;
}

void IndexDoctor::examine_sameness() {
  const auto takes_uploads = at_.index.upload_identity();
  if (takes_uploads.ok()) add(client::decide_same_index(*takes_uploads, at_.index.simple_identity()));
}

void IndexDoctor::examine_sending() {
  if (at_.staging == Staging::off) return examine_upload();
  const auto spoken = at_.sessions.is_spoken();
  if (!spoken.ok()) {
    return add(require_answer("index.staging", "the index to say whether it has publishing sessions", spoken,
                              "", "correct PRIVATE_INDEX_REPOSITORY_URL"));
  }
  if (*spoken) return examine_session();
  if (!must_stage()) return examine_upload();
  CheckBuilder exam;
  exam.require(
      "index.staging", false, "an index with publishing sessions at " + at_.sessions.root().str(),
      "none there",
      "correct PRIVATE_INDEX_REPOSITORY_URL, or have the index or the proxy in front of it repaired");
  add(exam.take().front());
}

void IndexDoctor::examine_session() {
  const auto opened = at_.sessions.open(unreleased_);
  if (!opened.ok() && at_.sessions.may_not_stage() && !must_stage()) {
    diagnosis_.warnings.emplace_back(
        "this credential may not stage on this index, so every file would be public before the smoke check: "
        "have it given the permissions `stage` and `publish`");
    return examine_upload();
  }
  Status ended = opened.ok() ? success() : Status(opened.error());
  if (opened.ok()) at_.learn(client::session_secret(*opened));
  if (opened.ok() && opened->fresh) ended = at_.sessions.remove(opened->link);
  add(require_answer("index.stage", "a publishing session to be opened and canceled", Result<void>(ended),
                     "opened and canceled",
                     "have a token made with the permissions `stage` and `publish`, and look at the proxy in "
                     "front of the index where its links lead elsewhere"));
}

void IndexDoctor::examine_upload() {
  const auto upload = at_.index.probe_upload();
  add(require_answer("index.upload", "the upload's address to take PRIVATE_INDEX_USERNAME and _PASSWORD",
                     upload,
                     upload.ok() ? fmt::format("taken (status {} for a form without a file)", *upload) : "",
                     "correct the secrets, or have a token made that may upload"));
}

void IndexDoctor::examine_withdrawing() {
  const auto allowed = at_.index.life().may_withdraw(unreleased_);
  if (allowed.ok() && !*allowed) {
    diagnosis_.warnings.emplace_back(
        "this credential may not withdraw a release from this index, which `packhouse rollback` does: have "
        "it "
        "given the permissions `read` and `yank`, or keep one that has them for that day");
  }
}

}  // namespace

IndexDiagnosis examine_index(const IndexExamination& examination) {
  return IndexDoctor(examination).run();
}

}  // namespace packhouse::desk
