"""Help texts. The only module that loading the extension needs beside __init__."""

from knack.help_files import helps

helps["aks invoke-fix"] = """
type: group
short-summary: Run commands in an AKS cluster, find out why they fail, and fix the cause.
long-summary: >-
    Wraps `az aks command invoke`: the true exit code, the true reason, no five-minute limit. Commands that change
    anything show a plan, ask first, and can be undone with `undo`. `az config set aks-invoke-fix.read_only=true`
    blocks every change and still allows --what-if; in a pipeline, set AZURE_AKS_INVOKE_FIX_READ_ONLY.
"""

helps["aks invoke-fix run"] = """
type: command
short-summary: Run commands or a script in a managed cluster and return their output and exit code.
long-summary: >-
    Without -o or --query, prints the command's own output unchanged, regardless of the --output default below. The exit
    code is the command's own; 125 if it did not run or its outcome is unknown; 124 if --timeout expired; 3 if there is
    no such cluster. A command that might have run is never submitted again. Several commands run in order in one pod,
    each in its own shell; the exit code is that of the first one that failed, and standard error has a line for each.
    With several --ids the clusters run in parallel, their outputs appear in the order of the ids, and the exit code is
    the first failure in that order.
examples:
  - name: List the pods of all namespaces.
    text: az aks invoke-fix run -g MyResourceGroup -n MyCluster -c "kubectl get pods -A"
  - name: Apply a manifest from this machine.
    text: az aks invoke-fix run -g MyResourceGroup -n MyCluster -c "kubectl apply -f app.yaml" -f app.yaml
  - name: Run the commands of a deployment in one pod, and stop at the first failure.
    text: >-
        az aks invoke-fix run -g MyResourceGroup -n MyCluster -f app.yaml -c "kubectl apply -f app.yaml"
        -c "kubectl rollout status deploy/web --timeout 5m" -c "kubectl get pods"
  - name: Run a local script with two arguments.
    text: az aks invoke-fix run -g MyResourceGroup -n MyCluster --script deploy.sh --script-args "web 'two words'"
  - name: Download a folder from the pod, even if the command fails.
    text: >-
        az aks invoke-fix run -g MyResourceGroup -n MyCluster -c "kubectl cluster-info dump --output-directory dump"
        --fetch dump=support/dump
  - name: Get several MiB of output without truncation.
    text: az aks invoke-fix run -g MyResourceGroup -n MyCluster -c "kubectl get pods -A -o yaml" --full-output
  - name: Run a command in several clusters at the same time.
    text: >-
        az aks invoke-fix run -c "kubectl get nodes" --ids $(az aks list --query "[].id" -o tsv)
  - name: Install a chart from the current folder and wait up to ten minutes.
    text: az aks invoke-fix run -g MyResourceGroup -n MyCluster -c "helm upgrade --install web ." -f . --timeout 600
  - name: Submit a long command without waiting.
    text: az aks invoke-fix run -g MyResourceGroup -n MyCluster -c "kubectl rollout status deploy/web" --no-wait
  - name: Wait for a command that was submitted earlier.
    text: az aks invoke-fix run -g MyResourceGroup -n MyCluster --command-id 300ac3fddbb444308fa05d36a3002ef3
  - name: Get the result as an object.
    text: az aks invoke-fix run -g MyResourceGroup -n MyCluster -c "kubectl version" -o json
  - name: Write an HTML and a JUnit report, and stop the output from issuing GitHub workflow commands.
    text: >-
        az aks invoke-fix run -g MyResourceGroup -n MyCluster -c "kubectl apply -f app.yaml" -f app.yaml
        --report run.html --report run.xml --ci github
"""

