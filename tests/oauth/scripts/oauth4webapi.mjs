// oauth4webapi as a public client on this machine: the metadata of RFC 8414, code with PKCE, the `iss` of RFC 9207,
// access token checked as RFC 9068 has it, refresh, revocation, the resource of RFC 9728, a pushed request; then a device.
// It checks every answer against its RFC.

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

const verifier = oauth.generateRandomCodeVerifier();
const state = oauth.generateRandomState();
const nonce = oauth.generateRandomNonce();
const request = new URL(server.authorization_endpoint);
request.search = new URLSearchParams({
  client_id: client.client_id,
  redirect_uri: LOOPBACK_REDIRECT_URI,
  response_type: 'code',
  scope: 'openid read',
  code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
  code_challenge_method: 'S256',
  state,
  nonce,
});
const callback = await open(request);
const parameters = oauth.validateAuthResponse(server, client, callback, state);
const answer = await oauth.authorizationCodeGrantRequest(
  server, client, authentication, parameters, LOOPBACK_REDIRECT_URI, verifier, insecure,
);
const tokens = await oauth.processAuthorizationCodeResponse(server, client, answer, {
  expectedNonce: nonce,
  requireIdToken: true,
});
await oauth.validateApplicationLevelSignature(server, answer, insecure);
const idToken = oauth.getValidatedIdTokenClaims(tokens);

// What a resource server does with the token.
const call = new Request('http://localhost/reports', { headers: { authorization: `Bearer ${tokens.access_token}` } });
const accessToken = await oauth.validateJwtAccessToken(server, call, ISSUER, insecure);

const refreshed = await oauth.processRefreshTokenResponse(
  server, client,
  await oauth.refreshTokenGrantRequest(server, client, authentication, tokens.refresh_token, insecure),
);
await oauth.processRevocationResponse(
  await oauth.revocationRequest(server, client, authentication, refreshed.refresh_token, insecure),
);
let refused;
try {
  await oauth.processRefreshTokenResponse(
    server, client,
    await oauth.refreshTokenGrantRequest(server, client, authentication, refreshed.refresh_token, insecure),
  );
} catch (error) {
  refused = error.error;
}
let unauthorized;
try {
  await oauth.processUserInfoResponse(
    server, client, idToken.sub,
    await oauth.userInfoRequest(server, client, refreshed.access_token, insecure),
  );
} catch (error) {
  unauthorized = { status: error.status, challenge: error.cause?.[0]?.parameters?.error };
}

const device = await oauth.processDeviceAuthorizationResponse(
  server, client,
  await oauth.deviceAuthorizationRequest(server, client, authentication, { scope: 'openid' }, insecure),
);
async function poll() {
  const answer = await oauth.deviceCodeGrantRequest(server, client, authentication, device.device_code, insecure);
  try {
    const { scope } = await oauth.processDeviceCodeResponse(server, client, answer);
    return scope;
  } catch (error) {
    return error.error;
  }
}
const polls = [await poll(), await poll()];
await open(device.verification_uri_complete);
polls.push(await poll(), await poll());

const resource = await oauth.processResourceDiscoveryResponse(
  issuer,
  await oauth.resourceDiscoveryRequest(issuer, insecure),
);

const pushed = await oauth.processPushedAuthorizationResponse(
  server, client,
  await oauth.pushedAuthorizationRequest(server, client, authentication, new URLSearchParams(request.search), insecure),
);
const opened = new URL(server.authorization_endpoint);
opened.search = new URLSearchParams({ client_id: client.client_id, request_uri: pushed.request_uri });
const byPushed = await oauth.processAuthorizationCodeResponse(
  server, client,
  await oauth.authorizationCodeGrantRequest(
    server, client, authentication,
    oauth.validateAuthResponse(server, client, await open(opened), state),
    LOOPBACK_REDIRECT_URI, verifier, insecure,
  ),
  { expectedNonce: nonce, requireIdToken: true },
);

report({
  subject: idToken.sub,
  accessToken,
  scope: tokens.scope,
  refused,
  unauthorized,
  authorizationServers: resource.authorization_servers,
  polls,
  pushedScope: byPushed.scope,
  pushedLifetime: pushed.expires_in,
});
