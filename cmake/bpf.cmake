# SPDX-License-Identifier: Apache-2.0
# eBPF programs: compiled by clang, made into skeletons by bpftool. Sets REGROUP_HAVE_BPF.
set(REGROUP_HAVE_BPF OFF)
if(NOT REGROUP_BPF STREQUAL "OFF")
	pkg_check_modules(BPF QUIET IMPORTED_TARGET "libbpf>=1.0")
	find_program(REGROUP_BPF_CLANG NAMES clang clang-19 clang-18 clang-17 clang-16 clang-15 clang-14)
	find_program(REGROUP_BPFTOOL NAMES bpftool PATHS /usr/sbin /sbin)
	if(BPF_FOUND AND REGROUP_BPF_CLANG AND REGROUP_BPFTOOL)
		set(REGROUP_HAVE_BPF ON)
	elseif(REGROUP_BPF STREQUAL "ON")
		message(FATAL_ERROR "eBPF needs libbpf, clang and bpftool (Debian: libbpf-dev clang bpftool; scripts/setup installs them)")
	else()
		message(STATUS "libbpf, clang or bpftool is missing: eBPF capture is left out")
	endif()
endif()

if(REGROUP_HAVE_BPF)
	# The kernel's headers for user space lie in a folder of the architecture.
	execute_process(COMMAND ${CMAKE_C_COMPILER} -print-multiarch OUTPUT_VARIABLE REGROUP_MULTIARCH
		OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
	string(REGEX REPLACE "^(x86_64|amd64|AMD64|i.86)$" "x86" target "${CMAKE_SYSTEM_PROCESSOR}")
	string(REGEX REPLACE "^aarch64$" "arm64" target "${target}")
	set(REGROUP_BPF_FLAGS -O2 -g -target bpf -D__TARGET_ARCH_${target} -mcpu=v3 -ffreestanding -Wall -Wextra -Wshadow -Wno-unused-parameter
		-Wno-unused-function)
	if(REGROUP_MULTIARCH)
		list(APPEND REGROUP_BPF_FLAGS -I/usr/include/${REGROUP_MULTIARCH})
	endif()
	if(REGROUP_WERROR)
		list(APPEND REGROUP_BPF_FLAGS -Werror)
	endif()
endif()

# regroup_skeleton(<target> <name>...): src/capture/bpf/<name>.bpf.c becomes <name>.skel.h for the target.
function(regroup_skeleton target)
	set(folder ${PROJECT_BINARY_DIR}/generated/bpf)
	file(MAKE_DIRECTORY ${folder})
	foreach(name ${ARGN})
		set(source ${PROJECT_SOURCE_DIR}/src/capture/bpf/${name}.bpf.c)
		set(object ${folder}/${name}.bpf.o)
		add_custom_command(OUTPUT ${folder}/${name}.skel.h
			COMMAND ${REGROUP_BPF_CLANG} ${REGROUP_BPF_FLAGS} -fdebug-prefix-map=${PROJECT_SOURCE_DIR}/=
				-c ${source} -o ${object}.full -MD -MF ${object}.d -MT ${folder}/${name}.skel.h
			COMMAND ${REGROUP_BPFTOOL} gen object ${object} ${object}.full
			COMMAND ${REGROUP_BPFTOOL} gen skeleton ${object} name ${name}_bpf > ${folder}/${name}.skel.h
			DEPENDS ${source} DEPFILE ${object}.d VERBATIM)
		target_sources(${target} PRIVATE ${folder}/${name}.skel.h)
	endforeach()
	target_include_directories(${target} SYSTEM PRIVATE ${folder})
endfunction()
