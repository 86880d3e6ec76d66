# Compiler settings for our own targets only: stillpoint_library() and stillpoint_binary() link
# stillpoint_warnings; generated code and system headers are never held to them.
set(STILLPOINT_SANITIZE "" CACHE STRING "Empty, 'address' (with undefined) or 'thread'")

add_library(stillpoint_warnings INTERFACE)
target_compile_options(stillpoint_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Werror)
if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
  # Our lock wrapper (common/base/mutex.h) carries the annotations this checks.
  target_compile_options(stillpoint_warnings INTERFACE -Wthread-safety)
endif()

if(STILLPOINT_SANITIZE STREQUAL "address")
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
elseif(STILLPOINT_SANITIZE STREQUAL "thread")
  add_compile_options(-fsanitize=thread -fno-omit-frame-pointer)
  add_link_options(-fsanitize=thread)
elseif(STILLPOINT_SANITIZE)
  message(FATAL_ERROR "STILLPOINT_SANITIZE must be empty, 'address' or 'thread', not '${STILLPOINT_SANITIZE}'")
endif()

# What makes a fault of ours harder to use, in what is shipped: addresses that differ at every start, tables
# that are read-only before main, checked stacks and buffers, landing pads for indirect calls. Release only:
# _FORTIFY_SOURCE needs an optimizer, and the sanitizers find more. For all code, generated too.
# tests/deploy/check_hardening.py reads the programs.
if(CMAKE_BUILD_TYPE STREQUAL "Release" AND NOT STILLPOINT_SANITIZE)
  add_compile_options(-fPIE -fstack-protector-strong -fstack-clash-protection -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
  add_link_options(-pie -Wl,-z,relro,-z,now,-z,noexecstack)
  include(CheckCXXCompilerFlag)
  check_cxx_compiler_flag(-fcf-protection=full STILLPOINT_HAS_CET)  # x86-64 only.
  if(STILLPOINT_HAS_CET)
    add_compile_options(-fcf-protection=full)
  endif()
endif()

# mold links a service in 0.13 s where bfd takes 0.54 s.
find_program(MOLD_PROGRAM mold)
if(MOLD_PROGRAM)
  add_link_options(-fuse-ld=mold)
endif()

# CCACHE_BASEDIR makes paths relative, so another clone of the same commit hits the same entries.
find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(_ccache ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE_PROGRAM})
  set(CMAKE_C_COMPILER_LAUNCHER ${_ccache})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${_ccache})
endif()
