include(CMakeParseArguments)

# protobuf_generate() of CMake 3.25 writes to a path that does not match the include path, so the
# commands are written out. Service stubs are generated only for files that define a service.
set(STILLPOINT_PROTO_ROOT ${CMAKE_SOURCE_DIR}/protos)
set(STILLPOINT_PROTO_OUT ${CMAKE_BINARY_DIR}/gen)
file(MAKE_DIRECTORY ${STILLPOINT_PROTO_OUT})

# stillpoint_proto_library(NAME PROTOS path/under/protos.proto ... [DEPS ...])
function(stillpoint_proto_library name)
  cmake_parse_arguments(arg "" "" "PROTOS;DEPS" ${ARGN})
  set(sources)
  foreach(proto ${arg_PROTOS})
    string(REGEX REPLACE "\\.proto$" "" stem ${proto})
    set(out ${STILLPOINT_PROTO_OUT}/${stem})
    set(made ${out}.pb.cc ${out}.pb.h)
    set(grpc_args)
    file(STRINGS ${STILLPOINT_PROTO_ROOT}/${proto} services REGEX "^service ")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${STILLPOINT_PROTO_ROOT}/${proto})
    if(services)
      list(APPEND made ${out}.grpc.pb.cc ${out}.grpc.pb.h)
      set(grpc_args --grpc_out=${STILLPOINT_PROTO_OUT} --plugin=protoc-gen-grpc=$<TARGET_FILE:gRPC::grpc_cpp_plugin>)
    endif()
    add_custom_command(OUTPUT ${made}
      COMMAND protobuf::protoc -I ${STILLPOINT_PROTO_ROOT} --cpp_out=${STILLPOINT_PROTO_OUT} ${grpc_args} ${proto}
      DEPENDS ${STILLPOINT_PROTO_ROOT}/${proto} VERBATIM)
    list(APPEND sources ${made})
  endforeach()
  add_library(${name} STATIC ${sources})
  # SYSTEM: generated headers are not held to our warnings.
  target_include_directories(${name} SYSTEM PUBLIC ${STILLPOINT_PROTO_OUT})
  target_compile_options(${name} PRIVATE -w)
  target_link_libraries(${name} PUBLIC ${arg_DEPS} protobuf::libprotobuf gRPC::grpc++)
  add_library(stillpoint::${name} ALIAS ${name})
endfunction()
