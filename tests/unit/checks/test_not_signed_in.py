"""A sign-in that never was has not expired, whoever says so."""

from __future__ import annotations

from typing import Any

import pytest

from azext_aksinvokefix import catalog, checks
from azext_aksinvokefix.arm import ArmError, SignInError, no_token
from azext_aksinvokefix.invoke import refusal
from azext_aksinvokefix.lifecycle import Evidence
from azext_aksinvokefix.surface import errors
from tests.data.evidence import failure, healthy, only, sign_in

NOBODY = "Please run 'az login' to setup account."
EXPIRED = "AADSTS700082: The refresh token has expired due to inactivity."
#: Signed in once, and refused since, in a text that ends with the same advice.
BOTH = f"{EXPIRED}\n{NOBODY}"
#: az forgot the token of an account that its profile still has.
FORGOTTEN = "User 'a@contoso.com' does not exist in MSAL token cache. Run `az login`."


def diagnosed(text: str) -> list[dict[str, Any]]:
    """The finding by a text of this run, by a pasted text, and by the sign-in that a diagnosis looks at."""
    return [
        only(checks.run(failure(text, source="run"), healthy()), "sign-in-expired"),
        only(checks.run(failure(text), Evidence(cluster_id="")), "sign-in-expired"),
        only(checks.run(None, healthy(sign_in=sign_in(error=text))), "sign-in-expired"),
    ]


@pytest.mark.parametrize("at", range(3))
def test_whoever_never_signed_in_is_told_so(at: int) -> None:
    found = diagnosed(NOBODY)[at]
    assert found["title"] == catalog.sign_in.NOT_SIGNED_IN == "You are not signed in"
    assert "refused" not in found["message"] and "no account" in found["message"]
    assert [fix["command"] for fix in found["fixes"]] == ["az login"]


@pytest.mark.parametrize("text", [EXPIRED, BOTH])
@pytest.mark.parametrize("at", range(3))
def test_whose_token_was_refused_is_told_that_it_expired(at: int, text: str) -> None:
    assert diagnosed(text)[at]["title"] == catalog.FINDINGS["sign-in-expired"].title


@pytest.mark.parametrize(
    ("text", "title"),
    [
        (NOBODY, "You are not signed in"),
        (EXPIRED, "Your sign-in has expired"),
        (FORGOTTEN, "Your sign-in has expired"),
        ("something else", "Your sign-in has expired"),
    ],
)
def test_the_line_of_a_run_has_the_same_title(text: str, title: str) -> None:
    assert catalog.title(refusal.from_error(no_token(ValueError(text)))) == title


def advice(error: ArmError) -> tuple[str, str]:
    found = errors.by_azure(error)
    return str(found), str(getattr(found, "recommendations", ""))


def test_an_error_says_what_to_do_instead_of_every_code_of_entra() -> None:
    text, advised = advice(SignInError(NOBODY, "sign-in-expired"))
    assert text == f"You are not signed in: {NOBODY}"
    assert "`az login`" in advised and "70043" not in advised
    assert "az login" in advice(SignInError(EXPIRED, "sign-in-expired"))[1]
    blocked = advice(SignInError("AADSTS53003: Access has been blocked.", "sign-in-expired"))[1]
    assert "Ask an Entra administrator" in blocked and "70043" not in blocked
