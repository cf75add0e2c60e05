"""Prints JSON lines in their order, each after its partition and a tab: partitioned.py FILE KEY PARTITIONS."""

import json
import sys
import zlib

path, key, partitions = sys.argv[1], sys.argv[2], int(sys.argv[3])
with open(path, encoding="utf-8") as lines:
    for line in lines:
        print(zlib.crc32(str(json.loads(line)[key]).encode()) % partitions, line, sep="\t", end="")
