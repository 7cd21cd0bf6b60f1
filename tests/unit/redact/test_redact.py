"""No secret passes, nothing else changes."""

from __future__ import annotations

import logging
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_aksinvokefix import log_records, redact

JWT = "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJhdWQiOiI2ZGFlNDJmOCJ9.c2lnbmF0dXJlLXNpZ25hdHVyZQ"
SECRET = "s3cr3t-Value.With~Signs_0123456789"

SHAPES = {
    "bearer header": f"Authorization: Bearer {SECRET}",
    "bare JWT": f"token is {JWT} here",
    "JWT behind an escape": '{"log": "line\\n' + JWT + '"}',
    "cluster token in a body": '{"command": "ls", "clusterToken": "' + SECRET + '"}',
    "cluster token in escaped JSON": '{\\"clusterToken\\":\\"' + SECRET + '\\"}',
    "python repr": "{'access_token': '" + SECRET + "'}",
    "SAS": f"https://a.blob.core.windows.net/c?sv=2022&sig={SECRET}&se=1",
    "operation URL": f"https://management.azure.com/x/operations/1?api-version=2016-03-30&t=638376137766504900&c={SECRET}",
    "short signature": "https://management.azure.com/x/commandResults/1?api-version=1&t=1&c=MII&s=" + JWT.split(".")[1],
    "connection string": f"DefaultEndpointsProtocol=https;AccountName=a;AccountKey={SECRET};",
    "kubeconfig": f"users:\n- name: u\n  user:\n    token: {SECRET}\n",
    "client key data": f"    client-key-data: {SECRET}\n",
    "private key": f"-----BEGIN RSA PRIVATE KEY-----\n{SECRET}\n-----END RSA PRIVATE KEY-----",
    "private key without an end": f"-----BEGIN PRIVATE KEY-----\n{SECRET}",
    "command line": f"az login --service-principal --password {SECRET}",
    "form body": f"grant_type=client_credentials&client_secret={SECRET}",
}


@pytest.mark.parametrize("text", SHAPES.values(), ids=SHAPES.keys())
def test_a_secret_in_any_shape_is_gone(text: str) -> None:
    cleaned = redact.redact(text)
    assert SECRET not in cleaned
    assert JWT not in cleaned
    assert JWT.split(".")[1] not in cleaned


def test_the_same_secret_keeps_its_placeholder() -> None:
    first, second = (redact.redact(f"Bearer {SECRET}-{n}") for n in (1, 2))
    assert first != second
    assert redact.redact(f"Bearer {SECRET}-1") == first


def test_an_entra_client_secret_is_known_by_its_form() -> None:
    assert "Q~" not in redact.redact("value abc8Q~" + "a" * 34 + " end")


