# ruff: noqa: E501 - output is as wide as it is.
"""Ordinary output of kubectl, helm and az, made up: nothing in it is a secret, though much of it looks like one."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator

_WORDS = "web api cart redis ingress cert mail queue worker frontend billing search auth token-broker secrets-sync key-vault".split()
_NAMESPACES = "default kube-system gatekeeper-system ingress-nginx cert-manager monitoring prod-eu".split()
_NODES = [f"aks-nodepool1-{number}-vmss00000{place}" for number in (30423418, 11872345) for place in range(4)]


class _Maker:
    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)

    def hexed(self, length: int) -> str:
        return "".join(self.dice.choice("0123456789abcdef") for _ in range(length))

    def word(self) -> str:
        return self.dice.choice(_WORDS)

    def pod(self) -> str:
        tail = "".join(self.dice.choice("bcdfghjklmnpqrstvwxz2456789") for _ in range(5))
        return f"{self.word()}-{self.hexed(9)}-{tail}"

    def uid(self) -> str:
        return "-".join(self.hexed(length) for length in (8, 4, 4, 4, 12))

    def time(self) -> str:
        d = self.dice
        return f"2024-0{d.randint(1, 9)}-1{d.randint(0, 9)}T1{d.randint(0, 9)}:{d.randint(10, 59)}:{d.randint(10, 59)}Z"

    def image(self) -> str:
        return f"mcr.microsoft.com/oss/kubernetes/{self.word()}:v1.2{self.dice.randint(1, 9)}.{self.dice.randint(0, 9)}"

    def address(self) -> str:
        return f"10.244.{self.dice.randint(0, 255)}.{self.dice.randint(1, 255)}"


def _wide(m: _Maker) -> str:
    rows = ["NAMESPACE     NAME     READY   STATUS    RESTARTS   AGE   IP     NODE   NOMINATED NODE   READINESS GATES"]
    for _ in range(40):
        status = m.dice.choice(["Running", "CrashLoopBackOff", "Completed", "Init:0/1", "CreateContainerConfigError"])
        rows.append(
            f"{m.dice.choice(_NAMESPACES):<16}{m.pod():<44}1/1     {status}   {m.dice.randint(0, 9)} "
            f"({m.dice.randint(1, 59)}m ago)   {m.dice.randint(1, 99)}d   {m.address():<15}{m.dice.choice(_NODES)}   "
            "<none>           <none>"
        )
    return "\n".join(rows)


def _pod(m: _Maker) -> str:
    name, app = m.pod(), m.word()
    return f"""- apiVersion: v1
  kind: Pod
  metadata:
    annotations:
      checksum/config: {m.hexed(64)}
      checksum/secret: {m.hexed(64)}
      cni.projectcalico.org/podIP: {m.address()}/32
      kubernetes.io/config.seen: "{m.time()}"
      author: Somebody Somewhere
      prometheus.io/scrape: "true"
    creationTimestamp: "{m.time()}"
    generateName: {name.rsplit("-", 1)[0]}-
    labels:
      app.kubernetes.io/name: {app}
      authorization.k8s.io/managed: "true"
      pod-template-hash: {m.hexed(10)}
      secrets-store.csi.k8s.io/used: "true"
    name: {name}
    namespace: {m.dice.choice(_NAMESPACES)}
    ownerReferences:
    - apiVersion: apps/v1
      blockOwnerDeletion: true
      controller: true
      kind: ReplicaSet
      name: {name.rsplit("-", 1)[0]}
      uid: {m.uid()}
    resourceVersion: "{m.dice.randint(10**6, 10**8)}"
    uid: {m.uid()}
  spec:
    affinity:
      podAntiAffinity:
        preferredDuringSchedulingIgnoredDuringExecution:
        - podAffinityTerm:
            labelSelector:
              matchExpressions:
              - key: app.kubernetes.io/name
                operator: In
                values:
                - {app}
            topologyKey: kubernetes.io/hostname
          weight: 100
    automountServiceAccountToken: true
    containers:
    - args:
      - --authorization-mode=Node,RBAC
      - --tls-private-key-file=/etc/kubernetes/pki/apiserver.key
      - --service-account-key-file=/etc/kubernetes/pki/sa.pub
      - --anonymous-auth=false
      - --token-ttl=24h0m0s
      - --secret-namespace=kube-system
      - --client-ca-file=/etc/kubernetes/pki/ca.crt
      - -p
      - "8080"
      env:
      - name: AZURE_FEDERATED_TOKEN_FILE
        value: /var/run/secrets/azure/tokens/azure-identity-token
      - name: AZURE_AUTHORITY_HOST
        value: https://login.microsoftonline.com/
      - name: AZURE_CLIENT_ID
        value: {m.uid()}
      - name: DB_PASSWORD
        valueFrom:
          secretKeyRef:
            key: password
            name: {app}-secret
      - name: TOKEN_ENDPOINT
        value: https://login.microsoftonline.com/{m.uid()}/oauth2/v2.0/token
      - name: FEATURE_KEYS
        valueFrom:
          configMapKeyRef:
            key: feature-keys.json
            name: {app}-config
      - name: KEYSPACE
        value: {app}_prod
      - name: AUTH_ENABLED
        value: "true"
      - name: PASSWORD_MIN_LENGTH
        value: "12"
      image: {m.image()}
      imagePullPolicy: IfNotPresent
      volumeMounts:
      - mountPath: /var/run/secrets/kubernetes.io/serviceaccount
        name: kube-api-access-{m.hexed(5)}
        readOnly: true
    imagePullSecrets:
    - name: acr-pull-secret
    nodeName: {m.dice.choice(_NODES)}
    serviceAccountName: {app}
    tolerations:
    - key: CriticalAddonsOnly
      operator: Exists
    - effect: NoExecute
      key: node.kubernetes.io/not-ready
      operator: Exists
      tolerationSeconds: 300
    - effect: NoSchedule
      key: kubernetes.azure.com/scalesetpriority
      operator: Equal
      value: spot
    volumes:
    - name: kube-api-access-{m.hexed(5)}
      projected:
        defaultMode: 420
        sources:
        - serviceAccountToken:
            expirationSeconds: 3607
            path: token
        - configMap:
            items:
            - key: ca.crt
              path: ca.crt
            name: kube-root-ca.crt
    - name: certs
      secret:
        defaultMode: 420
        secretName: {app}-tls
  status:
    containerStatuses:
    - containerID: containerd://{m.hexed(64)}
      image: {m.image()}
      imageID: mcr.microsoft.com/oss/kubernetes/{app}@sha256:{m.hexed(64)}
      lastState:
        terminated:
          exitCode: {m.dice.choice([0, 1, 2, 137, 143])}
          reason: Error
      ready: true"""


def _describe(m: _Maker) -> str:
    name, app = m.pod(), m.word()
    return f"""Name:             {name}
