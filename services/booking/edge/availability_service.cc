#include "services/booking/edge/availability_service.h"

#include <google/protobuf/arena.h>

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/base/status_macros.h"
#include "common/crypto/keys.h"
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
  std::optional<Page> page;               // Of SearchSlots only.
  google::protobuf::Timestamp from = {};  // Of ListFreeTimes only, as the caller wrote it.
};

// One call on its way to an answer.
struct AvailabilityServiceImpl::Exchange {
  std::shared_ptr<rpc::Pending> pending;
  grpc::Slice bytes;  // The question's.
  std::string key;    // In answers_.
  grpc::ByteBuffer* response;
  Ask ask;
  Give give;
  std::optional<Question> question = {};
};

namespace {

absl::string_view TextOf(const grpc::Slice& slice) {
  return {reinterpret_cast<const char*>(slice.begin()), slice.size()};
}

grpc::Slice SliceOf(const grpc::ByteBuffer& bytes) {
  grpc::Slice slice;
  if (!bytes.TrySingleSlice(&slice).ok()) bytes.DumpToSingleSlice(&slice).IgnoreError();
  return slice;
}

// All that an answer depends on beside what is stored and what time it is. Of the caller: all that
// a search could ever be narrowed by, and whom its page tokens are bound to.
std::string KeyOf(const rpc::CallInfo& call, absl::string_view question) {
  const rpc::Principal& caller = call.principal;
  return crypto::Frame({call.method, caller.subject,
                        absl::StrCat(static_cast<uint32_t>(caller.role)), caller.organization,
                        absl::StrJoin(caller.clinics, " "), caller.client, question});
}

// Gives the bytes without copying them; they live until gRPC has sent them.
void Send(app::RememberedAnswers::Shared answer, grpc::ByteBuffer* response) {
  const std::string& bytes = answer->bytes;
  void* const data = const_cast<char*>(bytes.data());  // gRPC only reads them.
  const size_t size = bytes.size();
  using Kept = app::RememberedAnswers::Shared;
  const grpc::Slice slice(
      data, size, [](void* kept) { delete static_cast<Kept*>(kept); }, new Kept(std::move(answer)));
  *response = grpc::ByteBuffer(&slice, 1);
}

// A message on an arena with a first block on the stack: an answer is hundreds of small messages,
// whose allocations would cost more than finding what they say.
template <typename Message>
class OnArena {
 public:
  OnArena() : arena_(first_, sizeof(first_)) {}
  Message* get() { return message_; }

 private:
  static constexpr size_t kFirstBytes = 4096;  // A page of 20 slots.
  alignas(8) char first_[kFirstBytes];
  google::protobuf::Arena arena_;
  Message* const message_ = google::protobuf::Arena::CreateMessage<Message>(&arena_);
};

}  // namespace

grpc::ServerUnaryReactor* AvailabilityServiceImpl::Answer(grpc::CallbackServerContext* context,
                                                          absl::string_view method,
                                                          const grpc::ByteBuffer* request,
                                                          grpc::ByteBuffer* response, Ask ask,
                                                          Give give) {
  return rpc::UnaryPending(
      edge_, context, method, [=, this](std::shared_ptr<rpc::Pending> pending) {
        grpc::Slice bytes = SliceOf(*request);
        std::string key = KeyOf(pending->call(), TextOf(bytes));
        const app::RememberedAnswers::Shared known = answers_.Find(key);
        const auto exchange = std::make_shared<Exchange>(
            Exchange{std::move(pending), std::move(bytes), std::move(key), response, ask, give});
        if (known == nullptr) return Search(exchange);
        search_.AskFreshness(known->tenant, [this, exchange, known](const ports::Freshness& fresh) {
          if (!search_.StillTrue(known->basis, fresh)) return Search(exchange);
          metrics_.Count("answers", "remembered");
          Send(known, exchange->response);
          exchange->pending->Finish(absl::OkStatus());
        });
      });
}

void AvailabilityServiceImpl::Search(const std::shared_ptr<Exchange>& exchange) {
  absl::StatusOr<Question> asked =
      (this->*exchange->ask)(exchange->pending->call(), TextOf(exchange->bytes));
  if (!asked.ok()) return exchange->pending->Finish(asked.status());
  const Question& question = exchange->question.emplace(*std::move(asked));
  search_.AskFreshness(question.tenant, [this, exchange](const ports::Freshness& fresh) {
    const Question& wanted = *exchange->question;
    const auto warm = search_.RunWarm(wanted.tenant, wanted.query, wanted.online, fresh);
    if (warm.has_value()) {
      metrics_.Count("answers", "warm");
      return exchange->pending->Finish(Finish(*exchange, *warm, fresh));
    }
    rpc::Pending::FinishOnPool(
        exchange->pending, [this, exchange](const rpc::CallInfo& call) -> absl::Status {
          const Question& cold = *exchange->question;
          metrics_.Count("answers", "read");
          return Finish(*exchange, search_.Run(cold.tenant, cold.query, cold.online, call.deadline),
                        {});
        });
  });
}

