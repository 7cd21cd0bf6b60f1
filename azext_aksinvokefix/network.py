"""A connection that failed by a setting of this machine: which setting it is, and what it holds."""

from __future__ import annotations

import os
from collections.abc import Mapping
from urllib.parse import urlsplit

#: In the order in which the HTTP client of the CLI heeds them.
_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_PROXIES = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")

_BUNDLE_WORDS = ("ca_bundle", "ca certificate bundle", "no_certificate_or_crl_found", "no certificate or crl found")
_CERTIFICATE_WORDS = ("certificate verify failed", "certificate_verify_failed")
_PROXY_WORDS = ("unable to connect to proxy", "cannot connect to proxy", "tunnel connection failed", "proxy url had")


def is_bundle_error(text: str) -> bool:
    """Whether the file of certificates is not there or holds none."""
    return _has(text, _BUNDLE_WORDS)


def is_certificate_error(text: str) -> bool:
    """A TLS interception or a missing CA: it does not go away by trying again, and nothing was sent."""
    return is_bundle_error(text) or _has(text, _CERTIFICATE_WORDS)


def is_proxy_error(text: str) -> bool:
    """Whether the proxy was the end of the way, so that nothing reached Azure."""
    return _has(text, _PROXY_WORDS)


def named(text: str, environment: Mapping[str, str] | None = None) -> str:
    """``text`` with the setting that it is about, unless it names that itself. Of a proxy, no credentials are shown."""
    found = os.environ if environment is None else environment
    if is_bundle_error(text):
        return _with(text, next(((name, found[name]) for name in _BUNDLES if found.get(name)), None))
    if is_proxy_error(text):
        return _with(text, next(((name, _host(found[name])) for name in _PROXIES if found.get(name)), None))
    return text


def _with(text: str, setting: tuple[str, str] | None) -> str:
    return f"{text.rstrip('.')} ({setting[0]} is '{setting[1]}')" if setting else text


def _host(url: str) -> str:
    try:
        return urlsplit(url if "://" in url else f"//{url}").netloc.rpartition("@")[2]
    except ValueError:
        return "not a valid URL"


def _has(text: str, words: tuple[str, ...]) -> bool:
    lowered = text.lower()
    return any(word in lowered for word in words)
