#include "services/booking/adapters/local_facts.h"

#include <gtest/gtest.h>

#include "common/crypto/keys.h"

namespace stillpoint::booking::adapters {
namespace {

const Tenant kTenant("o");
constexpr char kPerson[] = "practitioners/p1";

class LocalFactsTest : public ::testing::Test {
 protected:
  explicit LocalFactsTest(size_t resources = 10) : facts_(shared_, {.resources = resources}) {
    Learn(kTenant, kPerson, 3);
    Stamp("a");
  }

  void Learn(const Tenant& tenant, const domain::ResourceId& resource, int64_t version) {
    facts_.Visit(tenant, {resource},
                 [&](size_t, LocalFacts::Entry& entry) { entry.Learn(version); });
  }
  int64_t Stamp(const std::string& stamp) {
    return facts_.SawStamp(kTenant, stamp, Deadline::After(absl::Seconds(60))).epoch;
  }
  void Commit(const domain::ResourceId& resource, int64_t version) {
    facts_.Committed(kTenant, {{resource, version}}, [](size_t, const LocalFacts::Entry&) {});
  }

  const crypto::Key key_ = crypto::Key::Random();
  const SharedFacts shared_{key_};
  LocalFacts facts_;
};

TEST_F(LocalFactsTest, AnEpochLastsWhileNothingChanges) {
  const int64_t epoch = Stamp("a");
  EXPECT_GT(epoch, 0);
  Learn(kTenant, kPerson, 3);
  Learn(kTenant, "practitioners/p2", 1);  // Only now known: nothing rests on an older one.
  Learn(Tenant("other"), kPerson, 9);
  EXPECT_EQ(Stamp("a"), epoch);
  EXPECT_EQ(facts_.Believed(kTenant).epoch, epoch);
  EXPECT_EQ(facts_.Believed(kTenant).stamp, "a");
}

TEST_F(LocalFactsTest, AnotherStampEndsItAndTheSameDoesNotBringItBack) {
  const int64_t epoch = Stamp("a");
  const int64_t next = Stamp("b");
  EXPECT_NE(next, epoch);
  EXPECT_NE(Stamp("a"), epoch);
  EXPECT_NE(Stamp("a"), next);
}

TEST_F(LocalFactsTest, AnotherVersionEndsIt) {
  const int64_t epoch = Stamp("a");
  Learn(kTenant, kPerson, 4);
  EXPECT_NE(Stamp("a"), epoch);
}

TEST_F(LocalFactsTest, ACommitEndsItWhateverIsKnown) {
  const int64_t epoch = Stamp("a");
  Commit("practitioners/never-seen", 1);
  EXPECT_NE(Stamp("a"), epoch);
}

class SmallLocalFactsTest : public LocalFactsTest {
 protected:
  SmallLocalFactsTest() : LocalFactsTest(1) {}
};

TEST_F(SmallLocalFactsTest, AForgottenOrganizationComesBackWithAnother) {
  const int64_t epoch = Stamp("a");
  Learn(Tenant("other"), kPerson, 1);
  EXPECT_EQ(facts_.Believed(kTenant).epoch, 0);
  Learn(kTenant, kPerson, 3);
  EXPECT_NE(Stamp("a"), epoch);
}

}  // namespace
}  // namespace stillpoint::booking::adapters
