# Shared library, what is installed and where, and Debian packages. The static library and the
# program are those of the main list; the version is that of project().
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(IONATLAS_ZSH_DIR "${CMAKE_INSTALL_DATADIR}/zsh/site-functions" CACHE STRING
  "Where zsh looks for completions, below the prefix")

# Until 1.0 a minor version may break what was linked before.
if(PROJECT_VERSION_MAJOR EQUAL 0)
  set(SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
  set(COMPATIBILITY SameMinorVersion)
else()
  set(SOVERSION ${PROJECT_VERSION_MAJOR})
  set(COMPATIBILITY SameMajorVersion)
endif()
add_library(ionatlas-shared SHARED $<TARGET_OBJECTS:ionatlas>)
set_target_properties(ionatlas-shared PROPERTIES
  OUTPUT_NAME ionatlas EXPORT_NAME ionatlas LINKER_LANGUAGE C
  VERSION ${PROJECT_VERSION} SOVERSION ${SOVERSION})
set_target_properties(ionatlas PROPERTIES EXPORT_NAME static)
target_include_directories(ionatlas-shared INTERFACE $<INSTALL_INTERFACE:include>)
target_link_libraries(ionatlas-shared PRIVATE ${LINKS})
target_link_options(ionatlas-shared PRIVATE LINKER:-z,defs LINKER:--as-needed)

# Manual pages and completions, written by the program itself.
set(PAGES ${CMAKE_BINARY_DIR}/pages)
add_custom_command(
  OUTPUT ${PAGES}/done
  COMMAND ${CMAKE_COMMAND} -DPROGRAM=$<TARGET_FILE:ionatlas-cli> -DPAGES=${PAGES}
          -P ${CMAKE_CURRENT_LIST_DIR}/pages.cmake
  DEPENDS ionatlas-cli ${CMAKE_CURRENT_LIST_DIR}/pages.cmake
  COMMENT "Writing manual pages and completions" VERBATIM)
add_custom_target(pages ALL DEPENDS ${PAGES}/done)

# What a program links besides that takes the static library.
list(JOIN MODULES " " REQUIRES)
foreach(dependency ${DEPENDENCIES})
  string(REPLACE "=" " REQUIRED IMPORTED_TARGET " arguments ${dependency})
  string(APPEND FIND_STATIC "  pkg_check_modules(${arguments})\n")
endforeach()
string(REGEX REPLACE "[^/]+" ".." UP ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
configure_file(${CMAKE_CURRENT_LIST_DIR}/ionatlas.pc.in ionatlas.pc @ONLY)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/ionatlasConfig.cmake.in
  ${CMAKE_BINARY_DIR}/ionatlasConfig.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/ionatlas
  NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/ionatlasConfigVersion.cmake
  COMPATIBILITY ${COMPATIBILITY})

install(TARGETS ionatlas-cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT program)
install(DIRECTORY ${PAGES}/man1 DESTINATION ${CMAKE_INSTALL_MANDIR} COMPONENT program)
install(FILES ${PAGES}/ionatlas.bash RENAME ionatlas COMPONENT program
  DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES ${PAGES}/ionatlas.zsh RENAME _ionatlas COMPONENT program
  DESTINATION ${IONATLAS_ZSH_DIR})
install(FILES ${PAGES}/ionatlas.fish COMPONENT program
  DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
install(TARGETS ionatlas-shared EXPORT shared
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library
  NAMELINK_COMPONENT development)
install(TARGETS ionatlas EXPORT static
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
install(DIRECTORY include/ionatlas DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  COMPONENT development FILES_MATCHING PATTERN "*.h")
if(LEARN)
  install(TARGETS ionatlas-learn LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/ionatlas
    COMPONENT learn)
endif()
install(FILES ${CMAKE_BINARY_DIR}/ionatlas.pc COMPONENT development
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
foreach(kind shared static)
  install(EXPORT ${kind} NAMESPACE ionatlas:: FILE ionatlas-${kind}.cmake
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/ionatlas COMPONENT development)
endforeach()
install(FILES ${CMAKE_BINARY_DIR}/ionatlasConfig.cmake
              ${CMAKE_BINARY_DIR}/ionatlasConfigVersion.cmake COMPONENT development
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/ionatlas)
install(DIRECTORY examples COMPONENT development
  DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/libionatlas-dev)

include(${CMAKE_CURRENT_LIST_DIR}/package.cmake)
