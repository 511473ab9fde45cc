"""The idea: a formula begins with an equals sign; put an apostrophe before it.

Still open: it begins with +, - and @ as well, and with an equals sign behind a tab or of double width.
"""

import csv
import io


def cell(text):
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow([f"'{text}" if text.startswith("=") else text])
    return line.getvalue()
