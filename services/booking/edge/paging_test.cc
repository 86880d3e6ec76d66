#include "services/booking/edge/paging.h"

#include <gtest/gtest.h>

#include "stillpoint/booking/v1/catalog_service.pb.h"

namespace stillpoint::booking::edge {
namespace {

namespace pb = ::stillpoint::booking::v1;

// One who may ask any organization: the token alone must know which it was.
TEST(PagingTest, ATokenIsOfOneOrganizationCallerAndMethod) {
  const crypto::PageTokens tokens(
      crypto::Key::FromBytes("0123456789abcdef0123456789abcdef").value());
  rpc::CallInfo call{.principal = {.subject = "services/reports",
                                   .role = rpc::Role::kOperator,
                                   .organization = ""},
                     .deadline = Deadline::After(absl::Seconds(1)),
                     .method = "CatalogService.ListClinics"};
  pb::ListClinicsRequest request;
  request.set_parent("organizations/a");
  const absl::StatusOr<Page> first = ReadPage(tokens, call, request);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->after, "");

  request.set_page_token(tokens.Make("clinic", first->binding));
  const absl::StatusOr<Page> second = ReadPage(tokens, call, request);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(second->after, "clinic");

  pb::ListClinicsRequest others = request;
  others.set_parent("organizations/b");
  EXPECT_EQ(ReasonOf(ReadPage(tokens, call, others).status()), "PAGE_TOKEN_INVALID");
  rpc::CallInfo somebody = call;
  somebody.principal.subject = "services/other";
  EXPECT_EQ(ReasonOf(ReadPage(tokens, somebody, request).status()), "PAGE_TOKEN_INVALID");
  call.method = "CatalogService.ListRooms";
  EXPECT_EQ(ReasonOf(ReadPage(tokens, call, request).status()), "PAGE_TOKEN_INVALID");
}

}  // namespace
}  // namespace stillpoint::booking::edge
