"""Whether a name is one for a secret, and whether what stands beside it is a secret rather than a word or a setting."""

from __future__ import annotations

import re
from functools import lru_cache

from azext_aksinvokefix.redact.vault import PLACEHOLDER

#: No name of a secret; one whose value must look like a secret; one whose value is a secret whatever it looks like.
NONE, WEAK, STRONG, PASSWORD = range(4)
_LONGEST = 160

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_PASSWORDS = ("passw", "passphrase", "passcode", "pwd", "kennwort")
_PARTS = (
    *("secret", "token", "credential", "cookie", "connectionstring", "connstr", "clientassertion", "dockerconfigjson"),
    *("dockercfg", "clientcertificatedata", "clientkeydata", "privatelines", "appkey", "servicekey"),
    *(f"{what}key" for what in ("api", "access", "account", "shared", "private", "signing", "encryption", "master")),
    *(f"{what}key" for what in ("storage", "primary", "secondary", "function", "functions", "system", "license")),
    *(f"{what}key" for what in ("subscription", "instrumentation", "auth", "admin", "client", "session", "ssh", "x")),
)
_WORDS = frozenset("pass pw cred creds psk sas sig jwt bearer pat authtoken apikeys".split())
#: Words that may stand for a secret; their values tell.
_WEAK_WORDS = frozenset("key keys auth auths session sessionid sid otp pin kubeconfig assertion signature dsn".split())
#: A name that ends so is about a secret and holds none.
_ABOUT = frozenset(
    "name names ref refs reference type types kind id ids path file files filename dir directory url uri endpoint host "
    "expiry expires expiration seconds secs minutes ttl age count length size limit version policy mode method "
    "methods scheme namespace provider class issuer audience audiences enabled disabled required rotation algorithm "
    "alg format hint mount mounts hash checksum sum digest fingerprint thumbprint status state reason error time at "
    "on in by scope scopes field label selector selectors store vault ring space board usage usages source sources "
    "review reviews request requests controller manager operator plugin server app user username users group "
    "groups role account accounts config settings template generator operations permissions options max min attempts "
    "retries interval timeout prefix suffix pattern regex column index order pair set map list owner description title "
    "comment note tags tag bits exists found missing syncer rotator cleaner signer approver reloader webhook lookup "
    "address addresses port ports principal identifier identifiers".split()
)
#: A name that has one of these is about many things of a kind, or about one that is public or elsewhere.
_PLAIN = frozenset(
    "checksum existing pull public pub automount topology partition sort foreign cache object annotation match missing "
    "invalid expired unexpected unknown no forbidden max min num total is has enable disable allow require use tls "
    "ingress primaryforeign routing label row shard hash order".split()
)
#: Words in which another one is hidden; a Secret that is there already goes by its name.
_OTHER_WORDS = frozenset(
    "existing compass bypass trespass passthrough surpass tokenizer tokenizers tokenize tokenized tokenization "
    "secretary secretariat cookiecutter".split()
)
_LITERALS = frozenset(
    "true false null none nil yes no on off undefined empty unset redacted optional required set missing string "
    "<none> <nil> <unset> <set> <unknown> <invalid> {} [] n/a".split()
)
#: Words of a sentence about a secret.
_PROSE = frozenset(
    "a an the is was are were be been being must may can cannot should has have had not no to of for from in on at by "
    "with without and or if when where which that this it its as does do did failed failure error invalid expired "
    "missing required denied unauthorized forbidden found rejected refused incorrect wrong empty unknown unexpected "
    "unable could could're would will value values flag flags option options parameter file secret secrets token "
    "tokens password passwords key keys authentication authorization configured needed used valid already exists set "
    "unset given provided expects expected got string int bool stringarray duration prompt rotation policy signed "
    "cannot, request requests review reviews please check see".split()
)
_REFERENCE = re.compile(
    r"<[^<>]{0,60}>|\$\{[^{}]{0,80}\}|\$\([^()]{0,80}\)|\$[A-Z_][A-Z0-9_]{0,60}|\$env:\w{1,60}|\{\{.{0,120}"
    r"|%[A-Z_]{1,60}%|\*+|\.{2,}|x{3,}|X{3,}|…+|\[[a-zA-Z ]{0,40}\]",
)
_NUMBER = re.compile(
    r"[+-]?\d{1,9}(?:[.,]\d{1,9})?(?:[smhdw]|ms|Mi|Gi|Ki|m)?|v?\d{1,4}(?:\.\d{1,5}){1,3}(?:-[a-z]{1,8}\.?\d{0,3})?"
)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d(?:[T ][\d:.]{4,18}(?:Z|[+-]\d\d:?\d\d)?)?")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_PLAIN_WORD = re.compile(r"[A-Za-z][a-z]{0,30}(?:[-_.][a-z]{1,20}){0,8}")
_ADDRESS = re.compile(r"(?:[a-z][a-z0-9+.-]{1,20}://|\.{0,2}/|~/|[A-Z]:[\\/])[^\s:@]*")
#: What Kubernetes qualifies names with: a domain, and a name of words.
_QUALIFIED = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+){1,8}/[A-Za-z]{1,40}(?:[-_.][A-Za-z]{1,40}){0,8}")
_LABELS = re.compile(r"[a-z0-9]+(?:[-./_:][a-z0-9]+)+")


