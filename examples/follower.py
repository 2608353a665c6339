#!/usr/bin/env python3
"""Validates operator tokens on its own: it follows the organization's revocation list, and checks signatures and claims itself.

Standard library and the package `cryptography`. The README beside this file lists the settings, what is read and printed,
and what a verdict promises.
"""

import base64
import json
import os
import random
import sys
import threading
import time
from datetime import datetime, timezone
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePublicNumbers,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

SILENCE = 45  # seconds without a byte after which a stream is closed; the service sends something every 15
LONGEST_PAUSE = 10  # seconds between two tries to connect
CLOCK_SKEW = 120  # seconds that the issuer's clock may be ahead of this one
LONGEST_LIFE = 86_400  # seconds from issue to end of an operator token
ASK_FOR_KEYS = 5  # seconds at least between two requests for the keys


def boot_time():
    """Returns the seconds on a clock that is never set and that continues while the machine sleeps."""
    clock = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return time.clock_gettime(clock)


class Refused(Exception):
    """The token is not valid, and never will be."""


class Unknown(Exception):
    """It is not known whether the token is valid."""


class Final(Exception):
    """A retry would not change the answer of the service."""


class Revocations:
    """The revocations that were received so far. Entries only add revocations: receiving one twice, or late, changes nothing."""

    def __init__(self):
        self.tokens, self.parents, self.operators = {}, {}, {}
        self.keys, self.organization = set(), 0
        # Operator tokens with a lower `rev` have expired, whatever any clock shows.
        self.oldest_rev = 0
        self.foreign = None

    def take(self, row):
        kind, seq = row["kind"], row["seq"]
        if kind == "token":
            self.tokens[row["jti"]] = seq
        elif kind == "company_token":
            self.parents[row["jti"]] = seq
        elif kind == "key":
            self.keys.add(row["kid"])
        elif kind == "operator":
            self.operators[row["operatorId"]] = max(self.operators.get(row["operatorId"], 0), seq)
        elif kind == "organization":
            self.organization = max(self.organization, seq)
        else:
            self.foreign = kind

    def revokes(self, kid, claims):
        """A token whose `rev` is below the sequence of an entry for its whole subtree was issued before that entry."""
        return (
            claims["jti"] in self.tokens
            or claims["parent"] in self.parents
            or kid in self.keys
            or claims["rev"] < self.operators.get(claims["operator_id"], 0)
            or claims["rev"] < self.organization
        )

    def forget(self, oldest_rev):
        """Deletes entries that concern only tokens which have expired according to the service. No clock is involved."""
        self.oldest_rev = max(self.oldest_rev, oldest_rev)
        for held in (self.tokens, self.parents, self.operators):
            for key in [key for key, seq in held.items() if seq < self.oldest_rev]:
                del held[key]


def decode(text):
    """Decodes base64url without padding, as JOSE uses it (RFC 7515, section 2)."""
    return base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)


def number(text):
    return int.from_bytes(decode(text), "big")


def verifier(jwk):
    """Returns a function that verifies signatures with the key, by the key's own algorithm only (RFC 8725, section 3.1)."""
    sort = (jwk.get("alg"), jwk.get("kty"), jwk.get("crv"))
    if sort == ("EdDSA", "OKP", "Ed25519"):
        return Ed25519PublicKey.from_public_bytes(decode(jwk["x"])).verify
    if sort == ("ES256", "EC", "P-256"):
        key = EllipticCurvePublicNumbers(number(jwk["x"]), number(jwk["y"]), SECP256R1()).public_key()

        def check(signature, message):
            if len(signature) != 64:
                raise InvalidSignature
            r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
            key.verify(encode_dss_signature(r, s), message, ECDSA(SHA256()))

        return check
    if sort == ("RS256", "RSA", None):
        key = RSAPublicNumbers(number(jwk["e"]), number(jwk["n"])).public_key()
        return lambda signature, message: key.verify(signature, message, PKCS1v15(), SHA256())
    return None


