"""Help texts. The only module that loading the extension needs beside __init__."""

from knack.help_files import helps

helps["aks invoke-fix"] = """
type: group
short-summary: Run commands in an AKS cluster, find out why they fail, and fix the cause.
long-summary: >-
    Wraps `az aks command invoke`: the true exit code, the true reason, no five-minute limit. Commands that change
    anything show a plan, ask first, and can be undone with `undo`. `az config set aks-invoke-fix.read_only=true`
    forbids every change but not --what-if; in a pipeline the variable AZURE_AKS_INVOKE_FIX_READ_ONLY does the same.
"""

helps["aks invoke-fix run"] = """
type: command
short-summary: Run commands or a script in a managed cluster and return their output and exit code.
long-summary: >-
    Without -o or --query the command's own output is printed as it is, whatever default --output names below. The exit
    code is the command's own; 125 when it did not run or its outcome is not known; 124 when --timeout passed; 3 when
    there is no such cluster. A command that may have run is never submitted again. Several commands run in order in one
    pod, each in a shell of its own; the exit code is that of the first one that failed, and standard error has a line
    for each. With several --ids the clusters are worked on at the same time, their outputs stand in the order of the
    ids, and the exit code is the first failure in that order.
examples:
  - name: List the pods of all namespaces.
    text: az aks invoke-fix run -g MyResourceGroup -n MyCluster -c "kubectl get pods -A"
  - name: Apply a manifest from this machine.
    text: az aks invoke-fix run -g MyResourceGroup -n MyCluster -c "kubectl apply -f app.yaml" -f app.yaml
  - name: Run the lines of a deployment in one pod, until the first one fails.
    text: >-
        az aks invoke-fix run -g MyResourceGroup -n MyCluster -f app.yaml -c "kubectl apply -f app.yaml"
        -c "kubectl rollout status deploy/web --timeout 5m" -c "kubectl get pods"
  - name: Run a script of this machine with two arguments.
    text: az aks invoke-fix run -g MyResourceGroup -n MyCluster --script deploy.sh --script-args "web 'two words'"
  - name: Bring a folder back, also when the command fails.
    text: >-
        az aks invoke-fix run -g MyResourceGroup -n MyCluster -c "kubectl cluster-info dump --output-directory dump"
        --fetch dump=support/dump
  - name: Get several MiB of output whole.
    text: az aks invoke-fix run -g MyResourceGroup -n MyCluster -c "kubectl get pods -A -o yaml" --full-output
  - name: Run a command in several clusters at the same time.
    text: >-
        az aks invoke-fix run -c "kubectl get nodes" --ids $(az aks list --query "[].id" -o tsv)
  - name: Install a chart from the current folder and wait at most ten minutes.
    text: az aks invoke-fix run -g MyResourceGroup -n MyCluster -c "helm upgrade --install web ." -f . --timeout 600
  - name: Submit a long command without waiting.
    text: az aks invoke-fix run -g MyResourceGroup -n MyCluster -c "kubectl rollout status deploy/web" --no-wait
  - name: Wait for a command that was submitted before.
    text: az aks invoke-fix run -g MyResourceGroup -n MyCluster --command-id 300ac3fddbb444308fa05d36a3002ef3
  - name: Get the result as an object.
    text: az aks invoke-fix run -g MyResourceGroup -n MyCluster -c "kubectl version" -o json
  - name: Write a page for people and JUnit for a pipeline, and let the output give GitHub's runner no orders.
    text: >-
        az aks invoke-fix run -g MyResourceGroup -n MyCluster -c "kubectl apply -f app.yaml" -f app.yaml
        --report run.html --report run.xml --ci github
"""