Namespace:        {m.dice.choice(_NAMESPACES)}
Priority:         0
Service Account:  {app}
Node:             {m.dice.choice(_NODES)}/10.224.0.{m.dice.randint(4, 99)}
Annotations:      checksum/secret: {m.hexed(64)}
Status:           Running
Containers:
  {app}:
    Container ID:  containerd://{m.hexed(64)}
    Image:         {m.image()}
    Image ID:      mcr.microsoft.com/{app}@sha256:{m.hexed(64)}
    Port:          8080/TCP
    State:          Running
    Environment Variables from:
      {app}-config   ConfigMap  Optional: false
      {app}-secrets  Secret     Optional: false
    Environment:
      DB_PASSWORD:                <set to the key 'password' in secret '{app}-db'>  Optional: false
      API_KEY:                    <set to the key 'key' in secret '{app}-api'>      Optional: false
      AZURE_FEDERATED_TOKEN_FILE:  /var/run/secrets/azure/tokens/azure-identity-token
      AZURE_TENANT_ID:            {m.uid()}
    Mounts:
      /var/run/secrets/kubernetes.io/serviceaccount from kube-api-access-{m.hexed(5)} (ro)
Volumes:
  certs:
    Type:        Secret (a volume populated by a Secret)
    SecretName:  {app}-tls
    Optional:    false
  kube-api-access-{m.hexed(5)}:
    Type:                    Projected (a volume that contains injected data from multiple sources)
    TokenExpirationSeconds:  3607
    ConfigMapName:           kube-root-ca.crt
