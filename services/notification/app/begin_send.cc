#include "services/notification/app/begin_send.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "common/log/log.h"
#include "services/notification/app/manage_templates.h"
#include "services/notification/app/move.h"
#include "services/notification/domain/backoff.h"
#include "services/notification/domain/errors.h"
#include "services/notification/domain/policy.h"
#include "services/notification/ports/booking_store.h"

namespace stillpoint::notification::app {

using domain::Notification;
using domain::State;
using domain::Verdict;

// Asked before the transaction: a slow neighbour must not hold our locks.
struct BeginSend::Seen {
  std::string missing;  // Which service did not answer; empty: both did.
  std::optional<domain::BookingFacts> booking;
  std::optional<domain::Contact> contact;
};

namespace {

// For each neighbour: one that hangs must leave time to store that the check could not be made.
constexpr absl::Duration kAskMax = absl::Seconds(3);

absl::Status CheckLease(const std::optional<Notification>& notification, int64_t token,
                        absl::Time now) {
  if (!notification.has_value()) {
    return Error(absl::StatusCode::kNotFound, "NOT_FOUND", "there is no such resource");
  }
  if (notification->token == token && notification->state == State::kSubmitting) {
    return domain::error::AlreadyBegun();
  }
  const bool held = notification->token == token && notification->state == State::kLeased &&
                    now < notification->lease_until;
  return held ? absl::OkStatus() : domain::error::LeaseLost();
}

// The recipient's zone, else the clinic's.
std::optional<absl::TimeZone> ZoneOf(const std::optional<domain::Contact>& contact,
                                     const Notification& notification) {
  absl::TimeZone zone;
  if (contact.has_value() && !contact->zone.empty() && absl::LoadTimeZone(contact->zone, &zone)) {
    return zone;
  }
  const std::string& clinic = notification.told.zone;
  if (!clinic.empty() && absl::LoadTimeZone(clinic, &zone)) return zone;
  return std::nullopt;
}

absl::TimeZone ClinicZone(const Notification& notification) {
  absl::TimeZone zone = absl::UTCTimeZone();  // The text names the zone, so UTC is no lie.
  absl::LoadTimeZone(notification.told.zone, &zone);
  return zone;
}

}  // namespace

BeginSend::BeginSend(sql::Database& database, ports::Bookings& bookings, ports::Contacts& contacts,
                     IdSource& ids, const crypto::Key& secret, MailOptions options)
    : database_(database),
      bookings_(bookings),
      contacts_(contacts),
      ids_(ids),
      tokens_(secret),
      options_(std::move(options)) {}

absl::StatusOr<BeginResult> BeginSend::Run(const Tenant& tenant, absl::string_view id,
                                           int64_t token, Deadline deadline) {
  ASSIGN_OR_RETURN(const Notification leased, FindLeased(tenant, id, token, deadline));
  const Seen seen = Ask(leased, deadline);
  BeginResult result;
  RETURN_IF_ERROR(database_.Write(tenant, deadline, [&](sql::Transaction& tx) -> absl::Status {
    RETURN_IF_ERROR(tx.Lock({ports::BookingLock(leased.key.booking)}));
    ASSIGN_OR_RETURN(const absl::Time now, tx.Now());
    ports::NotificationStore store(tx, tenant);
    ASSIGN_OR_RETURN(std::optional<Notification> notification, store.Find(id, true));
    RETURN_IF_ERROR(CheckLease(notification, token, now));
    ASSIGN_OR_RETURN(result, Decide(tx, tenant, *notification, seen));
    return absl::OkStatus();
  }));
  return result;
}

absl::StatusOr<Notification> BeginSend::FindLeased(const Tenant& tenant, absl::string_view id,
                                                   int64_t token, Deadline deadline) {
  std::optional<Notification> notification;
  RETURN_IF_ERROR(database_.Read(tenant, deadline, [&](sql::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const absl::Time now, tx.Now());
    ASSIGN_OR_RETURN(notification, ports::NotificationStore(tx, tenant).Find(id, false));
    return CheckLease(notification, token, now);
  }));
  return *std::move(notification);
}

BeginSend::Seen BeginSend::Ask(const Notification& notification, Deadline deadline) {
  Seen seen;
  auto booking = bookings_.Get(notification.key.booking, deadline.AtMost(kAskMax));
  if (!booking.ok()) {
    log::Warning("check_unavailable",
                 {{"peer", "booking"}, {"reason", ReasonOf(booking.status())}});
    seen.missing = "booking";
    return seen;
  }
  seen.booking = *std::move(booking);
  auto contact = contacts_.Get(notification.client, deadline.AtMost(kAskMax));
  if (!contact.ok()) {
    log::Warning("check_unavailable",
                 {{"peer", "client_record"}, {"reason", ReasonOf(contact.status())}});
    seen.missing = "client_record";
    return seen;
  }
  seen.contact = *std::move(contact);
  return seen;
}