helps["aks invoke-fix diagnose"] = """
type: command
short-summary: Say why a command failed, or what would fail now, and how to fix it.
long-summary: >-
    Reads only. Starts from a text, from a command id, from the last run that failed on this machine within a day, or
    from the latest failed run command in the Activity Log; where there is none, it checks every stage and says whether
    a command would run now. On a terminal it prints a report, whatever default --output names below, and with --detail
    the evidence for each finding and the stock commands as well; elsewhere, and with -o json, an object that has all of
    it. What could not be checked is listed with the permission you need to check it.
examples:
  - name: Find out why the last command failed, or whether one would work now.
    text: az aks invoke-fix diagnose -g MyResourceGroup -n MyCluster
  - name: Say whether a command would work now, whatever happened before.
    text: az aks invoke-fix diagnose -g MyResourceGroup -n MyCluster --fresh
  - name: Start from the message that was printed.
    text: az aks invoke-fix diagnose -g MyResourceGroup -n MyCluster --error "Operation returned an invalid status 'OK'"
  - name: Start from the log of a pipeline.
    text: az aks invoke-fix diagnose -g MyResourceGroup -n MyCluster --error-file pipeline.log
  - name: Start from the id of a command.
    text: az aks invoke-fix diagnose -g MyResourceGroup -n MyCluster --command-id 300ac3fddbb444308fa05d36a3002ef3
  - name: Judge a text alone, without a cluster and without signing in.
    text: az aks invoke-fix diagnose --offline --error-file pipeline.log
  - name: Ask whether a service principal may run commands.
    text: az aks invoke-fix diagnose -g MyResourceGroup -n MyCluster --principal 6f1e1c0e-6b1c-4b0e-9d0a-2f1f0c1d2e3f
  - name: Judge a custom policy by a copy of the constraint template that it keeps at a URL.
    text: az aks invoke-fix diagnose -g MyResourceGroup -n MyCluster --policy-template template.yaml
  - name: Fail a pipeline step when a command could not run now.
    text: az aks invoke-fix diagnose -g MyResourceGroup -n MyCluster --fail-on error -o json
  - name: Print a line for each finding, for a script. Without --query, -o tsv has no use here.
    text: az aks invoke-fix diagnose -g MyResourceGroup -n MyCluster --query "findings[].[id,severity,title]" -o tsv
  - name: Write what was found as a page and as text for a ticket.
    text: az aks invoke-fix diagnose -g MyResourceGroup -n MyCluster --report diagnosis.html --report diagnosis.md
"""

helps["aks invoke-fix exempt-policy"] = """
type: command
short-summary: Exempt the run-command pod from the policies that block it.
long-summary: >-
    Finds every policy assignment that denies the pod: by the text of the failure, else by the last failure in the
    Activity Log, else by running the harmless command `true` once you agree; with --what-if, where neither is known, by
    a prediction. Each assignment gets the namespace of run commands added to its namespace exclusions; everything else
    in it stays. Deployment Safeguards are changed through their own resource. Where the namespace cannot be excluded,
    an exemption for this cluster is offered, which lifts the policy from every namespace: only --mode exemption, or a
    yes at the terminal, makes one. A change takes 15 to 20 minutes to reach the cluster, at worst an hour. On a
    terminal the output is text, whatever default --output names below; -o json prints the object.
examples:
  - name: See what would be changed, and what would take it back, without changing anything.
    text: az aks invoke-fix exempt-policy -g MyResourceGroup -n MyCluster --what-if
  - name: Make the change after a look at the plan.
    text: az aks invoke-fix exempt-policy -g MyResourceGroup -n MyCluster
  - name: Start from the message that was printed.
    text: az aks invoke-fix exempt-policy -g MyResourceGroup -n MyCluster --error-file failure.txt
  - name: Change one assignment in a pipeline and wait until commands run.
    text: az aks invoke-fix exempt-policy -g MyResourceGroup -n MyCluster --policy-assignment MyAssignment --yes --wait
  - name: Exempt the whole cluster for a week, where the namespace cannot be excluded.
    text: az aks invoke-fix exempt-policy -g MyResourceGroup -n MyCluster --mode exemption --expires-in 7d
"""

