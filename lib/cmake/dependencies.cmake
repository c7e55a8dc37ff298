# What we borrow, from where, and why. Names end in `mlo::dep_…`; only the room that owns a
# library's one door links it. `.ci/setup` installs what is missing.
find_package(Threads REQUIRED)

# One static archive of a system library: dynamic ones cost 4–5 ms at every start.
function(mlo_static_library name archive header)
  find_library(MLO_${name}_ARCHIVE ${archive})
  find_path(MLO_${name}_INCLUDE ${header})
  if(NOT MLO_${name}_ARCHIVE OR NOT MLO_${name}_INCLUDE)
    message(FATAL_ERROR "${archive} or ${header} is not installed: run .ci/setup")
  endif()
  add_library(dep_${name} STATIC IMPORTED GLOBAL)
  set_target_properties(dep_${name} PROPERTIES IMPORTED_LOCATION ${MLO_${name}_ARCHIVE}
    INTERFACE_SYSTEM_INCLUDE_DIRECTORIES ${MLO_${name}_INCLUDE})
endfunction()

# A library of which only the headers are used.
function(mlo_headers name header)
  find_path(MLO_${name}_INCLUDE ${header})
  if(NOT MLO_${name}_INCLUDE)
    message(FATAL_ERROR "${header} is not installed: run .ci/setup")
  endif()
  add_library(dep_${name} INTERFACE IMPORTED GLOBAL)
  set_target_properties(dep_${name} PROPERTIES
    INTERFACE_SYSTEM_INCLUDE_DIRECTORIES ${MLO_${name}_INCLUDE})
endfunction()

mlo_headers(cli11 CLI/CLI.hpp)                 # command lines: the user's choice
if(MLO_TESTS)                                  # unit tests: the user's choice; version 2, see .ci/setup
  find_path(MLO_catch2_INCLUDE catch2/catch.hpp HINTS ${CMAKE_SOURCE_DIR}/build/catch2/catch2/install/include)
  mlo_headers(catch2 catch2/catch.hpp)
endif()
mlo_headers(fmt fmt/core.h)                    # text: the user's choice; Debian has no static archive
# fmt 9.1 (Debian 12, Ubuntu 24.04) is compiled once, in core/format.cpp: header-only it costs each file
# 1 s in dev and 2.7 s in release. Of other versions we do not know what to instantiate.
file(STRINGS ${MLO_fmt_INCLUDE}/fmt/core.h fmt_version REGEX "#define FMT_VERSION")
if(NOT fmt_version MATCHES "FMT_VERSION 901")
  target_compile_definitions(dep_fmt INTERFACE FMT_HEADER_ONLY)
endif()
mlo_headers(json nlohmann/json.hpp)            # JSON: strict, SAX with positions, in every distribution
mlo_headers(toml toml++/toml.h)                # params in TOML: one header, MIT, errors with their places
mlo_headers(git2 git2.h)                       # git state: the user's choice; opened at run time
mlo_headers(curl curl/curl.h)                  # HTTP client: knows every proxy and TLS; opened at run time
mlo_headers(boost boost/beast.hpp)             # HTTP server: connections are not tied to threads
target_compile_definitions(dep_boost INTERFACE BOOST_ERROR_CODE_HEADER_ONLY)
mlo_static_library(sqlite libsqlite3.a sqlite3.h)      # the ledger's database: the user's choice
mlo_static_library(crypto libcrypto.a openssl/evp.h)   # digests and signatures: the user's choice
mlo_static_library(zstd libzstd.a zstd.h)              # compression: fast, with sizes known beforehand, the field's standard
mlo_static_library(yaml libyaml-cpp.a yaml-cpp/yaml.h) # project files: the user's choice
target_link_libraries(dep_sqlite INTERFACE Threads::Threads ${CMAKE_DL_LIBS} m)
target_link_libraries(dep_crypto INTERFACE Threads::Threads ${CMAKE_DL_LIBS})

include(duckdb)                                # tables: reads every format, in process, MIT
