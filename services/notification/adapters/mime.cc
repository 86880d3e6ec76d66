#include "services/notification/adapters/mime.h"

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/error/error.h"

namespace stillpoint::notification::adapters {
namespace {

constexpr size_t kAddressMax = 254;     // RFC 5321, path without brackets.
constexpr size_t kHeaderLineMax = 998;  // RFC 5322, without CRLF.
constexpr size_t kEncodedBytes = 45;    // 60 characters of base64: a word stays below 75.
constexpr size_t kQuotedLine = 75;      // And "=" for a soft break.

bool HasControl(absl::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return true;
  }
  return false;
}

bool IsAscii(absl::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x80) return false;
  }
  return true;
}

bool IsHeaderName(absl::string_view name) {
  if (name.empty() || name.size() > 60) return false;
  for (const char c : name) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) && c != '-') return false;
  }
  return true;
}

absl::Status Bad(absl::string_view part) {
  return Error(absl::StatusCode::kInvalidArgument, "BAD_MESSAGE", "the message cannot be a mail")
      .With("part", part);
}

std::string QuotedPrintable(absl::string_view body) {
  std::string out;
  size_t column = 0;
  const auto put = [&](absl::string_view token) {
    if (column + token.size() > kQuotedLine) {
      out += "=\r\n";
      column = 0;
    }
    absl::StrAppend(&out, token);
    column += token.size();
  };
  for (size_t i = 0; i < body.size(); ++i) {
    const auto c = static_cast<unsigned char>(body[i]);
    if (c == '\n') {
      out += "\r\n";
      column = 0;
      continue;
    }
    // White space before a line's end would be lost on the way, so it is written out.
    const bool at_end = i + 1 == body.size() || body[i + 1] == '\n';
    const bool plain = (c > 0x20 && c < 0x7f && c != '=') || (c == ' ' && !at_end);
    put(plain ? std::string(1, static_cast<char>(c)) : absl::StrFormat("=%02X", c));
  }
  if (column > 0) out += "\r\n";
  return out;
}

}  // namespace

bool IsPlainAddress(absl::string_view address) {
  const size_t at = address.find('@');
  if (at == absl::string_view::npos || at == 0 || at + 1 == address.size()) return false;
  if (address.size() > kAddressMax || address.find('@', at + 1) != absl::string_view::npos) {
    return false;
  }
  for (const char c : address) {
    const auto u = static_cast<unsigned char>(c);
    if (u <= 0x20 || u >= 0x7f || c == '<' || c == '>' || c == ',' || c == ';' || c == '"' ||
        c == '(' || c == ')' || c == '\\') {
      return false;
    }
  }
  return true;
}

std::string EncodeHeader(absl::string_view value) {
  if (IsAscii(value)) return std::string(value);
  std::string out;
  while (!value.empty()) {
    size_t take = std::min(kEncodedBytes, value.size());
    // Not in the middle of a character: continuation bytes are 10xxxxxx.
    while (take < value.size() && take > 1 &&
           (static_cast<unsigned char>(value[take]) & 0xC0) == 0x80) {
      --take;
    }
    absl::StrAppend(&out, out.empty() ? "" : "\r\n ", "=?UTF-8?B?",
                    absl::Base64Escape(value.substr(0, take)), "?=");
    value.remove_prefix(take);
  }
  return out;
}

absl::StatusOr<std::string> MakeMail(const domain::Outbound& message, absl::string_view from,
                                     absl::Time now) {
  if (!IsPlainAddress(message.address)) return Bad("address");
  if (!IsPlainAddress(from)) return Bad("from");
  if (!IsPlainAddress(message.message_id)) return Bad("message_id");
  if (HasControl(message.text.subject)) return Bad("subject");
  std::string out = absl::StrCat(
      "Date: ", absl::FormatTime("%a, %d %b %Y %H:%M:%S +0000", now, absl::UTCTimeZone()),
      "\r\nFrom: <", from, ">\r\nTo: <", message.address,
      ">\r\nSubject: ", EncodeHeader(message.text.subject), "\r\nMessage-ID: <", message.message_id,
      ">\r\nAuto-Submitted: auto-generated\r\n");
  for (const auto& [name, value] : message.headers) {
    if (!IsHeaderName(name) || HasControl(value) || !IsAscii(value) ||
        name.size() + 2 + value.size() > kHeaderLineMax) {
      return Bad("header");
    }
    absl::StrAppend(&out, name, ": ", value, "\r\n");
  }
  absl::StrAppend(&out,
                  "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
                  "Content-Transfer-Encoding: quoted-printable\r\n\r\n",
                  QuotedPrintable(message.text.body));
  return out;
}

}  // namespace stillpoint::notification::adapters
