"""Judging an object by a Gatekeeper ConstraintTemplate, as OPA would: pure Python over parsed data.

    template = read(parsed_constraint_template)
    verdict = judge(template, constraint_parameters, review)

The review is Gatekeeper's `input.review`; fields that are not known hold ``Unknown``, ``Text`` or ``Maybe``. The answer
then is sure only if it is the same whatever those fields hold. What lies outside the part of Rego that is known here
is ``unknown``, never a guess. Nothing a template says makes this recurse, run long or open anything: nesting and steps
are bounded, reading is linear, regular expressions are automata.
"""

from azext_aksinvokefix.policy.rego.defaults import with_defaults
from azext_aksinvokefix.policy.rego.judge import ALLOWS, DENIES, DEPENDS, UNKNOWN, Verdict, judge
from azext_aksinvokefix.policy.rego.template import Template, read
from azext_aksinvokefix.policy.rego.values import Hole, Maybe, Object, OpenArray, Text, Unknown, of_json

__all__ = [
    "ALLOWS",
    "DENIES",
    "DEPENDS",
    "UNKNOWN",
    "Hole",
    "Maybe",
    "Object",
    "OpenArray",
    "Template",
    "Text",
    "Unknown",
    "Verdict",
    "judge",
    "of_json",
    "read",
    "with_defaults",
]
