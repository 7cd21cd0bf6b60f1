"""Judge the constraint templates of a snapshot beside OPA.

    PYTHONPATH=.work/opa .venv/bin/python -m tools.judge_public_templates FOLDER...

FOLDER is an unpacked copy of a repository that holds ConstraintTemplates; nothing of it is kept. Every template is put
to both with parameters drawn from its own schema, over the command pod: over pods that the model may stand for, where
both must say the same, and over the model itself, whose sure answers must hold for all of those. The cases of a
`suite.yaml` (gatekeeper-library's own) are put to both as they are. Exits with 1 where an answer is wrong.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from azext_aksinvokefix.policy.pod.document import review
from azext_aksinvokefix.policy.pod.facts import ENTRA, LOCAL
from azext_aksinvokefix.policy.rego import ALLOWS, DENIES, UNKNOWN, Template, judge, read
from tests.rego import opa
from tests.rego.worlds import World

ROUNDS, WORLDS = 6, 6
_VALUES = (
    ["*", "runtime/default", "RuntimeDefault", "aks.azure.com/runCommand", "createdBy", "app", "latest", ""]
    + [
        "mcr.microsoft.com/",
        "^mcr\\.microsoft\\.com/.+$",
        "^[[:alnum:]./:-]+$",
        ".*",
        "mcr.microsoft.com/aks/command/runtime*",
    ]
    + ["RunAsAny", "MustRunAs", "MustRunAsNonRoot", "MayRunAs", "ALL", "NET_RAW", "SYS_ADMIN", "projected", "emptyDir"]
    + ["500m", "200m", "1", "1Gi", "512Mi", "user-command", "init-command", "Always", "readinessProbe", "Pod", "All"]
)


class Tally:
    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.templates: dict[str, Counter[str]] = {}
        self.slowest = 0.0

    def note(self, name: str, what: str, detail: str = "") -> None:
        self.counts[what] += 1
        self.templates.setdefault(name, Counter())[what] += 1
        if detail:
            print(f"{what}: {name}: {detail}"[:600])

    def timed(self, template: Template, parameters: Any, asked: Any) -> Any:
        begin = time.process_time()
        found = judge(template, parameters, asked)
        self.slowest = max(self.slowest, time.process_time() - begin)
        return found


def documents(folder: Path) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    for file in sorted((*folder.rglob("*.yaml"), *folder.rglob("*.yml"))):
        for found in _read(file):
            yield file, found


def _read(file: Path) -> list[Mapping[str, Any]]:
    try:
        return [found for found in yaml.safe_load_all(file.read_text(encoding="utf-8")) if isinstance(found, Mapping)]
    except (yaml.YAMLError, UnicodeDecodeError):
        return []


def source(template: Mapping[str, Any]) -> tuple[str, list[str], int] | None:
    target = template["spec"]["targets"][0]
    code = next((item["source"] for item in target.get("code") or () if item["engine"] == "Rego"), target)
    return (code["rego"], code.get("libs") or [], 1 if code.get("version") == "v1" else 0) if code.get("rego") else None


def drawn(schema: Any, random: random.Random) -> Any:
    """A value of an OpenAPI schema."""
    schema = schema if isinstance(schema, Mapping) else {}
    if schema.get("enum") and random.random() < 0.8:
        return random.choice(schema["enum"])
    if schema.get("type") == "array":
        return [drawn(schema.get("items"), random) for _ in range(random.choice([0, 1, 1, 2, 3]))]
    if schema.get("type") == "object" or "properties" in schema:
        properties = schema.get("properties") or {}
        return {name: drawn(inner, random) for name, inner in properties.items() if random.random() < 0.85}
    if schema.get("type") in ("integer", "number"):
        return random.choice([0, 1, 2, 80, 1000, 65535])
    return random.random() < 0.5 if schema.get("type") == "boolean" else random.choice(_VALUES)


def judge_template(tally: Tally, name: str, written: Mapping[str, Any]) -> None:
    rego, template = source(written), read(written)
    if rego is None:
        return tally.note(name, "no Rego")
    if template.why_not:
        return tally.note(name, "not judged", template.why_not)
    validation = written["spec"]["crd"]["spec"].get("validation") or {}
    chance = random.Random(name)
    for at in range(ROUNDS):
        parameters = drawn(validation.get("openAPIV3Schema"), chance) if at else {}
        form = (LOCAL, ENTRA)[at % 2]
        if not _judge_pods(
            tally, name, template, rego, parameters if isinstance(parameters, dict) else {}, form, chance
        ):
            return None
    return None


def _judge_pods(
    tally: Tally, name: str, template: Template, rego: Any, parameters: Any, form: str, chance: random.Random
) -> bool:
    model = tally.timed(template, parameters, review(form))
    said = []
    for _ in range(WORLDS):
        world = World(chance).of(review(form))
        try:
            messages = opa.messages(opa.violations(rego[0], rego[1], _input(parameters, world), version=rego[2]))
        except opa.DoesNotCompileError as error:
            tally.note(name, "OPA does not compile it", str(error).replace("\n", " ")[:200])
            return False
        except (opa.BuiltinFailsError, opa.FailsError):
            tally.note(name, "OPA ends in an error")
            continue
        said.append(bool(messages))
        known = tally.timed(template, parameters, world)
        _compare(tally, name, known, messages, json.dumps(parameters))
    if (model.outcome == DENIES and not all(said)) or (model.outcome == ALLOWS and any(said)):
        tally.note(name, "WRONG about the model", f"{json.dumps(parameters)} {form} {model}")
    else:
        tally.note(name, f"model: {model.outcome}")
    return True


def _input(parameters: Any, asked: Any) -> dict[str, Any]:
    return {"parameters": parameters, "review": asked}


def _compare(tally: Tally, name: str, known: Any, messages: set[Any], detail: str) -> None:
    if known.outcome == UNKNOWN:
        tally.note(name, "unknown")
    elif known.outcome == (DENIES if messages else ALLOWS) and set(known.exact) <= messages:
        tally.note(name, "same")
    else:
        tally.note(name, "WRONG", f"{detail} {known} OPA: {messages}")


def judge_suite(tally: Tally, folder: Path, suite: Mapping[str, Any]) -> None:
    for test in suite["tests"]:
        written, constraint = (_read(folder / test[name])[0] for name in ("template", "constraint"))
        rego, template = source(written), read(written)
        parameters = json.loads(json.dumps((constraint.get("spec") or {}).get("parameters") or {}, default=str))
        if not rego:
            continue
        for case in test.get("cases") or ():
            asked = _asked(json.loads(json.dumps(_read(folder / case["object"])[0], default=str)))
            kind = "pod" if (asked.get("object") or {}).get("kind") == "Pod" else "other"
            messages = opa.messages(opa.violations(rego[0], rego[1], _input(parameters, asked), version=rego[2]))
            found = tally.timed(template, parameters, asked)
            same = found.outcome == (DENIES if messages else ALLOWS) and set(found.exact) <= messages
            what = UNKNOWN if found.outcome == UNKNOWN else "same" if same else "WRONG"
            detail = f"{test['name']} {case['name']} {found}" if what == "WRONG" else ""
            tally.note(str(folder), f"suite, {kind}: {what}", detail)


def _asked(found: Mapping[str, Any]) -> Mapping[str, Any]:
    if found["kind"] == "AdmissionReview":
        request: Mapping[str, Any] = found["request"]
        return request
    group, _, version = str(found["apiVersion"]).rpartition("/")
    kind = {"group": group, "version": version, "kind": found["kind"]}
    return {"operation": "CREATE", "kind": kind, "name": found["metadata"].get("name"), "object": found}


def main(folders: list[str]) -> int:
    if not folders or not opa.AVAILABLE:
        print(opa.WHY_NOT if folders else __doc__)
        return 2
    tally = Tally()
    seen: set[str] = set()
    for folder in map(Path, folders):
        for file, found in documents(folder):
            name = str(file.relative_to(folder))
            if found.get("kind") == "ConstraintTemplate" and _is_new(seen, found):
                judge_template(tally, name, found)
            elif found.get("kind") == "Suite" and file.name == "suite.yaml":
                judge_suite(tally, file.parent, found)
    _report(tally, len(seen))
    return int(any("WRONG" in what for what in tally.counts))


def _is_new(seen: set[str], template: Mapping[str, Any]) -> bool:
    key = json.dumps(template["spec"], sort_keys=True, default=str)
    new = key not in seen
    seen.add(key)
    return new


def _report(tally: Tally, templates: int) -> None:
    agreeing = sum(
        1 for found in tally.templates.values() if found["same"] and not found["WRONG"] and not found["unknown"]
    )
    for what, number in sorted(tally.counts.items()):
        print(f"{number:6} {what}")
    print(f"{agreeing} of {templates} templates: the same verdict as OPA on every pod")
    print(f"slowest verdict: {tally.slowest * 1000:.0f} ms")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
