#!/usr/bin/env node
// Sends one signed request (RFC 9421, RFC 9530). Node 18 or later, no packages.
//
//     signed_request.mjs METHOD PATH [BODY]
//
// The README beside this file lists the settings and the output.

import { createHash, createHmac, randomBytes } from 'node:crypto';

// Returns the headers that sign a request. `url` is a URL object: fetch sends it as that writes it, in lower case and without
// the default port.
function sign(method, url, body, keyId, secret) {
  const covered = [
    ['@method', method],
    ['@target-uri', `${url.protocol}//${url.host}${url.pathname}${url.search}`],
  ];
  const headers = {};
  if (body || ['POST', 'PUT', 'PATCH'].includes(method)) {
    const digest = createHash('sha256').update(body).digest('base64');
    headers['Content-Digest'] = `sha-256=:${digest}:`;
    covered.push(['content-digest', headers['Content-Digest']]);
  }
  const names = covered.map(([name]) => `"${name}"`).join(' ');
  // The nonce is used once; the time may be five minutes off.
  const created = Math.floor(Date.now() / 1000);
  const nonce = randomBytes(24).toString('base64url');
  const parameters = `(${names});created=${created};keyid="${keyId}";nonce="${nonce}"`;
  const lines = covered.map(([name, value]) => `"${name}": ${value}`);
  const base = [...lines, `"@signature-params": ${parameters}`].join('\n');
  // The HMAC key is every character of the secret, "hs_" too.
  const mac = createHmac('sha256', secret).update(base).digest('base64');
  return { ...headers, 'Signature-Input': `sig1=${parameters}`, Signature: `sig1=:${mac}:` };
}

async function main() {
  const { LANYARD_KEY_ID: keyId, LANYARD_SIGNING_SECRET: secret, LANYARD_URL: origin } = process.env;
  const [method, path, body = ''] = process.argv.slice(2);
  if (!keyId || !secret || !path) {
    console.error('set LANYARD_KEY_ID and LANYARD_SIGNING_SECRET; give METHOD, PATH and perhaps BODY');
    return 2;
  }
  const url = new URL(path, origin ?? 'http://127.0.0.1:8080');
  const headers = sign(method, url, body, keyId, secret);
  if (body) headers['Content-Type'] = 'application/json';
  try {
    const response = await fetch(url, { method, headers, body: body || undefined, signal: AbortSignal.timeout(10_000) });
    const text = await response.text();
    console.log(JSON.stringify({ status: response.status, body: text ? JSON.parse(text) : null }));
    return response.ok ? 0 : 1;
  } catch (fault) {
    console.error(`cannot reach the service: ${fault.cause?.message ?? fault.message}`);
    return 1;
  }
}

process.exitCode = await main();
