// libFuzzer over every RPC. Usage, through tests/fuzz/run or ctest:
//   stillpoint-fuzz --only=booking|client_record|notification [libFuzzer's flags] [FOLDER|FILE...]
// TEST_SEED sets the seed. Before anything is changed the stories (corpus/) are played, every step
// of which must be answered as it says; at the end every method must have been called with changed
// requests too. FILE: plays that script, such as one that failed before.
#include <google/protobuf/stubs/logging.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/clock.h"
#include "common/testing/seed.h"
#include "tests/fuzz/judge.h"
#include "tests/fuzz/memory.h"
#include "tests/fuzz/mutator.h"
#include "tests/fuzz/script.h"
#include "tests/fuzz/suite.h"

namespace stillpoint::fuzz {
namespace {

namespace proto = google::protobuf;

// After so many calls a new suite: memory stays bounded, times bookable. It costs as much as 100.
constexpr size_t kCallsOfOneSuite = 500;
// ListEvents may wait for real time; here it would only wait.
constexpr int64_t kWaitNanosMax = 1'000'000;

std::string ReadFile(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return std::move(text).str();
}

void ShortenWait(proto::Message& request) {
  const auto* field = request.GetDescriptor()->FindFieldByName("wait");
  if (field == nullptr || !request.GetReflection()->HasField(request, field)) return;
  proto::Message* wait = request.GetReflection()->MutableMessage(&request, field);
  const auto* seconds = wait->GetDescriptor()->FindFieldByName("seconds");
  const auto* nanos = wait->GetDescriptor()->FindFieldByName("nanos");
  const proto::Reflection& reflection = *wait->GetReflection();
  if (reflection.GetInt64(*wait, seconds) > 0) reflection.SetInt64(wait, seconds, 0);
  if (reflection.GetInt32(*wait, nanos) > kWaitNanosMax) reflection.SetInt32(wait, nanos, 0);
}

// Everything that lives from one input to the next. Used by one thread.
class Session {
 public:
  // `replay`: plays what it is given, and leaves alone the journal that this may be.
  Session(const std::string& only, bool replay)
      : api_(FuzzServices()),
        judge_(STILLPOINT_SOURCE_DIR),
        journal_path_(
            absl::StrCat(STILLPOINT_BINARY_DIR, "/fuzz/", only, replay ? ".replayed" : ".journal")),
        only_(only),
        replay_(replay) {
    const std::string package = absl::StrCat("stillpoint.", only, ".");
    std::vector<std::string> fuzzed;
    for (const auto& [name, method] : api_.methods()) {
      if (absl::StartsWith(method->full_name(), package)) fuzzed.push_back(name);
    }
    if (fuzzed.empty()) Fail("--only names no package: " + only);
    setup_ = ReadStory("setup");
    std::vector<Script> stories;
    stories.push_back(ReadStory(only));
    for (const std::string& method : fuzzed) Require(stories.back(), method);
    Renew();
    for (const Script& story : stories) PlayStory(story);
    calls_ = kCallsOfOneSuite;  // What the stories left behind is none of the fuzzer's.
    seeds_ = std::make_unique<Seeds>(std::move(stories), std::move(fuzzed));
    calls_of_.clear();
    reasons_.clear();
  }

  const Api& api() const { return api_; }
  const Seeds& seeds() const { return *seeds_; }

  void Play(const Script& script) {
    if (calls_ >= kCallsOfOneSuite) Renew();
    // Stories begin on the same morning; a clock that is set back must not break anything either.
    suite_->SetClock(kFuzzStart);
    for (const Step& step : script) Play(step);
  }

