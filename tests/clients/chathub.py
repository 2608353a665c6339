"""The requests of a ChatHub integration built on Python's `requests`, byte for byte, on the standard library.

A connection of its own for every call, JSON with spaces and ASCII escapes, an expiry 30 days ahead with six fraction
digits. Settings: LANYARD_URL, LANYARD_LOGIN, LANYARD_PASSWORD, LANYARD_OPERATOR_ID. Prints what it received as JSON.
"""

import json
import os
import sys
from datetime import datetime, timedelta, timezone
from http.client import HTTPConnection, HTTPSConnection
from urllib.parse import urlsplit

LIFE = timedelta(days=30)


def post(path, members, bearer=None):
    base = urlsplit(os.environ["LANYARD_URL"])
    body = json.dumps(members).encode()
    headers = [
        ("Host", base.netloc),
        ("User-Agent", "python-requests/2.34.2"),
        ("Accept-Encoding", "gzip, deflate"),
        ("Accept", "*/*"),
        ("Connection", "keep-alive"),
    ]
    if bearer is not None:
        headers.append(("Authorization", f"Bearer {bearer}"))
    headers += [("Content-Length", len(body)), ("Content-Type", "application/json")]

    line = (HTTPSConnection if base.scheme == "https" else HTTPConnection)(base.netloc, timeout=30)
    line.putrequest("POST", path, skip_host=True, skip_accept_encoding=True)
    for name, value in headers:
        line.putheader(name, value)
    line.endheaders(body)
    response = line.getresponse()
    text = response.read().decode()
    line.close()
    if response.status >= 400:
        sys.exit(f"{path}: {response.status} {text}")
    return json.loads(text)


def in_thirty_days():
    # Made naive before it is printed, so that the Z is the only zone in the text.
    return (datetime.now(timezone.utc) + LIFE).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


company = post(
    "/api/company/get-token",
    {"login": os.environ["LANYARD_LOGIN"], "password": os.environ["LANYARD_PASSWORD"]},
)
operator = post(
    "/api/operator/get-token",
    {"id": int(os.environ["LANYARD_OPERATOR_ID"]), "expiresAt": in_thirty_days()},
    company,
)
verdict = post("/api/operator/validate-token", {"token": operator}, company)
print(json.dumps({"companyToken": company, "operatorToken": operator, "validation": verdict}))
