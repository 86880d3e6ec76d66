// The real thing, for a model to be compared with: the use cases of the booking service over one
// real database, as two replicas that share nothing but the database and, if wanted, a real Redis.
// Translates the model's words into the service's and back, and decides nothing.
#ifndef STILLPOINT_TESTS_CHAOS_RIG_H_
#define STILLPOINT_TESTS_CHAOS_RIG_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/ids.h"
#include "common/crypto/keys.h"
#include "common/metrics/metrics.h"
#include "common/redis/redis.h"
#include "common/sql/database.h"
#include "tests/chaos/model.h"

namespace stillpoint::chaos {

// Who asks, and how to recognise that they ask again.
struct Ask {
  int replica = 0;
  std::string request_id = {};
  std::string payload = "payload";  // Stands for the hash of the rest of the request.
};

struct Reply {
  std::string reason = {};  // Empty: done.
  // Of a booking: as Rig::LineOf. Of a change of the catalogue: an id; of one that may orphan
  // visits: "ID COUNT ID,ID,...".
  std::string bytes = {};
  std::vector<Minute> alternatives = {};
  std::string message = {};

  bool ok() const { return reason.empty(); }
};

struct Found {
  std::string reason = {};
  bool warm = false;        // Answered from memory.
  bool remembered = false;  // The answer as a whole was.
  std::vector<FreeTime> times = {};
  std::vector<std::string> rooms = {};    // As many as `times`.
  std::vector<std::string> devices = {};  // Likewise; empty for none.
};

struct Explained {
  std::string reason = {};
  bool bookable = false;  // By staff.
  bool offered = false;   // By a search of staff,
  bool online = false;    // and of a partner.
};

enum class Step { kConfirm, kRelease, kCancel, kCheckIn, kStart, kComplete, kNoShow };
std::string NameOf(Step step);

// Client ids that mean something: whose record forbids every visit, and who has none.
inline constexpr char kBlockedClient[] = "blocked";
inline constexpr char kUnknownClient[] = "unknown";

// Stands for a device where none is taken.
inline constexpr char kNoDevice[] = "-";

class Rig {
 public:
  static constexpr int kReplicas = 2;

  enum class Patience {
    kEndless,  // A machine that stands still for a moment is not what is tested.
    kAsServed  // Redis gets as little time as in a server.
  };

  // `redis` is an address for redis::Redis::Open.
  Rig(sql::Engine engine, const Clock& clock, const std::string& redis,
      Patience patience = Patience::kEndless);
  ~Rig();

  // An empty organization that all further calls are about. `with_redis`: whether its replicas have
  // Redis in common; if not, only the database.
  void Begin(const std::string& organization, bool with_redis);

  Reply Save(const Ask& ask, const Clinic& clinic);  // New.
  Reply Save(const Ask& ask, const Room& room, bool is_new, const std::string& etag);
  Reply Save(const Ask& ask, const Device& device, bool is_new, const std::string& etag);
  Reply Save(const Ask& ask, const Person& person);  // New, without its hours.
  Reply Save(const Ask& ask, const Offering& offering, bool is_new, const std::string& etag);
  Reply SetOpening(const Ask& ask, const Clinic& clinic, const std::string& etag);
  Reply SetShifts(const Ask& ask, const Person& person, const std::string& etag);
  Reply SetLicences(const Ask& ask, const Person& person, const std::string& etag);
  // From `policy.from_us` on, or at once if that is now. `owner`: a clinic, or empty.
  Reply SetPolicy(const Ask& ask, const std::string& owner, const Policy& policy, bool at_once,
                  const std::string& etag);
  // The way between two clinics, both of all that there are; 0: none.
  Reply SetWay(const Ask& ask, const std::string& clinic, const std::string& other, int minutes,
               const std::string& etag);
  Reply AddOff(const Ask& ask, const std::string& person, Minute start, Minute end);
  Reply RemoveOff(const Ask& ask, const std::string& person, const std::string& id);

  // A hold of that length; 0: a booking. `dry`: validate_only.
  Reply Book(const Ask& ask, const std::string& client, const Wanted& wanted, int hold_seconds,
             bool dry);
  Reply Move(const Ask& ask, const std::string& visit, Step step, const std::string& etag);
  Reply Reschedule(const Ask& ask, const std::string& visit, const Wanted& wanted,
                   const std::string& etag);
  Reply Get(const Ask& ask, const std::string& visit);
  Found Search(const Ask& ask, const Query& query, int page_size);
  // The first `count` of them.
  Found Next(const Ask& ask, const Query& query, int count);
  // What stands in the way of a time.
  Explained Explain(const Ask& ask, const Wanted& wanted, const std::string& client);
  // Ends the holds that ran out.
  Reply Sweep(const Ask& ask);
  // From here on every replica has its healer, as in a server, and hears of every change however
  // far the clock is set: a first round a second later would look back two minutes of a clock that
  // has run for hours.
  absl::Status StartHealers();

  // What the database holds of this organization, asked with SQL of our own; sorted.
  // "ID STATE rREVISION CLINIC OFFERING PERSON ROOM START END BEFORE AFTER TURNOVER FEE DEVICE
  // TURNOVER", in minutes; FEE is the sum of 1 (cancelled late), 2 (moved late) and 4 (due), and
  // the second TURNOVER is the device's, kNoDevice if there is none.
  std::vector<std::string> StoredVisits();
  static std::string LineOf(const Visit& visit);
  // "RESOURCE START END ID".
  std::vector<std::string> StoredClaims();
  // How many claims meet another one of their resource.
  int64_t Overlaps();

 private:
  struct Replica;
  struct Shared;

  Replica& At(const Ask& ask);
  std::vector<std::vector<std::string>> Rows(const std::string& statement);

  std::unique_ptr<Shared> shared_;
  std::string organization_;
  bool with_redis_ = false;
};

}  // namespace stillpoint::chaos

#endif  // STILLPOINT_TESTS_CHAOS_RIG_H_
