"""What the simulator guesses is written down with what would prove it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools import stand_in

EVERY = stand_in.markers()


def test_the_document_is_up_to_date() -> None:
    assert stand_in.TARGET.read_text(encoding="utf-8") == stand_in.document(), "run make docs"


def test_no_guess_stands_outside_a_marker() -> None:
    found = {str(file): lines for file in stand_in.files() if (lines := stand_in.unmarked(file))}
    assert not found


def test_every_part_of_the_simulator_was_read() -> None:
    """A reader that finds nothing in a folder would pass everything above."""
    assert {marker.folder for marker in EVERY} >= {
        "aks",
        "authorization",
        "cluster",
        "core",
        "monitor",
        "policy",
        "graph",
    }
    assert len(EVERY) > 50
    assert any(marker.file.suffix == ".yaml" for marker in EVERY)


def test_what_is_held_to_something_real_is_there() -> None:
    assert all((stand_in.ROOT / file).exists() for _, _, file in stand_in.HELD)


MARKED = "# modelled: one\n# thing\n# proof: another\n#   line\n#\n# no part of it\n"


@pytest.mark.parametrize(("name", "text"), [("a.py", MARKED), ("a.yaml", MARKED + "x: 1\n"), ("a.rego", MARKED)])
def test_a_marker_goes_on_to_the_next_line_that_is_none(tmp_path: Path, name: str, text: str) -> None:
    file = tmp_path / name
    file.write_text(text)
    [marker] = stand_in.markers_of(file)
    assert (marker.line, marker.what, marker.proof) == (1, "one thing", "another line")
    assert not stand_in.unmarked(file)


@pytest.mark.parametrize(
    "text",
    [
        "# modelled: one\n",
        "# modelled: one\n# modelled: two\n# proof: x\n",
        "# proof: x\n",
        "# modelled: one\n# proof:\n",
    ],
)
def test_a_marker_without_a_proof_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "a.py"
    file.write_text(text)
    with pytest.raises(stand_in.MarkerError):
        stand_in.markers_of(file)


@pytest.mark.parametrize(
    "line", ['"""The status is modelled."""', "x = 1  # modelled", "# That is assumed.", "# It was never recorded."]
)
def test_a_guess_in_passing_is_found(tmp_path: Path, line: str) -> None:
    file = tmp_path / "a.py"
    file.write_text(f"# modelled: one\n# proof: two\n\n{line}\n")
    assert stand_in.unmarked(file) == [(4, line)]


def test_a_marker_in_a_string_is_none(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_text('x = """\n# modelled: one\n# proof: two\n"""\n')
    assert not stand_in.markers_of(file)
    assert re.search("modelled", stand_in.unmarked(file)[0][1])
