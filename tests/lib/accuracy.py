# SPDX-License-Identifier: Apache-2.0
"""What the suites measured, as tables: kernel x door x rung x ratio for reading, and the
two tables of docs/accuracy.md (doors by witnesses and rungs here, doors by kernels),
each between its marks.
"""
import os
import re

MARKS = {"doors": "<!-- doors: written by make check-doors -->",
         "doors by kernel": "<!-- doors by kernel: written by make check-kernels -->"}
END = "<!-- end of {0} -->"
NEVER = "–"


def ratio(door):
    sent, counted, _ = door
    return f"{counted / sent:.6f}" if sent else ("1.000000" if not counted else "inf")


def listing(records):
    """One line a kernel, door and rung."""
    lines = [f"{'kernel':10} {'door':28} {'rung':30} {'sent':>10} {'counted':>10} ratio"]
    for r in records:
        for name, door in r.doors.items():
            lines.append(f"{r.name:10} {name.split('@')[0]:28} {door[2]:30} {door[0]:10} {door[1]:10} {ratio(door)}")
    return "\n".join(lines)


class Notes:
    """Reasons, each once, by number."""

    def __init__(self):
        self.texts = []

    def cell(self, why):
        if why not in self.texts:
            self.texts.append(why)
        return f"{NEVER} ({self.texts.index(why) + 1})"

    def lines(self):
        return [f"{n + 1}. {why}" for n, why in enumerate(self.texts)]


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return lines + ["| " + " | ".join(row) + " |" for row in rows]


# What is not 1.000000 and why: door, rung.
ASKED = "entry probes count what a call asks for, not what it takes: at most that much was sent, and rows say so"
SKIPPED = ("the kernel skipped events under preemption: `recursion_misses`, of reads `file_misses`, counted at least what "
           "is missing, the interval is marked inexact")
EXPLAINED = {("packet-tx-ring", "kprobe"): "the empty call that sends a TX ring asks for 0 bytes",
             ("unix-uring", "kprobe"): ASKED, ("unix-failed-send", "kprobe"): ASKED}
SKIPPABLE = ("fexit", "tp_btf", "file-fexit")
PASSED = "tests of "
RUNG_OF = "rung of "


