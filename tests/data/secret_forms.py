"""The forms in which secrets stand in texts. Every secret is made up, and put together here, so that no scanner of
this repository takes one for real.

``FORMS`` maps a form to a text with a secret in it and to what must not be read any more.
"""

from __future__ import annotations

import base64
import html
import json
import random
import string
from urllib.parse import quote

_ALNUM = string.ascii_letters + string.digits
_dice = random.Random(20240229)


def made(length: int, alphabet: str = _ALNUM) -> str:
    """Letters and digits that nobody has chosen; at least three digits, so that it is no word."""
    drawn = [_dice.choice(alphabet) for _ in range(length)]
    if set("0123456789") <= set(alphabet):
        for place in (1, length // 2, length - 2):
            drawn[place] = _dice.choice("23456789")
    return "".join(drawn)


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


PASSWORD = "Fake" + "-Pa55.word~" + made(10)
PLAIN = made(24)
HEXED = made(40, "0123456789abcdef")
KEY_32 = base64.b64encode(_dice.randbytes(32)).decode()
KEY_40 = base64.b64encode(_dice.randbytes(40)).decode()
KEY_64 = base64.b64encode(_dice.randbytes(64)).decode()


def _part(document: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")


SIGNATURE = base64.urlsafe_b64encode(_dice.randbytes(256)).decode().rstrip("=")
PAYLOAD = _part({"aud": "6dae42f8-4368-4678-94ff-3960e28e3630", "name": "Nobody " + made(6), "exp": 1700000000})
JWT = ".".join((_part({"typ": "JWT", "alg": "RS256"}), PAYLOAD, SIGNATURE))
_PEM_LINES = [made(64), made(64), made(20) + "=="]
_DASHES = "-" * 5


def pem(kind: str, lines: list[str] | None = None) -> str:
    return "\n".join((f"{_DASHES}BEGIN {kind}{_DASHES}", *(lines or _PEM_LINES), f"{_DASHES}END {kind}{_DASHES}"))


KUBECONFIG = f"""apiVersion: v1
kind: Config
clusters:
- cluster:
    certificate-authority-data: {b64(pem("CERTIFICATE", ["MIIE" + "A" * 60]))}
    server: https://c1.hcp.westeurope.azmk8s.io:443
  name: c1
users:
- name: clusterUser_rg_c1
  user:
    client-certificate-data: {b64("cert" + PLAIN + made(40))}
    client-key-data: {b64("key" + PLAIN + made(40))}
    token: {HEXED}
"""
_KUBECONFIG_SECRETS = (HEXED, b64("cert" + PLAIN)[:-4], b64("key" + PLAIN)[:-4])

#: A name and the secret beside it, in the notations that configurations and command lines have.
_BESIDE = {
    "yaml": "{n}: {s}",
    "yaml double quotes": '{n}: "{s}"',
    "yaml single quotes": "{n}: '{s}'",
    "yaml indented in a list": "spec:\n  - {n}: {s}\n    other: 1",
    "env": "{n}={s}",
    "env double quotes": '{n}="{s}"',
    "env single quotes": "{n}='{s}'",
    "export": 'export {n}="{s}"',
    "json": '{{"a": 1, "{n}": "{s}", "b": 2}}',
    "python repr": "{{'{n}': '{s}', 'b': 2}}",
    "ini": "[main]\n{n} = {s}\nuser = me",
    "hcl": '{n} = "{s}"',
    "set of cmd": "set {n}={s}",
    "powershell": '$env:{n} = "{s}"',
    "option=": "tool --{n}={s} --verbose",
    "option quoted": "tool --{n} '{s}' --verbose",
    "query": "https://example.com/x?a=1&{n}={s}&b=2",
    "form body": "grant_type=x&{n}={s}&scope=y",
    "yaml block": "{n}: |\n  {s}\nnext: 1",
    "escaped json": '{{"log": "{{\\"{n}\\":\\"{s}\\",\\"b\\":1}}"}}',
    "twice escaped json": '{{"log": "{{\\\\\\"{n}\\\\\\":\\\\\\"{s}\\\\\\"}}"}}',
    "html": "&quot;{n}&quot;: &quot;{s}&quot;, &quot;b&quot;: 1",
    "percent": "https://example.com/r?next=%3F{n}%3D{s}%26b%3D2",
    "xml element": "<config><{n}>{s}</{n}></config>",
    "xml attribute": '<add key="{n}" value="{s}" />',
    "name and value yaml": "env:\n- name: {n}\n  value: {s}\n- name: OTHER\n  value: x",
    "value and name yaml": "env:\n- value: {s}\n  name: {n}\n- name: OTHER\n  value: x",
    "name and value json": '[{{"name": "{n}", "slotSetting": false, "value": "{s}"}}]',
    "value and name json": '[{{"value": "{s}", "name": "{n}"}}]',
    "toml section": '[db]\n{n}="{s}" # comment',
    "go struct": "{{User:me {n}:{s} Host:h}}",
    "go map": "map[user:me {n}:{s}]",
    "describe": "    Environment:\n      {n}:  {s}\n      OTHER:  1",
    "windows lines": "a: 1\r\n{n}: {s}\r\nb: 2\r\n",
    "set of helm": "helm upgrade x y --set a=b,{n}={s} --wait",
    "from-literal": "kubectl create secret generic x --from-literal={n}={s}",
    "prose": 'failed with {n} "{s}"; giving up, {n}={s}',
}
_NAMES = {
    "password": PASSWORD,
    "DB_PASSWORD": PASSWORD,
    "PGPASSWORD": PASSWORD,
    "adminPassword": PASSWORD,
    "API_KEY": PLAIN,
    "GITHUB_TOKEN": PLAIN,
    "client_secret": PLAIN,
    "clientSecret": PLAIN,
    "apiKey": PLAIN,
    "access_token": PLAIN,
    "MYSQL_ROOT_PWD": PASSWORD,
    "STORAGE_ACCESS_KEY": PLAIN,
    "registryCredential": PLAIN,
    "BASIC_AUTH": PLAIN,
    "auth-token": PLAIN,
    "DB_PASS": PASSWORD,
    "connectionString": PLAIN,
}

FORMS: dict[str, tuple[str, tuple[str, ...]]] = {
    f"{name} {notation}": (text.format(n=name, s=secret), (secret,))
    for notation, text in _BESIDE.items()
    for name, secret in _NAMES.items()
    if notation != "prose" or name in ("password", "API_KEY")
}


def _add(name: str, text: str, *secrets: str) -> None:
    FORMS[name] = (text, secrets)


for scheme, credential in {
    "Basic": b64("me:" + PASSWORD),
    "Bearer": PLAIN,
    "token": HEXED,
    "Negotiate": b64(PLAIN + PLAIN),
    "SharedKey": "account:" + KEY_32,
    "ApiKey": PLAIN,
    "Whatever": PLAIN,
}.items():
    _add(f"header {scheme}", f"GET / HTTP/1.1\nAuthorization: {scheme} {credential}\nAccept: */*", credential)
    _add(f"header {scheme} joined", f"GET / Authorization: {scheme} {credential} Accept: */*", credential)
    _add(f"header {scheme} curl", f"curl -H 'Authorization: {scheme} {credential}' https://x/", credential)
    _add(f"header {scheme} json", json.dumps({"Authorization": f"{scheme} {credential}", "b": 1}), credential)
    _add(f"header {scheme} repr", repr({"authorization": f"{scheme} {credential}"}), credential)
_add("header digest", f'Authorization: Digest username="me", nonce="n1", response="{HEXED}"', HEXED)
_add(
    "header of aws",
    f"Authorization: AWS4-HMAC-SHA256 Credential=x/2024/y, SignedHeaders=host, Signature={HEXED}",
    HEXED,
)
_add("auxiliary header", f"x-ms-authorization-auxiliary: Bearer {JWT}", JWT, PAYLOAD)
_add("bearer alone", f"sent Bearer {PLAIN} to the server", PLAIN)
_add("basic alone", f"sent 'Basic {b64('me:' + PASSWORD)}' to the server", b64("me:" + PASSWORD))

for scheme in ("https", "postgres", "amqp", "mongodb+srv", "redis", "mysql", "jdbc:postgresql", "ftp", "ssh"):
    _add(f"url {scheme}", f"dial {scheme}://me:{PASSWORD}@host.example.com:5432/db?x=1 failed", PASSWORD)
_add("url without a user", f"redis://:{PASSWORD}@cache:6379/0", PASSWORD)
_add("url in quotes", f'DATABASE="postgres://me:{PASSWORD}@h/db"', PASSWORD)
_add("url of two", f"amqp://me:{PASSWORD}@h1,amqp://me:{PASSWORD}@h2", PASSWORD)
_add("url in json", json.dumps({"log": f"clone https://me:{PASSWORD}@h/r.git"}), PASSWORD)
_add("url token alone", f"git clone https://{PLAIN}@dev.azure.com/o/p", PLAIN)
_add("url percent-encoded", "next=" + quote(f"https://me:{PASSWORD}@h/r", safe=""), quote(PASSWORD, safe=""))
_add("jdbc parameter", f"jdbc:sqlserver://h:1433;databaseName=d;user=me;password={PASSWORD};encrypt=true", PASSWORD)
_add("jdbc oracle", f"jdbc:oracle:thin:me/{PASSWORD}@//h:1521/s", PASSWORD)

for name in ("AccountKey", "SharedAccessKey", "Password", "Pwd", "PASSWORD"):
    _add(f"connection string {name}", f"Endpoint=sb://x/;User Id=me;{name}={KEY_32};EntityPath=q", KEY_32)
_add(
    "storage connection string",
    f"DefaultEndpointsProtocol=https;AccountName=a;AccountKey={KEY_64};EndpointSuffix=x",
    KEY_64,
)
_add(
    "sas",
    f"https://a.blob.core.windows.net/c?sv=2022-11-02&sig={quote(KEY_32, safe='')}&se=2024",
    quote(KEY_32, safe=""),
)
_add("sas bare", f"sv=2022&sig={quote(KEY_32, safe='')}", quote(KEY_32, safe=""))
_add("sas html", f"<a href='x?sv=1&amp;sig={quote(KEY_32, safe='')}&amp;se=2'>", quote(KEY_32, safe=""))
_add("code in a redirect", f"http://localhost:8400/?code={PLAIN}&state=1", PLAIN)
_add("access token in a fragment", f"https://x/cb#access_token={PLAIN}&token_type=Bearer", PLAIN)
_add("function url", f"https://f.azurewebsites.net/api/x?code={quote(KEY_40, safe='')}", quote(KEY_40, safe=""))
_add(
    "operation url",
    f"https://management.azure.com/x?api-version=1&t=638376137766504900&c={PLAIN}&s={SIGNATURE}&h=x",
    PLAIN,
    SIGNATURE,
)

_add("kubeconfig", KUBECONFIG, *_KUBECONFIG_SECRETS)
_add(
    "kubeconfig json",
    json.dumps({"users": [{"user": {"client-key-data": b64("k" + PLAIN), "token": HEXED}}]}),
    HEXED,
    b64("k" + PLAIN),
)
_add("kubeconfig base64", f'"value": "{b64(KUBECONFIG)}"', b64(KUBECONFIG))
_add("kubeconfig base64 bare", f"result: {b64(KUBECONFIG)} end", b64(KUBECONFIG))
_WRAPPED = "\n".join(b64(KUBECONFIG)[i : i + 76] for i in range(0, len(b64(KUBECONFIG)), 76))
_add("kubeconfig base64 wrapped", f"here:\n{_WRAPPED}\n", *_WRAPPED.split("\n")[:-1])

_DATA = {"username": b64("somebody-" + made(6)), "whatever": b64(PLAIN), "tls.key": b64(PASSWORD)}
_YAML_DATA = "\n".join(f"  {name}: {value}" for name, value in _DATA.items())
_values = tuple(_DATA.values())
_add("secret yaml", f"apiVersion: v1\ndata:\n{_YAML_DATA}\nkind: Secret\nmetadata:\n  name: x\n", *_values)
_add(
    "secret yaml kind first",
    f"apiVersion: v1\nkind: Secret\nmetadata:\n  name: x\ndata:\n{_YAML_DATA}\ntype: Opaque\n",
    *_values,
)
_add(
    "secret yaml in a list",
    "items:\n- apiVersion: v1\n  data:\n"
    + "\n".join("  " + line for line in _YAML_DATA.split("\n"))
    + "\n  kind: Secret\n  metadata:\n    name: x\n",
    *_values,
)
_add(
    "secret yaml stringData",
    f"kind: Secret\nstringData:\n  config.ini: |\n    user: me\n    word {PLAIN}\n  other: '{PASSWORD}'\n",
    PLAIN,
    PASSWORD,
)
_add(
    "secret yaml of two documents",
    f"kind: ConfigMap\ndata:\n  a: b\n---\nkind: Secret\ndata:\n{_YAML_DATA}\n",
    *_values,
)
_add(
    "secret yaml joined",
    "apiVersion: v1 kind: Secret metadata: name: x data: "
    + " ".join(f"{k}: {v}" for k, v in _DATA.items())
    + " type: Opaque",
    *_values,
)
_add("secret json", json.dumps({"kind": "Secret", "data": _DATA}), *_values)
_add("secret json kind last", json.dumps({"data": _DATA, "metadata": {"name": "x"}, "kind": "Secret"}), *_values)
_add("secret json pretty", json.dumps({"items": [{"data": _DATA, "kind": "Secret"}]}, indent=4), *_values)
_add("secret json in json", json.dumps({"log": json.dumps({"data": _DATA, "kind": "Secret"})}), *_values)
_add("secret json cut", json.dumps({"kind": "Secret", "data": _DATA})[:-12], _values[0], _values[1])
_add("docker auth", json.dumps({"auths": {"r.azurecr.io": {"auth": b64("me:" + PASSWORD)}}}), b64("me:" + PASSWORD))
_add("docker config", json.dumps({"auths": {"r.azurecr.io": {"username": "me", "password": PASSWORD}}}), PASSWORD)
_DOCKER = b64(json.dumps({"auths": {"r.azurecr.io": {"auth": b64("me:" + PASSWORD)}}}))
_add("dockerconfigjson", f"data:\n  .dockerconfigjson: {_DOCKER}\n", _DOCKER)
_add("dockerconfigjson alone", f"got {_DOCKER} back", _DOCKER)

_add("storage keys", json.dumps([{"keyName": "key1", "permissions": "FULL", "value": KEY_64}], indent=2), KEY_64)
_add("storage keys table", f"KeyName  Permissions  Value\n-------\nkey1     FULL         {KEY_64}", KEY_64)
_add("arm parameter", json.dumps({"parameters": {"adminPassword": {"value": PASSWORD}}}), PASSWORD)
_add("cosmos keys", json.dumps({"primaryMasterKey": KEY_64, "secondaryMasterKey": KEY_64}), KEY_64)
_add(
    "registry credentials",
    json.dumps({"passwords": [{"name": "password", "value": PLAIN}, {"name": "password2", "value": HEXED}]}),
    PLAIN,
    HEXED,
)
_add("cookie", f"Cookie: sid={PLAIN}; other={HEXED}\nAccept: */*", PLAIN, HEXED)
_add("set-cookie", f"< Set-Cookie: sid={PLAIN}; Path=/; HttpOnly; Secure", PLAIN)
_add("cookie json", json.dumps({"Cookie": f"sid={PLAIN}; other={HEXED}"}), PLAIN, HEXED)
_add("cookie joined", f"GET / Cookie: sid={PLAIN}; other={HEXED} Host: x", PLAIN, HEXED)

for line in (
    "curl -u me:{p} https://x/",
    "curl --user me:{p} https://x/",
    "curl -u 'me:{p}' https://x/",
    "curl --user=me:{p} https://x/",
    "curl -s --proxy-user me:{p} https://x/",
    "mysql -u root -p{p} db",
    "mysqldump -h x -u root -p{p} db",
    "sshpass -p {p} ssh me@h",
    "docker login -u me -p {p} r.azurecr.io",
    "podman login -u me -p '{p}' r",
    "helm registry login r -u me -p {p}",
    "az login --service-principal -u x -p {p} --tenant t",
    "az acr login -n r -u me -p {p}",
    "az login --service-principal --password {p}",
    "redis-cli -h x -a {p} ping",
    "sqlcmd -S x -U sa -P {p} -Q 'select 1'",
    "skopeo copy --src-creds me:{p} docker://a docker://b",
    "kubectl create secret docker-registry r --docker-password={p} --docker-username=me",
    "kubectl --token {p} get pods",
    "kubectl --token={p} get pods",
    'command: ["mysql", "-uroot", "-p{p}"]',
    'args: ["--password", "{p}", "--x"]',
    "args:\n- --password\n- {p}\n- --x",
    "openssl rsa -in k -passin pass:{p}",
    'setx DB_PASSWORD "{p}"',
    "set -x DB_PASSWORD {p}",
    "ENV DB_PASSWORD {p}",
    "machine github.com login me password {p}",
    '$p = ConvertTo-SecureString "{p}"; $password = ConvertTo-SecureString -String "{p}" -AsPlainText -Force',
    "New-Thing -AdminPassword '{p}' -Name x",
    "CREATE USER me WITH PASSWORD '{p}'",
    "X-Auth-Token: {p}",
    "x-api-key: {p}",
    "Ocp-Apim-Subscription-Key: {p}",
    "x-functions-key: {p}",
    "X-Vault-Token: {p}",
    "az storage blob list --account-key {p}",
    "az storage blob list --sas-token '{p}'",
    "az x --connection-string {p}",
    "az x --client-secret {p}",
    "tool --api-key {p} run",
    ":password => '{p}'",
    "password is: {p}",
    "Password: {p}",
    "passphrase: {p}",
    "//registry.npmjs.org/:_authToken={p}",
    "spring.datasource.password={p}",
):
    _add(line, line.format(p=PASSWORD), PASSWORD)

_TOKENS = {
    "github classic": "gh" + "p_" + made(36),
    "github oauth": "gh" + "o_" + made(36),
    "github server": "gh" + "s_" + made(36),
    "github user": "gh" + "u_" + made(36),
    "github refresh": "gh" + "r_" + made(36),
    "github fine-grained": "github" + "_pat_" + made(22) + "_" + made(59),
    "gitlab": "gl" + "pat-" + made(20),
    "gitlab runner": "gl" + "rt-" + made(20),
    "slack bot": "xo" + "xb-" + made(12, string.digits) + "-" + made(24),
    "slack user": "xo" + "xp-" + made(12, string.digits) + "-" + made(32),
    "slack app": "xa" + "pp-1-" + made(11) + "-" + made(32),
    "npm": "np" + "m_" + made(36),
    "pypi": "py" + "pi-AgE" + "IcHlwaS5vcmc" + made(60),
    "stripe": "sk" + "_live_" + made(24),
    "aws": "AK" + "IA" + made(16, string.ascii_uppercase + string.digits),
    "aws temporary": "AS" + "IA" + made(16, string.ascii_uppercase + string.digits),
    "google": "AI" + "za" + made(35),
    "google oauth": "ya" + "29." + made(60),
    "google client": "GOC" + "SPX-" + made(28),
    "hugging face": "h" + "f_" + made(34),
    "docker": "dckr" + "_pat_" + made(27),
    "digitalocean": "do" + "p_v1_" + made(64, "0123456789abcdef"),
    "sendgrid": "S" + "G." + made(22) + "." + made(43),
    "vault": "hv" + "s." + made(24),
    "openai": "sk" + "-proj-" + made(48),
    "anthropic": "sk" + "-ant-api03-" + made(48),
    "shopify": "sh" + "pat_" + made(32, "0123456789abcdef"),
    "databricks": "da" + "pi" + made(32, "0123456789abcdef"),
    "twilio": "S" + "K" + made(32, "0123456789abcdef"),
    "mailchimp": made(32, "0123456789abcdef") + "-u" + "s12",
    "telegram": made(9, string.digits) + ":" + "AA" + made(33),
    "grafana": "gl" + "sa_" + made(32) + "_" + made(8, "0123456789abcdef"),
    "atlassian": "AT" + "ATT3" + made(60),
    "artifactory": "AK" + "Cp" + made(60),
    "openshift": "sha" + "256~" + made(43),
    "postman": "PM" + "AK-" + made(24, "0123456789abcdef") + "-" + made(34, "0123456789abcdef"),
    "entra client secret": made(3) + "8" + "Q~" + made(34),
    "entra client secret 7": made(3) + "7" + "Q~" + made(31),
    "refresh token 0": "0" + ".A" + made(60) + "." + made(200),
    "refresh token 1": "1" + ".A" + made(90),
    "registry password": made(42) + "+A" + "CR" + made(6),
    "service bus key": made(33) + "+A" + "Sb" + made(6) + "=",
    "storage key of today": made(76) + "+A" + "St" + made(6) + "==",
    "function key of today": made(44) + "Az" + "Fu" + made(6) + "==",
    "devops token": made(76) + "AZ" + "DO" + made(4),
    "key of 88": KEY_64,
    "key of 44": KEY_32,
    "slack hook": "https://hooks.slack.com/services/" + made(8) + "/" + made(8) + "/" + made(24),
    "bcrypt": "$" + "2b$12$" + made(53),
}
_TOKENS["jwt"] = JWT
for name, token in _TOKENS.items():
    hidden = token.removeprefix("https://hooks.slack.com/services/")
    _add(f"token {name}", f"the answer was {token} again", hidden)
    _add(f"token {name} in quotes", f'x: ["{token}"]', hidden)
    _add(f"token {name} in a url", f"GET /login/{token.split('//')[-1]}?x=1", hidden) if name not in (
        "key of 88",
        "key of 44",
        "service bus key",
        "storage key of today",
        "registry password",
        "function key of today",
    ) else None
_add("jwt cut at the end", f"token {JWT[:150]}", JWT[40:150])
_add("jwt cut in the payload", f"token {JWT[: JWT.index('.') + 40]}…", JWT[JWT.index(".") + 4 : JWT.index(".") + 40])
_add("jwt cut at the beginning", f"…{JWT[10:]} is not valid", PAYLOAD, SIGNATURE)
_add("jwt without its header", f"…{PAYLOAD[9:]}.{SIGNATURE} is not valid", SIGNATURE)
_add(
    "jwt wrapped",
    "token:\n" + "\n".join(JWT[i : i + 80] for i in range(0, len(JWT), 80)) + "\nend",
    *(JWT[i : i + 80] for i in range(0, len(JWT), 80)),
)
_add("aws pair", f"aws_access_key_id = {_TOKENS['aws']}\naws_secret_access_key = {(S := made(40))}", _TOKENS["aws"], S)
_add("aws pair without names", f"{_TOKENS['aws']} {S}", _TOKENS["aws"], S)

for kind in (
    "PRIVATE KEY",
    "RSA PRIVATE KEY",
    "EC PRIVATE KEY",
    "OPENSSH PRIVATE KEY",
    "ENCRYPTED PRIVATE KEY",
    "PGP PRIVATE KEY BLOCK",
):
    _add(f"pem {kind}", f"before\n{pem(kind)}\nafter", *_PEM_LINES)
    _add(f"pem {kind} json", json.dumps({"k": pem(kind)}), *_PEM_LINES)
    _add(f"pem {kind} json twice", json.dumps(json.dumps({"k": pem(kind)})), *_PEM_LINES)
    _add(f"pem {kind} joined", " ".join(pem(kind).split("\n")), *_PEM_LINES)
    _add(f"pem {kind} without its end", "\n".join(pem(kind).split("\n")[:-1]), *_PEM_LINES)
    _add(f"pem {kind} without its beginning", "\n".join(pem(kind).split("\n")[1:]), *_PEM_LINES)
    _add(f"pem {kind} in base64", f"x: {b64(pem(kind))}", b64(pem(kind)))
    _add(f"pem {kind} in a url", "k=" + quote(pem(kind), safe=""), *(quote(line, safe="") for line in _PEM_LINES))
_add("pem indented", "k: |\n" + "\n".join("    " + line for line in pem("PRIVATE KEY").split("\n")), *_PEM_LINES)

for name in ("yaml double quotes", "json", "env"):
    text, secrets = FORMS[f"password {name}"]
    _add(f"password {name} in html", html.escape(text), *secrets)
    _add(f"password {name} in json", json.dumps({"m": text}), *secrets)
    _add(f"password {name} in json twice", json.dumps({"m": json.dumps({"m": text})}), *secrets)
    _add(f"password {name} in a url", "m=" + quote(text, safe=""), *(quote(each, safe="") for each in secrets))
    _add(f"password {name} in a url twice", "m=" + quote(quote(text, safe=""), safe=""), *secrets)
