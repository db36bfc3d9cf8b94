# SPDX-License-Identifier: Apache-2.0
# Libraries, as imported targets PkgConfig::PCAP and PkgConfig::ARCHIVE (its headers; tests link it). What is missing is named by its package.
find_package(PkgConfig REQUIRED)

macro(regroup_library name module package)
	pkg_check_modules(${name} QUIET IMPORTED_TARGET "${module}")
	if(NOT ${name}_FOUND)
		message(FATAL_ERROR "${module} is missing (Debian: ${package}; scripts/setup installs it)")
	endif()
endmacro()

regroup_library(PCAP "libpcap>=1.9" libpcap-dev)
regroup_library(ARCHIVE "libarchive>=3.4" libarchive-dev)

# It is loaded when it is needed, by the file name that a linker would note: libarchive.so.13.
find_library(REGROUP_ARCHIVE_FILE archive HINTS ${ARCHIVE_LIBRARY_DIRS})
file(REAL_PATH "${REGROUP_ARCHIVE_FILE}" archive_file)
string(REGEX MATCH "libarchive\\.so\\.[0-9]+" REGROUP_LIBARCHIVE "${archive_file}")
if(NOT REGROUP_LIBARCHIVE)
	set(REGROUP_LIBARCHIVE libarchive.so.13)
endif()

# Without it there is no terminal UI, and `regroup tui` says so.
pkg_check_modules(NCURSES QUIET IMPORTED_TARGET "ncursesw>=6.1")
if(NOT NCURSES_FOUND)
	message(STATUS "ncursesw is missing: no terminal UI (Debian: libncurses-dev)")
endif()

# Only for rule files (regroup check --rules): without it they are refused, and that is said.
pkg_check_modules(FYAML QUIET IMPORTED_TARGET "libfyaml>=0.7")
if(NOT FYAML_FOUND)
	message(STATUS "libfyaml is missing: regroup check will read no rule files (Debian: libfyaml-dev)")
endif()
