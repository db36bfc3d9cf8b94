# SPDX-License-Identifier: Apache-2.0
# What every target of the project is compiled with: link regroup_flags PRIVATE.
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_C_VISIBILITY_PRESET hidden) # functions of one file may then be inlined in it, also when they are not static

add_library(regroup_flags INTERFACE)
target_compile_definitions(regroup_flags INTERFACE _GNU_SOURCE)
target_compile_options(regroup_flags INTERFACE -Wall -Wextra -Wshadow -Wconversion)
if(REGROUP_WERROR)
	target_compile_options(regroup_flags INTERFACE -Werror)
endif()

# The same text wherever the tree was built.
add_compile_options(-ffile-prefix-map=${PROJECT_SOURCE_DIR}/=)

if(REGROUP_SANITIZE OR REGROUP_FUZZ)
	add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
	add_link_options(-fsanitize=address,undefined)
	# The checks hide from gcc which variables have been set: it warns where nothing is wrong.
	add_compile_options($<$<C_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
elseif(NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
	# Hardening: overflow checks of the C library, stack canaries, addresses that nobody can foretell.
	include(CheckPIESupported)
	check_pie_supported(LANGUAGES C)
	add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong)
	add_link_options(-Wl,-z,relro,-z,now)
endif()
if(REGROUP_FUZZ)
	if(NOT CMAKE_C_COMPILER_ID MATCHES Clang)
		message(FATAL_ERROR "Fuzzing needs clang: cmake --preset fuzz")
	endif()
	add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# The program is optimised as a whole, which takes a fifth off the time of group messages. The objects hold machine code,
# too: the tests, which are many, are linked from that.
set(REGROUP_WHOLE_PROGRAM OFF)
if(CMAKE_C_COMPILER_ID STREQUAL "GNU" AND CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo" AND NOT REGROUP_SANITIZE)
	set(REGROUP_WHOLE_PROGRAM ON)
	add_compile_options(-O3 -flto=auto -ffat-lto-objects)
	add_link_options($<IF:$<STREQUAL:$<TARGET_PROPERTY:NAME>,regroup>,-flto=auto,-fno-lto>)
endif()
