"""Prints what Python's zoneinfo knows: for each line `zone second` of standard input the offset at that instant, and the
instant at which clocks first show that second as local time (skipped ones as if the clocks had not changed)."""

import sys
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

for line in sys.stdin:
    name, second = line.split()
    zone = ZoneInfo(name)
    moment = EPOCH + timedelta(seconds=int(second))
    offset = moment.astimezone(zone).utcoffset()
    local = moment.replace(tzinfo=zone, fold=0)
    instant = local.astimezone(timezone.utc) - EPOCH
    print(int(offset.total_seconds()), int(instant.total_seconds()))
