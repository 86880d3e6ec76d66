#include "services/booking/app/client_visits.h"

#include <algorithm>

#include "common/base/status_macros.h"
#include "services/booking/domain/slot.h"

namespace stillpoint::booking::app {

absl::Status ClientVisits::Ask(sql::Transaction& tx, const Tenant& tenant,
                               const std::string& client, const domain::Clinic& clinic,
                               absl::Time start) {
  Forget();
  clinic_ = &clinic;
  start_ = start;
  const domain::LocalDay week = domain::WeekOf(clinic, start);
  RETURN_IF_ERROR(ledger_.AskClientStarts(tx, tenant, client, week.start, week.end, &starts_));
  return ledger_.AskClientBefore(tx, tenant, client, start, &before_);
}

domain::ClientHistory ClientVisits::Read(absl::Time now, const domain::Booking* moving) const {
  domain::ClientHistory history;
  if (clinic_ == nullptr) return history;
  const domain::LocalDay day = domain::DayOf(*clinic_, start_);
  const auto is_own = [&](const std::string& id) { return moving != nullptr && id == moving->id; };
  for (const ports::ClientStart& visit : ledger_.ReadClientStarts(starts_)) {
    if (is_own(visit.booking) || (visit.expires.has_value() && *visit.expires <= now)) continue;
    ++history.in_week;
    if (visit.start >= day.start && visit.start < day.end) ++history.in_day;
  }
  history.has_come_before = std::any_of(
      before_.begin(), before_.end(), [&](const sql::Row& row) { return !is_own(row[0].Text()); });
  return history;
}

void ClientVisits::Forget() {
  clinic_ = nullptr;
  starts_.clear();
  before_.clear();
}

}  // namespace stillpoint::booking::app
