"""A catalogue entry as a page that reads well in a terminal and on the web."""

from __future__ import annotations

from textwrap import fill

from azext_aksinvokefix.catalog.entry import Entry

_WIDTH = 100
_MORE = {"repair": ", one step at a time, together with anything else that is broken"}


def page(entry: Entry) -> str:
    """Markdown with a section for each question a reader has, in the order in which they come up."""
    head = f"# {entry.id}\n\n{entry.title} ({entry.severity}, stage {entry.stage})"
    sections = (
        ("What it is", _prose(entry.what)),
        ("Why it happens", _prose(entry.why)),
        ("How it is confirmed", _prose(entry.confirm)),
        ("Fix", _prose(entry.fix)),
        ("Fixed by", "\n".join(f"- `az aks invoke-fix {each}`{_MORE.get(each, '')}" for each in entry.commands)),
        ("Fix safety", _prose(entry.safety)),
        ("Limits", _prose(entry.limits)),
        ("Example text", "\n\n".join(f"```text\n{each}\n```" for each in entry.examples)),
        ("References", "\n".join(f"- <{each}>" for each in (*entry.references, entry.documentation))),
    )
    written = (f"## {title}\n\n{body}" for title, body in sections if body)
    return "\n\n".join((head, *written)) + "\n"


def _prose(text: str) -> str:
    """Paragraphs filled; a line that starts with four spaces is a command and stays as it is."""
    return "\n\n".join(
        paragraph
        if paragraph.startswith("    ")
        else fill(paragraph, _WIDTH, break_on_hyphens=False, break_long_words=False)
        for paragraph in text.split("\n\n")
    )
