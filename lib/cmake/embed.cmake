# mlo_embed(<target> <namespace> <name> <file>...): the files' text as
#   namespace <namespace> { extern const EmbeddedFile <name>[]; extern const std::size_t <name>_count; }
# declared in "<name>.h" of the target's build folder.
set(MLO_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/embed_files.cmake)
function(mlo_embed target namespace name)
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/embedded)
  set(files)
  foreach(file IN LISTS ARGN)
    list(APPEND files ${CMAKE_CURRENT_SOURCE_DIR}/${file})
  endforeach()
  list(JOIN files "|" joined)
  add_custom_command(
    OUTPUT ${folder}/${name}.h ${folder}/${name}.cpp
    COMMAND ${CMAKE_COMMAND} -DFOLDER=${folder} -DNAMESPACE=${namespace} -DNAME=${name}
            "-DFILES=${joined}" -P ${MLO_EMBED_SCRIPT}
    DEPENDS ${files} ${MLO_EMBED_SCRIPT} VERBATIM)
  target_sources(${target} PRIVATE ${folder}/${name}.cpp ${folder}/${name}.h)
  target_include_directories(${target} PRIVATE ${folder})
endfunction()