  // At the end: what was done, and whether anything was left out.
  void Finish() {
    size_t calls = 0, accepted = 0, unasked = 0;
    for (const std::string& method : seeds_->fuzzed()) {
      const size_t count = calls_of_[method];
      calls += count;
      if (count > 0) continue;
      ++unasked;
      std::printf("fuzz: %s was never called\n", method.c_str());
    }
    for (const auto& [reason, count] : reasons_) {
      if (reason == "OK") accepted = count;
    }
    const double seconds =
        std::max(1e-3, absl::ToDoubleSeconds(SystemClock().TimeNow() - started_));
    std::printf(
        "fuzz: %s, seed %s: %zu calls of %zu methods, %zu answered, %zu reasons of refusal, "
        "%.0f calls/s\n",
        only_.c_str(), std::getenv("TEST_SEED"), calls, seeds_->fuzzed().size() - unasked, accepted,
        reasons_.size() - (accepted > 0 ? 1 : 0), static_cast<double>(calls) / seconds);
    if (unasked == 0 || replay_) return;
    std::fflush(stdout);
    _exit(1);
  }

 private:
  [[noreturn]] static void Fail(const std::string& what) {
    std::printf("fuzz: %s\n", what.c_str());
    std::fflush(stdout);
    std::abort();
  }

  Script ReadStory(const std::string& name) const {
    const std::string path =
        absl::StrCat(STILLPOINT_SOURCE_DIR, "/tests/fuzz/corpus/", name, ".calls");
    std::optional<Script> story = api_.Parse(ReadFile(path));
    if (!story.has_value()) Fail("no story in " + path);
    return *std::move(story);
  }

  static void Require(const Script& story, const std::string& method) {
    const bool told = std::any_of(story.begin(), story.end(), [&](const Step& step) {
      return step.method != nullptr && NameOf(*step.method) == method;
    });
    if (!told) Fail(method + " is in no story: tests/fuzz/corpus needs one valid request of it");
  }

  // A new suite with what corpus/setup.calls makes.
  void Renew() {
    suite_.reset();  // First: two at a time are twice the memory.
    suite_ = std::make_unique<Suite>();
    memory_ = Memory();
    calls_ = 0;
    journal_.close();
    PlayStory(setup_);
    journal_.open(journal_path_, std::ios::trunc);
  }

  void PlayStory(const Script& story) {
    for (const Step& step : story) {
      const std::string got = Play(step);
      const std::string want = step.reason.empty() ? "OK" : step.reason;
      if (step.method != nullptr && got != want) {
        Fail(absl::StrCat("a story's step was answered ", got, " and not ", want, ":\n",
                          Print(step), "\n", said_));
      }
    }
  }

  // The reason of its refusal, or "OK".
  std::string Play(const Step& step) {
    if (journal_.is_open()) {
      // Written before the call: it must be there if the call is our last.
      journal_ << (journal_.tellp() > 0 ? "\n---\n" : "") << Print(step) << std::flush;
    }
    if (step.method == nullptr) {
      suite_->Advance(absl::Minutes(step.minutes));
      return "OK";
    }
    const std::string name = NameOf(*step.method);
    // What happened to bookings so far is what these speak of.
    if (name == "NotificationService.ListNotifications" || name == "WorkerService.Lease") {
      suite_->Relay();
    }
    Step filled = step.Clone();
    memory_.Fill(*filled.request);
    ShortenWait(*filled.request);
    std::string bytes;
    filled.request->SerializePartialToString(&bytes);
    bytes += step.tail;
    const Answer answer = suite_->Call(
        absl::StrCat("/", step.method->service()->full_name(), "/", step.method->name()),
        step.caller, bytes);
    const proto::Message* type =
        proto::MessageFactory::generated_factory()->GetPrototype(step.method->output_type());
    const std::unique_ptr<proto::Message> parsed(type->New());
    const std::string problem = judge_.Check(step, bytes, answer, parsed.get());
    said_ = absl::StrCat(answer.status.error_message(), "\n", parsed->DebugString());
    if (!problem.empty()) {
      Fail(absl::StrCat(problem, "\n", Print(step), "\nas sent:\n", filled.request->DebugString(),
                        "\nanswered: ", said_, "\nall calls until then: ", journal_path_));
    }
    memory_.Read(*parsed);
    ++calls_;
    const std::string reason = Judge::ReasonOf(answer);
    if (!journal_.is_open()) return reason;  // Of the setup: that is not the fuzzer's.
    ++calls_of_[name];
    ++reasons_[reason];
    return reason;
  }

