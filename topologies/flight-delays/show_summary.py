#!/usr/bin/env python3
"""Shows the reconciliation that `run --json` printed: show_summary.py summary.json."""

import json
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    summary = json.load(file)
parts = ["filtered", "processed", "late", "duplicate", "malformed"]
print(f"{summary['read']:>9,} read")
for part in parts:
    print(f"{summary[part]:>9,} {part}")
total = sum(summary[part] for part in parts)
print("  it adds up" if total == summary["read"] else f"  IT DOES NOT ADD UP: {total:,}")
for reason, count in sorted(summary.get("deadLetters", {}).items()):
    print(f"dead letters, {reason}: {count:,}")
