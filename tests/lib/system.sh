# SPDX-License-Identifier: Apache-2.0
# Shared by the root system tests: results, a scratch directory, a closed pair of
# network namespaces, and a sensor of our own. Source it; it cleans up at exit and
# ends only what it started.

# shellcheck shell=bash disable=SC2034
# (variables are for the scripts that source this file)
BUILD=${BUILD:-build}
failures=0
pids=()
tmp=$(mktemp -d)
ns=egt$$

ok() { echo "ok $1"; }
not_ok() {
	echo "not ok $1${2:+: $2}"
	failures=$((failures + 1))
}
skip() { echo "SKIP $1 $2"; }
# expect NAME GOT WANT
expect() {
	if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1" "got '$2', want '$3'"; fi
}
# expect_match NAME TEXT PATTERN (extended regular expression)
expect_match() {
	if grep -Eq -- "$3" <<<"$2"; then ok "$1"; else not_ok "$1" "no '$3' in: $(head -c 600 <<<"$2")"; fi
}
# wait_for SECONDS COMMAND...: until it succeeds
wait_for() {
	local n=$(($1 * 10))
	shift
	while ! "$@" >/dev/null 2>&1; do
		n=$((n - 1))
		[ "$n" -gt 0 ] || return 1
		sleep 0.1
	done
}
cleanup() {
	local p
	for p in "${pids[@]}"; do kill "$p" 2>/dev/null; done
	for p in "${pids[@]}"; do wait "$p" 2>/dev/null; done
	[ -x "$BUILD/egressd" ] && [ -d "$tmp/state" ] &&
		"$BUILD/egressd" --detach --state-dir "$tmp/state" >/dev/null 2>&1
	ip netns del "$ns-db" 2>/dev/null
	ip netns del "$ns-out" 2>/dev/null
	rm -rf "$tmp"
}
trap cleanup EXIT
trap 'exit 130' INT TERM
finish() { exit $((failures > 0)); }

# A database host and the world, joined by a cable, with no way out.
make_world() {
	ip netns add "$ns-db" && ip netns add "$ns-out" || return 1
	ip link add "${ns}a" netns "$ns-db" type veth peer name "${ns}b" netns "$ns-out" || return 1
	ip -n "$ns-db" addr add 192.0.2.1/24 dev "${ns}a"
	ip -n "$ns-db" addr add 2001:db8:1::1/64 dev "${ns}a" nodad
	ip -n "$ns-out" addr add 192.0.2.2/24 dev "${ns}b"
	ip -n "$ns-out" addr add 203.0.113.7/32 dev "${ns}b"
	ip -n "$ns-out" addr add 2001:db8:1::2/64 dev "${ns}b" nodad
	for n in db out; do ip -n "$ns-$n" link set lo up; done
	ip -n "$ns-db" link set "${ns}a" up
	ip -n "$ns-out" link set "${ns}b" up
	ip -n "$ns-db" route add 203.0.113.0/24 via 192.0.2.2
}
in_db() { ip netns exec "$ns-db" "$@"; }
in_out() { ip netns exec "$ns-out" "$@"; }

# start_sensor [OPTION...]: on $tmp/state and $tmp/sock; log in $tmp/log; sets $sensor.
start_sensor() {
	"$BUILD/egressd" --state-dir "$tmp/state" --socket "$tmp/sock" "$@" >>"$tmp/log" 2>&1 &
	sensor=$!
	pids+=("$sensor")
	wait_for 20 ctl status
}
stop_sensor() {
	kill "-${1:-TERM}" "$sensor" 2>/dev/null
	wait "$sensor" 2>/dev/null
}
ctl() { "$BUILD/egressctl" --socket "$tmp/sock" "$@"; }
# json FILE_OR_- EXPRESSION: evaluate Python over `rows`, the parsed JSON lines.
json() {
	python3 -c '
import json, sys
rows = [json.loads(l) for l in (sys.stdin if sys.argv[1] == "-" else open(sys.argv[1])) if l.strip()]
print(eval(sys.argv[2]))' "$@"
}
