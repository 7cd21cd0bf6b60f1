"""What stands around a failure text in a log, and texts whose meaning hangs on it.

The lines are in the form in which runners, shells and build tools write them; names, ids and paths are made up.
"""

from __future__ import annotations

import json
from typing import Any

from tests.data.failure_texts import CLUSTER, COMMAND_ID, ENVELOPE, OID, Case

#: How a runner, a shell or a build tool says that what it started ended: `az`, not the command in the cluster.
RUNNER_LINES = (
    "Error: Process completed with exit code 1.",
    "##[error]Script failed with exit code: 1",
    "##[error]Script failed with error: Error: The process '/usr/bin/bash' failed with exit code 1",
    "##[error]Bash exited with code '1'.",
    "##[error]PowerShell exited with code '1'.",
    "##[error]Cmd.exe exited with code '1'.",
    "2026-01-01T10:11:12.1234567Z ##[error]Process completed with exit code 127.",
    "Process exited with code 1",
    "[10:11:12]W:\t [Step 2/3] Process exited with code 1 (Step: deploy (Command Line))",
    "Command failed with exit code 1.",
    "error Command failed with exit code 1.",
    " ELIFECYCLE  Command failed with exit code 1.",
    "npm ERR! code ELIFECYCLE\nnpm ERR! errno 1",
    "The process '/usr/bin/az' failed with exit code 1",
    "Error: Error: az cli script failed.",
    "ERROR: Job failed: exit code 1",
    "ERROR: Job failed: command terminated with exit code 1",
    "ERROR: script returned exit code 1",
    "Build step 'Execute shell' marked build as failure\nFinished: FAILURE",
    "make: *** [Makefile:12: deploy] Error 1",
    "make[1]: *** [deploy] Error 127",
    "error: Recipe `deploy` failed on line 5 with exit code 1",
    'task: Failed to run task "deploy": exit status 1',
    "exit status 1",
    "Exited with code exit status 1",
    'The command "az aks command invoke" exited with 1.',
    "subprocess.CalledProcessError: Command '['az', 'aks']' returned non-zero exit status 1.",
    'error MSB3073: The command "az aks command invoke" exited with code 1.',
    "$LASTEXITCODE: 1",
    "+ exit 1",
    "Cleaning up project directory and file based variables",
)

_RESULT: dict[str, Any] = {
    "exitCode": 1,
    "finishedAt": "2026-01-01T10:00:01+00:00",
    "id": COMMAND_ID,
    "logs": "boom\nsecond 0 line",
    "provisioningState": "Succeeded",
    "reason": None,
    "resourceGroup": "rg1",
    "startedAt": "2026-01-01T10:00:00+00:00",
}


def results(exit_code: int) -> dict[str, str]:
    """The result of a command as each client and output format prints it."""
    written = json.dumps({**_RESULT, "exitCode": exit_code}, indent=2)
    return {
        "az": f"command started at 2026-01-01 10:00:00+00:00, finished at 2026-01-01 10:00:01+00:00 with "
        f"exitcode={exit_code}\nboom",
        "json": written,
        "jsonc": written.replace('"exitCode"', '\x1b[94m"exitCode"\x1b[39;49;00m').replace(
            str(exit_code) + ",", f"\x1b[34m{exit_code}\x1b[39m,"
        ),
        "json cut at its end": written[: written.index("provisioningState")],
        "json cut at its start": written[written.index('"exitCode"') :],
        "yaml": f"exitCode: {exit_code}\nfinishedAt: '2026-01-01T10:00:01+00:00'\nid: {COMMAND_ID}\nlogs: 'boom\n\n"
        "  second'\nprovisioningState: Succeeded\nreason: null\nresourceGroup: rg1\n"
        "startedAt: '2026-01-01T10:00:00+00:00'",
        "table": f"Exit code    Logs\n-----------  -----------------\n{exit_code}            boom\n             second",
        "tsv": f"{exit_code}\t2026-01-01T10:00:01+00:00\t{COMMAND_ID}\tboom\nsecond\tSucceeded\tNone\trg1\t"
        "2026-01-01T10:00:00+00:00",
        "PowerShell": f"Id                : {COMMAND_ID}\nProvisioningState : Succeeded\n"
        f"ExitCode          : {exit_code}\nStartedAt         : 1/1/2026 10:00:00 AM\n"
        "FinishedAt        : 1/1/2026 10:00:01 AM\nLogs              : boom",
        "Python": f"{{'id': '{COMMAND_ID}', 'provisioning_state': 'Succeeded', 'exit_code': {exit_code}, 'started_at': "
        "datetime.datetime(2026, 1, 1, 10, 0), 'logs': 'boom', 'reason': None}",
        "ARM": json.dumps(
            {
                "id": COMMAND_ID,
                "properties": {
                    "provisioningState": "Succeeded",
                    "exitCode": exit_code,
                    "startedAt": "2026-01-01T10:00:00Z",
                    "logs": "boom",
                },
            }
        ),
    }


