// npm's http-message-signatures as a client that signs its requests.

import { createHash, randomBytes } from 'node:crypto';

import { createSigner, httpbis } from 'http-message-signatures';

const { ISSUER, KEY_ID, SIGNING_SECRET, KEY } = process.env;
const key = createSigner(SIGNING_SECRET, 'hmac-sha256', KEY_ID);

async function signed(method, path, body) {
  const headers = { host: new URL(ISSUER).host };
  const fields = ['@method', '@target-uri', '@path', '@query'];
  if (body) {
    headers['content-type'] = 'application/json';
    headers['content-digest'] = `sha-256=:${createHash('sha256').update(body).digest('base64')}:`;
    fields.push('content-digest');
  }
  const message = await httpbis.signMessage(
    {
      key,
      fields,
      params: ['created', 'expires', 'keyid', 'alg', 'nonce'],
      paramValues: { nonce: randomBytes(24).toString('base64url') },
    },
    { method, url: ISSUER + path, headers },
  );
  return { ...message, body };
}

async function send({ method, url, headers, body }) {
  const { host, ...others } = headers;
  const response = await fetch(url, { method, headers: others, body });
  return [response.status, await response.json()];
}

const profile = await signed('GET', '/v1/profile?a=1&b=%2F');
const verify = await signed('POST', '/api/v1/api-keys/verify', JSON.stringify({ key: KEY }));
console.log(JSON.stringify({ profile: await send(profile), again: await send(profile), verify: await send(verify) }));