helps["aks invoke-fix grant-role"] = """
type: command
short-summary: Give a principal exactly what running commands needs.
long-summary: >-
    Compares the three needed actions with what the principal may do, and grants the least that closes the gap, at the
    cluster: Reader where only reads are missing, else a custom role that fits, else Azure Kubernetes Service Cluster
    Admin Role with Reader. Contributor and Owner are granted only when you name them with --role. Extra rights that a
    role would grant are listed first. With the text of a request that Azure RBAC refused inside the cluster, it grants
    the least AKS RBAC role that allows it. Says so when no role is what is missing: a deny assignment, a lock, a role
    that is only to be activated, or access inside a cluster that Azure does not govern. A grant takes up to 10 minutes
    to propagate. On a terminal the output is text, whatever default --output names below; -o json prints the object.
examples:
  - name: See which role the signed-in account lacks.
    text: az aks invoke-fix grant-role -g MyResourceGroup -n MyCluster --what-if
  - name: Let a service principal run commands, without asking Microsoft Graph.
    text: >-
        az aks invoke-fix grant-role -g MyResourceGroup -n MyCluster
        --assignee-object-id 6f1e1c0e-6b1c-4b0e-9d0a-2f1f0c1d2e3f --assignee-principal-type ServicePrincipal
  - name: Allow the request that the cluster refused to a command, in a pipeline, and wait for the grant to show.
    text: az aks invoke-fix grant-role -g MyResourceGroup -n MyCluster --error-file failure.txt --yes --wait
  - name: Prefer a custom role with exactly the three actions.
    text: az aks invoke-fix grant-role -g MyResourceGroup -n MyCluster --assignee user@contoso.com --allow-custom-role
  - name: Let somebody read the objects of one namespace, on a cluster with Azure RBAC for Kubernetes.
    text: >-
        az aks invoke-fix grant-role -g MyResourceGroup -n MyCluster --assignee user@contoso.com
        --kubernetes-access reader --namespace web
"""

helps["aks invoke-fix add-capacity"] = """
type: command
short-summary: Make a node available that can take the pod of run commands.
long-summary: >-
    Finds the cheapest change that makes room for 200m CPU and 500Mi of memory: starting a stopped node pool, raising
    the bounds of the autoscaler, one more node, or a small node pool of its own. Says how many nodes of which size it
    adds; it does not know their price. A taint is removed only when you name it. Where there is room already, and where
    an earlier run made some, nothing is changed; an operation in progress is waited for. Where nothing tells whether
    the nodes are full, the harmless command `true` is run to see, on confirmation or with --yes. On a terminal the
    output is text, whatever default --output names below; -o json prints the object.
examples:
  - name: See the cheapest change.
    text: az aks invoke-fix add-capacity -g MyResourceGroup -n MyCluster --what-if
  - name: Make it after a look at the plan.
    text: az aks invoke-fix add-capacity -g MyResourceGroup -n MyCluster
  - name: Start from the message that was printed.
    text: az aks invoke-fix add-capacity -g MyResourceGroup -n MyCluster --error-file failure.txt
  - name: Make it in a pipeline, and wait until a command pod finds a node.
    text: az aks invoke-fix add-capacity -g MyResourceGroup -n MyCluster --yes --wait
  - name: Add a node pool for commands and do not wait for its node.
    text: az aks invoke-fix add-capacity -g MyResourceGroup -n MyCluster --method add-pool --yes --no-wait
  - name: Let the pod onto the nodes of a pool by removing the taint that keeps it away.
    text: az aks invoke-fix add-capacity -g MyResourceGroup -n MyCluster --remove-taint dedicated=batch:NoSchedule
"""

