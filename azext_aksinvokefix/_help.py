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
