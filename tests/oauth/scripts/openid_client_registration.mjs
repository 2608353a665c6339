// openid-client as a client that registers itself (RFC 7591), then signs an operator in with its secret.

import * as client from 'openid-client';
import { open, report } from './browser.mjs';

const { ISSUER, INITIAL_TOKEN, REDIRECT_URI } = process.env;

const metadata = {
  client_name: 'Kho & Co',
  redirect_uris: [REDIRECT_URI],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  token_endpoint_auth_method: 'client_secret_post',
  scope: 'openid profile',
};
const register = () =>
  client.dynamicClientRegistration(new URL(ISSUER), metadata, undefined, {
    initialAccessToken: INITIAL_TOKEN,
    execute: [client.allowInsecureRequests],
  });
const config = await register();
const registered = config.clientMetadata();

const pkceCodeVerifier = client.randomPKCECodeVerifier();
const expectedState = client.randomState();
const callback = await open(
  client.buildAuthorizationUrl(config, {
    redirect_uri: REDIRECT_URI,
    scope: 'openid profile',
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: expectedState,
  }),
);
const checks = { pkceCodeVerifier, expectedState, idTokenExpected: true };
const tokens = await client.authorizationCodeGrant(config, callback, checks);

let again;
try {
  await register();
} catch (error) {
  again = error.status;
}

report({
  id: registered.client_id,
  grants: registered.grant_types,
  subject: tokens.claims().sub,
  scope: tokens.scope,
  again,
});
