// Plays one run: random operations, each given to the model and to the real thing, each answer
// compared, and after each the free times compared.
#ifndef STILLPOINT_TESTS_CHAOS_PLAYER_H_
#define STILLPOINT_TESTS_CHAOS_PLAYER_H_

#include <array>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/base/clock.h"
#include "common/testing/servers.h"
#include "tests/chaos/chance.h"
#include "tests/chaos/rig.h"
#include "tests/chaos/world.h"

namespace stillpoint::chaos {

// How often what happened: "book: done", "book: SLOT_TAKEN".
using Tally = std::map<std::string, int64_t>;

class Player {
 public:
  // Run number `run` of `seed`, in an organization of that name.
  Player(Rig& rig, FakeClock& clock, uint64_t seed, int run, const std::string& organization,
         Tally& tally);

  // Without it, chance decides.
  void UseRedis(bool with_redis) { with_redis_ = with_redis; }
  // Is lost now and then.
  void LoseRedis(testing::RedisServer& redis) { redis_ = &redis; }
  // Searches may be wrong for this long, for want of Redis; "late search" counts them.
  void AllowLag(absl::Duration lag) { lag_ = lag; }

  // Each returns "" or what differed.
  std::string Begin();
  // The operation of that number. Its choices depend on the number, the seed and the state alone.
  std::string Do(int number);
  // Compares all that is stored.
  std::string Finish();

  // What the last Do did and was answered.
  const std::string& last() const { return last_; }

 private:
  // A call that can be made again.
  struct Made {
    std::function<Reply(const Ask&)> call;
    std::string request_id;
    Reply reply;
  };
  using Reasons = std::set<std::string>;

  std::string Read();
  std::string Change();
  // What a change of the catalogue says that it orphans, with what the model says; `before`: its
  // Orphans before the change.
  std::string CompareOrphans(const std::set<int>& before, const Reply& reply);
  std::string ChangeCatalogue();
  std::string SearchAny();
  std::string NextAny();
  std::string ExplainAny();
  std::string GetAny();
  std::string BookAny(bool hold);
  std::string MoveAny(Step step);
  std::string RescheduleAny();
  std::string ReplayAny();
  std::string SweepHolds();
  std::string AdvanceClock();
  std::string FlushRedis();
  std::string AddOff();
  std::string RemoveOff();
  std::string ChangeShifts();
  std::string ChangeOpening();
  std::string ChangeLicences();
  std::string ChangeRoom();
  std::string ChangeDevice();
  std::string ChangeAnOffering();
  std::string ChangePolicy();
  std::string ChangeWay();
  std::string AddRoom();
  std::string AddDevice();
  std::string AddPerson();

  // Makes a call, remembers it, and compares its outcome with what the model allows: any of
  // `reasons`; none: it must be done.
  std::string Compare(const std::string& what, std::function<Reply(const Ask&)> call,
                      const Reasons& reasons, Reply& reply);
  // The call alone.
  Reply Make(std::function<Reply(const Ask&)> call);
  // Visits that did not ask for their room may have made way for another one; `except` is the one
  // they made way for, if it was there before: it is not looked at, and in nobody's way. Brings the
  // model to where the database is, if only that has happened.
  std::string FollowMoves(int except);
  std::string Agree(const std::string& what, const Reply& reply, const Reasons& reasons);
  std::string Look(Minute around);
  std::string CompareSearch(const Query& query);
  std::string SearchOnce(const Query& query, int replica, int page_size);
  // `found` is to be the first `count` free times.
  std::string CompareFound(const Query& query, const Found& found, size_t count);
  Query AnyFilter(Query query);
  std::string CompareAlternatives(const Wanted& wanted, const Reply& reply);
  std::string CompareLine(int visit, const std::string& bytes);

  // Sets what `visit` takes from a reply to whoever `wanted` it, if the model could have given it.
  std::string TakeFrom(const std::string& bytes, const Wanted& wanted, int own, Visit& visit);
  Reasons MoveRefusals(const Visit& visit, Step step, const std::string& etag);
  Wanted AnyWanted();
  void StartAtFreeTime(Wanted& wanted);
  void StartBesideVisit(Wanted& wanted);
  void StartOnTheWay(Wanted& wanted);
  // Sometimes: as staff who may put the visit beside others, and mostly where there is one.
  void AskForBeside(Wanted& wanted);
  Query AnyQuery(Minute begin, Minute end);
  Minute AnyMinute();
  // One in any of `states` if there is one, else any, or -1.
  int AnyVisit(std::initializer_list<State> states);
  // Mostly empty; sometimes that of `revision`, sometimes an older one.
  std::string AnyEtag(int64_t revision);
  Ask NewAsk();
  void SetClock(int64_t now_us);

  Rig& rig_;
  FakeClock& clock_;
  testing::RedisServer* redis_ = nullptr;
  absl::Duration lag_ = absl::ZeroDuration();
  const uint64_t seed_;
  const int run_;
  const std::string organization_;
  Tally& tally_;
  Chance chance_;
  Place place_;
  bool with_redis_;
  Model model_;
  Minute first_minute_;
  Minute last_minute_;
  std::vector<Made> made_;
  static constexpr int kAskedAgain = 3;  // Few, so that nothing may have happened in between.
  std::array<Query, kAskedAgain> asked_;
  std::vector<std::string> removed_off_;
  int number_ = 0;
  std::string last_;
};

}  // namespace stillpoint::chaos

#endif  // STILLPOINT_TESTS_CHAOS_PLAYER_H_