absl::StatusOr<BeginResult> BeginSend::Decide(sql::Transaction& tx, const Tenant& tenant,
                                              Notification& notification, const Seen& seen) {
  ASSIGN_OR_RETURN(const absl::Time now, tx.Now());
  ports::NotificationStore store(tx, tenant);
  if (!seen.missing.empty()) {
    // Not the message's fault: it does not count towards DEAD; not_after bounds it.
    ++notification.deferrals;
    notification.due = now + domain::Backoff(notification.deferrals, notification.id);
    const State to = notification.due < notification.not_after ? State::kRetry : State::kExpired;
    RETURN_IF_ERROR(Move(store, notification, to, "CHECK_UNAVAILABLE", seen.missing, now));
    return BeginResult{to, "CHECK_UNAVAILABLE", std::nullopt};
  }
  notification.deferrals = 0;
  const domain::CheckInput input{notification, seen.booking ? &*seen.booking : nullptr,
                                 seen.contact ? &*seen.contact : nullptr,
                                 ZoneOf(seen.contact, notification), options_.sms_gateway};
  const Verdict verdict = domain::CheckBeforeSend(input, now);
  if (verdict.to == State::kChecked) {
    return Submit(tx, tenant, notification, seen, verdict, now);
  }
  if (verdict.to == State::kScheduled) notification.due = verdict.due;
  RETURN_IF_ERROR(Move(store, notification, verdict.to, verdict.reason, verdict.detail, now));
  if (verdict.reason == "ZONE_UNKNOWN") {
    log::Failure("zone_unknown", {{"notification", domain::NameOf(notification)}});
  }
  if (verdict.fall_back_to_sms) RETURN_IF_ERROR(MakeText(store, notification, now));
  return BeginResult{verdict.to, verdict.reason, std::nullopt};
}

absl::StatusOr<BeginResult> BeginSend::Submit(sql::Transaction& tx, const Tenant& tenant,
                                              Notification& notification, const Seen& seen,
                                              const Verdict& verdict, absl::Time now) {
  ports::NotificationStore store(tx, tenant);
  ASSIGN_OR_RETURN(const domain::Template wording,
                   NewestTemplate(tx, tenant, notification.key.kind, notification.key.channel,
                                  seen.contact->language));
  absl::StatusOr<domain::Text> text = domain::Render(
      wording,
      domain::WordsFor(notification.told, ClinicZone(notification), seen.contact->given_name));
  if (!text.ok()) {
    // Counts towards DEAD, so that a poisonous template ends; others are not held up meanwhile.
    RETURN_IF_ERROR(MoveAfterFailure(store, notification, false, "TEMPLATE_FAILED",
                                     MetadataOf(text.status())["problem"], now));
    return BeginResult{notification.state, "TEMPLATE_FAILED", std::nullopt};
  }
  RETURN_IF_ERROR(Move(store, notification, State::kChecked, verdict.reason, verdict.detail, now));

  domain::Attempt attempt;
  attempt.number = ++notification.attempts;
  attempt.token = notification.token;
  attempt.worker = notification.worker;
  attempt.template_id = domain::TemplateId(wording.kind, wording.channel, wording.language);
  attempt.template_version = wording.version;
  attempt.body_hash =
      absl::BytesToHexString(crypto::Hash(crypto::Frame({text->subject, text->body})));
  attempt.begun = now;
  RETURN_IF_ERROR(ports::LogStore(tx, tenant).AddAttempt(notification.id, attempt));
  RETURN_IF_ERROR(Move(store, notification, State::kSubmitting, "ATTEMPT_STORED",
                       absl::StrCat("attempt ", attempt.number), now));
  return BeginResult{State::kSubmitting, "ATTEMPT_STORED",
                     Assemble(notification, *seen.contact, *std::move(text))};
}

absl::Status BeginSend::MakeText(ports::NotificationStore& store, const Notification& mail,
                                 absl::Time now) {
  Notification text;
  text.organization = mail.organization;
  text.id = ids_.Next();
  text.key = mail.key;
  text.key.channel = domain::Channel::kSms;
  text.client = mail.client;
  text.due = now;
  text.not_after = mail.not_after;
  text.told = mail.told;
  text.lease_until = absl::UnixEpoch();
  text.created = now;
  // False: it was made before; once is enough.
  return store.Insert(text, {State::kNone, State::kScheduled, "MAIL_NOT_POSSIBLE", "", now})
      .status();
}

Outbound BeginSend::Assemble(const Notification& notification, const domain::Contact& contact,
                             domain::Text text) const {
  Outbound out;
  out.channel = notification.key.channel;
  out.address = out.channel == domain::Channel::kEmail ? contact.email : contact.phone;
  out.text = std::move(text);
  out.message_id = domain::MessageIdOf(notification, options_.message_id_domain);
  const bool mail = out.channel == domain::Channel::kEmail;
  if (!mail || domain::PolicyFor(notification.key.kind, notification.key.channel).service_mail) {
    return out;
  }
  std::string where = options_.unsubscribe;
  if (absl::StartsWith(where, "https://")) {
    absl::StrAppend(&where, "?token=", tokens_.Make(domain::NameOf(notification), "unsubscribe"));
    out.headers.emplace_back("List-Unsubscribe-Post", "List-Unsubscribe=One-Click");
  }
  out.headers.emplace_back("List-Unsubscribe", absl::StrCat("<", where, ">"));
  return out;
}

}  // namespace stillpoint::notification::app
