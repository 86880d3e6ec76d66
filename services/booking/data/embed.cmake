# cmake -DOUT=x.cc -DSOURCE=holidays.v1.json -P embed.cmake: the calendars as a table in C++, so that the binary
# needs no path and nothing is parsed at run time. A file that is not as it should be fails the build.
file(READ ${SOURCE} json)
string(JSON first_year GET "${json}" first_year)
string(JSON last_year GET "${json}" last_year)
string(JSON regions LENGTH "${json}" regions)
set(rows "")

# C++ literal of the text at a path below `object`.
function(literal out object)
  string(JSON text GET "${object}" ${ARGN})
  string(REPLACE "\\" "\\\\" text "${text}")
  string(REPLACE "\"" "\\\"" text "${text}")
  set(${out} "\"${text}\"" PARENT_SCOPE)
endfunction()

math(EXPR last_region "${regions} - 1")
foreach(r RANGE ${last_region})
  string(JSON region GET "${json}" regions ${r})
  literal(code "${region}" region)
  literal(region_name "${region}" name)
  string(JSON count LENGTH "${region}" holidays)
  math(EXPR last_holiday "${count} - 1")
  foreach(h RANGE ${last_holiday})
    string(JSON holiday GET "${region}" holidays ${h})
    literal(name "${holiday}" name)
    literal(source "${holiday}" source)
    string(JSON count LENGTH "${holiday}" dates)
    math(EXPR last_date "${count} - 1")
    foreach(d RANGE ${last_date})
      string(JSON date GET "${holiday}" dates ${d})
      if(NOT date MATCHES "^([0-9][0-9][0-9][0-9])-0?([0-9]+)-0?([0-9]+)$")
        message(FATAL_ERROR "${SOURCE}: not a date: ${date}")
      endif()
      string(APPEND rows
        "    {${code}, ${region_name}, ${name}, ${source}, ${CMAKE_MATCH_1}, ${CMAKE_MATCH_2}, ${CMAKE_MATCH_3}},\n")
    endforeach()
  endforeach()
endforeach()

file(WRITE ${OUT} "// Generated from services/booking/data. Do not edit.
#include \"services/booking/domain/holidays.h\"
namespace stillpoint::booking::domain {
HolidayData EmbeddedHolidays() {
  return {${first_year}, ${last_year}, {
${rows}  }};
}
}  // namespace stillpoint::booking::domain
")
