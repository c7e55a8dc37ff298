# mlo_room(<name> [MAY_USE <room>...] [LINKS <library>...])
# A room is lib/<name>/**.cpp as an OBJECT library, so that a file whose only act is to register
# itself is linked. MAY_USE is the layer table: tests/tidy/layers.py reads these lines.
function(mlo_room name)
  cmake_parse_arguments(ROOM "" "" "MAY_USE;LINKS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.cpp)
  if(NOT sources)  # a room that is still empty must not stop those who build the others
    file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/${name}_empty.cpp "")
    set(sources ${CMAKE_CURRENT_BINARY_DIR}/${name}_empty.cpp)
  endif()
  add_library(mlo_${name} OBJECT ${sources})
  target_include_directories(mlo_${name} PUBLIC ${CMAKE_SOURCE_DIR}/include
    PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  target_link_libraries(mlo_${name} PRIVATE mlo_compiler PUBLIC dep_fmt ${ROOM_LINKS})
  set_property(GLOBAL PROPERTY MLO_ROOM_${name}_USES ${ROOM_MAY_USE})
endfunction()

# mlo_link_rooms(<executable> <room>...): the rooms and all they stand on.
function(mlo_link_rooms executable)
  set(waiting ${ARGN})
  set(rooms)
  while(waiting)
    list(POP_FRONT waiting room)
    if(NOT room IN_LIST rooms)
      list(APPEND rooms ${room})
      get_property(uses GLOBAL PROPERTY MLO_ROOM_${room}_USES)
      list(APPEND waiting ${uses})
    endif()
  endwhile()
  foreach(room IN LISTS rooms)
    target_link_libraries(${executable} PRIVATE mlo_${room})
  endforeach()
  target_link_libraries(${executable} PRIVATE mlo_compiler)
endfunction()
