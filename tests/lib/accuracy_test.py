# SPDX-License-Identifier: Apache-2.0
"""The table of kernels, run by run: what a run measured replaces what stood there, and nothing
else goes."""
import re

import accuracy

KERNELS = [("5.10", r"linux-image-5\.10\.0-\d+-cloud-amd64", ""), ("7.x", r"linux-image-7\.\d+\.\d+-cloud-amd64", ""),
           ("7.x-full", r"linux-image-7\.\d+\.\d+-cloud-amd64", "preempt=full")]
SUITES = ["doors", "files"]


class Ran:
    """As tests/system/kernels has it."""

    def __init__(self, name, release, doors, skipped=None, failures=None, suites=("doors",)):
        self.name, self.release, self.doors = name, release, doors
        self.skipped, self.failures, self.chosen = skipped or {}, failures or {}, {"packets": "cgroup_skb"}
        self.suites = {s: (len(doors), len(self.failures), len(self.skipped)) for s in suites}
        self.words = {s: [f"{n}: {w}" for n, w in self.failures.items()] for s in suites}


def cells(path):
    """{(row, column): cell with its reason}"""
    with open(path, encoding="utf-8") as f:
        text = f.read()
    columns = accuracy.Column.earlier(text)
    assert text.startswith("before\n") and text.endswith("after\n"), "the text around the table stays"
    return {(row, c.head): cell for c in columns for row, cell in c.cells.items()}


def check(path):
    """Raises AssertionError."""
    begin, end = accuracy.MARKS["doors by kernel"], accuracy.END.format("doors by kernel")
    with open(path, "w", encoding="utf-8") as f:
        f.write(f"before\n{begin}\n{end}\nafter\n")

    def write(ran):
        accuracy.write(path, [ran], KERNELS, SUITES)
        return cells(path)
    all_suites = {"suites": ("doors", "files")}
    old, new = "5.10.0-46-cloud-amd64", "7.1.2-cloud-amd64"
    write(Ran("7.x", new, {"tcp": (10, 10, "x"), "tcp@fexit": (10, 9, "x"), "file-read": (4, 4, "x"), "gone": (1, 1, "x")},
              **all_suites))
    table = write(Ran("5.10", old, {"tcp": (10, 11, "x")}, {"file-read": "no event"}, {"tcp": "eleven"}, **all_suites))
    assert table["tcp", old] == ("1.100000", "not ok: eleven"), table
    assert table["file-read", old] == (accuracy.NEVER, "no event"), table
    assert table["tcp@fexit", new] == ("0.900000", accuracy.SKIPPED), table
    assert table["tests of doors", old] == ("1 ok, 1 not ok, 1 skipped", "tcp: eleven"), table
    # one suite of one kernel: its rows only, and a later update of that kernel takes its column
    later = "5.10.0-47-cloud-amd64"
    table = write(Ran("5.10", later, {"tcp": (10, 10, "x")}))
    assert {c for _, c in table} == {later, new}, table
    assert (table["tcp", later], table["file-read", later]) == (("1.000000", ""), (accuracy.NEVER, "no event")), table
    assert table["tcp@fexit", new] == ("0.900000", accuracy.SKIPPED) and ("gone", new) in table, table
    # all suites: a row that nothing fills goes; the same kernel otherwise started is another one
    write(Ran("7.x-full", new, {"tcp": (10, 10, "x")}, **all_suites))
    table = write(Ran("7.x", new, {"tcp": (10, 10, "x"), "tcp@fexit": (10, 10, "x")}, **all_suites))
    assert ("gone", new) not in table and ("tcp", f"{new} preempt=full") in table, table
    with open(path, encoding="utf-8") as f:
        head = re.search(r"^\| door \|(.*)\|$", f.read(), re.M).group(1)
    assert [h.strip() for h in head.split("|")] == [later, new, f"{new} preempt=full"], head
