// openid-client as a client of the FAPI 2.0 Security Profile: requests are pushed, with PKCE; the client authenticates by
// private_key_jwt, whose `aud` is the issuer; tokens are bound to a key (DPoP); `iss` is in every answer.

import { calculateJwkThumbprint, exportJWK, importJWK } from 'jose';
import * as client from 'openid-client';
import { open, report } from './browser.mjs';

const { ISSUER, CLIENT_ID, CLIENT_KEY, REDIRECT_URI } = process.env;

const jwk = JSON.parse(CLIENT_KEY);
const key = await importJWK(jwk, 'ES256');
const authentication = client.PrivateKeyJwt({ key, kid: jwk.kid });
const config = await client.discovery(new URL(ISSUER), CLIENT_ID, undefined, authentication, {
  execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks],
});
const pair = await client.randomDPoPKeyPair('ES256', { extractable: true });
const DPoP = client.getDPoPHandle(config, pair);
const other = client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'));

const pkceCodeVerifier = client.randomPKCECodeVerifier();
const expectedState = client.randomState();
const expectedNonce = client.randomNonce();
const checks = { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true };
const parameters = {
  redirect_uri: REDIRECT_URI,
  scope: 'openid read',
  code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
  code_challenge_method: 'S256',
  state: expectedState,
  nonce: expectedNonce,
};

const claims = (token) => JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));
const errorOf = async (promise) => {
  try {
    await promise;
  } catch (error) {
    return error.error ?? error.code;
  }
};
const statusOf = async (promise) => {
  try {
    return (await promise).status;
  } catch (error) {
    return error.status ?? error.response?.status ?? error.cause?.status;
  }
};

// The code is bound to the key of the pushed request: another one cannot redeem it, and burns it.
const stolen = await open(await client.buildAuthorizationUrlWithPAR(config, parameters, { DPoP }));
const withAnotherKey = await errorOf(client.authorizationCodeGrant(config, stolen, checks, undefined, { DPoP: other }));

const pushed = await client.buildAuthorizationUrlWithPAR(config, parameters, { DPoP });
const callback = await open(pushed);
const openedTwice = await fetch(pushed, { redirect: 'manual' });
const tokens = await client.authorizationCodeGrant(config, callback, checks, undefined, { DPoP });
const subject = tokens.claims().sub;
const userinfo = await client.fetchUserInfo(config, tokens.access_token, subject, { DPoP });
const asBearer = await fetch(config.serverMetadata().userinfo_endpoint, {
  headers: { authorization: `Bearer ${tokens.access_token}` },
});

const withoutProof = await errorOf(client.refreshTokenGrant(config, tokens.refresh_token));
const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP });
await client.tokenRevocation(config, refreshed.refresh_token);
const revoked = await statusOf(client.fetchProtectedResource(
  config, refreshed.access_token, new URL(config.serverMetadata().userinfo_endpoint), 'GET', undefined, undefined, { DPoP },
));

const unpushed = await fetch(client.buildAuthorizationUrl(config, parameters), { redirect: 'manual' });
const refusal = new URL(unpushed.headers.get('location'));

report({
  openedWith: [...pushed.searchParams.keys()].sort(),
  subject,
  userinfo: userinfo.sub,
  tokenType: tokens.token_type,
  key: await calculateJwkThumbprint(await exportJWK(pair.publicKey)),
  boundTo: claims(tokens.access_token).cnf.jkt,
  refreshedBoundTo: claims(refreshed.access_token).cnf.jkt,
  withoutPushing: refusal.searchParams.get('error'),
  openedTwice: openedTwice.status,
  asBearer: asBearer.status,
  withoutProof,
  withAnotherKey,
  revoked,
});
