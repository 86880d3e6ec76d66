#include "services/booking/edge/availability_service.h"

#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/status_macros.h"
#include "services/booking/domain/errors.h"
#include "services/booking/edge/names.h"
#include "services/booking/edge/paging.h"
#include "services/booking/edge/ranked_page.h"
#include "services/booking/edge/slot_filter.h"
#include "services/booking/edge/slot_proto.h"

namespace stillpoint::booking::edge {
namespace {

// Ids hold no spaces.
std::string CursorOf(const domain::FreeSlot& slot) {
  return absl::StrCat(slot.start, " ", slot.practitioner->id, " ", slot.clinic->id);
}

// Tokens are authenticated, so a cursor is one of ours.
std::optional<domain::SlotPosition> ReadCursor(const std::string& cursor) {
  const std::vector<std::string> parts = absl::StrSplit(cursor, ' ');
  domain::SlotPosition position;
  if (parts.size() != 3 || !absl::SimpleAtoi(parts[0], &position.start)) return std::nullopt;
  position.practitioner = parts[1];
  position.clinic = parts[2];
  return position;
}

}  // namespace

// What one call asks for, checked.
struct AvailabilityServiceImpl::Question {
  Tenant tenant;
  domain::SlotQuery query;
  bool online;
  std::optional<Page> page;  // Of SearchSlots only.
};

void AvailabilityServiceImpl::Search(std::shared_ptr<rpc::Pending> pending,
                                     absl::StatusOr<Question> asked, Give give) {
  if (!asked.ok()) return pending->Finish(asked.status());
  auto question = std::make_shared<const Question>(*std::move(asked));
  search_.AskFreshness(question->tenant, [this, pending, question,
                                          give](const ports::Freshness& fresh) {
    const auto warm = search_.RunWarm(question->tenant, question->query, question->online, fresh);
    if (warm.has_value()) {
      return pending->Finish(warm->ok() ? give(*question, **warm) : warm->status());
    }
    rpc::Pending::FinishOnPool(
        pending, [this, question, give](const rpc::CallInfo& call) -> absl::Status {
          ASSIGN_OR_RETURN(
              const app::FoundSlots found,
              search_.Run(question->tenant, question->query, question->online, call.deadline));
          return give(*question, found);
        });
  });
}

grpc::ServerUnaryReactor* AvailabilityServiceImpl::SearchSlots(
    grpc::CallbackServerContext* context, const pb::SearchSlotsRequest* request,
    pb::SearchSlotsResponse* response) {
  const auto ask = [this, request](const rpc::CallInfo& call) -> absl::StatusOr<Question> {
    ASSIGN_OR_RETURN(const Tenant tenant, ReadParent(call, request->parent()));
    ASSIGN_OR_RETURN(domain::SlotQuery query, ReadFilter(request->filter(), tenant.organization()));
    RETURN_IF_ERROR(ReadOrder(*request, query));
    ASSIGN_OR_RETURN(Page page, ReadPage(tokens_, call, *request));
    return Question{tenant, std::move(query), IsOnline(call), std::move(page)};
  };
  const auto give = [this, response](const Question& question,
                                     const app::FoundSlots& found) -> absl::Status {
    const Page& page = *question.page;
    if (question.query.gaps) {
      WriteRankedPage(tokens_, page, found.plan, question.tenant.organization(),
                      question.query.length_minutes, response);
      return absl::OkStatus();
    }
    // One more than the page holds tells whether there is another.
    std::vector<domain::FreeSlot> slots =
        domain::ListSlots(found.plan, ReadCursor(page.after), page.size + 1);
    if (slots.size() > static_cast<size_t>(page.size)) {
      slots.resize(page.size);
      response->set_next_page_token(tokens_.Make(CursorOf(slots.back()), page.binding));
    }
    for (const domain::FreeSlot& slot : slots) {
      SlotToProto(question.tenant.organization(), slot, question.query.length_minutes,
                  response->add_slots());
    }
    return absl::OkStatus();
  };
  return rpc::UnaryPending(edge_, context, "AvailabilityService.SearchSlots",
                           [=, this](std::shared_ptr<rpc::Pending> pending) {
                             Search(pending, ask(pending->call()), give);
                           });
}

grpc::ServerUnaryReactor* AvailabilityServiceImpl::ListFreeTimes(
    grpc::CallbackServerContext* context, const pb::ListFreeTimesRequest* request,
    pb::ListFreeTimesResponse* response) {
  const auto ask = [request](const rpc::CallInfo& call) -> absl::StatusOr<Question> {
    ASSIGN_OR_RETURN(const Tenant tenant, ReadParent(call, request->parent()));
    ASSIGN_OR_RETURN(domain::SlotQuery query, ReadFilter(request->filter(), tenant.organization()));
    return Question{tenant, std::move(query), IsOnline(call), std::nullopt};
  };
  const auto give = [this, request, response](const Question& question,
                                              const app::FoundSlots& found) -> absl::Status {
    size_t starts = 0;
    const std::string& organization = question.tenant.organization();
    *response->mutable_window_start_time() = request->filter().window().start_time();
    for (const domain::Candidate& candidate : found.plan.candidates) {
      const domain::Bits& free = candidate.starts;
      domain::Tick at = free.NextSet(free.begin());
      if (at == free.end()) continue;
      pb::FreeTimes* times = response->add_free_times();
      times->set_practitioner(NameIn(organization, candidate.practitioner->resource()));
      times->set_clinic(NameIn(organization, absl::StrCat("clinics/", candidate.clinic->id)));
      const auto count = static_cast<size_t>(free.Count());
      if ((starts += count) > free_starts_max_) {
        return error::ResultTooLarge("filter.window.end_time");
      }
      times->mutable_start_minutes()->Reserve(static_cast<int>(count));
      for (; at != free.end(); at = free.NextSet(at + 1)) {
        times->add_start_minutes(
            static_cast<uint32_t>((at - question.query.begin) * domain::kTickMinutes));
      }
    }
    return absl::OkStatus();
  };
  return rpc::UnaryPending(edge_, context, "AvailabilityService.ListFreeTimes",
                           [=, this](std::shared_ptr<rpc::Pending> pending) {
                             Search(pending, ask(pending->call()), give);
                           });
}

}  // namespace stillpoint::booking::edge
