"""Authlib as a confidential client: code with PKCE, ID token checked against the JWKS, userinfo, refresh, introspection,
revocation, client credentials, password, token exchange."""

import json
import os

from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.jwk import KeySet

issuer = os.environ["ISSUER"]


def session(**more):
    return OAuth2Session(os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"], **more)


client = session(
    redirect_uri=os.environ["REDIRECT_URI"],
    scope="openid profile email read write",
    code_challenge_method="S256",
    token_endpoint_auth_method=os.environ["AUTH_METHOD"],
)
client.trust_env = False
metadata = client.get(f"{issuer}/.well-known/openid-configuration", withhold_token=True).json()
endpoints = {name: metadata[f"{name}_endpoint"] for name in ("authorization", "token", "introspection", "revocation", "userinfo")}

verifier, nonce = generate_token(48), generate_token(20)
url, state = client.create_authorization_url(endpoints["authorization"], code_verifier=verifier, nonce=nonce)
print("OPEN", url, flush=True)
callback = input()
token = client.fetch_token(endpoints["token"], authorization_response=callback, state=state, code_verifier=verifier)

keys = KeySet.import_key_set(client.get(metadata["jwks_uri"], withhold_token=True).json())
decoded = jwt.decode(token["id_token"], keys, algorithms=metadata["id_token_signing_alg_values_supported"])
jwt.JWTClaimsRegistry(
    iss={"essential": True, "value": issuer},
    aud={"essential": True, "value": os.environ["CLIENT_ID"]},
    exp={"essential": True},
    nonce={"essential": True, "value": nonce},
).validate(decoded.claims)
# A resource server checks the access token by the same keys.
access = jwt.decode(token["access_token"], keys, algorithms=["ES256"])

userinfo = client.get(endpoints["userinfo"]).json()
refreshed = client.refresh_token(endpoints["token"])
before = client.introspect_token(endpoints["introspection"], refreshed["access_token"], "access_token").json()
revoked = client.revoke_token(endpoints["revocation"], refreshed["refresh_token"], "refresh_token")
after = client.introspect_token(endpoints["introspection"], refreshed["access_token"], "access_token").json()

machine = session(scope="read")
machine.trust_env = False
machine_token = machine.fetch_token(endpoints["token"], grant_type="client_credentials")

person = session(scope="read")
person.trust_env = False
person_token = person.fetch_token(endpoints["token"], username=os.environ["USERNAME"], password=os.environ["PASSWORD"])

# What a gateway does with the token of its caller, and what a backend does with the organization's.
TYPE = "urn:ietf:params:oauth:token-type:access_token"


def exchange(subject, **more):
    return machine.fetch_token(
        endpoints["token"],
        grant_type="urn:ietf:params:oauth:grant-type:token-exchange",
        subject_token=subject,
        subject_token_type=TYPE,
        **more,
    )


narrow = exchange(person_token["access_token"], scope="read")
before_exchange = machine.introspect_token(endpoints["introspection"], narrow["access_token"], "access_token").json()
machine.revoke_token(endpoints["revocation"], person_token["access_token"], "access_token")
after_exchange = machine.introspect_token(endpoints["introspection"], narrow["access_token"], "access_token").json()
operator = exchange(os.environ["COMPANY_TOKEN"], operator_id=decoded.claims["sub"], scope="")

print(
    json.dumps(
        {
            "subject": decoded.claims["sub"],
            "accessTokenType": access.header["typ"],
            "userinfo": userinfo,
            "scope": token["scope"],
            "rotated": refreshed["refresh_token"] != token["refresh_token"],
            "before": before,
            "revoked": revoked.status_code,
            "after": after,
            "machineScope": machine_token["scope"],
            "personScope": person_token["scope"],
            "exchanged": [narrow["issued_token_type"], narrow["scope"], before_exchange.get("act"), after_exchange],
            "operatorToken": operator["access_token"],
        }
    )
)
