#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What only the program as a whole shows: exit codes, broken pipes, signals, saving.
set -eu
regroup=$(realpath "$1")
captures=$(realpath "$(dirname "$0")/../../captures")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

fail()
{
	echo "FAILED: $*" >&2
	cat out err >&2 2>/dev/null || :
	exit 1
}

# expect CODE ARGUMENTS...: runs regroup, keeps what it prints in out and err.
expect()
{
	code=0
	want=$1
	shift
	"$regroup" "$@" >out 2>err </dev/null || code=$?
	[ "$code" = "$want" ] || fail "regroup $*: exit code $code, not $want"
}

says()
{
	grep -q -- "$2" "$1" || fail "no '$2' in $1"
}

# One UDP packet (43 bytes) in a pcap file: nothing for Kafka, but a packet.
begin='\324\303\262\241\002\000\004\000\000\000\000\000\000\000\000\000\000\000\004\000'
header="$begin"'\001\000\000\000'
record='\004\003\002\001\005\000\000\000\053\000\000\000\053\000\000\000'
ether='\001\002\003\004\005\006\001\002\003\004\005\007\010\000'
ip='\105\000\000\035\000\000\000\000\100\021\000\000\012\000\000\001\012\000\000\002'
udp='\000\065\000\066\000\011\000\000x'
printf "$header$record$ether$ip$udp" >one.pcap
printf "$header$record$ether$ip" >cut.pcap
printf "$begin"'\223\000\000\000'"$record$ether$ip$udp" >user0.pcap
: >empty.pcap

expect 0 --version
says out '^regroup [0-9]'
says out '^libpcap'
says out '^libarchive'
expect 0 --help
expect 0 help log
expect 2
says err '^Usage: '
expect 2 help lag
says err 'did you mean log?'

expect 0 apis
says out '^ 11  JoinGroup '
expect 0 apis joingroup
says out 'sessionTimeoutMs'
expect 0 apis 11 5 --format json
says out '"name":"groupInstanceId"'
expect 2 apis JoinGruop
says err 'did you mean JoinGroup?'
expect 2 apis 120
expect 2 apis Fetch 99
says err 'only 0 to 18'

expect 0 decode -r one.pcap
expect 0 log -r one.pcap
expect 0 log --format json -r one.pcap
"$regroup" log -r - <one.pcap >out 2>err || fail 'standard input'

expect 0 why -r one.pcap
says out 'No consumer group was seen'
expect 0 why --format json -r one.pcap
says out '"type":"capture","groups":0'
expect 0 explain
says out '^  R9 '
expect 0 explain r9
says out '^R9 max.poll.interval.ms exceeded'
expect 0 explain rolling restart --format json
says out '^{"kind":"storm"'
expect 2 explain sesion timeout
says err "did you mean 'session timeout'"
expect 0 explain commit-failed
says out '^commit failed (notice)'
expect 0 explain 110
says out '^fenced (notice)'
expect 2 explain producer fencedd
says err "did you mean 'producer fenced'"
expect 2 explain R99
says err "did you mean 'R9'"

expect 0 log -r cut.pcap
says err 'cut.pcap'
expect 0 log -q -r cut.pcap
[ ! -s err ] || fail '-q is not quiet'
expect 2 log -r one.pcap --since noon
says err 'a time is expected'
expect 2 log -r empty.pcap
says err '^regroup: empty.pcap'
expect 2 log -r missing.pcap
says err '^regroup: missing.pcap'
expect 2 log -r one.pcap 'no such filter('
says err '^regroup: '
expect 2 log -r user0.pcap
says err 'link type 147'

# Saving: what was read comes out, also to standard output; never onto its own input.
expect 0 log -r one.pcap -w saved.pcapng
[ -s saved.pcapng ] || fail 'nothing saved'
expect 0 log -r saved.pcapng -w again.pcapng
cmp saved.pcapng again.pcapng || fail 'saving what was saved changes it'
"$regroup" log -r one.pcap -w - 2>err | cmp - saved.pcapng || fail '-w - differs'
expect 2 log -r one.pcap -w one.pcap
says err 'is being read'
printf "$header$record$ether$ip$udp" | cmp - one.pcap || fail 'the input was overwritten'
expect 2 log -r one.pcap -w no/such/folder
says err '^regroup: no/such/folder'
expect 2 log -r one.pcap --save groups
says err 'need -w FILE'

# --save groups: the same is printed; the file has the same rebalances in fewer packets, and nothing of other traffic.
whole=$captures/rolling-restart.pcap.zst
"$regroup" log -q -r "$whole" --format json >plain.json
"$regroup" log -q -r "$whole" --format json -w groups.pcapng --save groups | cmp - plain.json || fail '--save changes the log'
"$regroup" log -q -r groups.pcapng --format json >groups.json
for file in plain groups; do
	sed -n 's/^{"type":"rebalance","ts":"\([^"]*\)".*"generation":\([0-9]*\).*"cause":{"id":"\([^"]*\)".*/\1 \2 \3/p' $file.json >$file.list
done
[ -s plain.list ] || fail 'no rebalances in the capture'
cmp plain.list groups.list || fail '--save groups lost a rebalance'
[ "$(wc -c <groups.pcapng)" -lt 200000 ] || fail '--save groups saves too much'
"$regroup" decode -q -r groups.pcapng --api Fetch,Produce >out
[ ! -s out ] || fail '--save groups saves other traffic'
expect 0 log -r one.pcap -w none.pcapng --save groups
expect 0 log -r none.pcapng

# Names of topic ids are found ahead where a file can be read again; where none is said the id is told, and that it is.
late=$captures/late-names.pcap.zst
expect 0 log -r "$late"
says out 'joined    payments 0-7'
"$regroup" log -r - <"$late" >out 2>err
says out 'joined    GqAxGPdJTeK7A9fNmDhGVA 0-7'
says out 'payments 2,5,6  gave up'
expect 0 log -r "$late" -c 400
says out 'GqAxGPdJTeK7A9fNmDhGVA 0-7'
says out '1 topic is told by id'
expect 0 log -r "$late" -c 400 --format json
says out '"unnamed_topics":1'

# A reader that leaves is no error; a full disk is one.
{ "$regroup" log -r one.pcap --format json; echo $? >code; } 2>err | :
wait
[ "$(cat code)" = 0 ] || fail "broken pipe: exit code $(cat code)"
[ ! -s err ] || fail 'a broken pipe is not worth a word'
code=0
"$regroup" log -r one.pcap --format json >/dev/full 2>err || code=$?
[ "$code" = 2 ] || fail "full disk: exit code $code"
says err 'No space left'

# SIGUSR1 prints counters, SIGTERM ends in good order: here while waiting for a pipe.
mkfifo pipe
"$regroup" log -r - <pipe >out 2>err &
pid=$!
exec 3>pipe
printf "$header$record$ether$ip$udp" >&3
sleep 0.5
kill -USR1 "$pid"
sleep 0.5
says err '^regroup: 1 packets'
kill -TERM "$pid"
code=0
wait "$pid" || code=$?
exec 3>&-
[ "$code" = 0 ] || fail "SIGTERM: exit code $code"
