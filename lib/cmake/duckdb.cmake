# DuckDB 1.5.6: an installed libduckdb and duckdb.h (MLO_DUCKDB_ROOT), else DuckDB's own Go module of
# static libraries and its C header, fetched by `go mod download` and pinned by its h1: checksum.
set(MLO_DUCKDB_ROOT "" CACHE PATH "Folder with duckdb.h and libduckdb, instead of the pinned module")
set(MLO_DUCKDB_VERSION v0.10506.0)
set(MLO_DUCKDB_SUM_amd64 "h1:yy2TUU+YWxiBiOQryYseUl0AcUzoFFYRmmrCGijUxiU=")
set(MLO_DUCKDB_SUM_arm64 "h1:HWUiLpeaZwUFg08Rs2eSpPbbaw3yEB2t96r+5NEbAgs=")

function(mlo_fetch_duckdb result)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
    set(machine arm64)
  else()
    set(machine amd64)
  endif()
  find_program(MLO_GO go)
  if(NOT MLO_GO)
    message(FATAL_ERROR "DuckDB is fetched with `go`: run .ci/setup, or set MLO_DUCKDB_ROOT")
  endif()
  set(module github.com/duckdb/duckdb-go-bindings/lib/linux-${machine}@${MLO_DUCKDB_VERSION})
  file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/duckdb)
  execute_process(
    COMMAND ${CMAKE_COMMAND} -E env GOTOOLCHAIN=local GOFLAGS=-mod=mod GOSUMDB=off
            ${MLO_GO} mod download -json ${module}
    WORKING_DIRECTORY ${CMAKE_BINARY_DIR}/duckdb
    OUTPUT_VARIABLE answer ERROR_VARIABLE problem RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR "go mod download ${module}: ${answer}${problem}")
  endif()
  string(JSON sum GET "${answer}" Sum)
  if(NOT sum STREQUAL MLO_DUCKDB_SUM_${machine})
    message(FATAL_ERROR "${module} has checksum ${sum}, pinned is ${MLO_DUCKDB_SUM_${machine}}")
  endif()
  string(JSON folder GET "${answer}" Dir)
  set(${result} ${folder} PARENT_SCOPE)
endfunction()

if(NOT MLO_DUCKDB_FOLDER)
  if(MLO_DUCKDB_ROOT)
    set(MLO_DUCKDB_FOLDER ${MLO_DUCKDB_ROOT})
  else()
    mlo_fetch_duckdb(MLO_DUCKDB_FOLDER)
  endif()
  set(MLO_DUCKDB_FOLDER ${MLO_DUCKDB_FOLDER} CACHE INTERNAL "Where duckdb.h is")
endif()

add_library(dep_duckdb INTERFACE IMPORTED GLOBAL)
find_path(MLO_DUCKDB_INCLUDE duckdb.h PATHS ${MLO_DUCKDB_FOLDER} PATH_SUFFIXES include
  NO_DEFAULT_PATH REQUIRED)
set_target_properties(dep_duckdb PROPERTIES
  INTERFACE_INCLUDE_DIRECTORIES ${MLO_DUCKDB_INCLUDE}
  INTERFACE_COMPILE_DEFINITIONS DUCKDB_STATIC_BUILD)
if(EXISTS ${MLO_DUCKDB_FOLDER}/libduckdb_static.a)
  # TPC-H, TPC-DS and shell completion of the package are left out: nobody here calls them, but the
  # generated loader names them, so they are linked and their unused sections dropped.
  file(GLOB archives ${MLO_DUCKDB_FOLDER}/*.a)
  list(FILTER archives EXCLUDE REGEX jemalloc)
  target_link_libraries(dep_duckdb INTERFACE -Wl,--start-group ${archives} -Wl,--end-group
    Threads::Threads ${CMAKE_DL_LIBS} m)
else()
  find_library(MLO_DUCKDB_LIBRARY duckdb PATHS ${MLO_DUCKDB_FOLDER} PATH_SUFFIXES lib
    NO_DEFAULT_PATH REQUIRED)
  target_link_libraries(dep_duckdb INTERFACE ${MLO_DUCKDB_LIBRARY})
endif()
