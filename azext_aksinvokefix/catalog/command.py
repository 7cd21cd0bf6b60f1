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
        message="Azure RBAC for Kubernetes denies the caller what the command does inside the cluster.",
        what="The command ran as the caller, and the cluster uses Azure RBAC to authorize requests inside it. The "
        "roles that let you run commands grant nothing there.",
        why="The caller has no role with the required dataAction on the cluster or the namespace. Owner and "
        "Contributor have no dataActions.",
        confirm="The text ends with 'Update role assignment to allow access', and the cluster's "
        "aadProfile.enableAzureRBAC is true.",
        fix="Assign the smallest of Azure Kubernetes Service RBAC Reader, Writer, Admin and Cluster Admin that "
        "covers the verb and resource, at namespace scope if that is enough. Nodes, volumes and custom "
        "resources need RBAC Admin: Reader does not include them.\n\n"
        "'az aks invoke-fix grant-role' with the refusal in --error or --error-file shows the smallest grant "
        "and makes it once you confirm; 'az aks invoke-fix undo' deletes the role assignment.",
        safety="Reviewed: it gives rights inside the cluster, permanently.",
        limits="Takes up to five minutes to take effect. 'Azure RBAC check failure. Please retry later' means a "
        "failed lookup, not a missing role: try again first.",
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
        message="Kubernetes RBAC denies the caller what the command does inside the cluster.",
        what="The command ran as the caller, and the cluster's own RBAC has no binding that allows what it does.",
        why="There is no RoleBinding or ClusterRoleBinding for the caller or one of the caller's groups, and the "
        "caller is not in any of the cluster's admin groups.",
        confirm="The text is a Forbidden error without the Azure RBAC sentence, and aadProfile.enableAzureRBAC is not "
        "true.",
        fix="A cluster administrator creates a binding for the user name in the text, or the caller joins a group "
        "in aadProfile.adminGroupObjectIDs.",
        safety="Manual: it gives rights inside the cluster, permanently; a binding in one namespace gives less.",
        limits="No Azure role helps here. Service accounts are denied in this form on every cluster.",
        reads=("cluster", "permissions"),
        fixes=("manual",),
        examples=(_CANNOT.format(user="dev@contoso.com", where="at the cluster scope"),),
        references=(KUBERNETES_ACCESS, "https://github.com/Azure/azure-powershell/issues/17808"),
    ),
    Entry(
        id="kubernetes-unauthorized",
        severity="error",
        title="The API server does not accept the caller's token",
        message="The API server does not recognize the caller: it rejected the caller's token.",
        what="The command ran, and the API server rejected the token it used.",
        why="The token expired during a long command, or was issued by a tenant other than the cluster's "
        "aadProfile.tenantID.",
        confirm="Compare the tenant of the sign-in with aadProfile.tenantID, and the duration of the command with the "
        "lifetime of a token, about an hour.",
        fix="Sign in to the cluster's tenant and run the command again; split a command that runs for an "
        "hour:\n\n    az login --tenant TENANT_ID",
        safety="Safe: it replaces only the sign-in on this machine. Check what the command already did.",
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
        message="The command ran, and admission control denied an object that it creates or changes.",
        what="The command pod was admitted; the object that the command creates was denied, in its own namespace.",
        why="A policy in force in that namespace does not admit the object.",
        confirm="The denial is in the command's output, and names a namespace other than aks-command.",
        fix="Change the object so that it complies; the denial says how. Excluding aks-command does not help "
        "here; whether to exclude the object's namespace is up to the policy's owner.",
        safety="Manual: it changes the workload.",
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
        message="The command calls a program that is not in the command pod's image.",
        what="The command ran, and its shell did not find a program (exit code 127).",
        why="The image is small: kubectl, helm, jq, xargs, grep, awk and the usual small tools; no git, no az, no "
        "python.",
        confirm="Exit code 127, or the shell's words in the output.",
        fix="Avoid the program: attach the files with --file, apply a manifest by its URL, or download a static "
        "binary in the command.",
        safety="Safe: earlier parts of the command might have run.",
        limits="The image determines the versions of kubectl and helm; they are the same for every cluster.",
        fixes=("manual",),
        examples=("sh: git: command not found",),
        references=(INVOKE,),
    ),
    Entry(
        id="file-not-attached",
        severity="error",
        title="A file is not in the command pod",
        message="The command looked for a file in its working folder, and it is not there.",
        what="The command ran, and kubectl, helm or kustomize did not find a file. The working folder of the "
        "command pod contains only attachments; no other file from this machine is there.",
        why="The file was not attached, or it has another name there: a single file arrives under its base name, "
        "without its folder.",
        confirm="The output names the file; compare it with the files attached with --file.",
        fix="Attach it:\n\n    az aks invoke-fix run ... --file app.yaml\n\n"
        "If the command uses paths with folders, attach the current folder with --file . which keeps the "
        "folders.",
        safety="Safe: it changes only the command; earlier parts of the command might have run.",
        limits="A path outside the working folder is not recognized as a missing attachment. Helm's messages come "
        "from its source code and were not observed in a pod.",
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
        title="The command needs a terminal",
        message="The command waits for a terminal or for input, and the command pod provides neither.",
        what="Run command has no terminal and no stream: it starts the command, runs it, and returns the output at "
        "the end.",
        why="exec -it, edit, port-forward, logs -f, get -w and prompts need one.",
        confirm="The output mentions a TTY or terminal, or the command never ends.",
        fix="Use a form that ends on its own: exec without -it, logs without -f, wait or rollout status with "
        "--timeout, patch or apply instead of edit, --yes for prompts.",
        safety="Safe: it changes only the command.",
        limits="A command that watches forever keeps running in the cluster until the service ends it.",
        fixes=("manual",),
        examples=("Unable to use a TTY - input is not a terminal or the right kind of file",),
        references=(INVOKE,),
    ),
    Entry(
        id="command-failed",
        severity="error",
        title="The command ran and failed",
        message="The command ran in the cluster and ended with an exit code other than 0.",
        what="Run command worked; the command itself failed. Stock az shows the output and still exits with 0.",
        why="The output of the command says why.",
        confirm="The exitCode of the result is not 0.",
        fix="Read the command's output. 'az aks invoke-fix run' exits with the command's own exit code, so a "
        "pipeline sees it.",
        safety="Manual: what the command did before it failed stays done.",
        limits="In a pipe only the last program's exit code counts, unless the command sets 'set -o pipefail'. The "
        "exit code that a pipeline reports for the step is that of az, not that of the command.",
        only_alone=True,
        fixes=("manual",),
        examples=(
            "command started at 2022-09-07 14:35:03+00:00, finished at 2022-09-07 14:35:06+00:00 with exitcode=1\n"
            'error: the server doesn\'t have a resource type "non-existing-resource"',
        ),
        references=("https://github.com/Azure/azure-cli/issues/23808",),
    ),
)
