#include "common/metrics/metrics.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "common/error/error.h"
#include "common/testing/servers.h"

namespace stillpoint {
namespace {

using ::testing::HasSubstr;

// A socket that listens on a free loopback port, and that port.
std::pair<int, int> Listener() {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  EXPECT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(listen(fd, 1), 0);
  EXPECT_EQ(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size), 0);
  return {fd, ntohs(address.sin_port)};
}

TEST(MetricsTest, TextShowsWhatWasRecorded) {
  Metrics metrics;
  metrics.RecordRpc("EchoService.Say", absl::StatusCode::kOk, absl::Milliseconds(2));
  metrics.RecordRpc("EchoService.Say", absl::StatusCode::kOk, absl::Milliseconds(2));
  metrics.RecordRpc("EchoService.Say", absl::StatusCode::kNotFound, absl::Milliseconds(2));
  metrics.RecordDependency("redis", absl::StatusCode::kUnavailable, absl::Milliseconds(50));
  metrics.Count("cache_lookups", "hit");
  metrics.Count("cache_lookups", "hit", 2);
  metrics.Count("cache_lookups", "miss");
  metrics.Gauge("in_flight", 7);
  metrics.Gauge("in_flight", 3);
  const std::string text = metrics.Text();
  EXPECT_THAT(text, HasSubstr("stillpoint_rpc_total{code=\"OK\",method=\"EchoService.Say\"} 2\n"));
  EXPECT_THAT(text,
              HasSubstr("stillpoint_rpc_total{code=\"NOT_FOUND\",method=\"EchoService.Say\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("stillpoint_rpc_seconds_count{method=\"EchoService.Say\"} 3\n"));
  EXPECT_THAT(
      text,
      HasSubstr("stillpoint_dependency_total{code=\"UNAVAILABLE\",dependency=\"redis\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("stillpoint_cache_lookups_total{kind=\"hit\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("stillpoint_in_flight 3\n"));
  EXPECT_EQ(metrics.Counted("cache_lookups", "hit"), 3);
  EXPECT_EQ(metrics.Counted("cache_lookups", "absent"), 0);
}

TEST(MetricsTest, ServesTextOverHttp) {
  Metrics metrics;
  metrics.Count("things", "seen");
  const auto [fd, port] = Listener();  // Found free, then freed for the exposer.
  close(fd);
  ASSERT_TRUE(metrics.Serve(absl::StrCat("127.0.0.1:", port)).ok());
  EXPECT_THAT(testing::HttpGet(port, "/metrics"),
              HasSubstr("stillpoint_things_total{kind=\"seen\"} 1\n"));
}

TEST(MetricsTest, TakenPortIsAnError) {
  const auto [fd, port] = Listener();
  Metrics metrics;
  const absl::Status served = metrics.Serve(absl::StrCat("127.0.0.1:", port));
  EXPECT_EQ(ReasonOf(served), "LISTEN_FAILED") << served;
  close(fd);
}

}  // namespace
}  // namespace stillpoint
