"""Passwords on the command lines of programs whose options are too short to tell by their names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from azext_aksinvokefix.redact import names, values
from azext_aksinvokefix.redact.view import Span, View

#: A program, and the options of it that a secret follows; where a word is needed behind the program, the word.
_OPTIONS = {
    "mysql": ("-p",),
    "mysqldump": ("-p",),
    "mysqladmin": ("-p",),
    "mariadb": ("-p",),
    "sshpass": ("-p",),
    "mongo": ("-p",),
    "mongosh": ("-p",),
    "mongodump": ("-p",),
    "mongorestore": ("-p",),
    "mongoexport": ("-p",),
    "mongoimport": ("-p",),
    "redis-cli": ("-a",),
    "sqlcmd": ("-P",),
    "bcp": ("-P",),
    "ldapsearch": ("-w",),
    "ldapadd": ("-w",),
    "ldapmodify": ("-w",),
    "ldapwhoami": ("-w",),
    "rabbitmqadmin": ("-p",),
    "influx": ("-p", "-t"),
    "cqlsh": ("-p",),
    "clickhouse-client": ("-p",),
    "ipmitool": ("-P",),
    "7z": ("-p",),
    "zip": ("-P",),
    "unzip": ("-P",),
    "nats": ("-p",),
    "mosquitto_pub": ("-P",),
    "mosquitto_sub": ("-P",),
}
_WITH_LOGIN = (
    "docker",
    "podman",
    "nerdctl",
    "buildah",
    "skopeo",
    "oras",
    "crane",
    "helm",
    "az",
    "oc",
    "argocd",
    "acr",
    "tkn",
)
_USERS = ("curl", "http", "https", "wget", "smbclient", "skopeo", "ctr", "crictl", "nerdctl")
_CLIENT = re.compile(
    r"(?<![\w./-])(?:[\w./-]{0,60}/)?("
    + "|".join(sorted((*_OPTIONS, *_WITH_LOGIN, *_USERS), key=len, reverse=True))
    + r")(?:\.exe)?(?=[\s\"'])"
)
_COMMAND = re.compile(r"[^\n|;&]*")
_LOGIN_OPTION = re.compile(r"(?<![^\s\"'])-p(?:[\s=]{1,4}|[\"']\s{0,4},\s{0,8})?(?=[^\s\-])")
_USER_OPTION = re.compile(
    r"(?<![^\s\"'])(?:-u|-U|-a|--user|--proxy-user|--auth|--creds|--src-creds|--dest-creds|--dst-creds)"
    r"(?:[\s=]{1,4}|[\"']\s{0,4},\s{0,8})?(?=\S)"
)
_SECURE_STRING = re.compile(r"convertto-securestring\s{1,4}(?:-string\s{1,4})?(?=[\"'])")
_PASSPHRASE = re.compile(r"(?<![\w])(?:pass|env-pass):([^\s\"']{3,})")


def commands(view: View) -> Iterator[Span]:
    """What follows the options of known programs."""
    text, folded, position = view.text, view.folded, 0
    if " -" in text or '"-' in text or "'-" in text:
        while found := _CLIENT.search(folded, position):
            rest = _COMMAND.match(text, found.end())
            end = rest.end() if rest else found.end()
            yield from _in_command(view, found.group(1), found.end(), end)
            position = end
    if "convertto-securestring" in folded:
        for found in _SECURE_STRING.finditer(folded):
            yield (*values.quoted(view, found.end()), "secret")
    if " pass:" in folded or "\tpass:" in folded:
        yield from (
            (found.start(1), found.end(1), "secret") for found in _PASSPHRASE.finditer(folded) if found.start(1)
        )


def _in_command(view: View, program: str, begin: int, end: int) -> Iterator[Span]:
    for option in _OPTIONS.get(program, ()):
        pattern = re.compile(rf"(?<![^\s\"']){option}(?:[\s=]{{1,4}}|[\"']\s{{0,4}},\s{{0,8}})?(?=[^\s\-=])")
        yield from _values(view, pattern, begin, end)
    if program in _WITH_LOGIN and " login" in view.folded[begin:end]:
        yield from _values(view, _LOGIN_OPTION, begin, end)
    if program in _USERS:
        for first, last, kind in _values(view, _USER_OPTION, begin, end):
            sign = max(view.text.find(":", first, last), view.text.find("%", first, last))
            if sign > 0 and not view.text.startswith("//", sign + 1):
                yield sign + 1, last, kind


def _values(view: View, option: re.Pattern[str], begin: int, end: int) -> Iterator[Span]:
    for found in option.finditer(view.text, begin, end):
        at = found.end()
        first, last = values.quoted(view, at) if values.is_quote(view, at) else values.run(view, at)
        if first < last and not names.is_trivial(view.head(first, last)):
            yield first, last, "secret"