helps["aks invoke-fix diagnose"] = """
type: command
short-summary: Show why a command failed, or what would fail now, and how to fix it.
long-summary: >-
    Read-only. Starts from an error text, a command id, the last run that failed on this machine within a day, or the
    latest failed run command in the Activity Log. If there is none, it checks every stage and says whether a command
    would run now. On a terminal it prints a report, regardless of the --output default below; --detail adds the
    evidence for each finding and the stock commands. Elsewhere, and with -o json, it prints an object with everything.
    It lists what it could not check, with the permission you need.
examples:
  - name: Find out why the last command failed, or whether one would work now.
    text: az aks invoke-fix diagnose -g MyResourceGroup -n MyCluster
  - name: Check whether a command would work now, regardless of earlier failures.
    text: az aks invoke-fix diagnose -g MyResourceGroup -n MyCluster --fresh
  - name: Start from an error message.
    text: az aks invoke-fix diagnose -g MyResourceGroup -n MyCluster --error "Operation returned an invalid status 'OK'"
  - name: Start from a pipeline log.
    text: az aks invoke-fix diagnose -g MyResourceGroup -n MyCluster --error-file pipeline.log
  - name: Start from a command id.
    text: az aks invoke-fix diagnose -g MyResourceGroup -n MyCluster --command-id 300ac3fddbb444308fa05d36a3002ef3
  - name: Diagnose an error text alone, without a cluster and without signing in.
    text: az aks invoke-fix diagnose --offline --error-file pipeline.log
  - name: Check whether a service principal is allowed to run commands.
    text: az aks invoke-fix diagnose -g MyResourceGroup -n MyCluster --principal 6f1e1c0e-6b1c-4b0e-9d0a-2f1f0c1d2e3f
  - name: Evaluate a custom policy with a local copy of a constraint template that it stores at a URL.
    text: az aks invoke-fix diagnose -g MyResourceGroup -n MyCluster --policy-template template.yaml
  - name: Fail a pipeline step if a command could not run now.
    text: az aks invoke-fix diagnose -g MyResourceGroup -n MyCluster --fail-on error -o json
  - name: Print one line for each finding, for a script. Use --query with -o tsv.
    text: az aks invoke-fix diagnose -g MyResourceGroup -n MyCluster --query "findings[].[id,severity,title]" -o tsv
  - name: Write the diagnosis as HTML, and as Markdown for a ticket.
    text: az aks invoke-fix diagnose -g MyResourceGroup -n MyCluster --report diagnosis.html --report diagnosis.md
"""

helps["aks invoke-fix exempt-policy"] = """
type: command
short-summary: Exempt the run-command pod from the policies that block it.
long-summary: >-
    Finds every policy assignment that denies the pod: from the error text, else from the last failure in the Activity
    Log, else by running the no-op command `true` once you confirm. With --what-if and no known failure, it predicts
    them. It adds the run-command namespace to the namespace exclusions of each assignment and changes nothing else in
    it. Deployment Safeguards are changed through their own resource. If the namespace cannot be excluded, it offers to
    exempt the cluster, which turns the policy off in every namespace; that needs --mode exemption, or a yes at the
    terminal. A change takes 15 to 20 minutes to reach the cluster, at worst an hour. On a terminal the output is text,
    regardless of the --output default below; -o json prints the object.
examples:
  - name: Preview the changes and how to undo them, without changing anything.
    text: az aks invoke-fix exempt-policy -g MyResourceGroup -n MyCluster --what-if
  - name: Review the plan, then make the change.
    text: az aks invoke-fix exempt-policy -g MyResourceGroup -n MyCluster
  - name: Start from an error message.
    text: az aks invoke-fix exempt-policy -g MyResourceGroup -n MyCluster --error-file failure.txt
  - name: Change one assignment in a pipeline, and wait until commands run.
    text: az aks invoke-fix exempt-policy -g MyResourceGroup -n MyCluster --policy-assignment MyAssignment --yes --wait
  - name: Exempt the whole cluster for a week if the namespace cannot be excluded.
    text: az aks invoke-fix exempt-policy -g MyResourceGroup -n MyCluster --mode exemption --expires-in 7d
"""

