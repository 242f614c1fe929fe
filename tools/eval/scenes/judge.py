# SPDX-License-Identifier: Apache-2.0
"""Judges what `egressctl replay --json` says of a trace by the truth beside it."""
import bisect
import json
import subprocess

LEVELS = ["none", "notice", "ticket", "page"]
DAY = 86400
MONTH_S = 30.4375 * DAY
GRACE_S = 3600  # after the last stolen byte an alert still helps
BYTES_SPREAD = .02
NEVER = float("inf")


def replay(ctl, trace, config=None):
    argv = [ctl, "replay", "--json"] + (["--config", config] if config else []) + [trace]
    out = subprocess.run(argv, capture_output=True, text=True, check=False)
    if out.returncode:
        raise RuntimeError(out.stderr.strip() or f"replay ended with {out.returncode}")
    rows = [json.loads(line) for line in out.stdout.splitlines()]
    return [r for r in rows if "event" in r], rows[-1]["summary"]


def stolen_by(truth, ts):
    """Bytes that had left at that time."""
    curve = truth.get("sent")
    if not curve:  # a plain rate
        span = max(1, truth["last_ts"] - truth["first_ts"])
        part = min(max(ts - truth["first_ts"], 0), span) / span
        return truth["stolen_bytes"] * part
    i = bisect.bisect_right(curve, [ts, NEVER])
    if i == 0:
        first, start = curve[0], truth["first_ts"]
        return first[1] * max(0, ts - start) / max(1, first[0] - start)
    if i == len(curve):
        return curve[-1][1]
    (t0, b0), (t1, b1) = curve[i - 1], curve[i]
    return b0 + (b1 - b0) * (ts - t0) / (t1 - t0)


def group_of(dst):
    parts = dst.split(".")
    if len(parts) == 4 and parts[3].isdigit():
        return ".".join(parts[:3]) + ".0/24"
    if ":" in dst:
        return ":".join(dst.split("::")[0].split(":")[:3])
    return dst


def same_place(event, truth):
    said = event.get("destination.ip") or event.get("destination.address") \
        or event.get("destination.group", "").split("/")[0]
    return bool(said) and group_of(said) in {group_of(d) for d in truth["destinations"]}


def first_reach(events, level):
    """When each incident first was at that level or above."""
    first = {}
    for e in events:
        if e["event"] != "close" and LEVELS.index(e["level"]) >= level:
            first.setdefault(e["alert.id"], e["ts"])
    return first


def judge_attack(events, truth):
    first, last = truth["first_ts"], truth["last_ts"] + GRACE_S
    mine = [e for e in events if first < e["ts"] <= last and e["event"] != "close"
            and (e["rule"] == "host" or e.get("process.name") in truth["actors"])]
    loud = [e for e in mine if LEVELS.index(e["level"]) >= 2]
    noticed = [e for e in mine if LEVELS.index(e["level"]) >= 1]
    told = loud[0]["ts"] - first if loud else NEVER
    lost = stolen_by(truth, loud[0]["ts"]) if loud else truth["sent"][-1][1] \
        if truth.get("sent") else truth["stolen_bytes"]
    named = [e for e in loud if e["rule"] not in ("host", "read")]
    placed = [e for e in named if same_place(e, truth)]
    exact = None
    if not truth.get("mixed") and len(truth["destinations"]) == 1:
        exact = any(abs(e["tx_total"] - stolen_by(truth, e["ts"]))
                    <= BYTES_SPREAD * stolen_by(truth, e["ts"]) for e in placed)
    before = first_reach(events, 2)
    until = truth.get("judged_until_ts", first)
    early = [t for t in before.values() if truth["judged_from_ts"] <= t <= until]
    return {
        "ttd": told,
        "notice": noticed[0]["ts"] - first if noticed else NEVER,
        "lost": lost, "lost_share": lost / truth["db_bytes"] if truth.get("db_bytes") else None,
        "level": max([LEVELS.index(e["level"]) for e in mine], default=0),
        "actor": bool(named), "place": bool(placed), "exact": exact,
        "said": bool(loud) and all(e["reason"] for e in loud),
        "incidents": len({e["alert.id"] for e in placed}),
        "false": len(early),
        "reason": (placed or named or loud or [{"reason": ""}])[0]["reason"],
    }


def judge_benign(events, truth):
    since = truth["judged_from_ts"]
    best = {}  # the highest level an incident reached since then
    for level in (1, 2, 3):
        best.update({i: level for i, t in first_reach(events, level).items() if t >= since})
    worst = max(best.values(), default=0)
    notices, tickets, pages = (sum(v == level for v in best.values()) for level in (1, 2, 3))
    loud = [e for e in events if e["ts"] >= since and LEVELS.index(e["level"]) == worst]
    return {
        "months": (truth["end_ts"] - since) / MONTH_S,
        "notices": notices, "tickets": tickets, "pages": pages,
        "level": worst, "ok": worst <= LEVELS.index(truth.get("allow", "notice")),
        "cold": sum(t < since for t in first_reach(events, 2).values()),
        "reason": loud[0]["reason"] if loud and worst else "",
    }


def judge(ctl, trace, truth, config=None):
    events, summary = replay(ctl, trace, config)
    one = judge_attack if truth["kind"] == "attack" else judge_benign
    result = one(events, truth)
    result.update(scenario=truth["scenario"], kind=truth["kind"], rows=summary["rows"])
    return result
