"""PyPI's http-message-signatures as a client that signs its requests."""

import base64
import hashlib
import json
import os
import secrets
import types
import urllib.error
import urllib.request
import warnings

from http_message_signatures import HTTPMessageSigner, HTTPSignatureKeyResolver, algorithms

issuer, key_id = os.environ["ISSUER"], os.environ["KEY_ID"]


class Keys(HTTPSignatureKeyResolver):
    def resolve_private_key(self, key_id):
        return os.environ["SIGNING_SECRET"].encode()


def call(method, path, body=b""):
    headers = {"Content-Type": "application/json"} if body else {}
    covered = ["@method", "@target-uri", "@authority"]
    if body:
        digest = base64.b64encode(hashlib.sha512(body).digest()).decode()
        headers["Content-Digest"] = f"sha-512=:{digest}:"
        covered += ["content-digest", "content-type"]
    message = types.SimpleNamespace(method=method, url=issuer + path, headers=headers)
    signer = HTTPMessageSigner(signature_algorithm=algorithms.HMAC_SHA256, key_resolver=Keys())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        signer.sign(
            message,
            key_id=key_id,
            nonce=secrets.token_urlsafe(24),
            covered_component_ids=covered,
            tag="lanyard",
            body=body or None,
            use_existing_digest=bool(body),
        )
    return message, body


def send(message, body):
    request = urllib.request.Request(message.url, body or None, message.headers, method=message.method)
    try:
        with urllib.request.urlopen(request) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as refused:
        return refused.code, json.load(refused)


profile = call("GET", "/v1/profile?a=%2f&b")
verify = call("POST", "/api/v1/api-keys/verify", json.dumps({"key": os.environ["KEY"]}).encode())
print(json.dumps({"profile": send(*profile), "again": send(*profile), "verify": send(*verify)}))
