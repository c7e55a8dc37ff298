# What is not a unit test: one ctest label a kind, cheap kinds first.
find_package(Python3 REQUIRED COMPONENTS Interpreter)

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
add_test(NAME crash/kill
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/crash/kill.py $<TARGET_FILE:mlo>)
set_tests_properties(crash/kill PROPERTIES LABELS crash TIMEOUT 600)

# A full disk, read-only and forbidden places, Ctrl-C.
add_test(NAME crash/bad_places
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/crash/bad_places.py $<TARGET_FILE:mlo>)
set_tests_properties(crash/bad_places PROPERTIES LABELS crash TIMEOUT 600)

# Ten writers in one repository.
add_test(NAME crash/writers
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/crash/writers.py $<TARGET_FILE:mlo>)
set_tests_properties(crash/writers PROPERTIES LABELS crash TIMEOUT 600)

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

add_test(NAME cli/readme
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/cli/readme.py $<TARGET_FILE:mlo>)
set_tests_properties(cli/readme PROPERTIES LABELS cli)

# What a client may count on, with the real service: no request is lost while versions are swapped.
add_test(NAME contract/hot_swap
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/contract/hot_swap.py $<TARGET_FILE:mlo>)
set_tests_properties(contract/hot_swap PROPERTIES LABELS contract TIMEOUT 120)

# What every executor promises, with processes here and with a real Slurm of one node.
add_test(NAME contract/executors
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/contract/executors.py $<TARGET_FILE:mlo>)
set_tests_properties(contract/executors PROPERTIES LABELS contract TIMEOUT 300 SKIP_RETURN_CODE 77)

# What every sequence of commands keeps: the seed is printed, and can be given again.
add_test(NAME property/versions
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/property/versions.py $<TARGET_FILE:mlo>)
set_tests_properties(property/versions PROPERTIES LABELS property TIMEOUT 200)

# What is done to a ledger with SQLite is found; honest histories raise no alarm. --full does many more.
add_test(NAME property/attacks
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/property/attacks.py $<TARGET_FILE:mlo>)
set_tests_properties(property/attacks PROPERTIES LABELS property TIMEOUT 300)
# Figures that are stored do not depend on the run or the number of threads.
add_test(NAME property/threads
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/property/threads.py $<TARGET_FILE:mlo>)
set_tests_properties(property/threads PROPERTIES LABELS property TIMEOUT 600)

# Real peers judge what we write: tests/interop/requirements.txt pins them, tests/run.sh installs them.
add_test(NAME interop/contracts
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/interop/contracts.py $<TARGET_FILE:mlo>)
set_tests_properties(interop/contracts PROPERTIES LABELS interop TIMEOUT 600 SKIP_RETURN_CODE 77)
add_test(NAME interop/quality
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/interop/quality.py $<TARGET_FILE:mlo>)
set_tests_properties(interop/quality PROPERTIES LABELS interop TIMEOUT 600 SKIP_RETURN_CODE 77)
add_test(NAME interop/mlflow_client
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/interop/mlflow_client.py $<TARGET_FILE:mlo>)
set_tests_properties(interop/mlflow_client PROPERTIES LABELS interop TIMEOUT 600 SKIP_RETURN_CODE 77)
# scikit-learn comes with the quickstart's packages.
add_test(NAME interop/fairness
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/interop/fairness.py $<TARGET_FILE:mlo>)
set_tests_properties(interop/fairness PROPERTIES LABELS interop TIMEOUT 600 SKIP_RETURN_CODE 77)
# scikit-learn and scipy come with the quickstart's packages.
add_test(NAME interop/infer
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/interop/infer.py $<TARGET_FILE:mlo>)
set_tests_properties(interop/infer PROPERTIES LABELS interop TIMEOUT 600 SKIP_RETURN_CODE 77)
add_test(NAME interop/drift
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/interop/drift.py $<TARGET_FILE:mlo>)
set_tests_properties(interop/drift PROPERTIES LABELS interop TIMEOUT 600 SKIP_RETURN_CODE 77)
# Evidently and its data have an environment of their own.
add_test(NAME interop/evidently_report
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/interop/evidently_report.py $<TARGET_FILE:mlo>)
set_tests_properties(interop/evidently_report PROPERTIES LABELS interop TIMEOUT 600 SKIP_RETURN_CODE 77)
add_test(NAME interop/poison
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/interop/poison.py $<TARGET_FILE:mlo>)
set_tests_properties(interop/poison PROPERTIES LABELS interop TIMEOUT 600 SKIP_RETURN_CODE 77)
# Go's checksum database and Python's verifiers read the ledger's exports.
add_test(NAME interop/ledger
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/interop/ledger.py $<TARGET_FILE:mlo>)
set_tests_properties(interop/ledger PROPERTIES LABELS interop TIMEOUT 600 SKIP_RETURN_CODE 77)
