#include "services/cli/explanation.h"

#include "absl/strings/str_cat.h"
#include "services/cli/output.h"

namespace stillpoint::cli {
namespace {

namespace pb = ::stillpoint::booking::v1;

std::string Verdict(const pb::ExplainSlotResponse& explained) {
  if (!explained.bookable()) return "cannot be booked";
  if (!explained.offered()) return "can be booked by name, but no search offers it";
  if (!explained.offered_online()) return "can be booked, but not online";
  return "can be booked";
}

void AddRows(const std::string& what, const google::protobuf::RepeatedPtrField<pb::Obstacle>& all,
             Table& table) {
  if (all.empty()) table.Add({what, "FREE", ""});
  for (const pb::Obstacle& each : all) {
    table.Add({what, WithoutPrefix(pb::Obstacle::Code_Name(each.code()), "CODE_"), each.text()});
  }
}

}  // namespace

std::string ExplanationText(const pb::ExplainSlotResponse& explained) {
  Table table({"WHAT", "VERDICT", "WHY"});
  if (explained.obstacles_size() > 0) AddRows("the time", explained.obstacles(), table);
  for (const auto& practitioner : explained.practitioners()) {
    AddRows(ShortId(practitioner.resource()), practitioner.obstacles(), table);
  }
  for (const auto& room : explained.rooms()) {
    AddRows(absl::StrCat("room ", ShortId(room.resource())), room.obstacles(), table);
  }
  for (const auto& device : explained.devices()) {
    AddRows(absl::StrCat("device ", ShortId(device.resource())), device.obstacles(), table);
  }
  return absl::StrCat(explained.local_start(), " ", Verdict(explained), "\n", table.Text());
}

}  // namespace stillpoint::cli
