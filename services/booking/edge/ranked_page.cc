#include "services/booking/edge/ranked_page.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <unordered_set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/error/error.h"
#include "services/booking/domain/fragmentation.h"
#include "services/booking/edge/slot_proto.h"

namespace stillpoint::booking::edge {
namespace {

namespace pb = ::stillpoint::booking::v1;

// Stands for one slot in a token: FNV-1a, the same in every replica. That one of 100,000 slots has
// the mark of one of the 300 given has a probability of 2 in 10^12.
uint64_t MarkOf(const domain::FreeSlot& slot) {
  uint64_t mark = 0xcbf29ce484222325;
  for (const char c : absl::StrCat(slot.start, " ", slot.practitioner->id, " ", slot.clinic->id)) {
    mark = (mark ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  }
  return mark;
}

}  // namespace

absl::Status ReadOrder(const pb::SearchSlotsRequest& request, domain::SlotQuery& query) {
  if (!pb::SearchSlotsRequest::Order_IsValid(request.order())) {
    return InvalidField("order", "not an order");
  }
  query.gaps = request.order() == pb::SearchSlotsRequest::ORDER_LEAST_FRAGMENTATION;
  return absl::OkStatus();
}

void WriteRankedPage(const crypto::PageTokens& tokens, const Page& page,
                     const domain::SlotPlan& plan, const std::string& organization, int minutes,
                     pb::SearchSlotsResponse* response) {
  // The cursor is the marks of what was given, 8 bytes each.
  std::unordered_set<uint64_t> given;
  std::string cursor = page.after;
  for (size_t at = 0; at + sizeof(uint64_t) <= cursor.size(); at += sizeof(uint64_t)) {
    uint64_t mark;
    std::memcpy(&mark, cursor.data() + at, sizeof(mark));
    given.insert(mark);
  }
  const int left = kRankedMax - static_cast<int>(given.size());
  const int size = std::min(page.size, left);
  // One more than the page holds tells whether there is another.
  const std::vector<domain::RankedSlot> ranked = domain::RankSlots(
      plan,
      [&](const domain::FreeSlot& slot) { return !given.empty() && given.count(MarkOf(slot)) > 0; },
      size + 1);
  for (size_t i = 0; i < std::min(ranked.size(), static_cast<size_t>(size)); ++i) {
    const domain::RankedSlot& each = ranked[i];
    pb::Slot* slot = response->add_slots();
    SlotToProto(organization, each.slot, minutes, slot);
    slot->mutable_gaps()->set_before_minutes(each.gaps.before);
    slot->mutable_gaps()->set_after_minutes(each.gaps.after);
    slot->mutable_gaps()->set_unusable_minutes(each.gaps.unusable);
    const uint64_t mark = MarkOf(each.slot);
    cursor.append(reinterpret_cast<const char*>(&mark), sizeof(mark));
  }
  if (static_cast<int>(ranked.size()) > size && size < left) {
    response->set_next_page_token(tokens.Make(cursor, page.binding));
  }
}

}  // namespace stillpoint::booking::edge
