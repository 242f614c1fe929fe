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


def ordered(records):
    """All names of doors, as the first kernel that knows them had them."""
    names = []
    for r in records:
        names += [n for n in list(r.doors) + list(r.skipped) if n not in names]
    known = {n for r in records for n in r.doors}
    return [n for n in names if n in known]


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
SKIPPED = "the kernel skipped events under preemption: `recursion_misses` counts them, the interval is marked inexact"
EXPLAINED = {("packet-tx-ring", "kprobe"): "the empty call that sends a TX ring asks for 0 bytes",
             ("unix-uring", "kprobe"): ASKED, ("unix-failed-send", "kprobe"): ASKED}


class Column:
    """One kernel: what its cells say by name (door, or door@rung), and why."""

    def __init__(self, head, cells):
        self.head, self.cells = head, cells

    @classmethod
    def measured(cls, r, names):
        head = r.release + (" preempt=full" if r.name.endswith("-full") else " (directly)" if r.name == "here" else "")
        return cls(head, {name: cls._cell(r, name) for name in names})

    @staticmethod
    def _cell(r, name):
        door, _, rung = name.partition("@")
        if name in r.doors:
            sent, counted = r.doors[name][:2]
            said = ratio(r.doors[name]) if sent or not rung or sent == counted else str(counted)
            skipped = SKIPPED if rung in ("fexit", "tp_btf", "file-fexit") and said < "1" else ""
            return said, "" if said == "1.000000" else EXPLAINED.get((door, rung), skipped)
        if rung:
            return "" if door in r.doors or door in r.skipped else NEVER, ""
        return NEVER, r.skipped.get(name, "not run")

    @classmethod
    def earlier(cls, text):
        """Those of the table as it stands."""
        lines = text.splitlines()
        rows = [[c.strip() for c in line.strip("| ").replace("||", "| |").split("|")] for line in lines if line.startswith("| ")]
        why = dict(re.findall(r"^(\d+)\. (.*)$", text, re.M))
        columns = [cls(head, {}) for head in rows[0][1:]] if rows else []
        for row in rows[1:]:
            name = re.sub(r"` on rung `", "@", row[0]).strip("`")
            for column, cell in zip(columns, row[1:]):
                said, number = re.fullmatch(r"(\S*) ?(?:\((\d+)\))?", cell).groups()
                column.cells[name] = said, why.get(number, "")
        return columns


def release_of(head):
    """Which kernel a column is, whatever its last update."""
    return head.split("-cloud")[0], head.endswith("preempt=full"), head.endswith("(directly)")


def merged(columns, earlier):
    """Columns of kernels that were not run this time stay; this machine's is always new."""
    new = {release_of(c.head) for c in columns}
    columns = columns + [c for c in earlier if release_of(c.head) not in new and not release_of(c.head)[2]]
    return sorted(columns, key=lambda c: (release_of(c.head)[2], [int(n) for n in re.findall(r"\d+", c.head)[:3]], c.head))


def by_kernel(names, columns):
    """Doors by kernels; a rung below the chosen one has rows of its own."""
    doors, notes, rows = {n.partition("@")[0] for n in names}, Notes(), []
    for column in columns:
        names += [n for n in column.cells if n not in names and n.partition("@")[0] in doors]
    for name in names:
        door, _, rung = name.partition("@")
        cells = []
        for column in columns:
            said, why = column.cells.get(name, ("" if rung else NEVER, "" if rung else "not run"))
            cells.append(said + notes.cell(why)[1:] if why else said)
        rows.append([f"`{door}`" + (f" on rung `{rung}`" if rung else "")] + cells)
    return table(["door"] + [c.head for c in columns], rows) + [
        "", "An empty cell: that rung is the one chosen there, or the kernel has none such.", ""] + notes.lines()


def replace(text, name, lines):
    begin, end = MARKS[name], END.format(name)
    found = re.search(re.escape(begin) + ".*?" + re.escape(end), text, re.S)
    if not found:
        raise ValueError(f"docs/accuracy.md has no marks of '{name}': put '{begin}' and '{end}' there")
    return text[:found.start()] + "\n".join([begin, *lines, end]) + text[found.end():]


def write(path, records):
    """Writes the table of kernels; the first record is this machine's."""
    with open(path, encoding="utf-8") as f:
        text = f.read()
    begin, end = MARKS["doors by kernel"], END.format("doors by kernel")
    earlier = Column.earlier(text[text.index(begin):text.index(end)] if begin in text else "")
    records = [r for r in records if r.release]
    names = ordered(records)
    text = replace(text, "doors by kernel",
                   by_kernel(names, merged([Column.measured(r, names) for r in records], earlier)))
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


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
    with open(path, encoding="utf-8") as f:
        text = f.read()
    text = replace(text, "doors", by_door(records, sensors))
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
