"""What belongs to no stage."""

from __future__ import annotations

from azext_aksinvokefix.catalog.entry import ARTICLE, Entry

ENTRIES = (
    Entry(
        id="unrecognized",
        severity="error",
        title="Unrecognized error",
        message="The text matches no known failure; it is kept whole.",
        what="Nothing in the text is known to this extension. The cluster is looked at stage by stage all the same.",
        why="The service changed its wording, the failure is a new one, or the text is a part without the telling "
        "words.",
        confirm="There is nothing to confirm: the text stands as it is.",
        fix="Read the text, then the findings about the cluster beside it. Give the whole text, from the first line "
        "on, with --error-file; a new text is welcome as a report.",
        safety="Safe: nothing changes.",
        limits="Events about kube-root-ca.crt not being registered also stand beside commands that work and mean "
        "nothing.",
        umbrella=True,
        fixes=("manual",),
        references=(ARTICLE,),
    ),
)
