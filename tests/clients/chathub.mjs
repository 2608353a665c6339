// The requests of a ChatHub integration built on Node's `axios`, byte for byte, without the package.
//
// One kept connection, compact JSON in UTF-8, an expiry 30 days ahead with three fraction digits. Settings: LANYARD_URL,
// LANYARD_LOGIN, LANYARD_PASSWORD, LANYARD_OPERATOR_ID. Prints what it received as JSON.

import http from 'node:http';
import https from 'node:https';

const { LANYARD_URL, LANYARD_LOGIN, LANYARD_PASSWORD, LANYARD_OPERATOR_ID } = process.env;
const LIFE = 30 * 86_400_000;

const base = new URL(LANYARD_URL);
const transport = base.protocol === 'https:' ? https : http;
const agent = new transport.Agent({ keepAlive: true });

function post(path, members, bearer) {
  const body = Buffer.from(JSON.stringify(members));
  const headers = {
    Accept: 'application/json, text/plain, */*',
    'Content-Type': 'application/json',
    ...(bearer && { Authorization: `Bearer ${bearer}` }),
    'User-Agent': 'axios/1.21.1',
    'Content-Length': body.length,
    'Accept-Encoding': 'gzip, compress, deflate, br',
  };
  return new Promise((resolve, reject) => {
    const request = transport.request(new URL(path, base), { method: 'POST', headers, agent }, async (response) => {
      const chunks = await response.toArray();
      const text = Buffer.concat(chunks).toString();
      if (response.statusCode >= 300) reject(new Error(`${path}: ${response.statusCode} ${text}`));
      else resolve(JSON.parse(text));
    });
    request.on('error', reject);
    request.end(body);
  });
}

const companyToken = await post('/api/company/get-token', { login: LANYARD_LOGIN, password: LANYARD_PASSWORD });
const operatorToken = await post(
  '/api/operator/get-token',
  { id: Number(LANYARD_OPERATOR_ID), expiresAt: new Date(Date.now() + LIFE).toISOString() },
  companyToken,
);
const validation = await post('/api/operator/validate-token', { token: operatorToken }, companyToken);
console.log(JSON.stringify({ companyToken, operatorToken, validation }));
agent.destroy();
