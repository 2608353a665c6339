#!/usr/bin/env python3
"""Sends one signed request (RFC 9421, RFC 9530). Python 3.8 or later, no packages.

    signed_request.py METHOD PATH [BODY]

The README beside this file lists the settings and the output."""

import base64
import hashlib
import hmac
import json
import os
import secrets
import sys
import time
import urllib.error
import urllib.parse
import urllib.request


def sign(method, url, body, key_id, secret):
    """Returns the headers that sign a request. The URL must be encoded, as it is sent."""
    parts = urllib.parse.urlsplit(url)
    default = {"http": ":80", "https": ":443"}[parts.scheme]
    host = parts.netloc.lower()
    host = host[: -len(default)] if host.endswith(default) else host
    query = "?" + parts.query if "?" in url else ""
    covered = [("@method", method), ("@target-uri", f"{parts.scheme}://{host}{parts.path or '/'}{query}")]
    headers = {}
    if body or method in ("POST", "PUT", "PATCH"):
        digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
        headers["Content-Digest"] = f"sha-256=:{digest}:"
        covered.append(("content-digest", headers["Content-Digest"]))
    names = " ".join(f'"{name}"' for name, _ in covered)
    # The nonce is used once; the time may be five minutes off.
    parameters = f'({names});created={int(time.time())};keyid="{key_id}";nonce="{secrets.token_urlsafe(24)}"'
    lines = [f'"{name}": {value}' for name, value in covered]
    base = "\n".join([*lines, f'"@signature-params": {parameters}'])
    # The HMAC key is every character of the secret, "hs_" too.
    mac = hmac.new(secret.encode(), base.encode(), hashlib.sha256).digest()
    headers["Signature-Input"] = f"sig1={parameters}"
    headers["Signature"] = f"sig1=:{base64.b64encode(mac).decode()}:"
    return headers


def main():
    try:
        key_id, secret = os.environ["LANYARD_KEY_ID"], os.environ["LANYARD_SIGNING_SECRET"]
        method, path = sys.argv[1:3]
    except (KeyError, ValueError):
        print("set LANYARD_KEY_ID and LANYARD_SIGNING_SECRET; give METHOD, PATH and perhaps BODY", file=sys.stderr)
        return 2
    body = sys.argv[3].encode() if len(sys.argv) > 3 else b""
    url = os.environ.get("LANYARD_URL", "http://127.0.0.1:8080") + path
    headers = sign(method, url, body, key_id, secret)
    if body:
        headers["Content-Type"] = "application/json"
    request = urllib.request.Request(url, body or None, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            status, text = response.status, response.read()
    except urllib.error.HTTPError as refused:
        status, text = refused.code, refused.read()
    except OSError as fault:
        print(f"cannot reach the service: {fault}", file=sys.stderr)
        return 1
    print(json.dumps({"status": status, "body": json.loads(text) if text else None}))
    return 0 if status < 300 else 1


if __name__ == "__main__":
    sys.exit(main())
