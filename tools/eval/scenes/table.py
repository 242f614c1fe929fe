# SPDX-License-Identifier: Apache-2.0
"""The tables of tools/eval/scenarios, as Markdown."""
import math

from .judge import LEVELS, NEVER


def poisson_upper(n):
    """One-sided 95 % upper bound of the mean after n events."""
    low, high = float(n), 2.0 * n + 10
    for _ in range(60):
        mean = (low + high) / 2
        term = total = math.exp(-mean)
        for k in range(1, n + 1):
            term *= mean / k
            total += term
        low, high = (mean, high) if total > .05 else (low, mean)
    return high


def percentile(values, part):
    """Nearest rank."""
    values = sorted(values)
    return values[max(0, math.ceil(part * len(values)) - 1)]


def span(seconds):
    if seconds == NEVER:
        return "never"
    for unit, name in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * unit:
            return f"{seconds / unit:.3g} {name}"
    return f"{seconds:.0f} s"


def size(count):
    for unit, name in ((10**9, "GB"), (10**6, "MB"), (10**3, "KB")):
        if count >= unit:
            return f"{count / unit:.3g} {name}"
    return f"{count:.0f} B"


def share(values):
    known = [v for v in values if v is not None]
    return f"{sum(known)}/{len(known)}" if known else "-"


def lost_share(runs):
    """In per cent of D; None where D is not known."""
    known = [100 * r["lost_share"] for r in runs if r["lost_share"] is not None]
    return percentile(known, .95) if known else None


def attack_ok(runs):
    goal, part = runs[0]["goal_s"], runs[0]["goal_share"]
    if goal is None:
        return "no goal"
    if any(r["ttd"] == NEVER for r in runs):
        return "**missed**"
    slow = percentile([r["ttd"] for r in runs], .95) > goal
    much = part is not None and (lost_share(runs) or 0) > 100 * part
    want = runs[0].get("want_incidents")
    split = want is not None and any(r["incidents"] != want for r in runs)
    words = [w for w, bad in (("late", slow), ("too much", much), ("split", split)) if bad]
    return ", ".join(words) or "reached"


def attack_table(groups):
    lines = ["| | caught | as notice | time to detect p50 / p95 | goal | lost p95 | of D | level "
             "| actor | place | bytes | false before | verdict |",
             "|---|---|---|---|---|---|---|---|---|---|---|---|---|"]
    for name, runs in groups.items():
        ttd = [r["ttd"] for r in runs]
        levels = sorted({LEVELS[r["level"]] for r in runs}, key=LEVELS.index)
        goal, of_d = runs[0]["goal_s"], lost_share(runs)
        lines.append("| " + " | ".join([
            name, share([t < NEVER for t in ttd]),
            span(percentile([r["notice"] for r in runs], .5)),
            f"{span(percentile(ttd, .5))} / {span(percentile(ttd, .95))}",
            span(goal) if goal else "-", size(percentile([r["lost"] for r in runs], .95)),
            "-" if of_d is None else f"{of_d:.2g} %", ", ".join(levels),
            share([r["actor"] for r in runs]), share([r["place"] for r in runs]),
            share([r["exact"] for r in runs]), str(sum(r["false"] for r in runs)),
            attack_ok(runs)]) + " |")
    return lines


def benign_table(groups):
    lines = ["| | runs | host-months | notices | tickets | pages | highest | allowed | verdict |",
             "|---|---|---|---|---|---|---|---|---|"]
    for name, runs in groups.items():
        good = all(r["ok"] for r in runs)
        need = runs[0].get("needs")
        lines.append("| " + " | ".join([
            name, str(len(runs)), f"{sum(r['months'] for r in runs):.1f}",
            *(str(sum(r[k] for r in runs)) for k in ("notices", "tickets", "pages")),
            LEVELS[max(r["level"] for r in runs)], runs[0]["allow"],
            "good" if good else "**too loud**" + (f" (undeclared: no `{need}`)" if need else "")])
            + " |")
    return lines


def rates(groups):
    runs = [r for g in groups.values() for r in g]
    months = sum(r["months"] for r in runs)
    lines = ["", "| | count | per host-month | 95 % upper bound |", "|---|---|---|---|"]
    for word in ("notices", "tickets", "pages"):
        n = sum(r[word] for r in runs)
        lines.append(f"| {word} | {n} | {n / months:.3f} | {poisson_upper(n) / months:.3f} |")
    cold = sum(r["cold"] for r in runs) / len(runs)
    lines += ["", f"{months:.0f} host-months, each run holding one unusual event; from day 14 on. "
              f"In its first 14 days a host had {cold:.1f} tickets or pages on average."]
    return lines


def summary(attacks, benign):
    lines = []
    if attacks:
        goals = {n: attack_ok(r) for n, r in attacks.items()}
        judged = [v for v in goals.values() if v != "no goal"]
        caught = sum(v != "**missed**" for v in judged)
        lines.append(f"Attacks with a goal: {len(judged)}; caught with every seed: {caught}; "
                     f"goal reached: {judged.count('reached')}.")
    if benign:
        quiet = sum(all(r["ok"] for r in runs) for runs in benign.values())
        lines.append(f"Benign events: {len(benign)}; none above its allowed level: {quiet}.")
    return lines


def examples(groups):
    lines = ["| | said (first seed) |", "|---|---|"]
    for name, runs in groups.items():
        if runs[0]["reason"]:
            text = runs[0]["reason"].replace("|", "/")
            lines.append(f"| {name} | {text} |")
    return lines
