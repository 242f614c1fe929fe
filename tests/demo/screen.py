# SPDX-License-Identifier: Apache-2.0
"""For README's first screen: egresstop as it looks while the first theft goes on,
and the alert as egressctl says it. Real output, written between README's markers."""
import os
import subprocess
import textwrap
import threading
import time

from lab import TOP, program

BEGIN, END = "<!-- screen:begin -->", "<!-- screen:end -->"
COLUMNS, ROWS = 132, 18
HISTORY_S = 20      # of everyday traffic before the theft, so that there is a trend
AFTER_ALERT_S = 2.5


class Screen:
    def __init__(self, lab, sensor):
        self.sensor, self.text, self.socket = sensor, "", lab.path("tmux")
        self.tmux("-u", "new-session", "-d", "-x", str(COLUMNS), "-y", str(ROWS),
                  f"{program('egresstop')} --socket {sensor.socket}")
        lab.callback(self.tmux, "kill-server")
        time.sleep(HISTORY_S)
        threading.Thread(target=self._watch, daemon=True).start()

    def tmux(self, *args):
        env = dict(os.environ, TERM="xterm-256color", LC_ALL="C.UTF-8")
        return subprocess.run(["tmux", "-S", self.socket, *args], text=True, stdout=subprocess.PIPE,
                              env=env, check=False).stdout

    def _watch(self):
        while "curl" not in {e.get("process.name") for e in self.sensor.pages()}:
            time.sleep(0.1)
        time.sleep(AFTER_ALERT_S)
        self.text = self.tmux("capture-pane", "-p").rstrip()

    def write_readme(self, theft):
        [destination], events = theft.destinations, self.sensor.alerts_to(theft.destinations)
        event = next(e for _, e in events if e.get("process.name") in theft.processes)
        alert = f"{event['@timestamp']}  {event['level']}  {event['subject']}\n" + textwrap.indent(
            textwrap.fill(event["reason"], COLUMNS - 8), "    ")
        part = (f"{BEGIN}\n`egresstop` while `pg_dump | curl` empties a PostgreSQL server (from `make demo`):\n\n"
                f"```\n{self.text}\n```\n\nThe alert, {destination} never seen before:\n\n```\n{alert}\n```\n{END}")
        path = os.path.join(TOP, "README.md")
        with open(path, encoding="utf-8") as f:
            text = f.read()
        with open(path, "w", encoding="utf-8") as f:
            f.write(text[:text.index(BEGIN)] + part + text[text.index(END) + len(END):])