absl::Status AvailabilityServiceImpl::Finish(Exchange& exchange,
                                             const absl::StatusOr<app::FoundSlots>& found,
                                             const ports::Freshness& fresh) {
  RETURN_IF_ERROR(found.status());
  const Question& question = *exchange.question;
  ASSIGN_OR_RETURN(std::string bytes, (this->*exchange.give)(question, *found));
  app::AnswerBasis basis;
  if (!fresh.stamp.empty()) basis = app::SearchSlots::BasisOf(*found, question.query, fresh);
  const auto answer = std::make_shared<const app::RememberedAnswers::Answer>(
      app::RememberedAnswers::Answer{question.tenant, std::move(basis), std::move(bytes)});
  Send(answer, exchange.response);
  if (!fresh.stamp.empty()) answers_.Keep(std::move(exchange.key), answer);
  return absl::OkStatus();
}

absl::StatusOr<AvailabilityServiceImpl::Question> AvailabilityServiceImpl::AskSlots(
    const rpc::CallInfo& call, absl::string_view bytes) const {
  OnArena<pb::SearchSlotsRequest> arena;
  const pb::SearchSlotsRequest& request = *arena.get();
  RETURN_IF_ERROR(rpc::ReadRequest(bytes, arena.get()));
  ASSIGN_OR_RETURN(const Tenant tenant, ReadParent(call, request.parent()));
  ASSIGN_OR_RETURN(domain::SlotQuery query, ReadFilter(request.filter(), tenant.organization()));
  RETURN_IF_ERROR(ReadOrder(request, query));
  ASSIGN_OR_RETURN(Page page, ReadPage(tokens_, call, request));
  return Question{tenant, std::move(query), IsOnline(call), std::move(page)};
}

absl::StatusOr<std::string> AvailabilityServiceImpl::GiveSlots(const Question& question,
                                                               const app::FoundSlots& found) const {
  OnArena<pb::SearchSlotsResponse> arena;
  pb::SearchSlotsResponse* const response = arena.get();
  const Page& page = *question.page;
  if (question.query.gaps) {
    WriteRankedPage(tokens_, page, found.plan, question.tenant.organization(),
                    question.query.length_minutes, response);
    return response->SerializeAsString();
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
  return response->SerializeAsString();
}

grpc::ServerUnaryReactor* AvailabilityServiceImpl::SearchSlots(grpc::CallbackServerContext* context,
                                                               const grpc::ByteBuffer* request,
                                                               grpc::ByteBuffer* response) {
  return Answer(context, "AvailabilityService.SearchSlots", request, response,
                &AvailabilityServiceImpl::AskSlots, &AvailabilityServiceImpl::GiveSlots);
}

absl::StatusOr<AvailabilityServiceImpl::Question> AvailabilityServiceImpl::AskFreeTimes(
    const rpc::CallInfo& call, absl::string_view bytes) const {
  OnArena<pb::ListFreeTimesRequest> arena;
  const pb::ListFreeTimesRequest& request = *arena.get();
  RETURN_IF_ERROR(rpc::ReadRequest(bytes, arena.get()));
  ASSIGN_OR_RETURN(const Tenant tenant, ReadParent(call, request.parent()));
  ASSIGN_OR_RETURN(domain::SlotQuery query, ReadFilter(request.filter(), tenant.organization()));
  return Question{tenant, std::move(query), IsOnline(call), std::nullopt,
                  request.filter().window().start_time()};
}

absl::StatusOr<std::string> AvailabilityServiceImpl::GiveFreeTimes(
    const Question& question, const app::FoundSlots& found) const {
  OnArena<pb::ListFreeTimesResponse> arena;
  pb::ListFreeTimesResponse* const response = arena.get();
  size_t starts = 0;
  const std::string& organization = question.tenant.organization();
  *response->mutable_window_start_time() = question.from;
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
  return response->SerializeAsString();
}

grpc::ServerUnaryReactor* AvailabilityServiceImpl::ListFreeTimes(
    grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
    grpc::ByteBuffer* response) {
  return Answer(context, "AvailabilityService.ListFreeTimes", request, response,
                &AvailabilityServiceImpl::AskFreeTimes, &AvailabilityServiceImpl::GiveFreeTimes);
}

}  // namespace stillpoint::booking::edge
