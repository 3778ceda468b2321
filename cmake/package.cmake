# Debian packages: the program, the shared library, what is needed to build with it, and the
# plugin for neural networks where it is built.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME ionatlas)
set(CPACK_PACKAGE_CONTACT "The Ionatlas developers <developers@ionatlas.invalid>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL program library development)
if(LEARN)
  list(APPEND CPACK_COMPONENTS_ALL learn)
endif()
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS_POLICY ">=")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)

set(CPACK_COMPONENT_PROGRAM_DESCRIPTION "atom probe data, from raw file to report
Reads the files of atom probes, finds the ions in the mass spectrum, measures
the composition with its errors, and asks whether solutes cluster more than
chance has it. Writes a report, and a project that can be checked and repeated.")
set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME ionatlas)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_RECOMMENDS gnuplot-nox)

set(CPACK_COMPONENT_LIBRARY_DESCRIPTION "atom probe data, shared library
What the program ionatlas computes, for other programs.")
set(CPACK_DEBIAN_LIBRARY_PACKAGE_NAME libionatlas${SOVERSION})
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SECTION libs)

set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION "atom probe data, development files
Headers, static library, and what pkg-config and CMake need to find them, to
build programs with libionatlas. Examples are in the documentation folder.")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libionatlas-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SHLIBDEPS OFF)
set(CPACK_COMPONENT_LEARN_DESCRIPTION "atom probe data, plugin for neural networks
With it ionatlas trains and runs neural networks, by libtorch.")
set(CPACK_DEBIAN_LEARN_PACKAGE_NAME ionatlas-learn)
set(CPACK_DEBIAN_LEARN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_LEARN_PACKAGE_ENHANCES ionatlas)

# Those that bring the modules of pkg-config.
string(CONCAT CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS
  "libionatlas${SOVERSION} (= ${PROJECT_VERSION}), libhdf5-dev, libjansson-dev, "
  "libyaml-dev, libssl-dev, zlib1g-dev, libgsl-dev, libexpat1-dev, libxgboost-dev, "
  "libsymspg-dev, libfftw3-dev")

# Debian wants licence and changes in the folder of each package.
configure_file(${PROJECT_SOURCE_DIR}/CHANGELOG.md ${CMAKE_BINARY_DIR}/changelog COPYONLY)
execute_process(COMMAND gzip -9nf ${CMAKE_BINARY_DIR}/changelog COMMAND_ERROR_IS_FATAL ANY)
foreach(component ${CPACK_COMPONENTS_ALL})
  string(TOUPPER CPACK_DEBIAN_${component}_PACKAGE_NAME name)
  set(folder ${CMAKE_INSTALL_DATADIR}/doc/${${name}})
  install(FILES ${CMAKE_CURRENT_LIST_DIR}/copyright DESTINATION ${folder}
    COMPONENT ${component})
  install(FILES ${CMAKE_BINARY_DIR}/changelog.gz DESTINATION ${folder} COMPONENT ${component})
endforeach()
include(CPack)
