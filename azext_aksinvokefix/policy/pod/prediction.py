"""Would a policy deny the pod of a run command? A prediction from what is published of the pod and of the templates."""

from __future__ import annotations

from azext_aksinvokefix.policy.built_ins import built_in_name
from azext_aksinvokefix.policy.expression import UNKNOWN
from azext_aksinvokefix.policy.model import PolicyInForce
from azext_aksinvokefix.policy.pod.by_template import judged
from azext_aksinvokefix.policy.pod.facts import RUNS
from azext_aksinvokefix.policy.pod.label_selector import selects
from azext_aksinvokefix.policy.pod.patterns import UnsupportedError, names_image
from azext_aksinvokefix.policy.pod.rules import RULES, Rule
from azext_aksinvokefix.policy.pod.verdict import DENY, IMAGE, OPEN, PASS, Verdict, allows, unknown

__all__ = ["DENY", "OPEN", "PASS", "Verdict", "verdict"]

_BARE = "it applies to pods that workloads generate, not to a bare pod (source Generated)"


def verdict(policy: PolicyInForce) -> Verdict:  # pylint: disable=too-many-return-statements
    """What a policy that denies what violates it makes of the command pod."""
    if not policy.concerns_pods:
        return allows("it does not apply to pods")
    if policy.source == "Generated":
        return allows(_BARE)
    selected = selects(policy.label_selector)
    if selected is False:
        return allows("it selects pods by a label that the command pod does not have (labelSelector)")
    found = _judged(policy)
    if found.outcome == PASS:
        return found
    if selected is None:
        return unknown(
            "it selects pods by label (labelSelector), and it is not known whether the command pod matches", "labels"
        )
    if policy.source is UNKNOWN:
        return unknown("its source cannot be read, and it might apply only to pods that workloads generate")
    return found


def _judged(policy: PolicyInForce) -> Verdict:
    rule = RULES.get(built_in_name(policy.definition_id) or "")
    if rule is None:
        return _by_own_template(policy)
    found = rule.judge(policy)
    if found.outcome == PASS:
        return found
    aside = _image_aside(policy) if rule.by_image else None
    aside = aside or (_containers_aside(policy, rule) if rule.by_container else None)
    if aside is None and policy.kinds is None:
        return unknown("its kind cannot be read")
    return aside or found


def _by_own_template(policy: PolicyInForce) -> Verdict:
    """Images and containers that a custom policy leaves out are its template's own business."""
    if policy.template is None:
        return unknown("it is not known what its constraint template requires")
    found = judged(policy.template)
    # Kinds are documented as required beside a template; what comes of it without them is not.
    return unknown("its kind cannot be read") if found.outcome == DENY and policy.kinds is None else found


def _image_aside(policy: PolicyInForce) -> Verdict | None:
    excluded = policy.parameters.get("excludedImages")
    if excluded is UNKNOWN:
        return unknown("its excludedImages cannot be read")
    answers = [_names_image(entry) for entry in excluded] if isinstance(excluded, list) else []
    if True in answers:
        return allows("the image of the command pod is excluded (parameter excludedImages)")
    why = "excludedImages names one build of the command pod's image, and it is not known which build runs"
    return unknown(why, "image") if None in answers else None


def _names_image(entry: object) -> bool | None:
    try:
        return names_image(entry, IMAGE)
    except UnsupportedError:  # longer than any image's name
        return False


def _containers_aside(policy: PolicyInForce, rule: Rule) -> Verdict | None:
    given = policy.parameters.get("excludedContainers")
    if given is UNKNOWN:
        return unknown("its excludedContainers cannot be read")
    excluded = given if isinstance(given, list) else []
    left = [container for container in rule.looks_at if container not in excluded]
    if not left:
        return allows("the containers of the command pod are excluded (parameter excludedContainers)")
    if RUNS not in left:
        return unknown(f"container {RUNS} is excluded, {left[0]} of Entra clusters is not", "initContainers")
    return None
