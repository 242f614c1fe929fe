#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# timeout: 240
# The real egresstop on a real terminal (tmux) against recorded answers: keys, sizes,
# reconnects, signals, what is left of the terminal, batch and exit statuses.
# shellcheck disable=SC2317,SC1003 # functions are called by name; a backslash is a key
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
bin=${BUILD:-$top/build}/egresstop
dir=$(mktemp -d)
tmux_socket=$dir/tmux
failed=0
daemon=

pass() { echo "ok $1"; }
fail() { echo "not ok $1"; failed=1; }
skip() { echo "SKIP $1 $2"; }

cleanup() {
	tmux -S "$tmux_socket" kill-server 2>/dev/null # only ours: its socket is in $dir
	[ -n "$daemon" ] && kill "$daemon" 2>/dev/null
	rm -rf "$dir"
}
trap cleanup EXIT

start_daemon() {
	python3 "$top/tests/lib/file_daemon.py" "$dir/s" "$dir" >"$dir/ready" 2>"$dir/daemon.log" &
	daemon=$!
	wait_for grep -q ready "$dir/ready"
}
stop_daemon() {
	kill "$daemon" 2>/dev/null
	wait "$daemon" 2>/dev/null
	daemon=
	: >"$dir/ready"
}

# Tries a command until it is true, at most ten seconds.
wait_for() {
	for _ in $(seq 100); do
		"$@" && return 0
		sleep 0.1
	done
	return 1
}
t() { tmux -S "$tmux_socket" -f /dev/null "$@"; }
screen() { t capture-pane -p -t 0; }
shows() { screen | grep -qF -- "$1"; }
keys() { t send-keys -t 0 "$@"; }
# expect NAME TEXT: the screen shows TEXT before long.
expect() {
	if wait_for shows "$2"; then
		pass "$1"
	else
		fail "$1"
		echo "# expected \"$2\" on:"
		screen | sed 's/^/#   /'
	fi
}
# run WIDTH HEIGHT COMMAND: a shell in a terminal of this size.
open_terminal() {
	# The server of the session before may still be ending.
	wait_for t new-session -d -x "$1" -y "$2" -s "w$RANDOM" "env PS1='shell> ' ${3:-} bash --norc --noprofile" 2>/dev/null || return 1
	t set-option -g status off >/dev/null
	t resize-window -x "$1" -y "$2" 2>/dev/null
	wait_for shows 'shell>'
}
close_terminal() { t kill-session 2>/dev/null; }
status_is() { # NAME WANTED COMMAND...
	local name=$1 want=$2 got
	shift 2
	"$@" >"$dir/out" 2>"$dir/err"
	got=$?
	if [ "$got" = "$want" ]; then pass "$name"; else
		fail "$name"
		echo "# exit $got, expected $want; $(head -c 300 "$dir/err")"
	fi
}
has() { grep -qF -- "$2" "$1"; }
check() { # NAME COMMAND...
	local name=$1
	shift
	if "$@"; then pass "$name"; else fail "$name"; fi
}