class Keys:
    """The public keys of the service. They are used as long as Cache-Control allows, and requested again if one is missing."""

    def __init__(self, url):
        self.url = url
        self.keys, self.good_until, self.ask_after = {}, 0, 0

    def get(self, kid):
        """Returns the algorithm and the verifier of a key."""
        now = boot_time()
        if (kid not in self.keys or now >= self.good_until) and now >= self.ask_after:
            self.ask_after = now + ASK_FOR_KEYS
            try:
                self.ask(now)
            except (OSError, HTTPException):
                # A key that was read stays usable: the stream reports a key that is revoked.
                pass
            if kid not in self.keys and now < self.good_until:
                raise Refused("signed by no key of the service")
        if kid in self.keys:
            return self.keys[kid]
        raise Unknown("the key is not known yet")

    def ask(self, now):
        with urlopen(Request(self.url + "/.well-known/jwks.json"), timeout=10) as answer:
            keys = {jwk["kid"]: (jwk["alg"], verifier(jwk)) for jwk in json.load(answer)["keys"]}
            self.keys = {kid: key for kid, key in keys.items() if key[1] is not None}
            self.good_until = now + max_age(answer.headers.get("Cache-Control", ""))


def max_age(cache_control):
    for part in cache_control.split(","):
        name, _, value = part.strip().partition("=")
        if name.lower() == "max-age" and value.isdigit():
            return int(value)
    return 0


def retry_after(answer):
    text = answer.headers.get("Retry-After", "")
    return int(text) if text.isdigit() else 0


