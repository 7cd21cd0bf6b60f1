"""Where the secrets of a short text stand is remembered, and nothing else is."""

from hypothesis import given
from hypothesis import strategies as st

from azext_aksinvokefix import redact
from tests.data.secret_forms import FORMS

_FORMS = sorted(text for text, _ in FORMS.values() if len(text) <= redact._SHORT)
_GLUE = (" ", "\n", "'", '"', ": ", "=", "name: ", "value: ", "--", "\\n", "c1", "[secret-1]")
_PARTS = st.lists(st.one_of(st.sampled_from(_FORMS), st.sampled_from(_GLUE), st.text(max_size=12)), max_size=5)


@given(_PARTS)
def test_a_text_that_came_before_is_redacted_as_one_that_did_not(parts: list[str]) -> None:
    text = "".join(parts)
    redact._in_short.cache_clear()
    first, again = redact.redact(text), redact.redact(text)
    known = redact.known(text)
    afresh = redact._replaced(known, redact._in(known)) if len(known) >= redact._SHORTEST else known
    assert first == again == afresh


def test_a_secret_that_is_registered_later_is_taken_out_of_a_text_that_came_before() -> None:
    text = "the value is plain-looking-but-secret today"
    assert redact.redact(text) == text
    redact.register("plain-looking-but-secret")
    assert "plain-looking" not in redact.redact(text)


def test_no_long_text_is_kept() -> None:
    redact._in_short.cache_clear()
    redact.redact("word " * redact._SHORT)
    assert redact._in_short.cache_info().currsize == 0
