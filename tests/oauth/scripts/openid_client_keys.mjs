// openid-client as a client that has a key and no secret: private_key_jwt, and tokens that are bound to a key by DPoP.

import * as client from 'openid-client';
import { open, report } from './browser.mjs';

const { ISSUER, CLIENT_ID, PRIVATE_KEY, REDIRECT_URI } = process.env;

const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
const bytes = Buffer.from(PRIVATE_KEY, 'base64');
const key = await crypto.subtle.importKey('pkcs8', bytes, algorithm, false, ['sign']);
const config = await client.discovery(new URL(ISSUER), CLIENT_ID, undefined, client.PrivateKeyJwt(key), {
  execute: [client.allowInsecureRequests],
});
const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair('Ed25519'));

const pkceCodeVerifier = client.randomPKCECodeVerifier();
const expectedState = client.randomState();
const callback = await open(
  client.buildAuthorizationUrl(config, {
    redirect_uri: REDIRECT_URI,
    scope: 'openid profile',
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: expectedState,
    dpop_jkt: await DPoP.calculateThumbprint(),
  }),
);
const checks = { pkceCodeVerifier, expectedState, idTokenExpected: true };
const tokens = await client.authorizationCodeGrant(config, callback, checks, undefined, { DPoP });
const subject = tokens.claims().sub;
const userinfo = await client.fetchUserInfo(config, tokens.access_token, subject, { DPoP });
const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP });

let asBearer;
try {
  await client.fetchUserInfo(config, refreshed.access_token, subject);
} catch (error) {
  asBearer = error.cause?.[0]?.scheme ?? error.code;
}

const machine = await client.clientCredentialsGrant(config, { scope: 'read' }, { DPoP });
const before = await client.tokenIntrospection(config, refreshed.access_token);
await client.tokenRevocation(config, refreshed.refresh_token);
const after = await client.tokenIntrospection(config, refreshed.access_token);

report({
  subject,
  userinfo,
  tokenTypes: [tokens.token_type, refreshed.token_type, machine.token_type],
  thumbprint: await DPoP.calculateThumbprint(),
  asBearer,
  before,
  after,
});