@pytest.mark.parametrize(
    "text",
    [
        "NAME READY STATUS\ncommand-300ac3fddbb444308fa05d36a3002ef3 1/1 Running",
        "[azurepolicy-k8sazurev3readonlyrootfilesyst-621db1c4d893abfa0dcb] only read-only root filesystem container",
        "/subscriptions/7b3b906c-0000/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/c",
        "mcr.microsoft.com/aks/command/runtime:master.230109.1",
        "Password policy: tokens expire",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redact.redact(text) == text


@given(st.text())
def test_redacting_twice_changes_nothing_more(text: str) -> None:
    once = redact.redact(text)
    assert redact.redact(once) == once


def test_a_registered_secret_is_found_by_its_value_and_nothing_else_is_touched() -> None:
    redact.register("an-opaque-registered-value")
    assert redact.known("password: hunter2hunter2 an-opaque-registered-value").startswith("password: hunter2hunter2 [")


def test_a_log_record_whose_arguments_do_not_fit_is_redacted_all_the_same(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), log_records.redacted():
        logging.getLogger("some.library").debug("count %d", f"Bearer {SECRET}")
    assert SECRET not in caplog.text


def test_log_records_are_redacted_while_the_context_is_open(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("azure.core.something")
    with caplog.at_level(logging.DEBUG), log_records.redacted():
        logger.debug("body %s", '{"clusterToken": "' + SECRET + '"}')
    assert SECRET not in caplog.text
    assert "clusterToken" in caplog.text


def test_log_records_are_redacted_until_the_last_of_several_contexts_is_closed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    first, second = log_records.redacted(), log_records.redacted()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    logging.getLogger("x").warning("token %s", JWT)
    second.__exit__(None, None, None)
    logging.getLogger("x").warning("plain %s", JWT)
    assert JWT not in caplog.records[0].getMessage() and JWT in caplog.records[1].getMessage()


class Costly:
    """Something whose text nobody should ask for."""

    def __str__(self) -> str:
        raise AssertionError("somebody read the record")


def test_a_record_that_nobody_reads_is_not_redacted() -> None:
    logger = logging.getLogger("cli.nobody.reads")
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    handler = logging.StreamHandler()
    handler.setLevel(logging.WARNING)
    logger.addHandler(handler)
    with log_records.redacted():
        logger.debug("body %s", Costly())
    logger.removeHandler(handler)


@pytest.mark.parametrize("kind", ["ConfigMap", "SecretClass"])
@pytest.mark.parametrize(
    "form",
    [
        "apiVersion: v1\nkind: {kind}\nmetadata:\n  name: x\ndata:\n  colour: Ymx1ZSBza3k=\n",
        "apiVersion: v1\ndata:\n  colour: Ymx1ZSBza3k=\nkind: {kind}\n",
        '{{"kind": "{kind}", "data": {{"colour": "Ymx1ZSBza3k="}}}}',
    ],
)
def test_the_data_of_another_kind_than_a_secret_stay(kind: str, form: str) -> None:
    text = form.format(kind=kind)
    assert redact.redact(text) == text
    assert "Ymx1ZSBza3k=" not in redact.redact(form.format(kind="Secret"))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("- name: DB_PASSWORD\n  value: two wor9ds\n- name: X\n", "- name: DB_PASSWORD\n  value: *\n- name: X\n"),
        ("[{name: DB_PASSWORD, value: 'two wor9ds'}, {name: X}]", "[{name: DB_PASSWORD, value: '*'}, {name: X}]"),
        ("{name: DB_PASSWORD, value: Hunter2x, kind: a b}", "{name: DB_PASSWORD, value: *, kind: a b}"),
        ("{value: Hunter2x, name: DB_PASSWORD}", "{value: *, name: DB_PASSWORD}"),
        ("- name: PASSWORD\n  value: |\n    two, wor9ds\n    more\n", "- name: PASSWORD\n  value: |\n    *\n"),
        ("password: two wor9ds\nuser: me", "password: *\nuser: me"),
        ("run password: Hunter2x more text", "run password: * more text"),
        ("x password=Hunter2x more text", "x password=* more text"),
        ("set password=two wor9ds", "set password=*"),
        ("password=Hunter,2x rest", "password=* rest"),
        ("password=Hunter2x,9 rest", "password=* rest"),
        ("password=Hunter;2x rest", "password=* rest"),
        ("password=Hunter2x, rest", "password=*, rest"),
        ("password=Hunter2x; rest", "password=*; rest"),
        ("password=Hunter2x,user=me", "password=*,user=me"),
        ("(password=Hunter2x, rest)", "(password=*, rest)"),
    ],
)  # fmt: skip
def test_a_value_is_taken_out_to_its_end_and_no_further(text: str, shown: str) -> None:
    assert re.sub(r"\[secret-\d+\]", "*", redact.redact(text)) == shown


def test_of_two_documents_only_the_secret_loses_its_data() -> None:
    data = "data:\n  colour: Ymx1ZSBza3k=\n"
    shown = redact.redact(f"kind: ConfigMap\n{data}---\nkind: Secret\n{data}---\nkind: Other\n{data}")

    assert re.sub(r"\[secret-\d+\]", "*", shown).count("colour: Ymx1ZSBza3k=") == 2
    assert "kind: Secret\ndata:\n  colour: [secret-" in shown