helps["aks invoke-fix grant-role"] = """
type: command
short-summary: Grant a principal exactly the permissions needed to run commands.
long-summary: >-
    Compares the three required actions with the principal's permissions and grants the smallest role that adds what is
    missing, at cluster scope: Reader if only reads are missing, else a matching custom role, else Azure Kubernetes
    Service Cluster Admin Role with Reader. It grants Contributor and Owner only if you name them with --role. It lists
    the extra rights of a role first. With the text of a request that Azure RBAC denied inside the cluster, it grants
    the smallest AKS RBAC role that allows it. It tells you if a missing role is not the cause: a deny assignment, a
    lock, an eligible role to activate, or a cluster that does not use Azure RBAC. A grant takes up to 10 minutes to
    propagate. On a terminal the output is text, regardless of the --output default below; -o json prints the object.
examples:
  - name: See which role the signed-in account lacks.
    text: az aks invoke-fix grant-role -g MyResourceGroup -n MyCluster --what-if
  - name: Allow a service principal to run commands, without querying Microsoft Graph.
    text: >-
        az aks invoke-fix grant-role -g MyResourceGroup -n MyCluster
        --assignee-object-id 6f1e1c0e-6b1c-4b0e-9d0a-2f1f0c1d2e3f --assignee-principal-type ServicePrincipal
  - name: Allow a request that the cluster denied, in a pipeline, and wait until the grant takes effect.
    text: az aks invoke-fix grant-role -g MyResourceGroup -n MyCluster --error-file failure.txt --yes --wait
  - name: Prefer a custom role with exactly the three actions.
    text: az aks invoke-fix grant-role -g MyResourceGroup -n MyCluster --assignee user@contoso.com --allow-custom-role
  - name: Allow a user to read the objects in one namespace, on a cluster with Azure RBAC for Kubernetes.
    text: >-
        az aks invoke-fix grant-role -g MyResourceGroup -n MyCluster --assignee user@contoso.com
        --kubernetes-access reader --namespace web
"""

helps["aks invoke-fix add-capacity"] = """
type: command
short-summary: Make a node available that can run the run-command pod.
long-summary: >-
    Finds the cheapest change that makes room for 200m CPU and 500Mi of memory: start a stopped node pool, raise the
    autoscaler limits, add one node, or add a small node pool. It shows how many nodes of which size it adds, but not
    their price. It removes a taint only if you name it. It changes nothing if there is room already or if an earlier
    run made some, and it waits for an operation in progress. If nothing shows whether the nodes are full, it runs the
    no-op command `true` to find out, once you confirm or with --yes. On a terminal the output is text, regardless of
    the --output default below; -o json prints the object.
examples:
  - name: Preview the cheapest change.
    text: az aks invoke-fix add-capacity -g MyResourceGroup -n MyCluster --what-if
  - name: Review the plan, then make the change.
    text: az aks invoke-fix add-capacity -g MyResourceGroup -n MyCluster
  - name: Start from an error message.
    text: az aks invoke-fix add-capacity -g MyResourceGroup -n MyCluster --error-file failure.txt
  - name: Make the change in a pipeline, and wait until a command pod is scheduled.
    text: az aks invoke-fix add-capacity -g MyResourceGroup -n MyCluster --yes --wait
  - name: Add a node pool for commands and do not wait for its node.
    text: az aks invoke-fix add-capacity -g MyResourceGroup -n MyCluster --method add-pool --yes --no-wait
  - name: Allow the pod on the nodes of a pool by removing the taint that blocks it.
    text: az aks invoke-fix add-capacity -g MyResourceGroup -n MyCluster --remove-taint dedicated=batch:NoSchedule
"""

