#!/usr/bin/env node
// Works as one operator: it renews its operator token in time, and validates it before every sensitive step.
// Node 18 or later, no packages. The README beside this file lists the settings and the output.

import { setTimeout as pause } from 'node:timers/promises';

const RENEW_BEFORE = 60_000; // milliseconds
const LONGEST_WAIT = 60; // seconds; the longest `Retry-After` that it waits for
const TRIES = 5;

class Failure extends Error {
  constructor(message, { status = null, exitCode = 1 } = {}) {
    super(message);
    this.status = status;
    this.exitCode = exitCode;
  }
}

function setting(name, fallback) {
  const value = process.env[name] ?? fallback;
  if (value === undefined) throw new Failure(`set ${name}`, { exitCode: 2 });
  return value;
}

function wholeNumber(name, fallback) {
  const value = Number(setting(name, fallback));
  if (!Number.isSafeInteger(value)) throw new Failure(`${name} is not a whole number`, { exitCode: 2 });
  return value;
}

// Returns the seconds until a retry; undefined if a retry is useless. 401 is final, as is every other refusal.
function retryAfter(response) {
  if (response.status !== 429 && response.status !== 503) return undefined;
  const text = response.headers.get('retry-after') ?? '';
  const seconds = /^\d+$/.test(text) ? Number(text) : 1;
  return seconds <= LONGEST_WAIT ? seconds : undefined;
}

function connect(url) {
  const tally = { waits: 0 };

  async function send(path, token, body) {
    const headers = { accept: 'application/json' };
    if (token) headers.authorization = `Bearer ${token}`;
    if (body) headers['content-type'] = 'application/json';
    try {
      return await fetch(new URL(path, url), {
        method: body ? 'POST' : 'GET',
        headers,
        body: body && JSON.stringify(body),
        signal: AbortSignal.timeout(10_000),
      });
    } catch (fault) {
      throw new Failure(`cannot reach the service: ${fault.cause?.message ?? fault.message}`);
    }
  }

  async function call(path, { token, body } = {}) {
    for (let attempt = 1; ; attempt += 1) {
      const response = await send(path, token, body);
      const json = await response.json().catch(() => undefined);
      if (response.ok) return { json, headers: response.headers };
      const seconds = attempt < TRIES ? retryAfter(response) : undefined;
      if (seconds === undefined) {
        throw new Failure(json?.error ?? `HTTP ${response.status}`, { status: response.status });
      }
      tally.waits += 1;
      await pause(seconds * 1000);
    }
  }

  return { call, tally };
}

// Returns a function that returns an operator token, and a new one when the last is about to expire.
function tokenKeeper({ call, tally }, companyToken, id, seconds) {
  let current;
  let ends = 0;
  tally.tokensIssued = 0;

  return async () => {
    if (Date.now() + RENEW_BEFORE >= ends) {
      const expiresAt = new Date(Date.now() + seconds * 1000).toISOString();
      const answer = await call('/api/operator/get-token', { token: companyToken, body: { id, expiresAt } });
      current = answer.json;
      // The service may have granted a shorter life than was requested: its expiry applies.
      tally.tokenExpiresAt = answer.headers.get('token-expires-at');
      ends = Date.parse(tally.tokenExpiresAt);
      tally.tokensIssued += 1;
    }
    return current;
  };
}

async function work() {
  const operatorId = wholeNumber('LANYARD_OPERATOR_ID');
  const seconds = wholeNumber('LANYARD_TOKEN_SECONDS', '3600');
  const rounds = wholeNumber('LANYARD_ROUNDS', '1');
  const credentials = { login: setting('LANYARD_LOGIN'), password: setting('LANYARD_PASSWORD') };
  const service = connect(setting('LANYARD_URL', 'http://127.0.0.1:8080'));

  const { json: companyToken } = await service.call('/api/company/get-token', { body: credentials });
  const operatorToken = tokenKeeper(service, companyToken, operatorId, seconds);

  let operator = null;
  for (let round = 0; round < rounds; round += 1) {
    const token = await operatorToken();
    const { json: verdict } = await service.call('/api/operator/validate-token', {
      token: companyToken,
      body: { token },
    });
    if (!verdict.isValid) throw new Failure(verdict.error, { status: 200 });
    // Replace this by the step that needs a valid token; here it reads the operator's profile.
    const { json: profile } = await service.call('/api/operator', { token });
    operator = profile.name;
  }
  return { ok: true, operatorId, operator, ...service.tally };
}

try {
  console.log(JSON.stringify(await work()));
} catch (failure) {
  if (!(failure instanceof Failure)) throw failure;
  console.log(JSON.stringify({ ok: false, status: failure.status, error: failure.message }));
  process.exitCode = failure.exitCode;
}
