#include "common/redis/connection.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/error/error.h"

namespace stillpoint::redis {

absl::StatusOr<Address> ParseAddress(absl::string_view text) {
  const absl::Status bad = Error(absl::StatusCode::kInvalidArgument, "BAD_CONFIG",
                                 "a Redis address is HOST:PORT or unix:PATH");
  Address address;
  absl::string_view rest = text;
  if (absl::ConsumePrefix(&rest, "unix:")) {
    // The kernel's limit for the path of a Unix socket, with its NUL.
    constexpr size_t kPathBytes = 108;
    if (rest.empty() || rest.size() >= kPathBytes) return bad;
    address.path = std::string(rest);
    return address;
  }
  const size_t colon = rest.rfind(':');
  if (colon == absl::string_view::npos) return bad;
  absl::string_view host = rest.substr(0, colon);
  if (absl::ConsumePrefix(&host, "[") != absl::ConsumeSuffix(&host, "]")) return bad;
  address.host = std::string(host);
  if (host.empty() || !absl::SimpleAtoi(rest.substr(colon + 1), &address.port) ||
      address.port < 1 || address.port > 65535) {
    return bad;
  }
  return address;
}

void AppendCommand(std::string* request, absl::Span<const absl::string_view> words) {
  absl::StrAppend(request, "*", words.size(), "\r\n");
  for (const absl::string_view word : words) {
    absl::StrAppend(request, "$", word.size(), "\r\n", word, "\r\n");
  }
}

std::unique_ptr<Connection> Connection::Open(const Address& address, Deadline deadline) {
  const absl::Duration remaining = deadline.Remaining();
  if (remaining <= absl::ZeroDuration()) return nullptr;
  const timeval timeout = absl::ToTimeval(remaining);
  redisContext* const context =
      address.path.empty() ? redisConnectWithTimeout(address.host.c_str(), address.port, timeout)
                           : redisConnectUnixWithTimeout(address.path.c_str(), timeout);
  if (context == nullptr) return nullptr;
  std::unique_ptr<Connection> connection(new Connection(context));
  // hiredis's own timeouts hold for each read, not for the whole reply; so we wait ourselves, and
  // neither a read nor a write may block.
  const int flags = context->err == 0 ? fcntl(context->fd, F_GETFL) : -1;
  if (flags < 0 || fcntl(context->fd, F_SETFL, flags | O_NONBLOCK) != 0) return nullptr;
  context->flags &= ~REDIS_BLOCK;
  return connection;
}

Connection::Outcome Connection::Await(short events, Deadline deadline) {
  pollfd waited{.fd = context_->fd, .events = events, .revents = 0};
  while (true) {
    const timespec timeout = absl::ToTimespec(deadline.Remaining());
    const int ready = ppoll(&waited, 1, &timeout, nullptr);
    if (ready > 0) return Outcome::kDone;  // Or an error, which the read or write will tell.
    if (ready == 0) return Outcome::kTimeout;
    if (errno != EINTR) return Outcome::kBroken;
  }
}

Connection::Outcome Connection::Send(absl::string_view request, Deadline deadline) {
  while (!request.empty()) {
    // MSG_NOSIGNAL, which hiredis does not use: a closed connection must not kill the process.
    const ssize_t sent = send(context_->fd, request.data(), request.size(), MSG_NOSIGNAL);
    if (sent > 0) {
      request.remove_prefix(static_cast<size_t>(sent));
    } else if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      const Outcome writable = Await(POLLOUT, deadline);
      if (writable != Outcome::kDone) return writable;
    } else if (sent == 0 || errno != EINTR) {
      return Outcome::kBroken;
    }
  }
  return Outcome::kDone;
}

Connection::Outcome Connection::Exchange(absl::string_view request, size_t count, Deadline deadline,
                                         std::vector<Reply>* replies) {
  const Outcome sent = Send(request, deadline);
  if (sent != Outcome::kDone) return sent;
  replies->clear();
  while (replies->size() < count) {
    void* reply = nullptr;
    if (redisGetReplyFromReader(context_.get(), &reply) != REDIS_OK) return Outcome::kBroken;
    if (reply != nullptr) {
      replies->emplace_back(static_cast<redisReply*>(reply));
      continue;
    }
    const Outcome readable = Await(POLLIN, deadline);
    if (readable != Outcome::kDone) return readable;
    if (redisBufferRead(context_.get()) != REDIS_OK) return Outcome::kBroken;
  }
  return Outcome::kDone;
}

bool Connection::SendNow(absl::string_view request) {
  ssize_t sent;
  do {
    sent = send(context_->fd, request.data(), request.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  } while (sent < 0 && errno == EINTR);
  return sent == static_cast<ssize_t>(request.size());
}

Connection::Outcome Connection::ReadNow(Reply* reply) {
  // hiredis takes EAGAIN for "nothing read" only on a context that it opened non-blocking, which
  // Open made of ours.
  if (redisBufferRead(context_.get()) != REDIS_OK) return Outcome::kBroken;
  void* whole = nullptr;
  if (redisGetReplyFromReader(context_.get(), &whole) != REDIS_OK) return Outcome::kBroken;
  reply->reset(static_cast<redisReply*>(whole));
  return whole == nullptr ? Outcome::kTimeout : Outcome::kDone;
}

}  // namespace stillpoint::redis
