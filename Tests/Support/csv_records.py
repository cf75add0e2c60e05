"""Reads CSV as Python's csv module does.

The input is a JSON array of texts. For each it prints, in a JSON array, its records as [first line, fields], or null
where the text is not CSV. Empty lines are left out; line ends are those of line feeds, as in a file of text.
"""

import csv
import json
import sys


def records(text):
    *whole, last = text.split("\n")
    reader = csv.reader([line + "\n" for line in whole] + [last], strict=True)
    result = []
    line = 1
    try:
        for fields in reader:
            if fields:
                result.append([line, fields])
            line = reader.line_num + 1
    except csv.Error:
        return None
    return result


if __name__ == "__main__":
    print(json.dumps([records(text) for text in json.load(sys.stdin)]))