helps["aks invoke-fix repair"] = """
type: command
short-summary: Fix a cluster where run command fails, one step at a time.
long-summary: >-
    Finds the first broken stage, shows a plan to fix it, and applies the plan once you confirm. It then tests the fix
    by running the no-op command `true` in the cluster, and continues with the next broken stage. It waits for an
    operation in progress. Without a terminal it needs --what-if, which prints every plan, or --yes, which applies only
    the plans for confirmed findings. It makes an exemption only with --mode exemption, and never removes a taint. On a
    terminal the output is text, regardless of the --output default below; -o json prints the object.
examples:
  - name: Repair a cluster and run a command there.
    text: az aks invoke-fix repair -g MyResourceGroup -n MyCluster --command "kubectl get pods -A"
  - name: Preview every plan without changing anything.
    text: az aks invoke-fix repair -g MyResourceGroup -n MyCluster --what-if -o json
  - name: Apply only confirmed fixes, unattended, and wait up to half an hour for each step.
    text: az aks invoke-fix repair -g MyResourceGroup -n MyCluster --yes --timeout 1800
  - name: Repair in a pipeline, and save what is needed to undo it.
    text: az aks invoke-fix repair -g MyResourceGroup -n MyCluster --yes --out undo.json
  - name: Write a report of the changes and how to undo them.
    text: az aks invoke-fix repair -g MyResourceGroup -n MyCluster --yes --report repair.html
"""

helps["aks invoke-fix undo"] = """
type: command
short-summary: Undo a change made by this extension on this machine.
long-summary: >-
    Restores the exact document that was there before, or deletes what was created. It refuses if someone else has
    changed the resource since. With --from it reads the change from an undo document instead of this machine's journal;
    it undoes only the kinds of change this extension makes, and the plan shows everything it would write. On a terminal
    the output is text, regardless of the --output default below; -o json prints the object.
examples:
  - name: Undo the latest change.
    text: az aks invoke-fix undo
  - name: Preview what undoing a change would send.
    text: az aks invoke-fix undo --change-id 1f0c2b3a4d5e --what-if
  - name: Undo what a pipeline changed on a machine that no longer exists.
    text: az aks invoke-fix undo --from undo.json
"""

helps["aks invoke-fix history"] = """
type: command
short-summary: List the changes made by this extension on this machine, and whether they are still in effect.
long-summary: >-
    On a terminal the output is text, regardless of the --output default below; -o json prints the object.
examples:
  - name: List the changes.
    text: az aks invoke-fix history -o table
  - name: List the changes for one cluster.
    text: az aks invoke-fix history -g MyResourceGroup -n MyCluster
  - name: Save all changes to a file before this machine goes away.
    text: az aks invoke-fix history --export undo.json
"""

helps["aks invoke-fix scan"] = """
type: command
short-summary: Show on which of many clusters a command would fail, why, and who could run one.
long-summary: >-
    Read-only. Sends a handful of queries to Azure Resource Graph, no matter how many clusters there are. It checks the
    state of each cluster, the policies in force and the node pools as `diagnose` does; it checks nodes and the caller's
    permissions only with --verify. Resource Graph can be minutes behind. What it does not show is listed as unknown,
    never as ready. On a terminal the output is text, regardless of the --output default below; -o json prints the
    object.
examples:
  - name: Scan the clusters of the current subscription.
    text: az aks invoke-fix scan
  - name: Scan every subscription, as a table.
    text: az aks invoke-fix scan --all-subscriptions -o table
  - name: Scan two subscriptions, and diagnose each cluster that is not ready.
    text: az aks invoke-fix scan --subscriptions Payments Shop --verify broken
  - name: Scan everything under a management group, and show who could run commands.
    text: az aks invoke-fix scan --management-groups platform --who -o json
  - name: Fail a pipeline on findings that nobody has accepted.
    text: az aks invoke-fix scan --all-subscriptions --accepted accepted.yaml --fail-on error -o json
  - name: Write an HTML report with a matrix of clusters and stages, and a JUnit report with a suite per cluster.
    text: az aks invoke-fix scan --all-subscriptions --report estate.html --report estate.xml
"""

helps["aks invoke-fix explain"] = """
type: command
short-summary: Explain a finding, with its cause, evidence and fix.
long-summary: >-
    Works offline. Without --finding, lists all findings. On a terminal the output is text, regardless of the --output
    default below; -o json prints the object.
examples:
  - name: List all findings.
    text: az aks invoke-fix explain -o table
  - name: Read the page of a finding.
    text: az aks invoke-fix explain --finding nodes-tainted
"""
