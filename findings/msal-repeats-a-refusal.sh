#!/usr/bin/env bash
# msal 1.39.0, azure-identity 1.27.0
#
# A secret that was just made is refused by Entra ID until it has spread, and one is told to try again after some seconds.
# MSAL keeps the answer 400 to a request for a token for a minute and gives it to every request that is the same, without
# sending it. The next attempts are therefore none: who tries again each second sees the first refusal over and over,
# although the service would say yes by now. The dictionary `http_cache`, which the Azure CLI keeps in a file, hands the
# refusal on to the next process. That MSAL holds back after 429 and Retry-After is documented; that 400 without any such
# header is answered from memory is said in its source alone, and 401 is not. Seen: four attempts after one 400 are one
# request, two of them from a second application with the same cache; with 401 the second attempt is sent and succeeds;
# ClientSecretCredential of azure-identity sends one request for three attempts too.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check msal==1.39.0 azure-identity==1.27.0
"$folder/venv/bin/python" - <<'PYTHON'
import io
import json

import msal
import requests
from azure.core.exceptions import ClientAuthenticationError
from azure.core.pipeline.transport import RequestsTransport
from azure.identity import ClientSecretCredential
from requests.adapters import BaseAdapter

AUTHORITY, SCOPE = "https://login.microsoftonline.com/tenant", "https://management.azure.com/.default"
ENDPOINTS = {"authorization_endpoint": f"{AUTHORITY}/a", "token_endpoint": f"{AUTHORITY}/t", "issuer": f"{AUTHORITY}/v2.0"}
REFUSED = {"error": "invalid_client", "error_description": "made a moment ago"}
TOKEN = {"access_token": "not-a-token", "expires_in": 3600, "token_type": "Bearer"}


class Answer:
    def __init__(self, status, body):
        self.status_code, self.text, self.headers = status, json.dumps(body), {"Content-Type": "application/json"}

    def raise_for_status(self):
        pass


class EntraId:
    """Refuses the first request for a token and would grant every other one."""

    def __init__(self, refusal):
        self.refusal, self.posts = refusal, 0

    def post(self, url, **_):
        self.posts += 1
        return Answer(self.refusal, REFUSED) if self.posts == 1 else Answer(200, TOKEN)

    def get(self, url, **_):
        return Answer(200, ENDPOINTS)

    def close(self):
        pass


def attempts(refusal):
    entra, cache, results = EntraId(refusal), {}, []
    for _ in range(2):  # as two processes would that share the cache
        application = msal.ConfidentialClientApplication(
            "client", client_credential="new", authority=AUTHORITY, http_client=entra, http_cache=cache, instance_discovery=False
        )
        results += [application.acquire_token_for_client([SCOPE]) for _ in range(2)]
    return entra.posts, ["error" not in result for result in results]


class Adapter(BaseAdapter):
    """The same service behind a session of requests; nothing is sent anywhere."""

    def __init__(self, entra):
        super().__init__()
        self.entra = entra

    def send(self, request, **_):
        answer = self.entra.post(request.url) if request.method == "POST" else self.entra.get(request.url)
        response = requests.Response()
        response.status_code, response._content, response.request = answer.status_code, answer.text.encode(), request
        response.raw = io.BytesIO()
        response.headers.update(answer.headers)
        return response

    def close(self):
        pass


def attempts_of_azure_identity():
    entra, session, granted = EntraId(400), requests.Session(), []
    session.mount("https://", Adapter(entra))
    transport = RequestsTransport(session=session, session_owner=False)
    credential = ClientSecretCredential("tenant", "client", "new", transport=transport, disable_instance_discovery=True)
    for _ in range(3):
        try:
            granted.append(bool(credential.get_token(SCOPE).token))
        except ClientAuthenticationError:
            granted.append(False)
    return entra.posts, granted


seen = {refusal: attempts(refusal) for refusal in (400, 401)}
for refusal, (posts, granted) in seen.items():
    print(f"{refusal} once: {posts} requests, granted: {granted}")
identity = attempts_of_azure_identity()
print(f"400 once, azure-identity: {identity[0]} requests, granted: {identity[1]}")
assert identity == (1, [False] * 3), identity
assert seen[400] == (1, [False] * 4), seen
assert seen[401][1] == [False, True, True, True], seen
PYTHON