#: A success, and what then went wrong on the caller's side of it.
SUCCESSES = {
    **results(0),
    "the console could not print it": results(0)["az"]
    + "\nUnicodeEncodeError: 'charmap' codec can't encode character '\\u2713' in position 5",
    "debug log": "cli.azure.cli.core.sdk.policies: Response content:\n"
    'cli.azure.cli.core.sdk.policies: {"properties": {"provisioningState": "Succeeded", "powerState": {"code": '
    f'"Running"}}}}\ncli.azure.cli.core.sdk.policies: {results(0)["ARM"]}\n{results(0)["az"]}\ncli.__main__: Command '
    "ran in 6.2 seconds.",
    "the runner lacks a program": results(0)["json"] + "\nbash: line 4: jq: command not found",
    "pods in its logs fail": results(0)["az"] + "\nweb-1   0/1   ImagePullBackOff   0   3m",
}

#: A program that is missing on the caller's machine, and its name.
MISSING_HERE = (
    ("/home/vsts/work/_temp/azureclitaskscript1.sh: line 7: kubelogin: command not found", "kubelogin"),
    ("/home/runner/work/_temp/1.sh: line 1: git: command not found", "git"),
    ("/var/jenkins_home/workspace/x@tmp/durable-1/script.sh: 3: mvn: not found", "mvn"),
    ("bash: az: command not found", "az"),
    ("sh: 1: terraform: not found", "terraform"),
    ("-bash: helm: command not found", "helm"),
    ("zsh: command not found: yq", "yq"),
    ("'az' is not recognized as an internal or external command,\noperable program or batch file.", "az"),
    (
        "kubectl : The term 'kubectl' is not recognized as the name of a cmdlet, function, script file, or operable",
        "kubectl",
    ),
    ("Error: Unable to locate executable file: pwsh. Please verify either the file path exists", "pwsh"),
    ('exec: "kubelogin": executable file not found in $PATH', "kubelogin"),
    ('exec: "sops": executable file not found in %PATH%', "sops"),
)

_MSI = "Failed to connect to MSI. Please make sure MSI is configured correctly.\nGet Token request returned"

#: Entra's family of each code that is tried.
_CODES_OF = {
    "federated": "700213 70021 700211 700212",
    "assertionTime": "700024 500133",
    "secret": "7000215 7000222 700027",
    "conditionalAccess": "53000 53001 53003 50097 50131 530034",
    "legacy": "650057",
    "interactive": "50072 50074 50076 50079 50158",
    "consent": "65001 65004 50105",
    "account": "50057 50126 50053",
    "busy": "90055 50196 90033",
    "expired": "70043 700082 50173 999999",
}
FAMILIES = {code: family for family, codes in _CODES_OF.items() for code in codes.split()}

