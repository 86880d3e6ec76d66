include(CMakeParseArguments)

# Longest a single test executable may take, sanitizer builds included. A stuck test must not eat the
# time of the whole run.
set(STILLPOINT_TEST_SECONDS 300)

# Tests in which threads of ours meet: pools, writers, caches, use cases that race. Pure code has no
# races to find, and the edges' tests cost minutes of generated code for handlers that share nothing.
set(STILLPOINT_THREADED_TESTS
  "^(base|log|metrics|sql|redis|rpc|booking_ledger|booking_facts|booking_search|client_record_app|notification_app)_test$")

# `binaries`: every program. `spanning`: these and the tests labelled e2e, chaos or exclusive, which span
# folders or processes; all others are labelled `unit`. `sanitized`: every test that the sanitizer
# builds run, which is all but those labelled `exclusive` (they measure, or run the whole suite).
# `threaded`: those of them where threads meet, for ThreadSanitizer. `shipped`: every library, with all that
# is generated: what lint needs. Programs are left out: they only wire libraries, no sanitizer runs them,
# and they would cost it a seventh of its build.
add_custom_target(binaries)
add_custom_target(spanning)
add_dependencies(spanning binaries)
add_custom_target(sanitized)
add_custom_target(threaded)
add_custom_target(shipped)

# stillpoint_library(NAME [SRCS ...] [DEPS ...] [TESTS ...] [TEST_DEPS ...] [LABELS ...])
# One folder, one target: `NAME`, also as stillpoint::NAME. No SRCS makes a header-only target. TESTS
# become one executable NAME_test that ctest runs; a test that skips itself fails the run.
function(stillpoint_library name)
  cmake_parse_arguments(arg "" "" "SRCS;DEPS;TESTS;TEST_DEPS;LABELS" ${ARGN})
  if(arg_SRCS)
    add_library(${name} STATIC ${arg_SRCS})
    target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR})
    target_link_libraries(${name} PUBLIC ${arg_DEPS} PRIVATE stillpoint_warnings)
    add_dependencies(shipped ${name})
  else()
    add_library(${name} INTERFACE)
    target_include_directories(${name} INTERFACE ${CMAKE_SOURCE_DIR})
    target_link_libraries(${name} INTERFACE ${arg_DEPS})
  endif()
  add_library(stillpoint::${name} ALIAS ${name})
  if(arg_TESTS)
    stillpoint_test(${name}_test SRCS ${arg_TESTS} DEPS ${name} ${arg_TEST_DEPS} LABELS ${arg_LABELS})
  endif()
endfunction()

# stillpoint_test(NAME SRCS ... [DEPS ...] [LABELS ...]): a GoogleTest executable known to ctest.
function(stillpoint_test name)
  cmake_parse_arguments(arg "" "" "SRCS;DEPS;LABELS" ${ARGN})
  add_executable(${name} ${arg_SRCS})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_compile_definitions(${name} PRIVATE STILLPOINT_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
                                             STILLPOINT_BINARY_DIR="${CMAKE_BINARY_DIR}")
  target_link_libraries(${name} PRIVATE ${arg_DEPS} GTest::gmock GTest::gtest_main stillpoint_warnings)
  add_test(NAME ${name} COMMAND ${name} --gtest_brief=1)
  if(arg_LABELS)
    add_dependencies(spanning ${name})
  else()
    list(APPEND arg_LABELS unit)
  endif()
  if(NOT "exclusive" IN_LIST arg_LABELS)
    list(APPEND arg_LABELS sanitized)
    add_dependencies(sanitized ${name})
    if(${name} MATCHES "${STILLPOINT_THREADED_TESTS}")
      list(APPEND arg_LABELS threaded)
      add_dependencies(threaded ${name})
    endif()
  endif()
  set_tests_properties(${name} PROPERTIES
    TIMEOUT ${STILLPOINT_TEST_SECONDS}
    LABELS "${arg_LABELS}"
    FAIL_REGULAR_EXPRESSION "SKIPPED|Running 0 tests"
    ENVIRONMENT "TSAN_OPTIONS=ignore_noninstrumented_modules=1 suppressions=${CMAKE_SOURCE_DIR}/tests/tsan.supp;LSAN_OPTIONS=suppressions=${CMAKE_SOURCE_DIR}/tests/lsan.supp:print_suppressions=0")
endfunction()

# stillpoint_binary(NAME SRCS ... [DEPS ...]): a program, written to bin/NAME.
function(stillpoint_binary name)
  cmake_parse_arguments(arg "" "" "SRCS;DEPS" ${ARGN})
  add_executable(${name} ${arg_SRCS})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${arg_DEPS} stillpoint_warnings)
  add_dependencies(binaries ${name})
endfunction()

# stillpoint_heavy(TARGET...): what tests run for millions of minutes. A sanitizer build is compiled without
# optimisation, which halves its time; these would then take longer than that saves.
function(stillpoint_heavy)
  if(STILLPOINT_SANITIZE)
    foreach(target ${ARGN})
      target_compile_options(${target} PRIVATE -O1)
    endforeach()
  endif()
endfunction()