QoS Class:                   Burstable
Tolerations:                 CriticalAddonsOnly op=Exists
                             node.kubernetes.io/memory-pressure:NoSchedule op=Exists
Image pull secrets:          acr-pull-secret
Mountable secrets:           {app}-token-{m.hexed(5)}
Tokens:                      {app}-token-{m.hexed(5)}
Events:
  Type     Reason       Age                  From               Message
  Warning  FailedMount  {m.dice.randint(1, 59)}s (x9 over 2m)  kubelet  MountVolume.SetUp failed for volume "certs" : secret "{app}-tls" not found
  Warning  Failed       4m  kubelet  Error: couldn't find key password in Secret prod/{app}-db
  Warning  Failed       4m  kubelet  Failed to pull image "{app}.azurecr.io/{app}:{m.hexed(40)}": failed to authorize: failed to fetch anonymous token: unexpected status: 401 Unauthorized"""


def _events(m: _Maker) -> str:
    texts = (
        "Readiness probe failed: HTTP probe failed with statuscode: 503",
        "Back-off restarting failed container {a} in pod {p}",
        'secret "{a}-tls" not found',
        "0/5 nodes are available: 2 node(s) had untolerated taint {{key: value}}, 3 Insufficient cpu.",
        "token: must not be expired; credentials: not configured; auth: rbac enabled",
        "Unable to retrieve some image pull secrets (acr-pull-secret); attempting to pull the image may not succeed.",
        "error fetching secret: key: not found in vault kv-prod, authorization failed: check the access policy",
        "Successfully assigned prod-eu/{p} to {n}",
        "invalid bearer token, Token has been invalidated",
        "password policy: at least 12 characters; passed: 3 failed: 0",
        "Created TokenRequest for service account {a}; author: flux",
        "monkey: banana, donkey: grey, keyboard: us, turkey: 1, hockey=2, authentic=yes, tokenizer=fast",
    )
    rows = ["LAST SEEN   TYPE      REASON      OBJECT      MESSAGE"]
    for _ in range(40):
        text = m.dice.choice(texts).format(a=m.word(), p=m.pod(), n=m.dice.choice(_NODES))
        rows.append(f"{m.dice.randint(1, 59)}m          Warning   Reason      pod/{m.pod()}   {text}")
    return "\n".join(rows)


def _helm(m: _Maker) -> str:
    app = m.word()
    return f"""NAME: {app}
LAST DEPLOYED: Tue Mar 12 10:01:0{m.dice.randint(0, 9)} 2024
NAMESPACE: prod-eu
STATUS: deployed
REVISION: {m.dice.randint(1, 90)}
USER-SUPPLIED VALUES:
auth:
  enabled: true
  existingSecret: {app}-redis
  existingSecretPasswordKey: redis-password
  secretName: {app}-auth
image:
  pullSecrets: []
  tag: {m.hexed(40)}
ingress:
  tls:
  - hosts: [{app}.example.com]
    secretName: {app}-tls
keyVault:
  name: kv-{app}-prod
  tenantId: {m.uid()}
serviceAccount:
  automountServiceAccountToken: false
sessionAffinity: ClientIP
tokenReview: enabled
NOTES:
To get your password run:
    export REDIS_PASSWORD=$(kubectl get secret --namespace prod-eu {app} -o jsonpath="{{.data.redis-password}}" | base64 -d)
