# `cmake --install` and, for those who use the installed tree, find_package(eventcore).
include(CMakePackageConfigHelpers)

set(eventcore_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/eventcore)

configure_package_config_file(cmake/eventcore-config.cmake.in eventcore-config.cmake
                              INSTALL_DESTINATION ${eventcore_package_dir})
write_basic_package_version_file(eventcore-config-version.cmake COMPATIBILITY SameMinorVersion)

install(EXPORT eventcore NAMESPACE eventcore:: FILE eventcore-targets.cmake DESTINATION ${eventcore_package_dir})
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/eventcore-config.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/eventcore-config-version.cmake
              cmake/FindCAF.cmake
              cmake/FindSOCI.cmake
              cmake/FindXXHash.cmake
              cmake/FindZstd.cmake
        DESTINATION ${eventcore_package_dir})
