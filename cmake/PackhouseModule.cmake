# packhouse_module(NAME DEPENDS … SOURCES … TESTS … [LIBRARIES …])
#
# One static library per folder under src/. DEPENDS names the modules it may include, and is
# the single truth that the layers check reads. LIBRARIES are outside libraries. TESTS are
# linked into one GoogleTest program per module, `<name>_tests`.

set_property(GLOBAL PROPERTY PACKHOUSE_MODULES "")
set_property(GLOBAL PROPERTY PACKHOUSE_LISTED_TESTS "")

# One set of flags for every source: a precompiled header fits only what is compiled with its own flags.
add_library(packhouse_flags INTERFACE)
target_include_directories(packhouse_flags INTERFACE ${CMAKE_SOURCE_DIR}/src)
target_compile_options(packhouse_flags INTERFACE -pthread -fPIE "SHELL:-Xclang -fno-pch-timestamp")
target_link_options(packhouse_flags INTERFACE -pthread -pie)
target_compile_options(packhouse_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
  -Woverloaded-virtual -Wcast-align -Wnull-dereference -Wswitch-enum -Wimplicit-fallthrough
  -Wthread-safety -Werror)
target_compile_definitions(packhouse_flags INTERFACE
  PACKHOUSE_VERSION="${PROJECT_VERSION}" SPDLOG_FMT_EXTERNAL BOOST_ASIO_NO_DEPRECATED)

# Nearly every source includes the standard library, fmt and `base`, a second of the compiler each time. They are
# compiled once for the program and once for the tests, which are built without optimisation: most of a
# GoogleTest source's time is the optimiser's.
file(WRITE ${CMAKE_BINARY_DIR}/pch/empty.cpp "")

add_library(packhouse_pch STATIC ${CMAKE_BINARY_DIR}/pch/empty.cpp)
target_link_libraries(packhouse_pch PUBLIC packhouse_flags fmt::fmt Boost::json)
target_precompile_headers(packhouse_pch PRIVATE ${CMAKE_SOURCE_DIR}/src/base/precompiled.hpp)

add_library(packhouse_test_flags INTERFACE)
target_compile_options(packhouse_test_flags INTERFACE $<$<CONFIG:Release>:-O0> -U_FORTIFY_SOURCE)

add_library(packhouse_test_pch STATIC ${CMAKE_BINARY_DIR}/pch/empty.cpp)
target_link_libraries(packhouse_test_pch PUBLIC packhouse_flags packhouse_test_flags fmt::fmt Boost::json GTest::gmock)
target_precompile_headers(packhouse_test_pch PRIVATE
  ${CMAKE_SOURCE_DIR}/src/base/precompiled.hpp <gtest/gtest.h> <gmock/gmock.h>)

function(packhouse_module NAME)
  cmake_parse_arguments(M "" "" "DEPENDS;SOURCES;TESTS;LIBRARIES" ${ARGN})
  if(M_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "packhouse_module(${NAME}): unknown arguments ${M_UNPARSED_ARGUMENTS}")
  endif()

  add_library(packhouse_${NAME} STATIC ${M_SOURCES})
  target_link_libraries(packhouse_${NAME} PUBLIC packhouse_flags)
  foreach(dependency IN LISTS M_DEPENDS)
    target_link_libraries(packhouse_${NAME} PUBLIC packhouse_${dependency})
  endforeach()
  target_link_libraries(packhouse_${NAME} PUBLIC ${M_LIBRARIES})
  target_precompile_headers(packhouse_${NAME} REUSE_FROM packhouse_pch)

  set_property(GLOBAL APPEND PROPERTY PACKHOUSE_MODULES ${NAME})
  set_property(GLOBAL PROPERTY PACKHOUSE_DEPENDS_${NAME} "${M_DEPENDS}")
  set_property(GLOBAL PROPERTY PACKHOUSE_DIR_${NAME} "${CMAKE_CURRENT_SOURCE_DIR}")

  if(M_TESTS)
    packhouse_test_program(${NAME}_tests MODULE ${NAME} SOURCES ${M_TESTS})
  endif()
