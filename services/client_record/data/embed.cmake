# cmake -DOUT=x.cc -DSOURCES="a.json;b.json" -P embed.cmake: the files as string constants, so that the
# binary needs no path at run time. a.v1.json becomes `a_v1`.
set(text "// Generated from data/. Do not edit.\n#include \"services/client_record/adapters/content.h\"\n")
string(APPEND text "namespace stillpoint::client_record::adapters {\n")
foreach(source IN LISTS SOURCES)
  get_filename_component(name ${source} NAME)
  string(REPLACE ".json" "" name ${name})
  string(REPLACE "." "_" name ${name})
  file(READ ${source} content)
  # Adjacent pieces, because a compiler need not take a literal longer than 65,536 characters.
  string(REPLACE "\n" "\n)json\" R\"json(" content "${content}")
  string(APPEND text "const char k_${name}[] = R\"json(${content})json\";\n")
endforeach()
string(APPEND text "}  // namespace stillpoint::client_record::adapters\n")
file(WRITE ${OUT} "${text}")