class Column:
    """One kernel: what its cells say by row (door, door@rung, or a row of HEADS), and why."""

    def __init__(self, head, cells, whole=False):
        self.head, self.cells, self.whole = head, cells, whole

    @classmethod
    def measured(cls, r, suites):
        """Of those of its suites that ran to their end."""
        head = r.release + (" preempt=full" if r.name.endswith("-full") else " (directly)" if r.name == "here" else "")
        cells = {RUNG_OF + group: (rung, "") for group, rung in r.chosen.items()}
        for suite, (ok, failed, skipped) in r.suites.items():
            said = ", ".join(f"{n} {word}" for n, word in ((ok, "ok"), (failed, "not ok"), (skipped, "skipped")) if n)
            cells[PASSED + suite] = said, "; ".join(r.words[suite])
        cells.update({name: cls._cell(r, name) for name in list(r.doors) + list(r.skipped)})
        return cls(head, cells, whole=set(suites) <= set(r.suites))

    @staticmethod
    def _cell(r, name):
        door, _, rung = name.partition("@")
        if name not in r.doors:
            return NEVER, r.skipped[name]
        sent, counted = r.doors[name][:2]
        said = ratio(r.doors[name]) if sent or not rung or sent == counted else str(counted)
        if said == "1.000000":
            return said, ""
        why = EXPLAINED.get((door, rung)) or (SKIPPED if rung in SKIPPABLE and said < "1" else "")
        return said, why or "not ok: " + (r.failures.get(name) or r.failures.get(door) or "nothing explains it")

    @classmethod
    def earlier(cls, text):
        """Those of the table as it stands."""
        rows = [[c.strip() for c in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("| ")]
        why = dict(re.findall(r"^(\d+)\. (.*)$", text, re.M))
        columns = [cls(head, {}) for head in rows[0][1:]] if rows else []
        for row in rows[1:]:
            name = re.sub(r"` on rung `", "@", row[0]).strip("`")
            for column, cell in zip(columns, row[1:]):
                said, number = re.fullmatch(r"(.*?) ?(?:\((\d+)\))?", cell).groups()
                if said:
                    column.cells[name] = said, why.get(number, "")
        return columns


def slot(head, kernels):
    """Which of the matrix's `kernels` a column is, whatever its last update; the last is this machine's own."""
    release, _, append = head.partition(" ")
    if append == "(directly)":
        return len(kernels)
    return next((n for n, (_, pattern, more) in enumerate(kernels)
                 if more == append and re.fullmatch(pattern, "linux-image-" + release)), -1)


def merged(columns, earlier, kernels):
    """Kernels that were not run this time stay, and so do the rows of suites that were not run."""
    old = {slot(c.head, kernels): c for c in earlier}
    for column in columns:
        before = old.pop(slot(column.head, kernels), None)
        if before and not column.whole:
            column.cells = before.cells | column.cells
    return sorted(columns + list(old.values()), key=lambda c: slot(c.head, kernels))


def ordered(columns):
    """All rows: those above the doors, then each door and its rungs, as the first column that knows them
    has them; not those that no kernel has."""
    names, known = [], set()
    for column in columns:
        names += [n for n in column.cells if n not in names]
        known |= {n.partition("@")[0] for n, (said, _) in column.cells.items() if said != NEVER}
    above = [n for n in names if n.startswith(RUNG_OF)] + [n for n in names if n.startswith(PASSED)]
    doors = {}
    for name in names:
        if name not in above and name.partition("@")[0] in known:
            doors.setdefault(name.partition("@")[0], []).append(name)
    return above + [n for rows in doors.values() for n in sorted(rows, key=lambda n: "@" in n)]


def title(name):
    door, _, rung = name.partition("@")
    if name.startswith((RUNG_OF, PASSED)):
        return name
    return f"`{door}`" + (f" on rung `{rung}`" if rung else "")


def by_kernel(columns):
    """Doors by kernels; a rung below the chosen one has rows of its own."""
    notes, rows = Notes(), []
    for name in ordered(columns):
        cells = []
        for column in columns:
            said, why = column.cells.get(name, ("", ""))
            cells.append(said + notes.cell(why)[1:] if why else said)
        rows.append([title(name)] + cells)
    return table(["door"] + [c.head for c in columns], rows) + [
        "", "An empty cell: that rung is the one chosen there, the kernel has none such, or it was not run.", ""] + notes.lines()


def replace(text, name, lines):
    begin, end = MARKS[name], END.format(name)
    found = re.search(re.escape(begin) + ".*?" + re.escape(end), text, re.S)
    if not found:
        raise ValueError(f"docs/accuracy.md has no marks of '{name}': put '{begin}' and '{end}' there")
    return text[:found.start()] + "\n".join([begin, *lines, end]) + text[found.end():]


def section_write(path, name, make):
    """Replaces one table, whole or not at all: make(the old one) gives the lines."""
    with open(path, encoding="utf-8") as f:
        text = f.read()
    begin, end = MARKS[name], END.format(name)
    old = text[text.index(begin):text.index(end)] if begin in text and end in text else ""
    new = path + ".new"
    with open(new, "w", encoding="utf-8") as f:
        f.write(replace(text, name, make(old)))
    os.replace(new, path)


def write(path, records, kernels, suites):
    """Writes the table of kernels: what these ran. The rest stays as it is, but where all `suites` ran: there
    nothing older stays."""
    columns = [Column.measured(r, suites) for r in records if r.suites]
    if columns:
        section_write(path, "doors by kernel",
                      lambda old: by_kernel(merged(columns, Column.earlier(old), kernels)))


class DoorRecord:
    """One door of the suite: its runs, the sensors that watched, or why it was not run."""

    def __init__(self, door, runs, sensors, refused):
        self.door, self.runs, self.sensors, self.refused = door, runs, sensors, refused

    def receiver(self):
        had = sum(r.received for r in self.runs)
        return ratio((sum(self.door.frame(r.through) for r in self.runs), had, ""))

    def device(self):
        """What the packets were, by the daemon, over what the peer's device counted."""
        daemon, run = self.sensors[0], self.runs[0]
        if not daemon.has_wire(self.door) or not run.sent:
            return ""
        says, device = daemon.wire(self.door, run)
        return ratio((device, says, ""))

    def says(self, sensor, notes):
        if sensor not in self.sensors:
            return ""
        sent = sum(sensor.truth(self.door, r) for r in self.runs)
        counted = sum(sensor.counted(self.door, r) for r in self.runs)
        why, cell = sensor.why(self.door), ratio((sent, counted, ""))
        return f"{cell if counted else 0} {notes.cell(why)[2:]}" if why else cell


def by_door(records, sensors):
    """A row a door: the senders, the bytes, and for each witness what it had over what the
    calls accepted."""
    notes, rows = Notes(), []
    for r in records:
        if r.refused:
            rows.append([f"`{r.door.name}`", notes.cell(r.refused)] + [""] * (3 + len(sensors)))
            continue
        rows.append([f"`{r.door.name}`", ", ".join(x.mode for x in r.runs), str(sum(x.through for x in r.runs)),
                     r.receiver(), r.device()] + [r.says(s, notes) for s in sensors])
    head = ["door", "senders", "bytes", "receiver", "device"] + [s.title() for s in sensors]
    return [f"Linux {os.uname().release}", ""] + table(head, rows) + [""] + notes.lines()


def write_doors(path, records, sensors):
    section_write(path, "doors", lambda old: by_door(records, sensors))