  const Api api_;
  const Judge judge_;
  const std::string journal_path_;
  const std::string only_;
  const bool replay_;
  const absl::Time started_ = SystemClock().TimeNow();
  Script setup_;
  std::unique_ptr<Suite> suite_;
  std::unique_ptr<Seeds> seeds_;
  Memory memory_;
  std::ofstream journal_;
  std::string said_;  // By the last answer.
  std::map<std::string, size_t> calls_of_;
  std::map<std::string, size_t> reasons_;
  size_t calls_ = 0;
};

// Never freed: handlers' threads may still run while the process ends.
Session* g_session = nullptr;

}  // namespace
}  // namespace stillpoint::fuzz

using stillpoint::fuzz::g_session;
using stillpoint::fuzz::Script;

// The names and types are libFuzzer's.
extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  static auto& words = *new std::vector<std::string>;
  static auto& pointers = *new std::vector<char*>;
  std::string only;
  bool replay = false;
  for (int i = 0; i < *argc; ++i) {
    const std::string word = (*argv)[i];
    if (absl::StartsWith(word, "--only=")) only = word.substr(7);
    // What is asked of one file, or of a corpus as it is, calls what stands there.
    struct stat facts;
    if (i > 0 && stat(word.c_str(), &facts) == 0 && S_ISREG(facts.st_mode)) replay = true;
    if (absl::StartsWith(word, "-merge")) replay = true;
    words.push_back(word);
  }
  const std::string seed = std::to_string(stillpoint::testing::Seed() % (uint64_t{1} << 31));
  setenv("TEST_SEED", seed.c_str(), 1);
  words.push_back("-seed=" + seed);
  pointers.reserve(words.size() + 1);
  for (std::string& word : words) pointers.push_back(word.data());
  *argc = static_cast<int>(pointers.size());
  pointers.push_back(nullptr);
  *argv = pointers.data();
  // Texts that are not UTF-8 are sent on purpose; protobuf would write a line for each.
  google::protobuf::SetLogHandler(nullptr);
  g_session = new stillpoint::fuzz::Session(only, replay);
  std::atexit([] { g_session->Finish(); });
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto script =
      g_session->api().Parse(absl::string_view(reinterpret_cast<const char*>(data), size));
  // libFuzzer begins with an empty input, and ends if that reaches nothing.
  if (!script.has_value()) script = g_session->seeds().First();
  g_session->Play(*script);
  return 0;
}

namespace {

size_t Give(const Script& script, uint8_t* data, size_t size_max) {
  const std::string text = Print(script);
  if (text.size() > size_max) return 0;
  std::memcpy(data, text.data(), text.size());
  return text.size();
}

Script Read(const uint8_t* data, size_t size) {
  auto script =
      g_session->api().Parse(absl::string_view(reinterpret_cast<const char*>(data), size));
  return script.has_value() ? *std::move(script) : Script();
}

}  // namespace

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t size_max,
                                          unsigned seed) {
  Script script = Read(data, size);
  stillpoint::fuzz::Mutator(g_session->seeds(), seed).Mutate(script);
  return Give(script, data, size_max);
}

extern "C" size_t LLVMFuzzerCustomCrossOver(const uint8_t* one, size_t one_size,
                                            const uint8_t* other, size_t other_size, uint8_t* out,
                                            size_t out_size_max, unsigned seed) {
  stillpoint::fuzz::Mutator mutator(g_session->seeds(), seed);
  return Give(mutator.Cross(Read(one, one_size), Read(other, other_size)), out, out_size_max);
}
