"""When to try again: every form of Retry-After that HTTP knows, and every one that it does not."""

from __future__ import annotations

import time
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_aksinvokefix import retry


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "17"}, 17),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": "0"}, 0),
        ({"retry-after": "-3"}, 0),
        ({"retry-after": "86400"}, 300),
        ({"retry-after": "1e300"}, 300),
        ({"retry-after": "Mon, 01 Jan 1990 00:00:00 GMT"}, 0),
        ({"retry-after": "Fri, 31 Dec 9999 23:59:59 GMT"}, 300),
        ({"retry-after-ms": "250"}, 0.25),
        ({"x-ms-retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after-ms": "soon", "retry-after": "9"}, 9),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "-inf"}, None),
        ({"retry-after": "1e400"}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "Mon, 99 Jan 1990 00:00:00 GMT"}, None),
    ],
)
def test_what_a_service_asks_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    assert retry.after(headers) == seconds


def test_a_date_is_so_many_seconds_from_now() -> None:
    asked = retry.after({"retry-after": formatdate(time.time() + 60, usegmt=True)})
    assert asked is not None and 50 < asked <= 61


@given(st.text() | st.floats().map(str) | st.integers().map(str))
def test_whatever_is_asked_a_pause_is_a_number_within_bounds(value: str) -> None:
    asked = retry.after({"retry-after": value})
    assert asked is None or 0 <= asked <= retry.LONGEST_RETRY_AFTER
