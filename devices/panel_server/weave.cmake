# SPDX-License-Identifier: Apache-2.0
# cmake -D PAGES=folder -D OUTPUT=file.c -P weave.cmake: writes the files of a folder as a C table
# (web_assets.h), so that the program needs no files beside it.
set(types_html "text/html; charset=utf-8")
set(types_css "text/css; charset=utf-8")
set(types_js "text/javascript; charset=utf-8")
set(types_svg "image/svg+xml")

file(GLOB files RELATIVE ${PAGES} ${PAGES}/*)
list(SORT files)
set(arrays "")
set(rows "")
set(number 0)
foreach(file ${files})
  get_filename_component(extension ${file} LAST_EXT)
  string(SUBSTRING ${extension} 1 -1 extension)
  if(NOT DEFINED types_${extension})
    message(FATAL_ERROR "${file}: no content type for .${extension}")
  endif()
  file(READ ${PAGES}/${file} hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  string(APPEND arrays "static const unsigned char file_${number}[] = {${bytes}};\n")
  string(APPEND rows
    "    {\"${file}\", \"${types_${extension}}\", file_${number}, sizeof(file_${number})},\n")
  math(EXPR number "${number} + 1")
endforeach()
file(WRITE ${OUTPUT} "// SPDX-License-Identifier: Apache-2.0
// Written by weave.cmake.
#include \"devices/panel_server/web_assets.h\"

${arrays}
const struct web_asset web_assets[] = {
${rows}};
const size_t web_assets_count = sizeof(web_assets) / sizeof(web_assets[0]);
")
