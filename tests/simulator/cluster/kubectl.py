"""What a kubectl command has to be allowed to do: enough of its grammar for the commands that people try first."""

from __future__ import annotations

import re

from tests.simulator.core.specs import Needs

_VERBS = {"get": "list", "describe": "get", "delete": "delete", "create": "create", "logs": "get", "exec": "create"}

#: Plural, API group, and the other names of a kind.
_KINDS = (
    ("nodes", "", "node no"),
    ("namespaces", "", "namespace ns"),
    ("pods", "", "pod po"),
    ("services", "", "service svc"),
    ("secrets", "", "secret"),
    ("configmaps", "", "configmap cm"),
    ("events", "", "event ev"),
    ("persistentvolumes", "", "persistentvolume pv"),
    ("deployments", "apps", "deployment deploy"),
    ("daemonsets", "apps", "daemonset ds"),
    ("clusterroles", "rbac.authorization.k8s.io", "clusterrole"),
)
_KIND_OF = {word: (plural, group) for plural, group, words in _KINDS for word in (plural, *words.split())}

CLUSTER_SCOPED = {"nodes", "namespaces", "persistentvolumes", "clusterroles", "clusterrolebindings"}

_NAMESPACE = re.compile(r"(?:^|\s)(?:-n|--namespace)[=\s]\s*(\S+)")
_EVERYWHERE = re.compile(r"(?:^|\s)(?:-A|--all-namespaces)(?:\s|$)")


def needs_of(command: str) -> Needs | None:
    """The permission of the first kubectl in a command, None when it takes none or cannot be told.

    >>> needs_of("kubectl get nodes")
    Needs(verb='list', resource='nodes', group='', namespace=None)
    >>> needs_of("kubectl get deploy -n shop")
    Needs(verb='list', resource='deployments', group='apps', namespace='shop')
    >>> needs_of("kubectl version")
    """
    text = re.split(r"[;&|\n]", command.partition("kubectl ")[2], maxsplit=1)[0]
    words = [word for word in text.split() if not word.startswith("-")]
    if not words or words[0] not in _VERBS:
        return None
    verb = _VERBS[words[0]]
    if words[0] in ("logs", "exec"):
        return Needs(verb, "pods/exec" if words[0] == "exec" else "pods/log", "", _namespace(text))
    kind, _, name = (words[1] if len(words) > 1 else "").partition("/")
    if kind.lower() not in _KIND_OF:
        return None
    plural, group = _KIND_OF[kind.lower()]
    namespace = None if plural in CLUSTER_SCOPED else _namespace(text)
    return Needs("get" if verb == "list" and name else verb, plural, group, namespace)


def _namespace(text: str) -> str | None:
    named = _NAMESPACE.search(text)
    if named:
        return named[1]
    return None if _EVERYWHERE.search(text) else "default"
