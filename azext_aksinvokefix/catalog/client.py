"""Stage ``client``: arguments, attachments, the CLI and its extensions, the way out of this machine."""

from __future__ import annotations

from azext_aksinvokefix.catalog.entry import INVOKE, Entry

ENTRIES = (
    Entry(
        id="attachment-invalid",
        severity="error",
        title="An attachment cannot be packed",
        message="A file given with --file cannot be packed for the command, so nothing was sent to the cluster.",
        what="The files given with --file are packed into an archive on this machine before anything is sent. One "
        "of them cannot be packed, or two of them would have the same name in the archive.",
        why="The path is a folder, a pattern or a missing file (only '.' can be a folder); '.' is given together "
        "with other files; two files from different folders share a name, and az flattens single files to "
        "their names; the folder holds a dangling symbolic link or an unreadable file; or a file is dated "
        "before 1980, which zip cannot store (reproducible builds and the Nix store write such dates).",
        confirm="The client itself reports the error; no request left this machine. The text names the file.",
        fix="Give each file separately (--file a.yaml --file b.yaml), or change to the folder and give only "
        "--file . instead; remove dangling links and rename files that share a name. 'az aks invoke-fix run' "
        "accepts files of any date.",
        safety="Safe: it only affects files on this machine.",
        limits="If the command itself does not find a file at run time, check its path: single files are placed "
        "under their name in /command-files, the working folder of the command.",
        fixes=("manual",),
        examples=(
            "ERROR: k8s is not valid file, or not accessable.",
            "ERROR: . is used to attach current folder, not expecting other attachements.",
            "UserWarning: Duplicate name: 'a.yaml'",
        ),
        references=(INVOKE,),
    ),
    Entry(
        id="attachment-too-large",
        severity="error",
        title="The attachments are too large for the request",
        message="The request with its attachments is larger than the service accepts, so the command did not run.",
        what="Attachments travel inside the request as base64 text. The service rejected the request because of "
        "its size.",
        why="az packs without compression, so the body is about 1.35 times the size of the files, and --file . takes "
        "everything below the folder, the .git folder included.",
        confirm="The request returned HTTP 413. No limit is published; compare the rejected size with the total size "
        "of the files.",
        fix="Attach only what the command needs, or let the pod fetch it: a chart from its registry, a manifest "
        "by URL. 'az aks invoke-fix run' compresses, and skips version control folders and ignored files, "
        "which is often enough.",
        safety="Safe: nothing in Azure changes.",
        limits="With azure-cli 2.91 a JSON traceback appears before this line; it only means that the response was "
        "not JSON.",
        fixes=("manual",),
        examples=("ERROR: Operation returned an invalid status 'Request Entity Too Large'",),
        references=(INVOKE, "https://github.com/Azure/azure-cli/issues/22870"),
    ),
    Entry(
        id="cli-outdated",
        severity="error",
        title="The Azure CLI is too old for this command",
        message="This version of the Azure CLI does not have, or does not handle, the command.",
        what="The Azure CLI on this machine is older than this command.",
        why="'az aks command' came with azure-cli 2.24.0, and a distribution's package or a pinned container image "
        "can be years behind.",
        confirm="'az version' shows the version of azure-cli; this extension supports 2.67.0 and newer.",
        fix="Upgrade the Azure CLI with the tool it was installed with, or with:\n\n    az upgrade",
        safety="Reviewed: an upgrade changes the CLI for every script on this machine.",
        limits="A misspelled word gives a similar error; in that case the version is not the cause.",
        fixes=("command", "manual"),
        examples=("ERROR: 'command' is misspelled or not recognized by the system.",),
        references=("https://learn.microsoft.com/cli/azure/update-azure-cli",),
    ),
    Entry(
        id="extension-conflict",
        severity="error",
        title="The aks-preview extension is incompatible with this Azure CLI",
        message="An installed extension breaks every 'az aks' command while the CLI loads its arguments.",
        what="Every 'az aks …' command ends with a traceback before it does anything.",
        why="The aks-preview extension replaces commands of the CLI and reads its internals; some pairs of versions "
        "do not work together (seen with 14.0.0b4 and 18.0.0b35).",
        confirm="'az version' lists aks-preview among the extensions, and 'az aks list' fails in the same way.",
        fix="Update both, or remove the extension if you do not need its preview features:\n\n    az extension "
        "update --name aks-preview\n\n    az extension remove --name aks-preview",
        safety="Reviewed: commands that use preview features stop working without the extension.",
        limits="Another extension can break 'az aks' in the same way; the traceback names the module.",
        fixes=("command",),
        examples=(
            "The command failed with an unexpected error. Here is the traceback:\n"
            "'NoneType' object has no attribute '__dict__'",
        ),
        references=("https://github.com/Azure/azure-cli/issues/31345",),
    ),
    Entry(
        id="network-unreachable",
        severity="error",
        title="Azure cannot be reached from this machine",
        message="A connection from this machine to Azure failed, so the service never answered.",
        what="The CLI could not open or keep a connection to Azure Resource Manager or to Microsoft Entra.",
        why="There is no route, a name does not resolve, a proxy is not set or requires authentication, or a "
        "proxy inspects TLS with a certificate that Python does not trust.",
        confirm="The text names the host. 'az account show' works without a network and proves nothing; 'az account "
        "list-locations' needs one.",
        fix="Set HTTPS_PROXY to the proxy, and REQUESTS_CA_BUNDLE to a file that also contains the proxy's "
        "certificate authority. The required hosts are login.microsoftonline.com and management.azure.com, or "
        "those of the cloud in use.",
        safety="Safe: it affects only this machine.",
        limits="If the connection broke after the request was sent, the command might have run: check before you run "
        "it again.",
        only_alone=True,
        fixes=("manual",),
        examples=(
            "HTTPSConnectionPool(host='management.azure.com', port=443): Max retries exceeded with url: "
            "/subscriptions (Caused by NameResolutionError: Failed to resolve 'management.azure.com' ([Errno -2] "
            "Name or service not known))",
        ),
        references=("https://learn.microsoft.com/cli/azure/use-azure-cli-successfully-troubleshooting",),
    ),
)
