#!/usr/bin/env bash
# isodate 0.7.2, the library with which the Azure SDK for Python reads and writes durations; msrest 0.7.1
#
# ISO 8601 as the library knows it has one sign, in front of the whole duration. isodate can subtract durations, and it
# keeps years and months beside the exact part, so a difference can hold a positive and a negative part. It adds to dates
# rightly. Written as text, every part loses its own sign and a single minus is put in front: a month less a day becomes
# minus a month and a day, a year less a month becomes minus thirteen months. No error is raised, and what was a time in
# the future reaches a service as one in the past. The serializer of the Azure SDK (`Serializer.serialize_duration`)
# writes the same text. Seen: "P1M" less a day is "-P1M1D", "P1Y" less "P1M" is "-P1Y1M", and both are read back as less
# than nothing. What has one sign survives: "P1Y" less a day, given as the 365 days of a timedelta, is "P364D".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check isodate==0.7.2 msrest==0.7.1
"$folder/venv/bin/python" - <<'PYTHON'
from datetime import datetime, timedelta

from isodate import duration_isoformat, parse_duration
from msrest.serialization import Serializer

start, day = datetime(2026, 3, 1), timedelta(days=1)
month, year = parse_duration("P1M"), parse_duration("P1Y")
seen = {}
for what, duration in {
    "a month less a day": month - day,
    "a year less a month": year - month,
    "365 days less a day": timedelta(days=365) - day,
}.items():
    text = duration_isoformat(duration)
    assert Serializer.serialize_duration(duration) == text
    seen[what] = (text, start + duration, start + parse_duration(text))
    print(f"{what}: {start + duration:%Y-%m-%d} as computed, {text} as text, {seen[what][2]:%Y-%m-%d} as read back")
assert seen == {
    "a month less a day": ("-P1M1D", datetime(2026, 3, 31), datetime(2026, 1, 31)),
    "a year less a month": ("-P1Y1M", datetime(2027, 2, 1), datetime(2025, 2, 1)),
    "365 days less a day": ("P364D", datetime(2027, 2, 28), datetime(2027, 2, 28)),
}, seen
PYTHON