To connect: kubectl port-forward svc/{app} 6379:6379 & REDISCLI_AUTH="$REDIS_PASSWORD" redis-cli -h 127.0.0.1 -p 6379
upgrade to commit {m.hexed(40)} passed, digest sha256:{m.hexed(64)}"""


def _json(m: _Maker) -> str:
    policy = {
        "id": f"/subscriptions/{m.uid()}/providers/Microsoft.Authorization/policyAssignments/{m.hexed(24)}",
        "etag": f'W/"{m.hexed(16)}"',
        "properties": {
            "displayName": "Kubernetes cluster containers should only use allowed images",
            "metadata": {"assignedBy": "Somebody", "createdOn": m.time(), "category": "Key Vault"},
            "parameters": {"effect": {"value": "Deny"}, "excludedNamespaces": {"value": _NAMESPACES}},
        },
        "kind": "Deployment",
        "spec": {"template": {"spec": {"volumes": [{"secret": {"secretName": "a-tls"}, "name": m.word()}]}}},
        "aadProfile": {"managed": True, "tenantId": m.uid()},
        "keyVaultKmsProfile": {
            "keyId": f"https://kv.vault.azure.net/keys/kms/{m.hexed(32)}",
            "keyVaultNetworkAccess": "Public",
        },
        "autoUpgradeProfile": {"nodeOsUpgradeChannel": "NodeImage"},
        "securityProfile": {"workloadIdentity": {"enabled": True}, "customCaTrustCertificates": None},
        "serviceAccountTokenIssuer": f"https://westeurope.oic.prod-aks.azure.com/{m.uid()}/",
        "tokenRequests": [{"audience": "api://AzureADTokenExchange", "expirationSeconds": 3600}],
        "image": f"{m.image()}@sha256:{m.hexed(64)}",
    }
    return json.dumps(policy, indent=m.dice.choice([2, 4]))


def _logs(m: _Maker) -> str:
    lines = (
        'I0312 10:01:02.123456       1 controller.go:132] "Reconciling" key="prod-eu/{a}" uid="{u}"',
        'level=info ts={t} msg="GET /healthz" status=200 traceId={h} spanId={s} session=closed',
        '{{"level":"info","time":"{t}","msg":"listening","authMode":"oidc","keyCount":3,"requestId":"{u}"}}',
        "{t} INFO  [{a}] KeyspaceManager: keyspace {a}_prod has 3 tokens ranges; primary key: id, sort key: created_at",
        'E0312 10:01:02.123456       1 auth.go:12] "Unable to authenticate the request" err="[invalid bearer token, token lookup failed]"',
        'time={t} level=error msg="secret: key not found" namespace=prod-eu name={a}-secret resourceVersion=1234567',
        "GET https://c1.hcp.westeurope.azmk8s.io:443/api/v1/namespaces/prod-eu/secrets?limit=500 200 OK in 12 milliseconds",
        "request https://management.azure.com/subscriptions/{u}?api-version=2024-09-01&$filter=atScope() x-ms-correlation-request-id: {u}",
        "using kubelet client certificate /etc/kubernetes/certs/client.crt and key: /etc/kubernetes/certs/client.key",
    )
    filled = (m.dice.choice(lines) for _ in range(60))
    return "\n".join(each.format(a=m.word(), u=m.uid(), t=m.time(), h=m.hexed(32), s=m.hexed(16)) for each in filled)


def _certificate(m: _Maker) -> str:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    body = "".join(m.dice.choice(alphabet) for _ in range(1200))
    return f"""- admissionReviewVersions: [v1]
  clientConfig:
    caBundle: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk{body}
    service: {{name: {m.word()}-webhook, namespace: gatekeeper-system, path: /v1/admit, port: 443}}
  failurePolicy: Ignore
  objectSelector:
    matchExpressions:
    - key: admission.gatekeeper.sh/ignore
      operator: DoesNotExist"""


_KINDS: tuple[Callable[[_Maker], str], ...] = (_wide, _pod, _describe, _events, _helm, _json, _logs, _certificate)


def texts(size: int, seed: int = 7) -> Iterator[str]:
    """Outputs of every kind, in turn, until there are ``size`` characters."""
    maker = _Maker(seed)
    made = 0
    while made < size:
        for kind in _KINDS:
            text = kind(maker) + "\n"
            made += len(text)
            yield text
