// Pages of slots in the order of fragmentation.
#ifndef STILLPOINT_SERVICES_BOOKING_EDGE_RANKED_PAGE_H_
#define STILLPOINT_SERVICES_BOOKING_EDGE_RANKED_PAGE_H_

#include <string>

#include "absl/status/status.h"
#include "common/crypto/page_token.h"
#include "services/booking/domain/slots.h"
#include "services/booking/edge/paging.h"
#include "stillpoint/booking/v1/availability_service.pb.h"

namespace stillpoint::booking::edge {

// Over all pages: what comes later is nobody's choice, and a token must hold what was given.
inline constexpr int kRankedMax = 300;

// Sets `query.gaps` if the slots are to be ranked by them. InvalidArgument INVALID_FIELD.
absl::Status ReadOrder(const ::stillpoint::booking::v1::SearchSlotsRequest& request,
                       domain::SlotQuery& query);

// Writes one page of `plan`, which was made for a query with `gaps`. Any booking changes the
// ranking, so a page cannot begin after a place in it: its token remembers what was given.
void WriteRankedPage(const crypto::PageTokens& tokens, const Page& page,
                     const domain::SlotPlan& plan, const std::string& organization, int minutes,
                     ::stillpoint::booking::v1::SearchSlotsResponse* response);

}  // namespace stillpoint::booking::edge

#endif  // STILLPOINT_SERVICES_BOOKING_EDGE_RANKED_PAGE_H_