endfunction()

# packhouse_testing_library(MODULE LINKS … SOURCES …): fixtures and twins, `packhouse_<module>_testing`, linked by tests
# alone.
function(packhouse_testing_library MODULE)
  cmake_parse_arguments(T "" "" "LINKS;SOURCES" ${ARGN})
  add_library(packhouse_${MODULE}_testing STATIC ${T_SOURCES})
  target_link_libraries(packhouse_${MODULE}_testing PUBLIC packhouse_${MODULE} ${T_LINKS})
  target_link_libraries(packhouse_${MODULE}_testing PRIVATE packhouse_test_flags)
  target_precompile_headers(packhouse_${MODULE}_testing REUSE_FROM packhouse_test_pch)
  if(TARGET ${MODULE}_tests)
    target_link_libraries(${MODULE}_tests PRIVATE packhouse_${MODULE}_testing)
  endif()
endfunction()

# packhouse_test_program(NAME MODULE … SOURCES …): a GoogleTest program, discovered by ctest.
function(packhouse_test_program NAME)
  cmake_parse_arguments(T "" "MODULE" "SOURCES" ${ARGN})
  add_executable(${NAME} ${T_SOURCES})
  target_link_libraries(${NAME} PRIVATE packhouse_${T_MODULE} packhouse_test_flags
    GTest::gtest GTest::gmock GTest::gtest_main)
  target_precompile_headers(${NAME} REUSE_FROM packhouse_test_pch)
  # One ctest entry per program: GoogleTest reports each case, and a process per case costs more than it tells.
  add_test(NAME ${NAME} COMMAND ${NAME} --gtest_brief=1 --gtest_shuffle)
  set_tests_properties(${NAME} PROPERTIES LABELS unit TIMEOUT 600)
  foreach(source IN LISTS T_SOURCES)
    cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} NORMALIZE OUTPUT_VARIABLE absolute)
    set_property(GLOBAL APPEND PROPERTY PACKHOUSE_LISTED_TESTS ${absolute})
  endforeach()
endfunction()

# Fails the configuration when a *_test.cpp is listed by no target: a test nobody runs is none.
function(packhouse_check_orphan_tests)
  get_property(listed GLOBAL PROPERTY PACKHOUSE_LISTED_TESTS)
  file(GLOB_RECURSE found CONFIGURE_DEPENDS
    ${CMAKE_SOURCE_DIR}/src/*_test.cpp ${CMAKE_SOURCE_DIR}/apps/*_test.cpp
    ${CMAKE_SOURCE_DIR}/tests/*_test.cpp ${CMAKE_SOURCE_DIR}/fuzz/*_test.cpp)
  foreach(test IN LISTS found)
    if(NOT test IN_LIST listed)
      message(FATAL_ERROR "${test} is in no target: list it under TESTS of its packhouse_module()")
    endif()
  endforeach()
endfunction()

# Writes build/…/layers.txt ("module: dependency …") and registers the check that reads it.
function(packhouse_check_layers)
  get_property(modules GLOBAL PROPERTY PACKHOUSE_MODULES)
  set(text "")
  foreach(module IN LISTS modules)
    get_property(depends GLOBAL PROPERTY PACKHOUSE_DEPENDS_${module})
    list(JOIN depends " " depends)
    string(APPEND text "${module}: ${depends}\n")
  endforeach()
  file(WRITE ${CMAKE_BINARY_DIR}/layers.txt "${text}")
  add_test(NAME layers COMMAND /usr/bin/python3 ${CMAKE_SOURCE_DIR}/tools/layers.py
    ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR}/layers.txt)
  set_tests_properties(layers PROPERTIES LABELS unit)
endfunction()
