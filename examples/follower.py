#!/usr/bin/env python3
"""Judges operator tokens on its own: follows the organization's revocation list and checks signatures and claims itself.

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

SILENCE = 45  # seconds without a byte after which a stream counts as dead; the service says something every 15
LONGEST_PAUSE = 10  # seconds between two tries to connect
CLOCK_SKEW = 120  # seconds that the issuer's clock may be ahead of this one
LONGEST_LIFE = 86_400  # seconds from issue to end of an operator token
ASK_FOR_KEYS = 5  # seconds at least between two requests for the keys


def boot_time():
    """Seconds on a clock that nobody sets and that goes on while the machine sleeps."""
    clock = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return time.clock_gettime(clock)


class Refused(Exception):
    """The token does not count, for good."""


class Unknown(Exception):
    """It cannot be told whether the token counts."""


class Final(Exception):
    """The service's answer will not change by asking again."""


class Revocations:
    """What is revoked, as far as heard. Entries only ever add deaths: hearing one twice, or late, does no harm."""

    def __init__(self):
        self.tokens, self.parents, self.operators = {}, {}, {}
        self.keys, self.organization = set(), 0
        # Operator tokens with a lower `rev` have ended, whatever any clock says.
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

    def kill(self, kid, claims):
        """A token that knew of less than an entry for its whole subtree was issued before it."""
        return (
            claims["jti"] in self.tokens
            or claims["parent"] in self.parents
            or kid in self.keys
            or claims["rev"] < self.operators.get(claims["operator_id"], 0)
            or claims["rev"] < self.organization
        )

    def forget(self, oldest_rev):
        """Forgets entries that concern only tokens which the service says have ended. No clock has a part in it."""
        self.oldest_rev = max(self.oldest_rev, oldest_rev)
        for held in (self.tokens, self.parents, self.operators):
            for key in [key for key, seq in held.items() if seq < self.oldest_rev]:
                del held[key]


def decode(text):
    """base64url without padding, as JOSE has it (RFC 7515, 2)."""
    return base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)


def number(text):
    return int.from_bytes(decode(text), "big")


def verifier(jwk):
    """A function that checks signatures with the key, by the key's own algorithm and no other (RFC 8725, 3.1)."""
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
    """The service's public keys, as old as its Cache-Control allows, and asked for again when one is missing."""

    def __init__(self, url):
        self.url = url
        self.keys, self.good_until, self.ask_after = {}, 0, 0

    def get(self, kid):
        """The algorithm and the verifier of a key."""
        now = boot_time()
        if (kid not in self.keys or now >= self.good_until) and now >= self.ask_after:
            self.ask_after = now + ASK_FOR_KEYS
            try:
                self.ask(now)
            except (OSError, HTTPException):
                # What is known of a key stays true: what kills one comes by the stream.
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
    """Follows the revocation list and judges tokens by it."""

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
            # A stream that got somewhere is followed by the next one at once; else less and less often.
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
        """Reads until the stream ends; the seconds the service asks to wait before the next one."""
        headers = {
            "Accept": "text/event-stream",
            "Authorization": "Bearer " + self.token,
            "Last-Event-ID": self.last,
        }
        # Before the request: what the service says of the time since then cannot be later than it is.
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
                    self.hear(event, asked)
                    event = {}
        return 0

    def hear(self, event, asked):
        data = json.loads(event["data"])
        with self.lock:
            if event["event"] == "revocation":
                self.revocations.take(data)
            elif event["event"] == "head":
                self.revocations.forget(data.get("oldestRev", 0))
                self.as_of = max(self.as_of or 0, asked + data["elapsedMs"] / 1000)
            self.last = event["id"]

    def judge(self, token):
        """What to answer to the token, with how old this knowledge is."""
        # How far it has heard is read first, what it has heard after it: never older than it says.
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
        # From here on it is the service that speaks.
        if (claims["iss"], claims["token_use"]) != (self.issuer, "operator"):
            raise Refused("not an operator token of this service")
        if self.organization is None:
            raise Unknown("nothing heard yet")
        if claims["organization_id"] != self.organization:
            # Its revocations are in another list.
            raise Refused("of another organization")
        with self.lock:
            revoked = self.revocations.kill(kid, claims)
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
            raise Unknown(f"nothing heard yet{why}")
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
