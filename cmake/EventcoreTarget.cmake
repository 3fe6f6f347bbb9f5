# What every target of the project shares.

add_library(eventcore_options INTERFACE)
target_compile_options(eventcore_options INTERFACE -Wall -Wextra -Wshadow -Wconversion
                       $<$<BOOL:${EVENTCORE_WARNINGS_AS_ERRORS}>:-Werror>)

# eventcore_library(NAME SOURCES...): an installed library eventcore::NAME built from src/ with headers in include/.
function(eventcore_library name)
  set(target eventcore_${name})
  add_library(${target} ${ARGN})
  add_library(eventcore::${name} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name} POSITION_INDEPENDENT_CODE ON)
  target_compile_features(${target} PUBLIC cxx_std_23)
  target_include_directories(${target} PUBLIC $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/include>
                                              $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_include_directories(${target} PRIVATE src)
  target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:eventcore_options>)
  # The simulations run millions of messages under sanitizers.
  target_compile_options(${target} PRIVATE $<$<CONFIG:Debug>:-O1>)
  install(TARGETS ${target} EXPORT eventcore ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
          LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(DIRECTORY include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
endfunction()

# Write sets are made on one thread and freed on another, which jemalloc is faster at than the C library. That is for a
# program to choose: ours do, and the libraries leave it to theirs. Sanitizers bring an allocator of their own.
find_library(JEMALLOC_LIBRARY jemalloc)
mark_as_advanced(JEMALLOC_LIBRARY)
add_library(eventcore_allocator INTERFACE)
if(JEMALLOC_LIBRARY AND NOT CMAKE_CXX_FLAGS MATCHES "-fsanitize")
  target_link_libraries(eventcore_allocator INTERFACE ${JEMALLOC_LIBRARY})
endif()

# eventcore_program(NAME SOURCES...): a program in bin/.
function(eventcore_program name)
  add_executable(${name} ${ARGN})
  target_link_libraries(${name} PRIVATE eventcore_options eventcore_allocator)
endfunction()
