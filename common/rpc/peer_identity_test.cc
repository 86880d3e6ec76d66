#include "common/rpc/peer_identity.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "common/error/error.h"

namespace stillpoint::rpc {
namespace {

TEST(PeerIdentityTest, TakesOneSpiffeIdOfTheTrustDomain) {
  const auto path = IdentityPath({"spiffe://clinics.example/services/booking"}, "clinics.example");
  ASSERT_TRUE(path.ok()) << path.status();
  EXPECT_EQ(*path, "services/booking");
  EXPECT_EQ(*IdentityPath({"spiffe://a/Some-thing_1.x/y"}, "a"), "Some-thing_1.x/y");
}

TEST(PeerIdentityTest, RefusesEverythingElseInTheSameWords) {
  const std::string id = "spiffe://a.example/services/booking";
  const std::string with_nul = id + std::string(1, '\0');
  const std::string long_id = absl::StrCat(id, std::string(2048, 'x'));
  const std::vector<std::vector<absl::string_view>> refused = {
      {},
      {id, id},
      {id, "https://a.example/"},
      {"https://a.example/services/booking"},
      {"spiffe://b.example/services/booking"},
      {"spiffe://a.example.evil/services/booking"},
      {"spiffe://evil.a.example/services/booking"},
      {"spiffe://a.example@evil/services/booking"},
      {"spiffe://a.example:443/services/booking"},
      {"spiffe://A.example/services/booking"},
      {"SPIFFE://a.example/services/booking"},
      {" spiffe://a.example/services/booking"},
      {"spiffe://a.example"},
      {"spiffe://a.example/"},
      {"spiffe://a.example//services/booking"},
      {"spiffe://a.example/services/"},
      {"spiffe://a.example/services/../services/booking"},
      {"spiffe://a.example/./booking"},
      {"spiffe://a.example/services/booking?x"},
      {"spiffe://a.example/services/booking#x"},
      {"spiffe://a.example/services%2Fbooking"},
      {"spiffe://a.example/services/b\xc3\xb6"},
      {with_nul},
      {long_id},
  };
  const absl::Status first = IdentityPath(refused[0], "a.example").status();
  for (const auto& uris : refused) {
    const absl::Status status = IdentityPath(uris, "a.example").status();
    EXPECT_EQ(ReasonOf(status), "PEER_IDENTITY_INVALID") << (uris.empty() ? "" : uris[0]);
    EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated);
    EXPECT_EQ(status.message(), first.message());
  }
}

TEST(PeerIdentityTest, TrustDomainsAreSmallLetters) {
  for (const char* good : {"a", "clinics.example", "x-y_z.1"}) EXPECT_TRUE(IsTrustDomain(good));
  for (const char* bad : {"", "A", "a/b", "a:1", "spiffe://a", "a b", "\xc3\xb6"}) {
    EXPECT_FALSE(IsTrustDomain(bad)) << bad;
  }
  EXPECT_FALSE(IsTrustDomain(std::string(256, 'a')));
}

TEST(PeerIdentityTest, ServicesAndWorkersAreCallersOthersOnlyConnect) {
  const auto service = PrincipalOfIdentity("services/booking");
  ASSERT_TRUE(service.has_value());
  EXPECT_EQ(service->subject, "services/booking");
  EXPECT_EQ(service->role, Role::kService);
  EXPECT_EQ(service->organization, "");
  const auto worker = PrincipalOfIdentity("workers/notification");
  ASSERT_TRUE(worker.has_value());
  EXPECT_EQ(worker->subject, "workers/notification");
  EXPECT_EQ(worker->role, Role::kWorker);
  for (const char* other : {"clients/local", "services", "services/booking/x", "Services/booking",
                            "x/services/booking", "operators/local"}) {
    EXPECT_FALSE(PrincipalOfIdentity(other).has_value()) << other;
  }
}

}  // namespace
}  // namespace stillpoint::rpc
