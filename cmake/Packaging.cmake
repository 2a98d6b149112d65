# What a package holds, and how CPack makes the .deb of it; `./dev package` builds and tries it.
# Layout: the Debian Policy Manual and the Filesystem Hierarchy Standard; what an administrator sees: docs/install.md.
set(debian ${CMAKE_SOURCE_DIR}/package/debian)
install(TARGETS packhouse RUNTIME DESTINATION bin)
install(FILES ${debian}/packhouse.service ${debian}/packhouse-backup.service ${debian}/packhouse-backup.timer
  DESTINATION lib/systemd/system)
install(FILES ${debian}/packhouse.toml DESTINATION /etc/packhouse)
install(FILES ${debian}/copyright docs/third-party.md DESTINATION share/doc/packhouse)

# The program prints its manual pages and completions when a package is made. Pages are compressed without a time
# (Debian Policy 12.1); the folders are those in which each shell looks for what packages bring.
set(printed ${CMAKE_BINARY_DIR}/printed)
install(CODE "
  file(REMOVE_RECURSE ${printed})
  file(MAKE_DIRECTORY ${printed})
  execute_process(COMMAND $<TARGET_FILE:packhouse> man ${printed}/man1 OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
  execute_process(COMMAND gzip -9nr ${printed}/man1 COMMAND_ERROR_IS_FATAL ANY)
  foreach(shell bash zsh fish)
    execute_process(COMMAND $<TARGET_FILE:packhouse> completion \${shell} OUTPUT_FILE ${printed}/\${shell}
      COMMAND_ERROR_IS_FATAL ANY)
  endforeach()")
install(DIRECTORY ${printed}/man1 DESTINATION share/man)
install(FILES ${printed}/bash DESTINATION share/bash-completion/completions RENAME packhouse)
install(FILES ${printed}/zsh DESTINATION share/zsh/vendor-completions RENAME _packhouse)
install(FILES ${printed}/fish DESTINATION share/fish/vendor_completions.d RENAME packhouse.fish)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME packhouse)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Private Python package index and release desk")
set(CPACK_PACKAGE_CONTACT "The Packhouse developers <packhouse@example.org>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION python)
# The libraries that the program is linked with, by their symbols, and what it loads; the desk starts what is suggested.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "adduser, ca-certificates, init-system-helpers, libcurl4, procps")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "git, python3-venv")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  ${debian}/conffiles ${debian}/postinst ${debian}/prerm ${debian}/postrm)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
include(CPack)
