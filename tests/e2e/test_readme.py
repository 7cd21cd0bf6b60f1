"""What the README shows is what the real az prints."""

from __future__ import annotations

import pytest

from tests.e2e.azure import Azure
from tools.transcripts import README, TRANSCRIPTS, names, printed, shown

TEXT = README.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", TRANSCRIPTS)
def test_a_transcript_of_the_readme_is_what_is_printed(azure: Azure, name: str) -> None:
    assert shown(TEXT, name) == printed(azure, TRANSCRIPTS[name]), "README.md is stale: make transcripts"


def test_every_console_block_of_the_readme_is_a_transcript() -> None:
    assert sorted(names(TEXT)) == sorted(TRANSCRIPTS)
    assert TEXT.count("```console") == len(TRANSCRIPTS)
