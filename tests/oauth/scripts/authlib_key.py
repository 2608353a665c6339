"""Authlib as a client that has an RSA key and no secret: client credentials, introspection, revocation by private_key_jwt."""

import json
import os

from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT

issuer = os.environ["ISSUER"]


def session(token_endpoint=None):
    client = OAuth2Session(
        os.environ["CLIENT_ID"],
        os.environ["PRIVATE_KEY"],
        scope="read",
        # Without a token endpoint the audience is the URL that is called.
        token_endpoint_auth_method=PrivateKeyJWT(token_endpoint),
        revocation_endpoint_auth_method=PrivateKeyJWT(token_endpoint),
    )
    client.trust_env = False
    return client


metadata = session().get(f"{issuer}/.well-known/openid-configuration", withhold_token=True).json()
reports = []
for audience in (None, metadata["token_endpoint"]):
    client = session(audience)
    token = client.fetch_token(metadata["token_endpoint"], grant_type="client_credentials")
    before = client.introspect_token(metadata["introspection_endpoint"], token["access_token"], "access_token").json()
    client.revoke_token(metadata["revocation_endpoint"], token["access_token"], "access_token")
    after = client.introspect_token(metadata["introspection_endpoint"], token["access_token"], "access_token").json()
    reports.append({"scope": token["scope"], "before": before["active"], "after": after["active"]})

print(json.dumps(reports))