_FORBIDDEN = (
    'Error from server (Forbidden): pods is forbidden: User {} cannot list resource "pods" in API group "" in the '
)
SURROUNDED: list[Case] = [
    *(
        (f"AADSTS{code}: Something that Entra says.", "sign-in-expired", {"family": family})
        for code, family in FAMILIES.items()
    ),
    ("AADSTS700016: Application with identifier 'x' was not found in the directory 'y'.", "wrong-tenant", {}),
    (f"{_MSI}: <Response [400]>", "cloud-shell-token", {}),
    (
        "A Cloud Shell credential problem occurred. When you report the issue with the error below, please mention the "
        "hostname 'cc-0'\nAudience 6dae42f8-4368-4678-94ff-3960e28e3630 is not a supported MSI token audience.",
        "cloud-shell-token",
        {},
    ),
    (f"{_MSI} http error: 400, reason: Bad Request", "sign-in-expired", {"family": "managedIdentity"}),
    (f"{_MSI}: <Response [405]>\ncorrelation 400", "sign-in-expired", {"family": "managedIdentity"}),
    (
        "ManagedIdentityCredential authentication unavailable. The requested identity has not been assigned to this "
        "resource. Error: Unexpected response {'error': 'invalid_request', 'error_description': 'Identity not found'}",
        "sign-in-expired",
        {"family": "managedIdentity"},
    ),
    (
        "ManagedIdentityCredential authentication unavailable, no response from the IMDS endpoint.",
        "sign-in-expired",
        {"family": "managedIdentity"},
    ),
    (
        "HTTPConnectionPool(host='169.254.169.254', port=80): Max retries exceeded with url: /metadata/identity/oauth2/"
        "token?resource=x (Caused by NewConnectionError('Failed to establish a new connection'))",
        "sign-in-expired",
        {"family": "managedIdentity"},
    ),
    (
        'Failed to pull image "r1.azurecr.io/aks-managed-repository/aks/command/runtime:1": failed to authorize: '
        "failed to fetch anonymous token: unexpected status from GET request to https://r1: 401 Unauthorized",
        "image-pull-failed",
        {"refused": True, "image": "r1.azurecr.io/aks-managed-repository/aks/command/runtime:1"},
    ),
    (
        'Failed to pull image "r1.azurecr.io/x:1": pull access denied, repository does not exist or may require '
        "authorization",
        "image-pull-failed",
        {"refused": True},
    ),
    ('Failed to pull image "mcr.microsoft.com/x:1": dial tcp: i/o timeout', "image-pull-failed", {"refused": None}),
    (_FORBIDDEN.format("***") + 'namespace "web"', "kubernetes-forbidden", {"verb": "list", "userHidden": True}),
    (_FORBIDDEN.format('"<redacted>"') + 'namespace "web"', "kubernetes-forbidden", {"namespace": "web", "user": None}),
    (
        _FORBIDDEN.format('"u"') + 'namespace "web": User does not have access to the resource in Azure',
        "kubernetes-forbidden-azure-rbac",
        {"user": "u"},
    ),
    ("Unschedulable - 0/3 nodes", "nodes-full", {}),
    ("command failed with reason: Unschedulable", "nodes-full", {}),
    (
        "0/3 nodes are available: 3 Insufficient cpu.\nNormal TriggeredScaleUp pod triggered scale-up: [{p 1->2}]",
        "autoscaler-lagging",
        {},
    ),
    (
        "<html>\n<head><title>413 Request Entity Too Large</title></head>\n<body>\n<center><h1>413 Request Entity Too "
        "Large</h1></center>\n<hr><center>nginx</center>\n</body>\n</html>",
        "attachment-too-large",
        {},
    ),
    (
        "Error from server (TooManyRequests): the server has received too many requests and has asked us to try again "
        "later (get pods)",
        "api-server-guarded",
        {},
    ),
    (
        ENVELOPE + "the server has received too many requests and has asked us to try again later (post pods)",
        "api-server-guarded",
        {},
    ),
    (
        'RESPONSE 409: 409 Conflict\nERROR CODE: EtagMismatch\n{"code": "EtagMismatch", "details": [{"code": '
        '"Unspecified", "message": "rpc error: code = FailedPrecondition desc = Etag mismatched"}]}',
        "operation-in-progress",
        {},
    ),
    (
        "(OperationPreempted) Operation execution has been preempted by a more recent operation.",
        "operation-in-progress",
        {},
    ),
    ("(PutManagedClusterNotLatestOperation) The request was not carried out.", "operation-in-progress", {}),  # modelled
    ('error: the path "web.yaml" does not exist', "file-not-attached", {"file": "web.yaml"}),
    ("Error: open values.yaml: no such file or directory", "file-not-attached", {"file": "values.yaml"}),
    (
        "error: Cannot read file tls.crt, open tls.crt: no such file or directory",
        "file-not-attached",
        {"file": "tls.crt"},
    ),
    (
        "error: accumulating resources: accumulation err='accumulating resources from 'https://x.y/z?ref=1': "
        "evalsymlink failure on '/command-files/https:/x.y': lstat /command-files/https:: no such file or directory'",
        "command-failed",
        {"fileMissing": True},
    ),
]

