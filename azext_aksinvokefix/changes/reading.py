"""Reading the document that a change is about. What comes back is one, or nothing follows from the answer.

A proxy or a faulty service may answer 200 with a list, a text, ``null`` or half a document. Taken for a document it
would be compared and written back; taken for none, a change would be made anew or be called undone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from azext_aksinvokefix.arm import Arm, ArmError
from azext_aksinvokefix.quoting import one_line

_OK = 200


def document(arm: Arm, document_id: str, api_version: str) -> dict[str, Any]:
    """The ARM document as it is now; ArmError where there is none, or where the answer is no document."""
    found = arm.get(document_id, api_version)
    if not is_document(found):
        raise ArmError(_OK, None, one_line(f"The response for {document_id} is not an Azure resource."))
    return dict(found)


def document_if_any(arm: Arm, document_id: str, api_version: str) -> dict[str, Any] | None:
    """The same; None where Azure says that there is none: a 404 without a code is some proxy's."""
    try:
        return document(arm, document_id, api_version)
    except ArmError as error:
        if error.is_missing and error.code:
            return None
        raise


def is_document(value: Any) -> bool:
    """Whether an answer has the shape of every resource that is changed here."""
    return isinstance(value, Mapping) and isinstance(value.get("properties"), Mapping)
