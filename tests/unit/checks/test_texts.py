"""What is advised follows what a text really says, who is signed in, and what the cluster is."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import Any

import pytest

from azext_aksinvokefix import checks
from azext_aksinvokefix.arm import SignInError
from azext_aksinvokefix.inside.endpoints import Endpoint
from azext_aksinvokefix.invoke import refusal
from azext_aksinvokefix.lifecycle import NEEDED_ACTIONS, READ_RESULT, RUN_COMMAND, Item
from azext_aksinvokefix.report import text as report
from azext_aksinvokefix.report.lines import as_text
from tests.data.evidence import (
    ENTRA,
    TENANT,
    commands,
    failure,
    healthy,
    ids,
    metrics,
    node,
    only,
    outcomes,
    pool,
    sign_in,
    unread,
    with_cluster,
)
from tests.data.failure_surroundings import FAMILIES, MISSING_HERE, RUNNER_LINES, SUCCESSES, results

HIDDEN = "Operation returned an invalid status 'OK'"
TAINTED = "CriticalAddonsOnly=true:NoSchedule"
CLOUD_SHELL = (
    "Failed to connect to MSI. Please make sure MSI is configured correctly.\n"
    "Get Token request returned: <Response [400]>"
)
REFUSED = 'Failed to pull image "{}": failed to authorize: failed to fetch anonymous token: 401 Unauthorized'
TIMED_OUT = 'Failed to pull image "{}": dial tcp: i/o timeout'
KUBELET = "22222222-2222-2222-2222-222222222222"
REGISTRY = "/subscriptions/0/resourceGroups/rg1/providers/Microsoft.ContainerRegistry/registries/r1"
FULL = "0/1 nodes are available: 1 Insufficient cpu."
GROWING: dict[str, Any] = {"enableAutoScaling": True, "minCount": 1, "maxCount": 5}
MASKED = (
    'Error from server (Forbidden): nodes is forbidden: User *** cannot list resource "nodes" in API group "" at the '
    "cluster scope: User does not have access to the resource in Azure. Update role assignment to allow access."
)


def account(kind: str) -> Item:
    return sign_in(kind=kind, name="app-1" if kind != "user" else "user@contoso.com")


def advice(code: str, kind: str) -> dict[str, Any]:
    evidence = replace(with_cluster(aadProfile=ENTRA), sign_in=account(kind))
    return only(checks.run(failure(f"AADSTS{code}: Entra says it."), evidence), "sign-in-expired")


def said(finding: dict[str, Any]) -> str:
    return " ".join([finding["message"], *(fix["description"] for fix in finding["fixes"])])


@pytest.mark.parametrize("line", RUNNER_LINES)
def test_a_runners_line_leaves_a_confirmed_cause_in_place(line: str) -> None:
    evidence = with_cluster(pool(nodeTaints=[TAINTED]))
    plain, more = (checks.run(failure(text), evidence) for text in (HIDDEN, f"{HIDDEN}\n{line}"))
    assert ids(more) == ids(plain) and "nodes-tainted" in ids(more)
    assert more["stages"] == plain["stages"]
    assert [found["fixes"] for found in more["findings"]] == [found["fixes"] for found in plain["findings"]]


@pytest.mark.parametrize("kind", SUCCESSES)
def test_a_success_blocks_nothing_and_is_not_to_be_repeated(kind: str) -> None:
    for evidence in (healthy(), replace(healthy(), cluster=unread())):
        diagnosis = checks.run(failure(SUCCESSES[kind]), evidence)
        assert diagnosis["verdict"] == "ready"
        assert set(outcomes(diagnosis).values()) == {"passed"}
        (found,) = diagnosis["findings"]
        assert (found["severity"], found["stage"]) == ("info", "command")
        assert "succeeded" in found["message"] and "Do not run the command again" in said(found)


def test_what_a_command_was_refused_that_exited_with_0_is_a_warning() -> None:
    text = results(0)["az"] + "\n" + MASKED
    diagnosis = checks.run(failure(text), healthy())
    assert (diagnosis["verdict"], ids(diagnosis)) == ("degraded", ["kubernetes-forbidden-azure-rbac"])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (results(1)["yaml"], "1 problem: command · run command works, the command that ran does not"),
        (HIDDEN, "1 problem: result · the command was accepted, its outcome is uncertain"),
        ("(AuthorizationFailed) The client 'a'", "1 problem: access"),
        ("something new", "Unknown: nothing that was checked explains the text."),
    ],
)
def test_verdict_in_words_says_what_does_not_work(text: str, sentence: str) -> None:
    diagnosis = checks.conclude(failure(text), healthy())
    assert diagnosis.verdict == "blocked"
    assert as_text(report.render(diagnosis)).startswith(sentence)


@pytest.mark.parametrize(("text", "program"), MISSING_HERE, ids=[program for _, program in MISSING_HERE])
def test_a_program_missing_on_the_callers_machine_is_named_and_looked_for_there(text: str, program: str) -> None:
    found = only(checks.run(failure(text), healthy()), "unrecognized")
    assert found["stage"] == "client"
    assert f"'{program}'" in found["message"] and "that machine or runner" in said(found)


def test_whose_shell_missed_a_program_stays_open_where_the_text_does_not_tell() -> None:
    found = only(checks.run(failure("bash: git: command not found"), healthy()), "command-not-found")
    assert found["confidence"] == "possible" and "not known whether" in found["message"]


@pytest.mark.parametrize(
    "code", [code for code, family in FAMILIES.items() if family not in ("expired", "interactive")]
)
@pytest.mark.parametrize("kind", ["user", "servicePrincipal", "managedIdentity"])
def test_a_code_that_no_new_sign_in_helps_offers_no_browser(code: str, kind: str) -> None:
    found = advice(code, kind)
    assert not any("az login" in line and "--service-principal" not in line for line in commands(found))
    assert found["message"] != only(checks.run(failure("AADSTS70043: x"), healthy()), "sign-in-expired")["message"]


@pytest.mark.parametrize("code", FAMILIES)
@pytest.mark.parametrize("kind", ["servicePrincipal", "managedIdentity"])
def test_what_is_no_person_is_never_sent_to_a_browser(code: str, kind: str) -> None:
    for line in commands(advice(code, kind)):
        assert not line.startswith("az login") or "--service-principal" in line or "--identity" in line


@pytest.mark.parametrize("code", [code for code, family in FAMILIES.items() if family in ("expired", "interactive")])
def test_a_person_signs_in_again_for_the_cluster_too(code: str) -> None:
    (line,) = commands(advice(code, "user"))
    assert line.startswith(f"az login --tenant {TENANT} --scope ")


def test_a_service_principal_renews_its_own_sign_in() -> None:
    (line,) = commands(advice("70043", "servicePrincipal"))
    assert line == f"az login --service-principal --username app-1 --tenant {TENANT}"


def test_every_family_has_advice_of_its_own() -> None:
    words = {family: said(advice(code, "user")) for code, family in FAMILIES.items()}
    assert len(set(words.values())) == len(words)


@pytest.mark.parametrize(("kind", "finding"), [("managedIdentity", "sign-in-expired"), ("user", "cloud-shell-token")])
def test_who_is_signed_in_overrules_cloud_shells_words(kind: str, finding: str) -> None:
    evidence = replace(with_cluster(aadProfile=ENTRA), sign_in=account(kind))
    found = only(checks.run(failure(CLOUD_SHELL), evidence), finding)
    assert ("managed identity" in said(found)) is (kind == "managedIdentity")


@pytest.mark.parametrize("outbound", ["none", "block"])
@pytest.mark.parametrize("text", [REFUSED, TIMED_OUT])
def test_an_isolated_cluster_is_sent_to_its_registry_and_never_to_the_internet(outbound: str, text: str) -> None:
    evidence = with_cluster(
        networkProfile={"outboundType": outbound},
        bootstrapProfile={"artifactSource": "Cache", "containerRegistryId": REGISTRY},
        identityProfile={"kubeletidentity": {"objectId": KUBELET}},
        nodeResourceGroup="MC_rg1_c1",
    )
    said_by_kubelet = failure(text.format("r1.azurecr.io/aks-managed-repository/x:1"))
    found = only(checks.run(said_by_kubelet, evidence), "image-pull-failed")
    assert "data.mcr.microsoft.com" not in said(found) and REGISTRY in said(found)
    if text is TIMED_OUT:
        assert "private endpoint" in said(found) and commands(found) == []
    else:
        (line,) = commands(found)
        assert KUBELET in line and "--role AcrPull" in line and REGISTRY in line


@pytest.mark.parametrize("outbound", ["none", "loadBalancer"])
def test_a_cluster_that_pulls_directly_is_no_isolated_one_whatever_its_way_out(outbound: str) -> None:
    evidence = with_cluster(networkProfile={"outboundType": outbound}, bootstrapProfile={"artifactSource": "Direct"})
    assert "data.mcr.microsoft.com" in said(
        only(checks.run(failure("ImagePullBackoff"), evidence), "image-pull-failed")
    )


def test_an_image_that_the_bootstrap_registry_lacks_wants_its_cache_rule() -> None:
    evidence = with_cluster(bootstrapProfile={"artifactSource": "Cache", "containerRegistryId": REGISTRY})
    text = 'Failed to pull image "r1.azurecr.io/aks-managed-repository/x:1": x:1: not found'
    found = only(checks.run(failure(text), evidence), "image-pull-failed")
    assert "aks-managed-mcr" in said(found) and "AcrPull" not in said(found)


def test_the_addresses_that_the_service_lists_are_the_ones_to_open() -> None:
    listed = [
        Endpoint("images", "mcr.microsoft.com", 443, "HTTPS"),
        Endpoint("images", "eastus.data.mcr.microsoft.com", 443, "HTTPS"),
        Endpoint("apiserver", "c1.hcp.eastus.azmk8s.io", 443, "HTTPS"),
        Endpoint("tunnel-classic", "c1.tun.eastus.azmk8s.io", 9000, "TCP"),
    ]
    evidence = healthy(endpoints=Item(value=listed))
    images = said(only(checks.run(failure("ImagePullBackoff"), evidence), "image-pull-failed"))
    assert "eastus.data.mcr.microsoft.com:443" in images and "azmk8s.io" not in images
    tunnel = said(only(checks.run(failure("error dialing backend: EOF"), evidence), "tunnel-broken"))
    assert "c1.hcp.eastus.azmk8s.io:443" in tunnel and "c1.tun.eastus.azmk8s.io:9000" in tunnel
    assert "mcr.microsoft.com" not in tunnel


def test_addresses_that_may_not_be_read_are_an_open_question_with_the_right() -> None:
    right = "Microsoft.ContainerService/managedClusters/outboundNetworkDependenciesEndpoints/read"
    evidence = healthy(endpoints=unread("(AuthorizationFailed) no", right))
    found = checks.run(failure("ImagePullBackoff"), evidence)
    assert [one["needs"] for one in found["unknowns"]] == [[right]]


def test_a_registry_that_aks_manages_gets_no_role_assignment() -> None:
    evidence = with_cluster(
        networkProfile={"outboundType": "none"},
        bootstrapProfile={"artifactSource": "Cache", "containerRegistryId": REGISTRY.replace("rg1", "mc_RG1_c1")},
        identityProfile={"kubeletidentity": {"objectId": KUBELET}},
        nodeResourceGroup="MC_rg1_c1",
    )
    assert commands(only(checks.run(failure("ImagePullBackoff"), evidence), "image-pull-failed")) == []


@pytest.mark.parametrize("image", ["r1.azurecr.io/x:1", "mcr.microsoft.com/aks/command/runtime:1"])
def test_a_registry_that_refused_is_no_matter_of_the_way_to_it(image: str) -> None:
    found = only(checks.run(failure(REFUSED.format(image)), healthy()), "image-pull-failed")
    assert "port 443" not in said(found) and "the network path is open" in said(found)
    reached = only(checks.run(failure(TIMED_OUT.format(image)), healthy()), "image-pull-failed")
    assert "port 443" in said(reached)


def test_a_full_cluster_that_may_still_grow_is_slow_and_not_full() -> None:
    growing = checks.run(failure(FULL, source="run"), with_cluster(pool(**GROWING)))
    assert ids(growing) == ["autoscaler-lagging"]
    at_its_bound = with_cluster(pool(**{**GROWING, "maxCount": 1}))
    assert ids(checks.run(failure(FULL, source="run"), at_its_bound)) == ["nodes-full"]
    at_limit = FULL + " pod didn't trigger scale-up: 1 max node group size reached"
    assert ids(checks.run(failure(at_limit, source="run"), with_cluster(pool(**GROWING)))) == ["nodes-full"]


def test_a_soft_taint_alone_is_no_obstacle() -> None:
    evidence = replace(with_cluster(pool(nodeTaints=["a=b:PreferNoSchedule"])), metrics=metrics([node()]))
    diagnosis = checks.run(None, evidence)
    assert diagnosis["verdict"] == "ready" and ids(diagnosis) == []


def test_a_refused_read_leaves_the_later_actions_unproven_and_says_so() -> None:
    text = (
        "(AuthorizationFailed) The client 'a' with object id 'b' does not have authorization to perform action "
        f"'{NEEDED_ACTIONS[0]}' over scope '/s' or the scope is invalid."
    )
    found = only(checks.run(failure(text), replace(healthy(), permissions=unread())), "arm-action-missing")
    assert f"Not known: {RUN_COMMAND}, {READ_RESULT}." in found["message"]


def test_permissions_that_cannot_be_read_name_what_stays_open() -> None:
    diagnosis = checks.run(None, replace(healthy(), permissions=unread()))
    (question,) = [each for each in diagnosis["unknowns"] if each["stage"] == "access"]
    assert RUN_COMMAND in question["what"] and READ_RESULT in question["what"]


def test_no_command_names_a_user_that_a_log_hid() -> None:
    evidence = with_cluster(aadProfile={**ENTRA, "enableAzureRBAC": True})
    found = only(checks.run(failure(MASKED), evidence), "kubernetes-forbidden-azure-rbac")
    assert "Azure Kubernetes Service RBAC" in said(found)
    words = [word for line in commands(found) for word in shlex.split(line)]
    assert not [value for option, value in zip(words, words[1:]) if option.startswith("--assignee") and "*" in value]


def test_an_api_server_with_too_much_to_do_is_not_azure() -> None:
    text = "Error from server (TooManyRequests): the server has received too many requests, try later"
    found = only(checks.run(failure(text), healthy()), "api-server-guarded")
    assert found["title"] == "The API server is throttling requests" and "Retry-After" not in said(found)


def test_a_file_that_is_not_in_the_pod_is_to_be_attached() -> None:
    found = only(checks.run(failure('error: the path "a.yaml" does not exist'), healthy()), "file-not-attached")
    assert "--file" in said(found)


@pytest.mark.parametrize(
    ("text", "confidence"),
    [
        ("The broker gave no account (0x80070520).", "likely"),
        ("AADSTS70043: The refresh token has expired", "confirmed"),
    ],
)
def test_an_error_for_a_token_without_known_words_is_not_sure_to_be_the_sign_in(text: str, confidence: str) -> None:
    refused = refusal.from_error(SignInError(text, "sign-in-expired"))
    for found in (checks.run(refused, healthy()), checks.run(None, replace(healthy(), sign_in=sign_in(error=text)))):
        [finding] = [each for each in found["findings"] if each["stage"] == "sign-in"]
        assert (finding["id"], finding["confidence"]) == ("sign-in-expired", confidence)
