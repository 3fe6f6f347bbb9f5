# SOCI with the backends named as components. Debian's libsoci-dev ships no CMake config.
find_path(SOCI_INCLUDE_DIR soci/soci.h)
find_library(SOCI_core_LIBRARY soci_core)
set(_soci_vars SOCI_core_LIBRARY SOCI_INCLUDE_DIR)
foreach(_backend IN LISTS SOCI_FIND_COMPONENTS)
  find_library(SOCI_${_backend}_LIBRARY soci_${_backend})
  list(APPEND _soci_vars SOCI_${_backend}_LIBRARY)
endforeach()
if(SOCI_INCLUDE_DIR)
  file(STRINGS "${SOCI_INCLUDE_DIR}/soci/version.h" _soci_version REGEX "define SOCI_LIB_VERSION ")
  string(REGEX REPLACE ".*\"([0-9]+)_([0-9]+)(_([0-9]+))?\".*" "\\1.\\2.\\4" SOCI_VERSION "${_soci_version}")
  string(REGEX REPLACE "\\.$" "" SOCI_VERSION "${SOCI_VERSION}")
endif()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(SOCI REQUIRED_VARS ${_soci_vars} VERSION_VAR SOCI_VERSION
                                  REASON_FAILURE_MESSAGE "install libsoci-dev")
if(SOCI_FOUND AND NOT TARGET SOCI::core)
  add_library(SOCI::core UNKNOWN IMPORTED)
  set_target_properties(SOCI::core PROPERTIES IMPORTED_LOCATION "${SOCI_core_LIBRARY}"
                        INTERFACE_INCLUDE_DIRECTORIES "${SOCI_INCLUDE_DIR}")
  # Debian's libraries do not export the type infos that this check of the sanitizer compares.
  target_compile_options(SOCI::core INTERFACE -fno-sanitize=vptr)
  foreach(_backend IN LISTS SOCI_FIND_COMPONENTS)
    add_library(SOCI::${_backend} UNKNOWN IMPORTED)
    set_target_properties(SOCI::${_backend} PROPERTIES IMPORTED_LOCATION "${SOCI_${_backend}_LIBRARY}"
                          INTERFACE_LINK_LIBRARIES SOCI::core)
  endforeach()
endif()
