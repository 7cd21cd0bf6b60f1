"""Stage ``command``: the command ran, and what it did failed."""

from __future__ import annotations

from azext_aksinvokefix.catalog.entry import INVOKE, KUBERNETES_ACCESS, ROLES, Entry

_CANNOT = (
    'Error from server (Forbidden): pods is forbidden: User "{user}" cannot list resource "pods" '
    'in API group "" {where}'
)

ENTRIES = (
    Entry(
        id="kubernetes-forbidden-azure-rbac",
        severity="error",
        title="An AKS RBAC role is missing inside the cluster",
        message="Azure RBAC for Kubernetes refuses the caller what the command does inside the cluster.",
        what="The command ran as the caller, and the cluster asks Azure who may do what inside. The roles that let "
        "you run commands say nothing about that.",
        why="The caller has no role with the dataAction, at the cluster or at the namespace. Owner and Contributor "
        "have no dataActions.",
        confirm="The text ends with 'Update role assignment to allow access', and aadProfile.enableAzureRBAC of the "
        "cluster is true.",
        fix="Assign the smallest of Azure Kubernetes Service RBAC Reader, Writer, Admin and Cluster Admin that "
        "covers the verb and resource, at the namespace where that is enough. Nodes, volumes and custom resources "
        "need RBAC Admin: Reader does not show them.\n\n"
        "'az aks invoke-fix grant-role' with the refusal in --error or --error-file shows the least grant and makes it "
        "once you agree; 'az aks invoke-fix undo' deletes the role assignment again.",
        safety="Reviewed: it gives rights inside the cluster, for good.",
        limits="Takes up to five minutes to work. 'Azure RBAC check failure. Please retry later' is a failed lookup "
        "rather than a missing role: try again first.",
        reads=("cluster", "permissions"),
        fixes=("grant-role", "command", "manual"),
        repaired_by="grant-role",
        examples=(
            _CANNOT.format(user="a82dff55-0000-0000-0000-000000000000", where='in the namespace "default"')
            + ": User does not have access to the resource in Azure. Update role assignment to allow access.",
        ),
        references=(KUBERNETES_ACCESS, ROLES),
    ),
    Entry(
        id="kubernetes-forbidden",
        severity="error",
        title="A Kubernetes role is missing inside the cluster",
        message="Kubernetes RBAC refuses the caller what the command does inside the cluster.",
        what="The command ran as the caller, and the cluster's own RBAC has no binding that allows what it does.",
        why="There is no RoleBinding or ClusterRoleBinding for the caller or a group of theirs, and the caller is in "
        "none of the cluster's admin groups.",
        confirm="The text is a Forbidden without the sentence of Azure RBAC, and aadProfile.enableAzureRBAC is not "
        "true.",
        fix="Somebody who is cluster admin creates a binding for the caller's user name in the text, or the caller "
        "joins a group in aadProfile.adminGroupObjectIDs.",
        safety="Manual: it gives rights inside the cluster, for good; a binding for one namespace is the smaller one.",
        limits="No Azure role helps here. Service accounts are refused in this form on every cluster.",
        reads=("cluster", "permissions"),
        fixes=("manual",),
        examples=(_CANNOT.format(user="dev@contoso.com", where="at the cluster scope"),),
        references=(KUBERNETES_ACCESS, "https://github.com/Azure/azure-powershell/issues/17808"),
    ),
    Entry(
        id="kubernetes-unauthorized",
        severity="error",
        title="The API server does not accept the caller's token",
        message="The API server does not know the caller: the token of the sign-in was refused inside the cluster.",
        what="The command ran, and the API server refused the token it ran with.",
        why="The token expired while a long command ran, or was issued by another tenant than the cluster's "
        "aadProfile.tenantID.",
        confirm="The tenant of the sign-in against aadProfile.tenantID; the running time of the command against the "
        "hour or so a token lasts.",
        fix="Sign in to the cluster's tenant and run again; split a command that runs for an hour:\n\n"
        "    az login --tenant TENANT_ID",
        safety="Safe: it replaces only the sign-in on this machine. Look what the command already did.",
        limits="What the command did before the refusal stays done.",
        reads=("cluster",),
        fixes=("command",),
        examples=("error: You must be logged in to the server (Unauthorized)",),
        references=("https://github.com/Azure/AKS/issues/2698",),
    ),
    Entry(
        id="command-denied-by-policy",
        severity="error",
        title="A policy denies what the command creates",
        message="The command ran, and admission denied an object that it creates or changes.",
        what="It is not the command pod that was denied but the command's own object, in its own namespace.",
        why="A policy that is in force in that namespace does not admit the object.",
        confirm="The denial stands in the command's output; the namespace in it is not aks-command.",
        fix="Change the object so that it complies: the denial says how. Excluding aks-command does not help here; "
        "leaving out the object's namespace is a decision of the policy's owner.",
        safety="Manual: it concerns the workload.",
        limits="Of several ValidatingAdmissionPolicies only the first denial is shown.",
        fixes=("manual",),
        examples=(
            'Error from server (Forbidden): error when creating "pod.yml": admission webhook '
            '"validation.gatekeeper.sh" denied the request: [azurepolicy-k8sazurev2noprivilege-e12c4338d05b4acd7981] '
            'Privileged container is not allowed: nginx, securityContext: {"privileged": true}',
        ),
        references=("https://github.com/Azure/AKS/issues/4769",),
    ),
    Entry(
        id="command-not-found",
        severity="error",
        title="The program is not in the command pod",
        message="The command calls a program that the image of the command pod does not have.",
        what="The command ran, and its shell did not find a program (exit code 127).",
        why="The image is small: kubectl, helm, jq, xargs, grep, awk and the usual small tools; no git, no az, no "
        "python.",
        confirm="Exit code 127, or the shell's words in the output.",
        fix="Do without the program: attach the files with --file, apply a manifest by its URL, or download a static "
        "binary in the command.",
        safety="Safe: what came before it in the command may have been done.",
        limits="The versions of kubectl and helm are the image's, the same for every cluster.",
        fixes=("manual",),
        examples=("sh: git: command not found",),
        references=(INVOKE,),
    ),
    Entry(
        id="file-not-attached",
        severity="error",
        title="A file is not in the command pod",
        message="The command looked for a file in its working folder, and it is not there.",
        what="The command ran, and kubectl, helm or kustomize did not find a file. Only attachments lie in the working "
        "folder of the command pod; nothing of this machine is there by itself.",
        why="The file was not attached, or is there under another name: a single file arrives under its base name, "
        "without its folder.",
        confirm="The output names the file; the attachments of the run are those of --file.",
        fix="Attach it:\n\n    az aks invoke-fix run ... --file app.yaml\n\nWhere the command names folders, attach "
        "the current folder with --file . which keeps them.",
        safety="Safe: it changes only the command; what came before it in the command may have been done.",
        limits="A path outside the working folder is not recognized as a missing attachment. The words of helm are "
        "from its source and were not seen in a pod.",
        fixes=("manual",),
        examples=(
            'error: the path "app.yaml" does not exist',
            "error: must build at directory: not a valid directory: evalsymlink failure on 'overlay' : "
            "lstat /command-files/overlay: no such file or directory",
            'Error: INSTALLATION FAILED: path "./chart" not found',
        ),
        references=(INVOKE,),
    ),
    Entry(
        id="command-interactive",
        severity="error",
        title="The command wants a terminal",
        message="The command waits for a terminal or for input, and the command pod has neither.",
        what="An invoke has no terminal and no stream: it starts, runs, and gives its output at the end.",
        why="exec -it, edit, port-forward, logs -f, get -w and prompts need one.",
        confirm="The output speaks of a TTY or terminal, or the command never ends.",
        fix="Use the form that ends by itself: exec without -it, logs without -f, wait or rollout status with "
        "--timeout, patch or apply in place of edit, --yes for prompts.",
        safety="Safe: it changes only the command.",
        limits="A command that watches for ever keeps running in the cluster until the service ends it.",
        fixes=("manual",),
        examples=("Unable to use a TTY - input is not a terminal or the right kind of file",),
        references=(INVOKE,),
    ),
    Entry(
        id="command-failed",
        severity="error",
        title="The command ran and failed",
        message="The command ran in the cluster and ended with an exit code other than 0.",
        what="The invoke worked; the command did not. az shows the output and exits with 0 all the same.",
        why="The output of the command says why.",
        confirm="exitCode of the result is not 0.",
        fix="Read the command's output. 'az aks invoke-fix run' ends with the command's own exit code, so that a "
        "pipeline sees it.",
        safety="Manual: what the command did before it failed stays done.",
        limits="In a pipe only the last program's exit code counts, unless the command sets 'set -o pipefail'. The "
        "exit code in a pipeline's own last line is that of az, not that of the command.",
        only_alone=True,
        fixes=("manual",),
        examples=(
            "command started at 2022-09-07 14:35:03+00:00, finished at 2022-09-07 14:35:06+00:00 with exitcode=1\n"
            'error: the server doesn\'t have a resource type "non-existing-resource"',
        ),
        references=("https://github.com/Azure/azure-cli/issues/23808",),
    ),
)
