"""Stage ``result``: logs and exit code on their way back."""

from __future__ import annotations

from azext_aksinvokefix.catalog.entry import INSIDE, INVOKE, PREFLIGHT, Entry

_READ = "    az aks command result --resource-group GROUP --name CLUSTER --command-id COMMAND_ID"

ENTRIES = (
    Entry(
        id="result-hidden",
        severity="error",
        title="The reason for the failure is not shown",
        message="The service reported the reason for the failure, but the client did not show it.",
        what="The service reported that the run failed, and why. azure-cli 2.68.0 and newer drop the reason and "
        "print \"Operation returned an invalid status 'OK'\"; PowerShell prints that the operation failed "
        "with status 'Failed'.",
        why="The client's poller sees the failed state, finds no error in the usual place, and prints the HTTP "
        "status of the response, which is OK.",
        confirm="The commandResults resource of the command id has provisioningState Failed and a reason.",
        fix="Read the result by its command id. 'az aks invoke-fix run' shows the reason and the id, and 'az aks "
        "invoke-fix "
        "diagnose --command-id' explains it:\n\n" + _READ,
        safety="Safe: it only reads.",
        limits="az shows the command id only with --debug, which also prints the caller's token, or with --no-wait. "
        "The result is kept for a limited time.",
        umbrella=True,
        reads=(*PREFLIGHT, *INSIDE, "endpoints"),
        only_reached="admission",
        only_alone=True,
        fixes=("command",),
        examples=(
            "ERROR: Operation returned an invalid status 'OK'",
            "Invoke-AzAksRunCommand : Long running operation failed with status 'Failed'.",
        ),
        references=("https://github.com/Azure/azure-cli/pull/30274",),
    ),
    Entry(
        id="result-lost",
        severity="error",
        title="The result cannot be found",
        message="The service has no result for the command, or returned none; it is not known whether the command ran.",
        what="The request for the result returned a bare 404, or a response without a body or without the URL of "
        "the result.",
        why="The pod never reached a state that has a result, the result is no longer kept, or something between "
        "this machine and the service changed the response. A wrong cluster or group does not cause this: "
        "that error has a code.",
        confirm="Reading the commandResults resource of the command id again returns 404 without an ARM error body.",
        fix="Before you run the command again, check in the cluster whether it did its work; then run 'az aks "
        "invoke-fix diagnose' to find out what prevents the pod from starting.",
        safety="Reviewed: a second run can do the work twice.",
        limits="The text does not distinguish a pod that never started from one whose result is gone.",
        umbrella=True,
        reads=(*PREFLIGHT, "events"),
        only_reached="admission",
        only_alone=True,
        fixes=("manual",),
        examples=(
            "ERROR: Operation returned an invalid status 'Not Found'",
            "failed to fetch command result for command id: 0123456789abcdef0123456789abcdef",
        ),
        references=(INVOKE,),
    ),
    Entry(
        id="still-running",
        severity="warning",
        title="The command is still running",
        message="The command has not ended; the client stopped waiting for it.",
        what="az waits 300 seconds, then prints that the command is in Running state and exits with 0. The command "
        "keeps running.",
        why="The command takes longer than five minutes or never ends on its own.",
        confirm="The commandResults resource of the command id has provisioningState Running.",
        fix="Wait for the result by its command id; 'az aks invoke-fix run --command-id' waits as long as it takes:\n\n"
        + _READ,
        safety="Safe: it only reads. Running the command again would run it twice.",
        limits="A command that waits for input or watches forever does not end; see command-interactive.",
        only_reached="admission",
        reads=("cluster",),
        only_alone=True,
        fixes=("command",),
        examples=("command (id: 0123456789abcdef0123456789abcdef) is in Running state",),
        references=("https://github.com/Azure/azure-cli/issues/22373",),
    ),
    Entry(
        id="output-truncated",
        severity="warning",
        title="The output is cut off",
        message="The service keeps the first 512 KiB of a command's output; the rest is lost.",
        what="The output ends at 524,287 bytes, with nothing to show that it was cut.",
        why="The service stores no more than that.",
        confirm="The logs of the result are 524,287 bytes or longer.",
        fix="Run it with --full-output, which compresses the output in the pod, or reads the rest from the pod's "
        "log:\n\n    az aks invoke-fix run ... --full-output\n\n"
        "Or filter in the command (jq, grep, --selector, --output name).",
        safety="Safe: it changes only the command. Do not repeat a command that makes changes just to get its output.",
        limits="The exit code is not affected. Compression needs gzip in the image of the command pod, which might "
        "not have it; reading the log needs get on pods/log in the namespace aks-command.",
        fixes=("manual",),
        references=(INVOKE, "https://github.com/Azure/azure-cli/issues/27484"),
    ),
)
