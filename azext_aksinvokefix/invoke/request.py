"""What `run` was asked for beyond one plain command, and what that makes of the request."""

from __future__ import annotations

import base64
import io
import zipfile
from dataclasses import dataclass, replace

from azext_aksinvokefix.invoke import fetch, script
from azext_aksinvokefix.invoke.attachments import BODY_LIMIT, AttachmentError, Attachments
from azext_aksinvokefix.invoke.plan import Plan, Script

#: Room for the command, the cluster token and the JSON around them.
_ENVELOPE = 16 * 1024


@dataclass(frozen=True)
class Request:
    """The arguments of `run` that are about the command itself; ``below`` is a folder for what is fetched."""

    commands: tuple[str, ...] = ()
    script: str | None = None
    script_args: str | None = None
    keep_going: bool = False
    full_output: bool = False
    fetches: tuple[str, ...] = ()
    below: str = ""

    @property
    def is_plain(self) -> bool:
        """One command and nothing else, which is sent byte for byte as it was given."""
        more = self.script is not None or self.keep_going or self.full_output or self.fetches
        return len(self.commands) <= 1 and not more

    @property
    def asks_for_a_run(self) -> bool:
        """Whether there is anything to run, rather than a run to wait for."""
        return bool(any(self.commands) or self.script)

    @property
    def command(self) -> str:
        """The plain command; empty where there is none."""
        return self.commands[0] if self.commands else ""

    def plan(self) -> Plan | None:
        """How it is wrapped; None for a plain one. AttachmentError where the script cannot be read."""
        if self.is_plain:
            return None
        return Plan(
            commands=self.commands,
            script=None if self.script is None else script.read(self.script, self.script_args),
            keep_going=self.keep_going,
            full_output=self.full_output,
            fetches=tuple(fetch.parse(each, self.below) for each in self.fetches),
        )


def attach(plan: Plan, attachments: Attachments | None) -> Attachments:
    """The user's attachments with the script and the wrapper's own files beside them."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        if attachments:
            _copy(attachments, archive, plan.script)
        if plan.script:
            archive.writestr(_entry(plan.script.name, 0o755), plan.script.content)
        for name, content in plan.files():
            archive.writestr(_entry(name, 0o600), content)
    context = base64.b64encode(packed.getvalue()).decode("ascii")
    if len(context) + _ENVELOPE > BODY_LIMIT:
        raise AttachmentError(
            "attachment-too-large",
            "The attachments, the script and the steps make the request larger than 4 MiB, which Azure rejects.",
            "Attach only what the command needs, list the rest in .azignore, or have the command download it.",
        )
    return replace(attachments, context=context) if attachments else Attachments(context, 0, 0)


def _copy(attachments: Attachments, archive: zipfile.ZipFile, script_: Script | None) -> None:
    """A script that is among the attachments already travels once; another file of its name is refused."""
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(attachments.context))) as given:
        for member in given.infolist():
            content = given.read(member)
            if script_ is None or member.filename != script_.name:
                archive.writestr(member, content)
            elif content != script_.original:
                raise AttachmentError(
                    "attachment-invalid",
                    f"The script and an attachment would both arrive as '{script_.name}'.",
                    "Rename one of them.",
                )


def _entry(name: str, mode: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 3
    entry.external_attr = (0o100000 | mode) << 16
    return entry