@lru_cache(maxsize=4096)
def judge(name: str) -> int:
    """What a name says of its value."""
    if not 2 <= len(name) <= _LONGEST:
        return NONE
    name = name.rsplit("/", 1)[-1] if "checksum/" not in name else "checksum"
    words = [word.lower() for word in _WORD.findall(name)]
    if not words:
        return NONE
    joined = "".join(words)
    meaning = [word for word in words if not word.isdigit()] or words
    if _OTHER_WORDS & set(words) or meaning[-1] in _ABOUT:
        return NONE
    if any(part in joined for part in _PASSWORDS) or "pass" in words or joined.endswith("pass"):
        return PASSWORD
    if _PLAIN & set(words):
        return NONE
    return _judge_words(name, words, joined, meaning)


def _judge_words(name: str, words: list[str], joined: str, meaning: list[str]) -> int:
    if "certificateauthority" in joined or "authorization" in joined:
        return NONE
    if any(part in joined for part in _PARTS) or _WORDS & set(words):
        return WEAK if joined in ("secrets", "tokens", "credentials", "credential", "cookies") else STRONG
    if _WEAK_WORDS & set(words):
        # In an environment every name is in capitals, and a key in it is meant to be used.
        return STRONG if name.isupper() and len(words) > 1 and meaning[-1] in ("key", "auth") else WEAK
    return WEAK if name.isupper() and joined.endswith(("key", "auth", "cred", "creds")) else NONE


def is_secret(name: str, value: str, *, quoted: bool) -> bool:
    """Whether ``value`` beside ``name`` is a secret; ``quoted`` says that it is surely a value and no sentence."""
    judged = judge(name)
    if judged == NONE or is_trivial(value):
        return False
    if judged == WEAK:
        return looks_random(value)
    if _NUMBER.fullmatch(value) or _MOMENT.fullmatch(value):
        return judged == PASSWORD and len(value) > 3 and value.isdigit()
    if judged == STRONG and (_ADDRESS.fullmatch(value) and "?" not in value):
        return False
    return quoted or not is_prose(value)


def is_trivial(value: str) -> bool:
    """Whether a value says that there is none, or names the place where it is."""
    bare = value.strip().rstrip(",;")
    if not bare or bare.startswith("$(") or bare.lower() in _LITERALS or PLACEHOLDER.fullmatch(bare):
        return True
    return _REFERENCE.fullmatch(bare) is not None


def is_prose(value: str) -> bool:
    """Whether what stands behind a name goes on with a sentence."""
    words = value.split()
    return bool(words) and any(word.strip(".,:;!?()'\"").lower() in _PROSE for word in words[:6])


def is_word(value: str) -> bool:
    """Whether a value is a word or a name of words."""
    return _PLAIN_WORD.fullmatch(value) is not None


def looks_random(value: str) -> bool:
    """Whether nobody would have chosen a value for its looks."""
    if len(value) < 8 or " " in value or _ADDRESS.fullmatch(value) or _UUID.fullmatch(value):
        return False
    if is_word(value) or _QUALIFIED.fullmatch(value) or _NUMBER.fullmatch(value) or _MOMENT.fullmatch(value):
        return False
    if _LABELS.fullmatch(value):
        pieces = re.split(r"[-./_:]", value)
        return any(is_mixed(piece) and len(piece) >= 16 for piece in pieces)
    return is_mixed(value) or _changes_case(value)


def is_mixed(value: str) -> bool:
    """Whether a value has letters and digits as no word has them."""
    digits = sum(character.isdigit() for character in value[:64])
    letters = sum(character.isalpha() for character in value[:64])
    return digits >= 1 and letters >= 1 and (digits >= 2 or len(value) >= 12)


def _changes_case(value: str) -> bool:
    head = value[:64]
    changes = sum(one.islower() != other.islower() for one, other in zip(head, head[1:]))
    return changes * 3 >= len(head)
