// openid-client as a confidential client: discovery, code with PKCE, ID token checked against the JWKS, userinfo,
// refresh, token exchange, introspection, revocation, client credentials, a pushed request, a device, sign-out.

import * as client from 'openid-client';
import { open, report } from './browser.mjs';

const { ISSUER, CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, POST_LOGOUT_REDIRECT_URI, BASIC } = process.env;

const authentication = BASIC ? client.ClientSecretBasic(CLIENT_SECRET) : client.ClientSecretPost(CLIENT_SECRET);
const config = await client.discovery(new URL(ISSUER), CLIENT_ID, CLIENT_SECRET, authentication, {
  execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks],
});

const pkceCodeVerifier = client.randomPKCECodeVerifier();
const expectedState = client.randomState();
const expectedNonce = client.randomNonce();
const callback = await open(
  client.buildAuthorizationUrl(config, {
    redirect_uri: REDIRECT_URI,
    scope: 'openid profile email read',
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: expectedState,
    nonce: expectedNonce,
  }),
);
const tokens = await client.authorizationCodeGrant(config, callback, {
  pkceCodeVerifier,
  expectedState,
  expectedNonce,
  idTokenExpected: true,
});
const subject = tokens.claims().sub;
const userinfo = await client.fetchUserInfo(config, tokens.access_token, subject);

const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token);
const before = await client.tokenIntrospection(config, refreshed.access_token);
const exchanged = await client.genericGrantRequest(config, 'urn:ietf:params:oauth:grant-type:token-exchange', {
  subject_token: refreshed.access_token,
  subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
  scope: 'read',
});
const exchangedBefore = await client.tokenIntrospection(config, exchanged.access_token);
await client.tokenRevocation(config, refreshed.refresh_token);
const exchangedAfter = await client.tokenIntrospection(config, exchanged.access_token);
const after = await client.tokenIntrospection(config, refreshed.access_token);

const machine = await client.clientCredentialsGrant(config, { scope: 'read' });

const device = await client.initiateDeviceAuthorization(config, { scope: 'openid read' });
const [deviceTokens] = await Promise.all([
  client.pollDeviceAuthorizationGrant(config, device),
  open(device.verification_uri_complete),
]);

// The same request, pushed: the browser brings its name only.
const pushed = await client.buildAuthorizationUrlWithPAR(config, {
  redirect_uri: REDIRECT_URI,
  scope: 'openid read',
  code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
  code_challenge_method: 'S256',
  state: expectedState,
  nonce: expectedNonce,
});
const byPushed = await client.authorizationCodeGrant(config, await open(pushed), {
  pkceCodeVerifier,
  expectedState,
  expectedNonce,
  idTokenExpected: true,
});

const signOut = client.buildEndSessionUrl(config, {
  post_logout_redirect_uri: POST_LOGOUT_REDIRECT_URI,
  id_token_hint: tokens.id_token,
  state: 'bye',
});
const signedOut = await open(signOut);

report({
  subject,
  userinfo,
  scope: tokens.scope,
  refreshedIdTokenSubject: refreshed.claims()?.sub,
  before,
  after,
  exchanged: [exchanged.issued_token_type, exchanged.scope, exchangedBefore.act, exchangedAfter],
  machineScope: machine.scope,
  machineHasRefreshToken: 'refresh_token' in machine,
  deviceSubject: deviceTokens.claims().sub,
  deviceScope: deviceTokens.scope,
  pushedParameters: [...pushed.searchParams.keys()].sort(),
  pushedScope: byPushed.scope,
  signedOut: signedOut.href,
});
