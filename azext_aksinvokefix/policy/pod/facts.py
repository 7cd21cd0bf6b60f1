"""What is known of the command pod, once for the rules of built-in policies and for the document that templates judge.

Bare, one container ``user-command``, on Entra clusters an init container ``init-command`` too, an image with the date
of its build as tag, one label, one annotation, a service account whose token it uses, no probes, no imagePullSecrets.
"""

from __future__ import annotations

#: The forms of the pod: on a cluster with local accounts, and on one with Entra ID.
LOCAL, ENTRA = "local", "entra"
RUNS, STARTS = "user-command", "init-command"
REPOSITORY = "mcr.microsoft.com/aks/command/runtime"
#: Tags seen: master.210524.9, master.220211.1, master.230109.1, master.240118.1.
TAG = "master."
LABEL = "createdBy"
ANNOTATIONS = {"aks.azure.com/runCommand": "true"}
CPU_REQUEST, MEMORY_REQUEST = "200m", "500Mi"
CPU_LIMIT, MEMORY_LIMIT = "500m", "1Gi"
#: What the API server sets for a tag other than latest, where the pod says nothing.
PULL_POLICY = "IfNotPresent"
