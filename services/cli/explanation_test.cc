#include "services/cli/explanation.h"

#include <gtest/gtest.h>

namespace stillpoint::cli {
namespace {

namespace pb = ::stillpoint::booking::v1;

void Add(pb::Obstacle::Code code, const char* text,
         google::protobuf::RepeatedPtrField<pb::Obstacle>* to) {
  pb::Obstacle* obstacle = to->Add();
  obstacle->set_code(code);
  obstacle->set_text(text);
}

TEST(ExplanationText, SaysTheVerdictAndEveryReason) {
  pb::ExplainSlotResponse explained;
  explained.set_local_start("2027-03-08T10:00:00-07:00");
  Add(pb::Obstacle::CODE_NOTICE_TOO_SHORT, "too soon", explained.mutable_obstacles());
  auto* amara = explained.add_practitioners();
  amara->set_resource("organizations/o/practitioners/amara");
  Add(pb::Obstacle::CODE_BUSY, "busy", amara->mutable_obstacles());
  Add(pb::Obstacle::CODE_TIME_OFF, "off", amara->mutable_obstacles());
  explained.add_rooms()->set_resource("organizations/o/clinics/c/rooms/quiet");
  auto* device = explained.add_devices();
  device->set_resource("organizations/o/clinics/c/devices/us");
  Add(pb::Obstacle::CODE_DEVICE_ARCHIVED, "archived", device->mutable_obstacles());
  EXPECT_EQ(ExplanationText(explained),
            "2027-03-08T10:00:00-07:00 cannot be booked\n"
            "WHAT        VERDICT           WHY\n"
            "the time    NOTICE_TOO_SHORT  too soon\n"
            "amara       BUSY              busy\n"
            "amara       TIME_OFF          off\n"
            "room quiet  FREE\n"
            "device us   DEVICE_ARCHIVED   archived\n");
}

TEST(ExplanationText, SaysForWhomItIsFree) {
  pb::ExplainSlotResponse explained;
  explained.set_bookable(true);
  EXPECT_NE(ExplanationText(explained).find("by name"), std::string::npos);
  explained.set_offered(true);
  EXPECT_NE(ExplanationText(explained).find("not online"), std::string::npos);
  explained.set_offered_online(true);
  EXPECT_EQ(ExplanationText(explained), " can be booked\nnone\n");
}

}  // namespace
}  // namespace stillpoint::cli