cp "$top"/tests/data/top/*.jsonl "$dir/"
export LC_ALL=C.UTF-8 XDG_CONFIG_HOME=$dir/config
unset NO_COLOR

# --- without a terminal ------------------------------------------------------
status_is exit-no-daemon 3 "$bin" --socket "$dir/none" --batch -n 1
check says-no-daemon has "$dir/err" "is egressd running"
status_is exit-usage 2 "$bin" --sort colour
status_is exit-usage-unknown 2 "$bin" --nonsense
status_is exit-usage-filter 2 "$bin" --filter 'rate>fast' --batch -n 1
check says-where-filter-is-wrong has "$dir/err" "fast is not a number"
status_is exit-help 0 "$bin" --help
start_daemon || fail daemon-starts
status_is batch-json 0 "$bin" --socket "$dir/s" --batch -n 2 -d 200ms --json
check batch-json-rows [ "$(grep -c '"process.name":"pg_dump"' "$dir/out")" = 2 ]
if python3 -c 'import json,sys; [json.loads(l) for l in open(sys.argv[1])]' "$dir/out"; then pass batch-json-parses; else fail batch-json-parses; fi
status_is batch-csv 0 "$bin" --socket "$dir/s" --batch -n 1 --csv --filter user:postgres
check batch-csv-filter [ "$(wc -l <"$dir/out")" = 4 ]
status_is batch-text 0 "$bin" --socket "$dir/s" --batch -n 1
check batch-text-row has "$dir/out" "postgres [report@"
status_is no-terminal 1 "$bin" --socket "$dir/s"
if [ "$(id -u)" = 0 ] && setpriv --reuid=65534 --regid=65534 --clear-groups true 2>/dev/null; then
	chmod 755 "$dir"
	chmod 600 "$dir/s"
	status_is exit-no-permission 4 setpriv --reuid=65534 --regid=65534 --clear-groups "$bin" --socket "$dir/s" --batch -n 1
else
	skip exit-no-permission "needs root"
fi
"$bin" --socket "$dir/s" --batch -d 100ms --json 2>/dev/null | head -1 >"$dir/out"
check batch-pipe-ends has "$dir/out" "pg_dump"
touch "$dir/garbage"
status_is garbage-answers 3 "$bin" --socket "$dir/s" --batch -n 1
rm "$dir/garbage"

command -v tmux >/dev/null || {
	skip tmux "tmux is not installed"
	exit $failed
}

# --- on a terminal -----------------------------------------------------------
open_terminal 120 40 || fail terminal
before=$(t display-message -p -t 0 '#{alternate_on} #{cursor_flag}')
keys "stty -a >$dir/stty.before; $bin --socket $dir/s; echo left \$?; stty -a >$dir/stty.after" Enter
expect start "LIVE"
expect first-row "× 31 pg_dump"
expect reason "4.1 % of the database"
keys T
expect sort-total "sort: TOTAL ▼"
keys I
expect invert "sort: TOTAL ▲"
keys '<'
expect sort-left "sort: 60s ▼"
keys '>' '>'
expect sort-right "sort: BASE ▼"
keys '!'
expect sort-worst "sort: worst ▼"
keys g
expect group "group: process"
keys b
expect group-back "group: workload"
keys t
expect tree-of-parents "tree: by parent"
expect tree-ancestor "  └ sshd"
keys f
expect tree-closed "+systemd"
keys f t
expect tree-of-groups "group: workload (tree)"
expect tree "└ postgres"
keys t
keys '\' 'user:redis'
expect filter-typed "filter: user:redis"
keys Enter
expect filter-hides "filter hides"
keys Escape
expect filter-cleared "filter cleared"
keys '\' 'rate>fast'
expect filter-error "fast is not a number"
keys Escape
keys '/' 'zebra' Enter
expect search-missing 'no row has "zebra"'
keys '/' 'pgbackrest' Enter Enter
expect open-row "/usr/bin/pgbackrest"
keys Escape
keys a
expect alerts "WHO AND WHERE"
keys Enter
expect jump-to-row "PROCESS"
keys e
expect explain "unusual_actor"
keys k
expect ack-refused "not acknowledged: unknown operation"
echo '{"acknowledged":"0011"}' >"$dir/ack.jsonl"
keys k
expect ack "acknowledged; it stays silent"
keys Escape
keys Escape
keys '['
expect no-past "unknown operation"
python3 - "$dir/history.jsonl" <<'HISTORY'
import json, sys, time
minute = int(time.time()) // 60 * 60
with open(sys.argv[1], "w") as f:
    for ago in range(-1, 4):
        print(json.dumps({"ts": minute - 60 * ago, "exe": "scp", "comm": "scp", "container": "", "user": "mallory",
                          "dst": "198.51.100.9", "group": "198.51.100.0/24", "port": 22, "proto": "tcp",
                          "init": "connected", "scope": "public", "column": "egress", "tx": 6000000, "wire": 6100000,
                          "workload": "00000000000000aa"}), file=f)
HISTORY
keys End '[' # End: the last row, where the present is shown
expect past "m ago)"
expect past-rows "scp"
expect past-totals "TOTAL is of the hour before"
keys k
expect past-no-ack "this is the past"
keys '{' # far enough that playing does not reach the present at once
expect past-hour-back "(1 h "
keys Z
expect past-plays "x60 ▶"
keys End
expect past-end "LIVE"
keys Enter Tab
expect chart-hour "an hour, by minutes"
keys Tab Tab
expect chart-month "4 weeks, by days"
keys Escape
keys u Down Enter
expect one-user "user: mallory"
keys Escape
keys Home Space Space
expect tagged "* 2 tagged"
keys U
keys C
expect columns-menu "COLUMNS: Space changes"
keys Escape
keys S ' ' Down Down Down Down Enter
expect setup-saved "saved in $dir/config/egresstop/egresstoprc"
check setup-theme grep -q "theme = colour-blind-safe" "$dir/config/egresstop/egresstoprc"
keys Escape
keys e
keys '?'
expect help-column "worst first"
expect help "freeze the order"
keys q
keys Escape
keys Z
expect pause "PAUSED"
keys p
expect live-again "LIVE"
keys L
expect local "2 destinations"
keys L x
expect dismiss "ended flows sent away"

# Every other key of the help page.
keys R
expect sort-rate "sort: 1s ▼"
keys '!' o
expect freeze "order frozen"
expect frozen "(frozen)"
keys o
expect thaw "sorted again"
keys '/' 'postgres' Enter n
keys N
expect search-next "sort: worst"
keys F3 'zebra' Enter
expect f3-searches 'no row has "zebra"'
keys F4
expect f4-filters "filter hides"
keys Escape
expect f4-left "filter: none"
keys F5
expect f5-tree "tree: by parent"
keys Home F6
expect f6-closes "+systemd"
keys +
expect plus-opens "└ sshd"
keys - '*'
expect star-opens "└ sshd"
keys '*' F5 F5 F2
expect f2-setup "SETUP: Space changes"
keys Escape
expect setup-left "PROCESS"
keys F1
expect f1-help "THE COLUMN YOU SORT BY"
keys q h
expect h-help "THE COLUMN YOU SORT BY"
keys NPage NPage NPage
expect help-scrolls "two letters"
keys Escape
expect help-closed "× 31 pg_dump"
keys NPage PPage Home End Home
expect moves "× 31 pg_dump"
keys s
expect silence-prompt "silence up to: 9.2G 1d"
keys C-u 'lots' Enter
expect silence-error "how many bytes?"
keys Escape
keys s C-u '20G 7d moving' Enter
expect silence-refused 'not silenced: unknown operation "silence"'
echo '{"silenced":"0011"}' >"$dir/silence.jsonl"
keys s C-u '20G 7d moving' Enter
expect silence "silenced; beyond those bytes"
echo '{"approved":"0011"}' >"$dir/approve.jsonl"
keys y 'a new job' Enter
expect approve "approved: "
echo '{"declined":"0011"}' >"$dir/decline.jsonl"
keys d Enter
expect decline "declined: "
keys K
expect throttle-reserved "throttle and cut are not offered"
keys c
expect cut-reserved "only watches"
keys H
keys '+'
expect speed-live "this is live"
keys '('
expect past-day "(23 h 59 m ago)"
keys ')' ')'
expect past-day-on "LIVE"
keys '{' '{'
expect past-hours "(1 h 59 m ago)"
keys '+' Z
expect past-speed "x120 ▶"
keys - Z End
expect past-left "LIVE"
keys '@' '10m' Enter
expect past-ago " m ago)"
keys End
keys a
expect alerts-again "pg_dump (mallory)"
keys "@"
expect alert-moment "PAST 2026-05-01"
keys End
expect alerts-of-now "! 1 page  ▲ 1 ticket"
echo '{"network.transport":"tcp","source.address":"192.0.2.1:41000","destination.address":"203.0.113.7:443","connection.state":"ESTABLISHED","connection.sent_bytes":4600000000}' >"$dir/connections.jsonl"
echo '{"file.path":"/var/lib/postgresql/15/main/base/5/16402","file.size":1073741824}' >"$dir/files.jsonl"

# The mouse: a title sorts, the wheel moves, a click chooses, the second opens.
mouse() { # BUTTON COLUMN LINE, from 0
	local bytes=
	for n in $((32 + $1)) $((33 + $2)) $((33 + $3)); do bytes+=$(printf '\\%03o' "$n"); done
	keys -l "$(printf '\033[M%b' "$bytes")"
}
click() { mouse 0 "$1" "$2"; mouse 3 "$1" "$2"; }
title=$(screen | grep -n 'PROCESS .*DESTINATION' | head -1)
line=$((${title%%:*} - 1))
before_total=${title#*:}
before_total=${before_total%%TOTAL*}
click $((${#before_total} + 1)) "$line"
expect mouse-sorts "sort: TOTAL ▼"
click $((${#before_total} + 1)) "$line"
expect mouse-turns "sort: TOTAL ▲"
keys '!'
expect mouse-sorted-back "sort: worst"
mouse 65 20 $((line + 3))
mouse 64 20 $((line + 3))
click 20 $((line + 1))
click 20 $((line + 1))
expect mouse-opens "/usr/lib/postgresql/15/bin/pg_dump"
expect connections "203.0.113.7:443"
expect files "base/5/16402"
keys F10
expect f10-back "group: workload"

# Sizes, all of them while it runs.
for size in "40 10" "300 100" "41 11" "80 24" "20 5" "200 50" "120 40"; do
	t resize-window -x "${size% *}" -y "${size#* }"
	keys Down
	sleep 0.05
done
expect after-resizes "pg_dump"
check survives-resizes [ "$(t list-panes -F '#{pane_current_command}')" = egresstop ]

# A daemon that does not answer what is asked beside: keys go on, and one may leave.
touch "$dir/slow-history"
keys '['
expect loading "LOADING"
keys T
expect loading-keys "sort: TOTAL"
keys Escape
expect loading-stops "not waited for"
keys '!'
rm "$dir/slow-history"

# The daemon goes and comes back.
stop_daemon
expect daemon-lost "NO DAEMON since"
start_daemon
expect daemon-back "connected again"
touch "$dir/garbage"
expect garbage "NO DAEMON since"
rm "$dir/garbage"
expect after-garbage "LIVE"

# Stopped and continued by job control, then by SIGSTOP behind its back.
keys C-z
expect stopped "Stopped"
check stopped-screen-restored [ "$(t display-message -p -t 0 '#{alternate_on}')" = 0 ]
keys "fg" Enter
expect continued "LIVE"
pid=$(pgrep -P "$(t list-panes -F '#{pane_pid}')" -x egresstop)
kill -STOP "$pid"
expect stopped-hard "Stopped"
keys "fg" Enter
expect continued-hard "LIVE"

restored() { # NAME: the terminal is as it was
	expect "$1-shell" "shell>"
	check "$1-screen" [ "$(t display-message -p -t 0 '#{alternate_on} #{cursor_flag}')" = "$before" ]
	wait_for test -s "$dir/stty.after"
	check "$1-modes" cmp -s "$dir/stty.before" "$dir/stty.after"
	rm -f "$dir/stty.after"
}
keys q
keys "stty -a >$dir/stty.after" Enter
restored stopped-and-quit
keys "clear; $bin --socket $dir/s; echo left \$?; stty -a >$dir/stty.after" Enter
expect start-again "LIVE"
keys q
expect quit "left 0"
restored quit
for sig in TERM INT HUP SEGV ABRT USR1; do
	input=
	[ "$sig" = SEGV ] && input='</dev/tty' # that cannot be written to
	keys "clear; $bin --socket $dir/s $input; echo left; stty -a >$dir/stty.after" Enter
	expect "start-$sig" "LIVE"
	pid=$(pgrep -P "$(t list-panes -F '#{pane_pid}')" -x egresstop)
	kill -"$sig" "$pid"
	expect "ends-$sig" "left"
	restored "$sig"
done

keys "clear; TERM=dumb $bin --socket $dir/s; echo left \$?" Enter
expect dumb-terminal "cannot show a screen"
expect dumb-terminal-status "left 1"

# A recorded trace: no daemon.
python3 - "$dir/trace.jsonl" <<'TRACE'
import json, sys
start = 1777600020
with open(sys.argv[1], "w") as f:
    print(json.dumps({"trace": "egress", "version": 1, "interval_s": 60}), file=f)
    for i in range(120):
        print(json.dumps({"ts": start + 60 * i, "exe": "/usr/bin/postgres", "user": "postgres", "dst": "10.2.0.15",
                          "port": 5432, "proto": "tcp", "init": "accepted", "scope": "private", "tx": 6000000}), file=f)
        if i == 100:
            print(json.dumps({"ts": start + 60 * i, "exe": "/usr/bin/pg_dump", "user": "mallory", "dst": "203.0.113.7",
                              "port": 443, "proto": "tcp", "init": "connected", "scope": "public", "tx": 9000000000}), file=f)
TRACE
echo '{"ts":' >"$dir/broken.jsonl"
status_is replay-batch 2 "$bin" --replay "$dir/trace.jsonl" --batch
keys "clear; $bin --replay $dir/broken.jsonl; echo left \$?" Enter
expect replay-broken "broken.jsonl:1"
expect replay-broken-status "left 2"
keys "clear; $bin --replay $dir/trace.jsonl --interval 10s; echo left \$?" Enter
expect replay "REPLAY 2026-05-01 01:48:00Z x60"
keys ']' ']'
expect replay-step "01:50:00Z stopped"
keys '['
expect replay-back "01:49:00Z stopped"
keys '@' Enter
expect replay-alert "mallory"
keys '@' '2026-05-01T02:30:00Z' Enter
expect replay-time "02:30:00Z"
keys '{'
expect replay-hour "01:48:00Z"
keys t
expect replay-no-parents "a trace tells no parents"
expect replay-tree-by-group "group: workload (tree)"
keys t k
expect replay-no-ack "a replay can change nothing"
keys q
expect replay-quit "left 0"

# No UTF-8, no colours: the same in ASCII.
close_terminal
open_terminal 100 24 "LC_ALL=C NO_COLOR=1" || fail terminal-ascii
keys "$bin --socket $dir/s" Enter
expect ascii "x 31 pg_dump"
expect ascii-sign "^ 1 ticket"
check no-color [ -z "$(t capture-pane -p -e -t 0 | grep -E $'\033\\[([0-9]+;)*3[0-8][;m]' || true)" ]
keys q
close_terminal
open_terminal 80 24 "TERM=vt100" || fail terminal-vt100
keys "$bin --socket $dir/s" Enter
expect monochrome "× 31 pg_dump"
keys q
close_terminal
open_terminal 80 24 "TERM=nonsense" || fail terminal-nonsense
keys "$bin --socket $dir/s; echo left \$?" Enter
expect unknown-terminal "is not known; set TERM"
expect unknown-terminal-status "left 1"

exit $failed
