# What the programs' CMake files call the libraries that come without CMake files.
include_guard(GLOBAL)
get_filename_component(prefix ${CMAKE_CURRENT_LIST_DIR}/../.. ABSOLUTE)

add_library(Boost::headers INTERFACE IMPORTED)
add_library(CLI11::CLI11 INTERFACE IMPORTED)
set_target_properties(Boost::headers CLI11::CLI11 PROPERTIES INTERFACE_INCLUDE_DIRECTORIES ${prefix}/include)

# The tests and the fuzz targets are configured and never built.
foreach(target GTest::gtest GTest::gmock GTest::gtest_main ZLIB::ZLIB)
  add_library(${target} INTERFACE IMPORTED)
endforeach()

function(packhouse_imported TARGET FILE)
  add_library(${TARGET} STATIC IMPORTED GLOBAL)
  set_target_properties(${TARGET} PROPERTIES IMPORTED_LOCATION ${prefix}/lib/${FILE}
    INTERFACE_INCLUDE_DIRECTORIES ${prefix}/include)
endfunction()
packhouse_imported(Boost::json libboost_json.a)
set_target_properties(Boost::json PROPERTIES INTERFACE_COMPILE_DEFINITIONS
  "BOOST_JSON_STATIC_LINK;BOOST_JSON_NO_LIB;BOOST_CONTAINER_STATIC_LINK")
packhouse_imported(fmt::fmt libfmt.a)
packhouse_imported(spdlog::spdlog libspdlog.a)
set_target_properties(spdlog::spdlog PROPERTIES INTERFACE_LINK_LIBRARIES fmt::fmt
  INTERFACE_COMPILE_DEFINITIONS "SPDLOG_COMPILED_LIB;SPDLOG_FMT_EXTERNAL")
