// Request and response of a call on one arena: for answers of hundreds of small messages, whose
// allocations would cost more than finding what they say.
#ifndef STILLPOINT_COMMON_RPC_ARENA_MESSAGES_H_
#define STILLPOINT_COMMON_RPC_ARENA_MESSAGES_H_

#include <google/protobuf/arena.h>
#include <grpcpp/support/message_allocator.h>

namespace stillpoint::rpc {

// For SetMessageAllocatorFor_METHOD of a callback service, which it must outlive. Thread-safe.
template <typename Request, typename Response>
class ArenaMessages final : public grpc::MessageAllocator<Request, Response> {
 public:
  grpc::MessageHolder<Request, Response>* AllocateMessages() override { return new Holder; }

 private:
  // A page of 20 slots; what is larger takes further blocks.
  static constexpr size_t kFirstBlockBytes = 4096;

  class Holder final : public grpc::MessageHolder<Request, Response> {
   public:
    Holder() : arena_(first_block_, sizeof(first_block_)) {
      this->set_request(google::protobuf::Arena::CreateMessage<Request>(&arena_));
      this->set_response(google::protobuf::Arena::CreateMessage<Response>(&arena_));
    }
    void Release() override { delete this; }

   private:
    alignas(8) char first_block_[kFirstBlockBytes];
    google::protobuf::Arena arena_;
  };
};

}  // namespace stillpoint::rpc

#endif  // STILLPOINT_COMMON_RPC_ARENA_MESSAGES_H_
