// oauth4webapi as a client that registers itself (RFC 7591), with a key instead of a secret, then signs an operator in.

import * as oauth from 'oauth4webapi';
import { open, report } from './browser.mjs';

const { ISSUER, INITIAL_TOKEN, REDIRECT_URI } = process.env;
const insecure = { [oauth.allowInsecureRequests]: true };

const issuer = new URL(ISSUER);
const server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure));
const keys = await oauth.generateKeyPair('ES256', { extractable: true });
const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', keys.publicKey);
const metadata = {
  client_name: 'Kho & Co',
  redirect_uris: [REDIRECT_URI],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  token_endpoint_auth_method: 'private_key_jwt',
  jwks: { keys: [{ kty, crv, x, y, kid: 'one' }] },
  scope: 'openid profile',
};
const register = async () =>
  oauth.processDynamicClientRegistrationResponse(
    await oauth.dynamicClientRegistrationRequest(server, metadata, { initialAccessToken: INITIAL_TOKEN, ...insecure }),
  );
const client = await register();
const authentication = oauth.PrivateKeyJwt({ key: keys.privateKey, kid: 'one' });

const verifier = oauth.generateRandomCodeVerifier();
const state = oauth.generateRandomState();
const request = new URL(server.authorization_endpoint);
request.search = new URLSearchParams({
  client_id: client.client_id,
  redirect_uri: REDIRECT_URI,
  response_type: 'code',
  scope: 'openid profile',
  code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
  code_challenge_method: 'S256',
  state,
});
const parameters = oauth.validateAuthResponse(server, client, await open(request), state);
const tokens = await oauth.processAuthorizationCodeResponse(
  server, client,
  await oauth.authorizationCodeGrantRequest(
    server, client, authentication, parameters, REDIRECT_URI, verifier, insecure,
  ),
  { requireIdToken: true },
);

let again;
try {
  await register();
} catch (error) {
  again = error.status;
}

report({
  id: client.client_id,
  grants: client.grant_types,
  subject: oauth.getValidatedIdTokenClaims(tokens).sub,
  scope: tokens.scope,
  again,
});
