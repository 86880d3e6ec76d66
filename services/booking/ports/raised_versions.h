// The new versions of what a transaction changed, told by the database together with its commit.
#ifndef STILLPOINT_SERVICES_BOOKING_PORTS_RAISED_VERSIONS_H_
#define STILLPOINT_SERVICES_BOOKING_PORTS_RAISED_VERSIONS_H_

#include <deque>
#include <vector>

#include "common/sql/database.h"
#include "services/booking/domain/resource.h"

namespace stillpoint::booking::ports {

// Belongs to one call of Database::Write and outlives it; every run of the body begins with Clear.
class RaisedVersions {
 public:
  void Clear() { answers_.clear(); }
  // Where a statement that raises versions puts its rows: resource, version.
  sql::Rows* Add() { return &answers_.emplace_back(); }

  // Once the commit has succeeded. Empty when nothing was changed, as by a replay.
  std::vector<domain::ResourceVersion> Read() const {
    std::vector<domain::ResourceVersion> versions;
    for (const sql::Rows& answer : answers_) {
      for (const sql::Row& row : answer) versions.push_back({row[0].Text(), row[1].Int()});
    }
    return versions;
  }

 private:
  std::deque<sql::Rows> answers_;  // Whose elements stay where they are.
};

}  // namespace stillpoint::booking::ports

#endif  // STILLPOINT_SERVICES_BOOKING_PORTS_RAISED_VERSIONS_H_
