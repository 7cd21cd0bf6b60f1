"""Help texts. The only module that loading the extension needs beside __init__."""

from knack.help_files import helps

helps["aks invoke-fix"] = """
type: group
short-summary: Commands to run a command in a managed cluster and to find out why it fails.
long-summary: >-
    Wraps `az aks command invoke`: the true exit code, the true reason, no five-minute limit.
"""

helps["aks invoke-fix run"] = """
type: command
short-summary: Run a command in a managed cluster and return its output and its exit code.
long-summary: >-
    Without an output format the command's own output is printed as it is. The exit code is the command's own; 125 when
    it did not run or its outcome is not known; 124 when --timeout passed; 3 when there is no such cluster. A command
    that may have run is never submitted again.
examples:
  - name: List the pods of all namespaces.
    text: az aks invoke-fix run -g MyResourceGroup -n MyCluster -c "kubectl get pods -A"
  - name: Apply a manifest from this machine.
    text: az aks invoke-fix run -g MyResourceGroup -n MyCluster -c "kubectl apply -f app.yaml" -f app.yaml
  - name: Install a chart from the current folder and wait at most ten minutes.
    text: az aks invoke-fix run -g MyResourceGroup -n MyCluster -c "helm upgrade --install web ." -f . --timeout 600
  - name: Submit a long command without waiting.
    text: az aks invoke-fix run -g MyResourceGroup -n MyCluster -c "kubectl rollout status deploy/web" --no-wait
  - name: Wait for a command that was submitted before.
    text: az aks invoke-fix run -g MyResourceGroup -n MyCluster --command-id 300ac3fddbb444308fa05d36a3002ef3
  - name: Get the result as an object.
    text: az aks invoke-fix run -g MyResourceGroup -n MyCluster -c "kubectl version" -o json
"""

helps["aks invoke-fix diagnose"] = """
type: command
short-summary: Say what broke an invoke, or what would break one now, and what fixes it.
long-summary: >-
    Reads only. Starts from a text, from a command id, or from the latest failed run command in the Activity Log; where
    there is none, it looks at every stage and says whether an invoke would pass now. Each finding comes with the datum
    that proves it and with commands to paste. What could not be looked at is listed with the permission that would lift
    it.
examples:
  - name: Find out why the last command failed, or whether one would work now.
    text: az aks invoke-fix diagnose -g MyResourceGroup -n MyCluster
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
  - name: Fail a pipeline step when a command could not run now.
    text: az aks invoke-fix diagnose -g MyResourceGroup -n MyCluster --fail-on error -o json
"""

helps["aks invoke-fix explain"] = """
type: command
short-summary: Explain a finding, that is, what it is, why it happens, how it is confirmed, and what fixes it.
long-summary: >-
    Works offline. Without --finding all findings are listed.
examples:
  - name: List all findings.
    text: az aks invoke-fix explain -o table
  - name: Read the page of a finding.
    text: az aks invoke-fix explain --finding nodes-tainted
"""