class Follower:
    """Follows the revocation list, and validates tokens with it."""

    def __init__(self, url, login, password, issuer, bound):
        self.url, self.issuer, self.bound = url, issuer, bound
        self.credentials = {"login": login, "password": password}
        self.keys = Keys(url)
        self.revocations = Revocations()
        self.organization = None
        self.last = "0"
        self.as_of = None
        self.token = None
        self.fault = None
        self.lock = threading.Lock()

    def start(self):
        threading.Thread(target=self.follow, daemon=True).start()

    def follow(self):
        tries = 0
        while True:
            as_of = self.as_of
            try:
                if self.token is None:
                    self.log_in()
                pause = self.read_stream()
            except Final as why:
                with self.lock:
                    self.fault = str(why)
                return
            except HTTPError as answer:
                pause = retry_after(answer)
            except (OSError, HTTPException, ValueError, LookupError):
                pause = 0
            # A stream that made progress is followed by the next one at once; otherwise the pauses grow.
            tries = 0 if self.as_of != as_of else tries + 1
            pause = max(pause, random.uniform(0, min(LONGEST_PAUSE, 0.25 * 2 ** min(tries, 10))))
            time.sleep(pause)

    def call(self, path, body=None):
        headers = {"Content-Type": "application/json"}
        if self.token is not None:
            headers["Authorization"] = "Bearer " + self.token
        data = None if body is None else json.dumps(body).encode()
        with urlopen(Request(self.url + path, data, headers), timeout=10) as answer:
            return json.load(answer)

    def log_in(self):
        try:
            self.token = self.call("/api/company/get-token", self.credentials)
            self.organization = self.call("/api/company/organization")["id"]
        except HTTPError as answer:
            self.token = None
            if answer.code == 401:
                raise Final("the login was refused") from None
            raise

    def read_stream(self):
        """Reads until the stream ends. Returns the seconds that the service requests before the next one."""
        headers = {
            "Accept": "text/event-stream",
            "Authorization": "Bearer " + self.token,
            "Last-Event-ID": self.last,
        }
        # Taken before the request: the service measures the time since then, so the result is never too late.
        asked = boot_time()
        try:
            stream = urlopen(Request(self.url + "/api/company/revocations", headers=headers), timeout=SILENCE)
        except HTTPError as answer:
            if answer.code in (401, 403):
                self.token = None
            return retry_after(answer)
        with stream:
            event = {}
            for line in stream:
                line = line.decode().rstrip("\r\n")
                name, _, value = line.partition(":")
                if name:
                    event[name] = value[1:] if value.startswith(" ") else value
                elif not line and "data" in event:
                    self.receive(event, asked)
                    event = {}
        return 0

    def receive(self, event, asked):
        data = json.loads(event["data"])
        with self.lock:
            if event["event"] == "revocation":
                self.revocations.take(data)
            elif event["event"] == "head":
                self.revocations.forget(data.get("oldestRev", 0))
                self.as_of = max(self.as_of or 0, asked + data["elapsedMs"] / 1000)
            self.last = event["id"]

    def judge(self, token):
        """Returns the verdict on a token, and the age of the data on which it is based."""
        # The age is read first, and the revocations after it: they are never older than the age that is reported.
        with self.lock:
            as_of = self.as_of
        try:
            claims = self.check(token)
            self.check_staleness(as_of)
            ends = datetime.fromtimestamp(claims["exp"], timezone.utc)
            verdict = {
                "verdict": "valid",
                "operatorId": claims["operator_id"],
                "expiresAt": ends.isoformat().replace("+00:00", "Z"),
            }
        except Refused as why:
            verdict = {"verdict": "refused", "why": str(why)}
        except Unknown as why:
            verdict = {"verdict": "unknown", "why": str(why)}
        verdict["staleSeconds"] = None if as_of is None else round(boot_time() - as_of, 3)
        return verdict

    def check(self, token):
        try:
            header_text, payload_text, signature_text = token.split(".")
            header, claims = json.loads(decode(header_text)), json.loads(decode(payload_text))
            signature = decode(signature_text)
            kid, alg = header["kid"], header["alg"]
        except (ValueError, LookupError, TypeError):
            raise Refused("malformed") from None
        key_alg, verify = self.keys.get(kid)
        if key_alg != alg:
            raise Refused("the key is for another algorithm")
        try:
            verify(signature, (header_text + "." + payload_text).encode())
        except InvalidSignature:
            raise Refused("the signature is wrong") from None
        # The signature is valid: from here on the claims are from the service.
        if (claims["iss"], claims["token_use"]) != (self.issuer, "operator"):
            raise Refused("not an operator token of this service")
        if self.organization is None:
            raise Unknown("nothing received yet")
        if claims["organization_id"] != self.organization:
            # The revocations of the token are in the list of another organization.
            raise Refused("of another organization")
        with self.lock:
            revoked = self.revocations.revokes(kid, claims)
            ended = claims["rev"] < self.revocations.oldest_rev
        if revoked:
            raise Refused("revoked")
        now = time.time()
        if ended or claims["exp"] <= now:
            raise Refused("expired")
        if claims["iat"] > now + CLOCK_SKEW or claims["exp"] > claims["iat"] + LONGEST_LIFE:
            raise Refused("issued by a clock that was wrong, or judged by one")
        return claims

    def check_staleness(self, as_of):
        why = "" if self.fault is None else f", {self.fault}"
        if self.revocations.foreign is not None:
            raise Unknown(f"a revocation of a kind that is not known here: {self.revocations.foreign}")
        if as_of is None:
            raise Unknown(f"nothing received yet{why}")
        stale = boot_time() - as_of
        if stale > self.bound:
            raise Unknown(f"stale for {stale:.0f} s{why}")


def main():
    try:
        url = os.environ.get("LANYARD_URL", "http://127.0.0.1:8080").rstrip("/")
        login, password = os.environ["LANYARD_LOGIN"], os.environ["LANYARD_PASSWORD"]
        issuer = os.environ.get("LANYARD_ISSUER", "lanyard")
        bound = float(os.environ.get("LANYARD_STALE_SECONDS", "30"))
    except (KeyError, ValueError) as fault:
        print(json.dumps({"verdict": "unknown", "why": f"a setting is missing or malformed: {fault}"}))
        return 2
    follower = Follower(url, login, password, issuer, bound)
    follower.start()
    for line in sys.stdin:
        print(json.dumps(follower.judge(line.strip())), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
