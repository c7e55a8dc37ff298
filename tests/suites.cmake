# What is not a unit test: one ctest label a kind, cheap kinds first.
find_package(Python3 REQUIRED COMPONENTS Interpreter)

# LABEL/NAME.py is run with the binary; exit code 77 says that what it needs is not there.
function(mlo_script_test label name timeout)
  add_test(NAME ${label}/${name}
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/${label}/${name}.py $<TARGET_FILE:mlo>)
  set_tests_properties(${label}/${name} PROPERTIES LABELS ${label} TIMEOUT ${timeout} SKIP_RETURN_CODE 77)
endfunction()

foreach(check layers house format)
  add_test(NAME tidy/${check} COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/tidy/${check}.py)
  set_tests_properties(tidy/${check} PROPERTIES LABELS tidy)
endforeach()

# Every public header compiles by itself.
file(GLOB headers RELATIVE ${CMAKE_SOURCE_DIR}/include CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/include/mlo/*/*.h)
set(alone)
foreach(header IN LISTS headers)
  string(MAKE_C_IDENTIFIER ${header} name)
  set(source ${CMAKE_CURRENT_BINARY_DIR}/headers/${name}.cpp)
  file(CONFIGURE OUTPUT ${source} CONTENT "#include \"${header}\"\n")
  list(APPEND alone ${source})
endforeach()
add_library(headers_compile_alone OBJECT ${alone})
target_include_directories(headers_compile_alone PRIVATE ${CMAKE_SOURCE_DIR}/include)
target_link_libraries(headers_compile_alone PRIVATE mlo_compiler dep_fmt)

add_subdirectory(fuzz)

# SIGKILL at every durable step of the real binary.
mlo_script_test(crash kill 600)

# A full disk, read-only and forbidden places, Ctrl-C.
mlo_script_test(crash bad_places 600)

# Ten writers in one repository.
mlo_script_test(crash writers 600)

# What tests/bench/run.py measures mlo against; built on demand.
add_executable(bench_raw EXCLUDE_FROM_ALL bench/raw.cpp)
mlo_link_rooms(bench_raw core)
add_executable(bench_ledger EXCLUDE_FROM_ALL bench/ledger.cpp)
mlo_link_rooms(bench_ledger ledger)
target_include_directories(bench_ledger PRIVATE ${CMAKE_SOURCE_DIR}/lib)
add_executable(bench_runs EXCLUDE_FROM_ALL bench/runs.cpp)
mlo_link_rooms(bench_runs workspace)

# Failing, full, dying and powerless disks: calls of the real binary fail through a preloaded library.
add_library(faults SHARED support/faults.c)
target_link_libraries(faults PRIVATE ${CMAKE_DL_LIBS} Threads::Threads)
add_test(NAME crash/disk
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/crash/disk.py $<TARGET_FILE:mlo> $<TARGET_FILE:faults>)
set_tests_properties(crash/disk PROPERTIES LABELS crash TIMEOUT 900)

# The README's main job, with the binary of this build; tests/run.sh runs it as the README writes it.
add_test(NAME quickstart COMMAND ${CMAKE_SOURCE_DIR}/examples/quickstart.sh --binary $<TARGET_FILE:mlo>)
set_tests_properties(quickstart PROPERTIES LABELS quickstart TIMEOUT 300)

# Pages that read like documentation and run as tests.
file(GLOB pages CONFIGURE_DEPENDS cli/*.md)
foreach(page IN LISTS pages)
  get_filename_component(name ${page} NAME_WE)
  add_test(NAME cli/${name}
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/support/transcripts.py $<TARGET_FILE:mlo> ${page})
  set_tests_properties(cli/${name} PROPERTIES LABELS cli TIMEOUT 300)
endforeach()

mlo_script_test(cli readme 60)

# What a client may count on, with the real service: no request is lost while versions are swapped.
mlo_script_test(contract hot_swap 120)

# What more clients than there are files for are told.
mlo_script_test(contract crowd 60)

# What a person at a terminal is asked, and nobody elsewhere.
mlo_script_test(contract terminal 120)

# What every executor promises, with processes here and with a real Slurm of one node.
mlo_script_test(contract executors 300)

# What every sequence of commands keeps: the seed is printed, and can be given again.
mlo_script_test(property versions 200)

# What is done to a ledger with SQLite is found; honest histories raise no alarm. --full does many more.
mlo_script_test(property attacks 300)
# Figures that are stored do not depend on the run or the number of threads.
mlo_script_test(property threads 600)

# Real peers judge what we write: tests/interop/requirements.txt pins them, tests/run.sh installs them.
mlo_script_test(interop contracts 600)
mlo_script_test(interop quality 600)
mlo_script_test(interop mlflow_client 600)
mlo_script_test(interop runs_import 300)
mlo_script_test(interop mlflow_older 300)
# scikit-learn comes with the quickstart's packages.
mlo_script_test(interop fairness 600)
# scikit-learn and scipy come with the quickstart's packages.
mlo_script_test(interop infer 600)
mlo_script_test(interop text_features 300)
mlo_script_test(interop drift 600)
# Evidently's whole report, with the packages of its own requirements.
mlo_script_test(interop evidently_report 300)
# NannyML's drift of one column, likewise.
mlo_script_test(interop nannyml_drift 300)
mlo_script_test(interop poison 600)
# Go's checksum database and Python's verifiers read the ledger's exports.
mlo_script_test(interop ledger 600)
