#!/usr/bin/env python3
"""Works as one operator: it renews its operator token in time, and validates it before every sensitive step.

Standard library only. The README beside this file lists the settings and what is printed.
"""

import json
import os
import sys
import time
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from urllib.error import HTTPError
from urllib.request import Request, urlopen

RENEW_BEFORE = timedelta(minutes=1)
LONGEST_WAIT = 60  # seconds; the longest `Retry-After` that it waits for
TRIES = 5


class Refused(Exception):
    """An answer that a retry would not change."""

    def __init__(self, status, error):
        super().__init__(error)
        self.status = status


class BadSetting(Exception):
    """A setting in the environment is missing or invalid."""


@dataclass
class Badge:
    """An operator token and its expiry, as the service wrote them."""

    token: str
    expires_at: str

    def is_fresh(self):
        ends = datetime.fromisoformat(self.expires_at.replace("Z", "+00:00"))
        return datetime.now(timezone.utc) + RENEW_BEFORE < ends


class Service:
    """The HTTP client: one address, JSON in both directions, retries where the service requests them."""

    def __init__(self, url):
        self.url = url.rstrip("/")
        self.waits = 0

    def call(self, path, token=None, body=None):
        """Returns the parsed answer and its headers. GET without a body, POST with one."""
        headers = {"Accept": "application/json"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        data = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            data = json.dumps(body).encode()
        for left in reversed(range(TRIES)):
            try:
                with urlopen(Request(self.url + path, data, headers), timeout=10) as answer:
                    return json.load(answer), answer.headers
            except HTTPError as answer:
                wait = retry_after(answer)
                if wait is None or left == 0:
                    raise Refused(answer.code, error_code(answer)) from None
            self.waits += 1
            time.sleep(wait)


def retry_after(answer):
    """Returns the seconds until a retry; None if a retry is useless. 401 is final, as is every other refusal."""
    if answer.code not in (429, 503):
        return None
    text = answer.headers.get("Retry-After", "1")
    wait = int(text) if text.isdigit() else 1
    return wait if wait <= LONGEST_WAIT else None


def error_code(answer):
    try:
        return json.load(answer)["error"]
    except (ValueError, LookupError, TypeError):
        return f"HTTP {answer.code}"


def issue(service, company_token, operator_id, seconds):
    until = datetime.now(timezone.utc) + timedelta(seconds=seconds)
    wanted = {"id": operator_id, "expiresAt": until.isoformat(timespec="seconds")}
    token, headers = service.call("/api/operator/get-token", company_token, wanted)
    # The service may have granted a shorter life than was requested: its expiry applies.
    return Badge(token, headers["Token-Expires-At"])


def setting(name, default=None):
    value = os.environ.get(name, default)
    if value is None:
        raise BadSetting(f"set {name}")
    return value


def number(name, default=None):
    try:
        return int(setting(name, default))
    except ValueError:
        raise BadSetting(f"{name} is not a whole number") from None


def work():
    operator_id = number("LANYARD_OPERATOR_ID")
    seconds = number("LANYARD_TOKEN_SECONDS", "3600")
    rounds = number("LANYARD_ROUNDS", "1")
    login = {"login": setting("LANYARD_LOGIN"), "password": setting("LANYARD_PASSWORD")}
    service = Service(setting("LANYARD_URL", "http://127.0.0.1:8080"))

    company_token, _ = service.call("/api/company/get-token", body=login)

    badge, issued, profile = None, 0, None
    for _ in range(rounds):
        if badge is None or not badge.is_fresh():
            badge = issue(service, company_token, operator_id, seconds)
            issued += 1
        verdict, _ = service.call("/api/operator/validate-token", company_token, {"token": badge.token})
        if not verdict["isValid"]:
            raise Refused(200, verdict["error"])
        # Replace this by the step that needs a valid token; here it reads the operator's profile.
        profile, _ = service.call("/api/operator", badge.token)

    return {
        "ok": True,
        "operatorId": operator_id,
        "operator": profile["name"] if profile else None,
        "tokensIssued": issued,
        "waits": service.waits,
        "tokenExpiresAt": badge.expires_at if badge else None,
    }


def main():
    try:
        outcome, code = work(), 0
    except Refused as refusal:
        outcome, code = {"ok": False, "status": refusal.status, "error": str(refusal)}, 1
    except OSError as fault:
        reason = getattr(fault, "reason", fault)
        outcome, code = {"ok": False, "status": None, "error": f"cannot reach the service: {reason}"}, 1
    except BadSetting as fault:
        outcome, code = {"ok": False, "status": None, "error": str(fault)}, 2
    print(json.dumps(outcome, ensure_ascii=False))
    return code


if __name__ == "__main__":
    sys.exit(main())
