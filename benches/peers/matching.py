"""Who has found what was planted, and who took a near miss for it?"""

from seed import cases, near

NO_CHECK = "–"


def names(function, case):
    """What a peer may call the resources of a function."""
    own = {function, f"{function}-role", f"{function}-policy", f"{function}-layer", f"{function}-0", f"{function}-1", f"{function}-2"}
    return own | set(case.get("shared", [])) if function == case["id"] else own


def verdicts(found):
    """For each case and scanner whether it was found and whether the near miss was reported; nothing where the scanner has no check."""
    rows = []
    for case in cases():
        asked = {"Lambda Vigil": case["control"], "Cloud Custodian": case.get("custodian"), "Prowler": case.get("prowler")}
        row = {}
        for label, reported in found.items():
            check = asked[label.split(",")[0]]
            reports = lambda function: any((check, name) in reported for name in names(function, case))
            is_excused = label in case.get("excused", [])
            row[label] = (reports(case["id"]), reports(near(case)) and not is_excused) if check else None
        rows.append((case, row))
    return rows


def table(rows, labels):
    """One line per case."""
    lines = ["| Planted | Control | " + " | ".join(f"{label}: found | near miss reported" for label in labels) + " |"]
    lines.append("|---|---|" + "---|---|" * len(labels))
    for case, row in rows:
        cells = []
        for label in labels:
            verdict = row[label]
            cells += [NO_CHECK, NO_CHECK] if verdict is None else ["yes" if verdict[0] else "**no**", "**yes**" if verdict[1] else "no"]
        lines.append(f"| {case['id']}: {case['how']} | `{case['control']}` | " + " | ".join(cells) + " |")
    return lines


def totals(rows, labels):
    """One line per scanner."""
    lines = ["| | Planted | Has a check | Found | Near misses reported |", "|---|---|---|---|---|"]
    for label in labels:
        judged = [row[label] for _, row in rows if row[label]]
        found, false = sum(one[0] for one in judged), sum(one[1] for one in judged)
        lines.append(f"| {label} | {len(rows)} | {len(judged)} | {found} | {false} |")
    return lines


def misses(rows, label):
    """What went wrong for a scanner, in words."""
    for case, row in rows:
        verdict = row[label]
        if verdict and not verdict[0]:
            yield f"{case['id']} is not found: {case['how']}"
        if verdict and verdict[1]:
            yield f"{near(case)} is reported as `{case['control']}` although it is in order: {case['near_how']}"
