"""Every form of a secret is kept in, nothing else is touched, and the work stays linear in the text."""

from __future__ import annotations

import time
from typing import Any

import pytest

from azext_aksinvokefix import catalog, redact
from tests.data.cluster_output import texts
from tests.data.secret_forms import FORMS


@pytest.mark.parametrize(("text", "secrets"), FORMS.values(), ids=FORMS.keys())
def test_a_secret_in_this_form_is_gone(text: str, secrets: tuple[str, ...]) -> None:
    assert all(secret in text for secret in secrets)
    cleaned = redact.redact(text)
    assert not [secret for secret in secrets if secret in cleaned]


@pytest.mark.parametrize(("text", "secrets"), FORMS.values(), ids=FORMS.keys())
def test_redacting_this_form_twice_changes_nothing_more(text: str, secrets: tuple[str, ...]) -> None:
    cleaned = redact.redact(text)
    assert redact.redact(cleaned) == cleaned


def test_ordinary_output_stays_as_it_is() -> None:
    lines = changed = 0
    for text in texts(5_000_000):
        before, after = text.split("\n"), redact.redact(text).split("\n")
        assert len(before) == len(after)
        lines += len(before)
        changed += sum(one != other for one, other in zip(before, after))
    assert changed * 10_000 <= lines, f"{changed} of {lines} lines were changed"


PIECES = [
    *(
        "\\",
        '\\"',
        "%",
        "%25",
        "&amp;",
        "&",
        '"',
        "'",
        "=",
        ":",
        "://",
        "@",
        "-",
        "- ",
        "--",
        ".",
        "eyJ",
        "eyJ.",
        "|",
        "{",
        "[",
    ),
    *(
        "key",
        "key:",
        "key=",
        'key="',
        "password",
        "password: |\n",
        "password=a&",
        "password='",
        "token: ",
        "--password ",
    ),
    *(
        "value: ",
        "name: password\n",
        'name="password" value="',
        '{"kind":"Secret","data":{',
        "kind: Secret\ndata:\n a: b\n",
    ),
    *(
        "-----BEGIN PRIVATE KEY-----",
        "-----END PRIVATE KEY-----\n",
        "Authorization: ",
        "Cookie: a=b; ",
        "Bearer ",
        "a",
        "A1",
    ),
    *(
        "mysql -p",
        "curl -u a:b ",
        " ",
        "\n",
        "\n  ",
        "a:\n",
        "a.",
        "ghp_",
        "https://a:b@",
        "0.A",
        "Q~",
        "[secret-1]",
        "QUFB",
    ),
    *(
        "- a: b\n  ",
        "docker login -p x ",
        "Private-Lines: 1\n",
        "password is ",
        "<password>",
        "password[",
        "'' ",
        "a=b;",
        "é",
    ),
]


@pytest.mark.parametrize("piece", PIECES)
def test_twice_the_text_takes_twice_the_time(piece: str) -> None:
    """Four times as long may take eight times: far from the sixteen of quadratic work, and from a machine's noise."""

    def seconds(size: int) -> float:
        text = (piece * (size // len(piece) + 1))[:size]
        best = 9.9
        for _ in range(3):
            began = time.process_time()
            redact.redact(text)
            best = min(best, time.process_time() - began)
        return best

    assert seconds(128_000) <= 8 * max(seconds(32_000), 0.01)


@pytest.mark.parametrize(
    "document",
    [
        {"adminPassword": {"value": "hunter2-hunter2"}},
        {"env": [{"name": "DB_PASSWORD", "value": "hunter2-hunter2"}]},
        {"env": [{"value": "hunter2-hunter2", "name": "API_KEY", "slotSetting": False}]},
        {"kind": "Secret", "stringData": {"anything": "hunter2-hunter2"}},
        {"apiKeys": ["hunter2-hunter2"], "client_secret": "hunter2-hunter2"},
        [{"keyName": "key1", "value": "hunter2-hunter2"}],
    ],
)
def test_a_secret_in_a_document_is_gone(document: dict[str, Any] | list[dict[str, str]]) -> None:
    assert "hunter2" not in str(redact.document(document))


@pytest.mark.parametrize("page", [catalog.page(each) + str(catalog.detail(each)) for each in catalog.FINDINGS])
def test_the_catalogue_is_shown_as_it_is_written(page: str) -> None:
    assert redact.redact(page) == page
