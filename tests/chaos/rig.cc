#include "tests/chaos/rig.h"

#include <algorithm>
#include <cstdlib>
#include <future>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "tests/chaos/rig_replica.h"

namespace stillpoint::chaos {
namespace {

domain::SlotRequest RequestOf(const Wanted& wanted) {
  domain::SlotRequest request;
  request.clinic = wanted.clinic;
  request.offering = wanted.offering;
  request.minutes = wanted.length;
  request.practitioner = wanted.person;
  request.room = wanted.room;
  request.start = TimeOf(wanted.start) + absl::Seconds(wanted.off_grid_seconds);
  request.online = wanted.online;
  if (wanted.beside) {
    request.override_of = {.rules = {domain::PolicyRule::kOneVisitAtATime},
                           .reason = domain::OverrideReason::kOther,
                           .by = "desk"};
  }
  return request;
}

std::string Encoded(const domain::Booking& booking) {
  return absl::StrJoin(
      std::vector<std::string>{
          booking.id, std::string(domain::BookingStateName(booking.state)),
          absl::StrCat("r", booking.revision), booking.clinic, booking.offering,
          booking.practitioner, booking.room, absl::StrCat(MinuteOf(booking.start)),
          absl::StrCat(MinuteOf(booking.end)),
          absl::StrCat(booking.buffer_before / absl::Minutes(1)),
          absl::StrCat(booking.buffer_after / absl::Minutes(1)),
          absl::StrCat(booking.turnover / absl::Minutes(1)),
          absl::StrCat((booking.late_cancelled ? 1 : 0) + (booking.late_changed ? 2 : 0) +
                       (booking.fee_due ? 4 : 0)),
          booking.device.empty() ? kNoDevice : booking.device,
          absl::StrCat(booking.device_turnover / absl::Minutes(1))},
      " ");
}

}  // namespace

app::Call CallOf(const std::string& organization, const Ask& ask) {
  return {.tenant = Tenant(organization),
          .key = {.method = "model",
                  .caller = "model",
                  .request_id = ask.request_id,
                  .payload_hash = ask.payload},
          .deadline = Deadline::After(kCallMax)};
}

Reply ReplyOf(const absl::StatusOr<std::string>& result) {
  Reply reply;
  if (result.ok()) {
    reply.bytes = *result;
    return reply;
  }
  reply.reason = ReasonOf(result.status());
  if (reply.reason.empty()) reply.reason = "WITHOUT_REASON";
  reply.message = std::string(result.status().message());
  auto facts = MetadataOf(result.status());
  for (absl::string_view text : absl::StrSplit(facts["alternatives"], ',', absl::SkipEmpty())) {
    absl::Time time;
    std::string error;
    if (!absl::ParseTime(absl::RFC3339_full, text, &time, &error)) reply.reason = "BAD_TIME";
    reply.alternatives.push_back(MinuteOf(time));
  }
  return reply;
}

std::string NameOf(Step step) {
  static const char* const kNames[] = {"confirm", "release",  "cancel", "check in",
                                       "start",   "complete", "no-show"};
  return kNames[static_cast<int>(step)];
}

Rig::Rig(sql::Engine engine, const Clock& clock, const std::string& redis, Patience patience)
    : shared_(std::make_unique<Shared>(engine, clock, redis, patience)) {
  for (const bool with_redis : {false, true}) {
    for (int i = 0; i < kReplicas; ++i) {
      shared_->replicas[with_redis].push_back(std::make_unique<Replica>(*shared_, with_redis));
    }
  }
}

Rig::~Rig() = default;

Rig::Replica& Rig::At(const Ask& ask) {
  return *shared_->replicas[with_redis_][static_cast<size_t>(ask.replica)];
}

void Rig::Begin(const std::string& organization, bool with_redis) {
  organization_ = organization;
  with_redis_ = with_redis;
  const auto created = At({}).changes.CreateOrganization(
      CallOf(organization_, {}), organization,
      [](const domain::Catalogue& catalogue) { return catalogue.organization; });
  if (!created.ok()) std::abort();
}

Reply Rig::Book(const Ask& ask, const std::string& client, const Wanted& wanted, int hold_seconds,
                bool dry) {
  app::BookSlotCommand command{.call = CallOf(organization_, ask),
                               .client = client,
                               .slot = RequestOf(wanted),
                               .hold = std::nullopt};
  if (hold_seconds > 0) command.hold = absl::Seconds(hold_seconds);
  command.validate_only = dry;
  return ReplyOf(At(ask).book.Run(command, Encoded));
}

Reply Rig::Move(const Ask& ask, const std::string& visit, Step step, const std::string& etag) {
  using M = domain::BookingMove;
  static constexpr M kMoves[] = {M::kConfirm, M::kRelease,  M::kCancel,    M::kCheckIn,
                                 M::kStart,   M::kComplete, M::kMarkNoShow};
  const app::MoveCommand command{.call = CallOf(organization_, ask),
                                 .booking = visit,
                                 .move = kMoves[static_cast<int>(step)],
                                 .etag = etag};
  return ReplyOf(At(ask).move.Run(command, Encoded));
}

Reply Rig::Reschedule(const Ask& ask, const std::string& visit, const Wanted& wanted,
                      const std::string& etag) {
  const app::RescheduleCommand command{.call = CallOf(organization_, ask),
                                       .booking = visit,
                                       .etag = etag,
                                       .slot = RequestOf(wanted)};
  return ReplyOf(At(ask).reschedule.Run(command, Encoded));
}

Reply Rig::Get(const Ask& ask, const std::string& visit) {
  const auto booking =
      At(ask).read.Get(Tenant(organization_), {}, visit, Deadline::After(kCallMax));
  if (!booking.ok()) return ReplyOf(booking.status());
  return ReplyOf(Encoded(*booking));
}

namespace {

domain::SlotQuery QueryOf(const Query& query) {
  domain::SlotQuery asked;
  asked.offering = query.offering;
  asked.length_minutes = query.length;
  asked.begin = domain::TickCeil(TimeOf(query.begin));
  asked.end = domain::TickCeil(TimeOf(query.end));
  asked.clinics = query.clinics;
  asked.practitioners = query.people;
  asked.room = query.room;
  asked.weekdays = query.weekdays;
  asked.from_minute = query.from;
  asked.until_minute = query.until;
  return asked;
}

void Add(const std::vector<domain::FreeSlot>& slots, Found& found) {
  for (const domain::FreeSlot& slot : slots) {
    found.times.push_back({.start = MinuteOf(domain::TimeOf(slot.start)),
                           .person = slot.practitioner->id,
                           .clinic = slot.clinic->id});
    found.rooms.push_back(slot.room == nullptr ? "" : slot.room->id);
    found.devices.push_back(slot.device == nullptr ? "" : slot.device->id);
  }
}

std::string KeyOf(const Query& query) {
  return absl::StrJoin(
      std::vector<std::string>{query.offering, absl::StrCat(query.length),
                               absl::StrCat(query.begin), absl::StrCat(query.end),
                               absl::StrJoin(query.clinics, ","), absl::StrJoin(query.people, ","),
                               query.room, absl::StrCat(query.weekdays), absl::StrCat(query.from),
                               absl::StrCat(query.until)},
      " ");
}

std::string WriteTimes(const Found& found) {
  std::string text;
  for (size_t i = 0; i < found.times.size(); ++i) {
    const FreeTime& time = found.times[i];
    absl::StrAppend(&text, time.start, " ", time.person, " ", time.clinic, " ", found.rooms[i], " ",
                    found.devices[i], "\n");
  }
  return text;
}

void ReadTimes(const std::string& text, Found& found) {
  for (const absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    const std::vector<std::string> words = absl::StrSplit(line, ' ');
    Minute start = 0;
    if (words.size() != 5 || !absl::SimpleAtoi(words[0], &start)) std::abort();
    found.times.push_back({.start = start, .person = words[1], .clinic = words[2]});
    found.rooms.push_back(words[3]);
    found.devices.push_back(words[4]);
  }
}

}  // namespace

Found Rig::Search(const Ask& ask, const Query& query, int page_size) {
  Found found;
  // As a server does: the answer, or what it follows from, from memory if that is known to be
  // fresh.
  std::promise<void> answered;  // ThreadSanitizer sees it, unlike absl::Notification.
  std::optional<absl::StatusOr<app::FoundSlots>> warm;
  app::AnswerBasis basis;
  app::SearchSlots& search = At(ask).search;
  app::RememberedAnswers& answers = At(ask).answers;
  const Tenant tenant(organization_);
  const std::string key = KeyOf(query);
  const app::RememberedAnswers::Shared known = answers.Find(key);
  search.AskFreshness(tenant, [&](const ports::Freshness& fresh) {
    found.remembered = known != nullptr && search.StillTrue(known->basis, fresh);
    if (!found.remembered) {
      warm = search.RunWarm(tenant, QueryOf(query), /*online=*/false, fresh);
      if (warm.has_value() && warm->ok()) {
        basis = app::SearchSlots::BasisOf(**warm, QueryOf(query), fresh);
      }
    }
    answered.set_value();
  });
  answered.get_future().wait();
  if (found.remembered) {
    ReadTimes(known->bytes, found);
    return found;
  }
  found.warm = warm.has_value();
  const auto result =
      found.warm ? *std::move(warm)
                 : search.Run(tenant, QueryOf(query), /*online=*/false, Deadline::After(kCallMax));
  if (!result.ok()) {
    found.reason = ReplyOf(result.status()).reason;
    return found;
  }
  std::optional<domain::SlotPosition> after;
  for (;;) {
    const auto page = domain::ListSlots(result->plan, after, page_size);
    Add(page, found);
    if (page.size() < static_cast<size_t>(page_size)) break;
    after = domain::SlotPosition{page.back().start, page.back().practitioner->id,
                                 page.back().clinic->id};
  }
  if (found.warm) {
    answers.Keep(key, std::make_shared<const app::RememberedAnswers::Answer>(
                          app::RememberedAnswers::Answer{tenant, basis, WriteTimes(found)}));
  }
  return found;
}

Found Rig::Next(const Ask& ask, const Query& query, int count) {
  Found found;
  const auto result = At(ask).next.Run(Tenant(organization_), QueryOf(query), count,
                                       /*online=*/false, Deadline::After(kCallMax));
  if (!result.ok()) {
    found.reason = ReplyOf(result.status()).reason;
  } else {
    Add(result->slots, found);
  }
  return found;
}

Explained Rig::Explain(const Ask& ask, const Wanted& wanted, const std::string& client) {
  const auto result = At(ask).explain.Run(Tenant(organization_), RequestOf(wanted), client,
                                          Deadline::After(kCallMax));
  if (!result.ok()) return {.reason = ReplyOf(result.status()).reason};
  const domain::Explanation& why = result->explanation;
  return {.bookable = why.Bookable(), .offered = why.Offered(), .online = why.OfferedOnline()};
}

Reply Rig::Sweep(const Ask& ask) {
  const auto swept = At(ask).expire.Run(Deadline::After(kCallMax));
  if (!swept.ok()) return ReplyOf(swept.status());
  return {};
}

absl::Status Rig::StartHealers() {
  for (const auto& replica : shared_->replicas[1]) {
    RETURN_IF_ERROR(replica->healer.Heal(Deadline::After(kCallMax)));
    replica->healer.Start();
  }
  return absl::OkStatus();
}

std::string Rig::LineOf(const Visit& visit) {
  return absl::StrJoin(
      std::vector<std::string>{
          visit.id, NameOf(visit.state), absl::StrCat("r", visit.revision), visit.clinic,
          visit.offering, visit.person, visit.room, absl::StrCat(visit.start),
          absl::StrCat(visit.start + visit.length), absl::StrCat(visit.before),
          absl::StrCat(visit.after), absl::StrCat(visit.turnover),
          absl::StrCat((visit.late_cancelled ? 1 : 0) + (visit.late_changed ? 2 : 0) +
                       (visit.late_cancelled || visit.late_changed ? 4 : 0)),
          visit.device.empty() ? kNoDevice : visit.device, absl::StrCat(visit.device_turnover)},
      " ");
}

std::vector<std::vector<std::string>> Rig::Rows(const std::string& statement) {
  std::vector<std::vector<std::string>> rows;
  const absl::Status status = shared_->database->Read(
      Tenant(organization_), Deadline::After(kCallMax), [&](sql::Transaction& tx) -> absl::Status {
        ASSIGN_OR_RETURN(const sql::Rows found, tx.Query(statement, {organization_}));
        for (const sql::Row& row : found) {
          std::vector<std::string>& words = rows.emplace_back();
          for (const sql::Value& value : row) {
            const auto* number = std::get_if<int64_t>(&value.variant());
            words.push_back(number != nullptr ? absl::StrCat(*number) : value.Text());
          }
        }
        return absl::OkStatus();
      });
  if (!status.ok()) std::abort();
  return rows;
}

std::vector<std::string> Rig::StoredVisits() {
  std::vector<std::string> lines;
  for (std::vector<std::string>& words :
       Rows("SELECT booking, state - 1, revision, clinic, offering, practitioner, room,"
            " start_us / 60000000, end_us / 60000000, buffer_before_us / 60000000,"
            " buffer_after_us / 60000000, turnover_us / 60000000,"
            " late_cancelled + 2 * late_changed + 4 * fee_due,"
            " CASE device WHEN '' THEN '-' ELSE device END, device_turnover_us / 60000000"
            " FROM bookings WHERE organization = $1")) {
    words[1] = NameOf(static_cast<State>(std::stoi(words[1])));
    words[2] = absl::StrCat("r", words[2]);
    lines.push_back(absl::StrJoin(words, " "));
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

std::vector<std::string> Rig::StoredClaims() {
  std::vector<std::string> lines;
  for (const auto& words : Rows("SELECT resource, start_us / 60000000, end_us / 60000000, booking"
                                " FROM claims WHERE organization = $1")) {
    lines.push_back(absl::StrJoin(words, " "));
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

int64_t Rig::Overlaps() {
  return std::stoll(
      Rows("SELECT COUNT(*) FROM claims AS a JOIN claims AS b"
           " ON a.organization = b.organization AND a.resource = b.resource"
           " AND a.claim <> b.claim AND a.start_us < b.end_us AND b.start_us < a.end_us"
           " WHERE a.organization = $1 AND a.kind = 1 AND b.kind = 1")[0][0]);
}

}  // namespace stillpoint::chaos
