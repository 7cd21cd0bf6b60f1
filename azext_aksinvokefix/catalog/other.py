"""What belongs to no stage."""

from __future__ import annotations

from azext_aksinvokefix.catalog.entry import ARTICLE, Entry

ENTRIES = (
    Entry(
        id="unrecognized",
        severity="error",
        title="Unrecognized error",
        message="The text matches no known failure; it is shown in full.",
        what="This extension does not recognize anything in the text. It still checks the cluster, stage by stage.",
        why="The service changed its wording, the failure is new, or the text is only an excerpt without the part "
        "that matters.",
        confirm="There is nothing to confirm.",
        fix="Read the text, then the findings about the cluster. Pass the whole text, starting at the first line, "
        "with --error-file. Please report new error texts.",
        safety="Safe: it changes nothing.",
        limits="Events about kube-root-ca.crt not being registered also appear with commands that work; they mean "
        "nothing.",
        umbrella=True,
        fixes=("manual",),
        references=(ARTICLE,),
    ),
)
