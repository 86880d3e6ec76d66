#include "services/booking/edge/event_service.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "services/booking/domain/errors.h"

namespace stillpoint::booking::edge {
namespace {

constexpr int kEventsDefault = 100;
constexpr int kEventsMax = 1000;  // About half a megabyte.

std::string CursorOf(const sql::OutboxCursor& cursor) {
  return absl::StrCat(cursor.txid, ".", cursor.sequence);
}

absl::StatusOr<sql::OutboxCursor> ReadCursor(const std::string& text) {
  sql::OutboxCursor cursor;
  if (text.empty()) return cursor;
  const std::vector<std::string> parts = absl::StrSplit(text, '.');
  if (parts.size() != 2 || !absl::SimpleAtoi(parts[0], &cursor.txid) ||
      !absl::SimpleAtoi(parts[1], &cursor.sequence) || cursor.txid < 0 || cursor.sequence < 0) {
    return error::CursorInvalid();
  }
  return cursor;
}

}  // namespace

grpc::ServerUnaryReactor* EventServiceImpl::ListEvents(grpc::CallbackServerContext* context,
                                                       const pb::ListEventsRequest* request,
                                                       pb::ListEventsResponse* response) {
  return rpc::Unary(
      edge_, context, "EventService.ListEvents",
      [this, request, response](const rpc::CallInfo& info) -> absl::Status {
        ASSIGN_OR_RETURN(const sql::OutboxCursor after, ReadCursor(request->cursor()));
        if (request->page_size() < 0) return InvalidField("page_size", "must not be negative");
        const int limit =
            request->page_size() == 0 ? kEventsDefault : std::min(request->page_size(), kEventsMax);
        if (request->wait().seconds() < 0) return InvalidField("wait", "must not be negative");
        const absl::Duration wait =
            absl::Seconds(request->wait().seconds()) + absl::Nanoseconds(request->wait().nanos());
        ASSIGN_OR_RETURN(const std::vector<sql::OutboxEvent> events,
                         read_.Events(after, limit, wait, info.deadline));
        response->set_next_cursor(request->cursor());
        for (const sql::OutboxEvent& event : events) {
          pb::BookingEvent* out = response->add_events();
          if (!out->ParseFromString(event.payload)) {
            return Error(absl::StatusCode::kInternal, "EVENT_BROKEN", "an event does not parse");
          }
          out->set_cursor(CursorOf(event.cursor));
          response->set_next_cursor(out->cursor());
        }
        return absl::OkStatus();
      });
}

}  // namespace stillpoint::booking::edge