_STREAM = "error: unable to upgrade connection: "
_POD_LOG = 'Get "https://10.240.0.4:10250/containerLogs/web/web-1/web": dial tcp 10.240.0.4:10250: i/o timeout'
#: What kubectl, helm and a shell print of their own accord, without saying that it is a command's output.
SURROUNDED += [
    *(
        (text, "command-failed", {})
        for text in (
            _STREAM + 'container not found ("web")',
            _STREAM + "pod does not exist",
            _STREAM + "Forbidden (user=x, verb=create, resource=nodes, subresource=proxy)",
            "error: error upgrading connection: Unauthorized",
            "error: timed out waiting for the condition on deployments/web",
            'error: deployment "web" exceeded its progress deadline',
            'error: resource mapping not found for name: "x" namespace: "" from "a.yaml": no matches for kind "Foo" in '
            'version "x/v1"',
            'error: error validating "app.yaml": error validating data: unknown field "spec.x"',
            'The Deployment "web" is invalid: spec.selector: Invalid value: "x": field is immutable',
            'The Service "web" is invalid: \n* spec.ports: Required value',
            'error: context "x" does not exist',
            'error: unknown command "gett" for "kubectl"',
            "Error: uninstall: Release not loaded: web: release: not found",
            'Error: looks like "https://charts.x.io" is not a valid chart repository or cannot be reached: Get '
            '"https://charts.x.io/index.yaml": dial tcp 1.2.3.4:443: i/o timeout',
            'error: unable to read URL "https://raw.x.io/y.yaml", server reported 404 Not Found, status code=404',
        )
    ),
    (_STREAM + "error dialing backend: dial tcp 10.240.0.4:10250: i/o timeout", "tunnel-broken", {}),
    (_STREAM + "Timeout occurred", "tunnel-broken", {}),
    ("Error from server: " + _POD_LOG, "tunnel-broken", {}),
    ("command failed with reason: InvalidImageName", "image-pull-failed", {}),
]

#: A connection that did not come about, and whether it was one to the API server.
CONNECTIONS = (
    (ENVELOPE + 'Get "https://x:443/api/v1/namespaces": EOF', True),
    (ENVELOPE + 'Get "https://charts.x.io/index.yaml": dial tcp 1.2.3.4:443: i/o timeout', True),
    ('Get "https://c1-0.hcp.eastus.azmk8s.io:443/x?timeout=30s": net/http: TLS handshake timeout', True),
    ('Get "https://10.0.0.1:443": dial tcp 10.0.0.1:443: i/o timeout', True),
    (
        'Get "https://10.0.0.1:443/version?timeout=32s": read tcp 10.0.0.2:1->10.0.0.1:443: read: connection timed out',
        True,
    ),
    ('Get "https://kubernetes.default.svc/x": dial tcp: lookup kubernetes.default.svc: no such host', True),
    ("dial tcp: lookup c1-0.hcp.eastus.azmk8s.io: no such host", True),
    ('Error: Get "https://charts.x.io/index.yaml": dial tcp: lookup charts.x.io: no such host', False),
    ('Get "https://charts.x.io:443": dial tcp 1.2.3.4:443: i/o timeout', False),
    ('error: unable to read URL "https://raw.x.io/y.yaml": dial tcp: lookup raw.x.io: no such host', False),
    ('Post "https://api.x.io/version2/hook": context deadline exceeded', False),
    (
        'Warning  Unhealthy  kubelet  Readiness probe failed: Get "http://10.1.1.1:80/": context deadline exceeded',
        False,
    ),
    ("Warning  Unhealthy  kubelet  Liveness probe failed: dial tcp 10.1.1.1:80: connect: connection refused", False),
    ("bash: -c: line 1: unexpected EOF while looking for matching `\"'", False),
    ("java.net.SocketException: Connection reset by peer", False),
)

#: Text and the code of the service in it, or None.
CODES = (
    ('"powerState": {"code": "Running"}', None),
    ("powerState:\n  code: Running", None),
    ("This came from azure-cli (Microsoft Azure CLI) 2.91.0 on a runner (PowerShell) of ours", None),
    ("Exit code: Failure", None),
    ("The status code: NotFound", None),
    (f"The client '{OID}' was refused at {CLUSTER}.\nCode: AuthorizationFailed", "AuthorizationFailed"),
    ("log line. (KubernetesOperationError) Failed to run", "KubernetesOperationError"),
    ("RESPONSE 409: 409 Conflict\nERROR CODE: EtagMismatch", "EtagMismatch"),
    ('"powerState": {"code": "Running"}, "error": {"code": "OperationNotAllowed"}', "OperationNotAllowed"),
)
