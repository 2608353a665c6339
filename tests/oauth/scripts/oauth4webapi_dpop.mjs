// oauth4webapi as a public client whose tokens are bound to a key, at a service that requires nonces (RFC 9449, section 8).

import * as oauth from 'oauth4webapi';
import { open, report } from './browser.mjs';

const { ISSUER, PUBLIC_CLIENT_ID, LOOPBACK_REDIRECT_URI } = process.env;
const insecure = { [oauth.allowInsecureRequests]: true };

const issuer = new URL(ISSUER);
const server = await oauth.processDiscoveryResponse(
  issuer,
  await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure }),
);
const client = { client_id: PUBLIC_CLIENT_ID };
const authentication = oauth.None();
const DPoP = oauth.DPoP(client, await oauth.generateKeyPair('ES256'));

// Sends a request once more if the service wants a nonce, which the handle remembers.
let nonces = 0;
async function twice(send, read) {
  try {
    return await read(await send());
  } catch (error) {
    if (!oauth.isDPoPNonceError(error)) throw error;
    nonces += 1;
    return await read(await send());
  }
}

const verifier = oauth.generateRandomCodeVerifier();
const state = oauth.generateRandomState();
const request = new URL(server.authorization_endpoint);
request.search = new URLSearchParams({
  client_id: client.client_id,
  redirect_uri: LOOPBACK_REDIRECT_URI,
  response_type: 'code',
  scope: 'openid',
  code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
  code_challenge_method: 'S256',
  state,
});
const parameters = oauth.validateAuthResponse(server, client, await open(request), state);
const tokens = await twice(
  () => oauth.authorizationCodeGrantRequest(
    server, client, authentication, parameters, LOOPBACK_REDIRECT_URI, verifier, { DPoP, ...insecure },
  ),
  (answer) => oauth.processAuthorizationCodeResponse(server, client, answer, { requireIdToken: true }),
);
const subject = oauth.getValidatedIdTokenClaims(tokens).sub;
const userinfo = await twice(
  () => oauth.userInfoRequest(server, client, tokens.access_token, { DPoP, ...insecure }),
  (answer) => oauth.processUserInfoResponse(server, client, subject, answer),
);
const refreshed = await twice(
  () => oauth.refreshTokenGrantRequest(server, client, authentication, tokens.refresh_token, { DPoP, ...insecure }),
  (answer) => oauth.processRefreshTokenResponse(server, client, answer),
);

// What a resource server does with the token.
const url = 'http://localhost/reports';
const headers = new Headers({ authorization: `DPoP ${refreshed.access_token}` });
await DPoP.addProof(new URL(url), headers, 'GET', refreshed.access_token);
const accessToken = await oauth.validateJwtAccessToken(server, new Request(url, { headers }), ISSUER, {
  requireDPoP: true,
  ...insecure,
});

report({
  subject,
  userinfo: userinfo.sub,
  tokenType: refreshed.token_type,
  bound: accessToken.cnf.jkt === (await DPoP.calculateThumbprint()),
  nonces,
});
