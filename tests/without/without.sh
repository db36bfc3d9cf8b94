#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The tree can be configured without each thing that is optional, and built without all of them: what is missing is left
# out, and nothing else.
#   without.sh SOURCE-FOLDER CMAKE-GENERATOR
set -eu
source=$1
generator=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# pkg-config that knows nothing of the modules that $WITHOUT names.
real=$(command -v pkg-config)
cat >"$work/pkg-config" <<END
#!/bin/sh
for word in "\$@"; do
	for module in \$WITHOUT; do
		case \$word in
		\$module|\$module[\\>=\\ ]*) exit 1 ;;
		esac
	done
done
exec $real "\$@"
END
chmod +x "$work/pkg-config"

# configure NAME CMAKE-OPTION...
configure()
{
	name=$1
	shift
	if ! cmake -S "$source" -B "$work/$name" -G "$generator" -DCMAKE_BUILD_TYPE=Debug \
		-DPKG_CONFIG_EXECUTABLE="$work/pkg-config" "$@" >"$work/log" 2>&1; then
		echo "configuring $name failed:"
		cat "$work/log"
		exit 1
	fi
}

export WITHOUT
for WITHOUT in cmocka vterm ncursesw libfyaml libbpf rdkafka; do
	configure "without-$WITHOUT"
done
WITHOUT=
configure without-python -DCMAKE_DISABLE_FIND_PACKAGE_Python3=ON

WITHOUT="cmocka vterm ncursesw libfyaml libbpf rdkafka"
configure bare -DCMAKE_DISABLE_FIND_PACKAGE_Python3=ON
if ! cmake --build "$work/bare" --target regroup -j 2 >"$work/log" 2>&1; then
	echo "building without anything optional failed:"
	tail -n 40 "$work/log"
	exit 1
fi
version=$("$work/bare/regroup" --version)
echo "$version"
for word in ncurses libfyaml libbpf; do
	if ! echo "$version" | grep -q "without.*$word"; then
		echo "regroup --version does not say that $word is missing"
		exit 1
	fi
done
"$work/bare/regroup" log -r "$source/captures/rolling-restart.pcap.zst" >"$work/log"
grep -q summary "$work/log"