helps["aks invoke-fix repair"] = """
type: command
short-summary: Fix a cluster where run command fails, one step at a time.
long-summary: >-
    Looks for the first broken stage, shows the plan that repairs it, and applies it once you agree; then proves it by
    running the harmless command `true` in the cluster, and goes on to the next broken stage. An operation in progress
    is waited for. Without a terminal it needs --what-if, which prints every plan, or --yes, which applies the plans for
    confirmed findings alone. An exemption is part of it only with --mode exemption, the removal of a taint never. On a
    terminal the output is text, whatever default --output names below; -o json prints the object.
examples:
  - name: Repair a cluster and run a command there.
    text: az aks invoke-fix repair -g MyResourceGroup -n MyCluster --command "kubectl get pods -A"
  - name: See every plan without changing anything.
    text: az aks invoke-fix repair -g MyResourceGroup -n MyCluster --what-if -o json
  - name: Apply only confirmed fixes, unattended, and wait at most half an hour for each step.
    text: az aks invoke-fix repair -g MyResourceGroup -n MyCluster --yes --timeout 1800
  - name: Repair in a pipeline and keep what takes it back.
    text: az aks invoke-fix repair -g MyResourceGroup -n MyCluster --yes --out undo.json
  - name: Keep what was changed and how to undo it.
    text: az aks invoke-fix repair -g MyResourceGroup -n MyCluster --yes --report repair.html
"""

helps["aks invoke-fix undo"] = """
type: command
short-summary: Undo a change made by this extension on this machine.
long-summary: >-
    Puts back the exact document that was there before, or deletes what was created. Refuses when somebody else has
    changed it since. With --from the change comes from an undo document in the place of this machine's journal; nothing
    is taken back but what this extension makes, and the plan shows all that would be written. On a terminal the output
    is text, whatever default --output names below; -o json prints the object.
examples:
  - name: Take back the latest change.
    text: az aks invoke-fix undo
  - name: See what taking back a change would send.
    text: az aks invoke-fix undo --change-id 1f0c2b3a4d5e --what-if
  - name: Take back what a pipeline changed on a machine that is gone.
    text: az aks invoke-fix undo --from undo.json
"""

helps["aks invoke-fix history"] = """
type: command
short-summary: List the changes that this extension made from this machine, and whether they still stand.
long-summary: >-
    On a terminal the output is text, whatever default --output names below; -o json prints the object.
examples:
  - name: List the changes.
    text: az aks invoke-fix history -o table
  - name: List the changes for one cluster.
    text: az aks invoke-fix history -g MyResourceGroup -n MyCluster
  - name: Keep all changes in a file, before this machine goes away.
    text: az aks invoke-fix history --export undo.json
"""

helps["aks invoke-fix scan"] = """
type: command
short-summary: Say on which clusters of an estate a command would fail, why, and who could run one.
long-summary: >-
    Reads only, and asks Azure Resource Graph a handful of queries, however many clusters there are. The state of each
    cluster, the policies in force and the node pools are judged as `diagnose` judges them; nodes and the rights of the
    caller are looked at with --verify alone. Resource Graph may be minutes behind. What it did not show is listed as
    unknown, never taken for good. On a terminal the output is text, whatever default --output names below; -o json
    prints the object.
examples:
  - name: Scan the clusters of the current subscription.
    text: az aks invoke-fix scan
  - name: Scan every subscription, as a table.
    text: az aks invoke-fix scan --all-subscriptions -o table
  - name: Scan two subscriptions, and look closer at the clusters that are not ready.
    text: az aks invoke-fix scan --subscriptions Payments Shop --verify broken
  - name: Scan what is below a management group, and say who could run commands.
    text: az aks invoke-fix scan --management-groups platform --who -o json
  - name: Fail a pipeline on what nobody has accepted yet.
    text: az aks invoke-fix scan --all-subscriptions --accepted accepted.yaml --fail-on error -o json
  - name: Write a page with a matrix of clusters and stages, and JUnit with a suite a cluster.
    text: az aks invoke-fix scan --all-subscriptions --report estate.html --report estate.xml
"""

helps["aks invoke-fix explain"] = """
type: command
short-summary: Explain a finding, with its cause, evidence and fix.
long-summary: >-
    Works offline. Without --finding all findings are listed. On a terminal the output is text, whatever default
    --output names below; -o json prints the object.
examples:
  - name: List all findings.
    text: az aks invoke-fix explain -o table
  - name: Read the page of a finding.
    text: az aks invoke-fix explain --finding nodes-tainted
"""
