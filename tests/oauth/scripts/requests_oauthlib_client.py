"""requests-oauthlib: code with PKCE as a public client, automatic refresh, client credentials, password, revocation."""

import json
import os

from oauthlib.oauth2 import BackendApplicationClient, LegacyApplicationClient
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session

issuer = os.environ["ISSUER"]
token_url = f"{issuer}/oauth/token"
kept = []

app = OAuth2Session(
    os.environ["PUBLIC_CLIENT_ID"],
    redirect_uri=os.environ["LOOPBACK_REDIRECT_URI"],
    scope=["openid", "read"],
    pkce="S256",
    auto_refresh_url=token_url,
    auto_refresh_kwargs={"client_id": os.environ["PUBLIC_CLIENT_ID"]},
    token_updater=kept.append,
)
app.trust_env = False
url, _ = app.authorization_url(f"{issuer}/oauth/authorize")
print("OPEN", url, flush=True)
token = app.fetch_token(token_url, authorization_response=input(), include_client_id=True)

# A token that has expired is refreshed before it is used.
app.token = {**token, "expires_in": -1, "expires_at": 1}
userinfo = app.get(f"{issuer}/oauth/userinfo").json()

confidential = os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"]
machine = OAuth2Session(client=BackendApplicationClient(client_id=confidential[0], scope="read"))
machine.trust_env = False
machine_token = machine.fetch_token(token_url, auth=HTTPBasicAuth(*confidential))

person = OAuth2Session(client=LegacyApplicationClient(client_id=confidential[0]))
person.trust_env = False
person_token = person.fetch_token(
    token_url,
    username=os.environ["USERNAME"],
    password=os.environ["PASSWORD"],
    client_id=confidential[0],
    client_secret=confidential[1],
)

print(
    json.dumps(
        {
            "scope": token["scope"],
            "userinfo": userinfo,
            "refreshed": [new["refresh_token"] != token["refresh_token"] for new in kept],
            "machineType": machine_token["token_type"],
            "personScope": person_token["scope"],
        }
    )
)
