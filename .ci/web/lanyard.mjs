// A `lanyard dev` of its own for each script, and calls of its API.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const program = process.env.LANYARD_PROGRAM;
// To the program, names with this beginning are settings.
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('LANYARD_')));

async function freePort() {
  const server = createServer();
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  const { port } = server.address();
  await new Promise((closed) => server.close(closed));
  return port;
}

/** Runs a command of the program, with this text as its input. Returns its exit code and what it printed. */
function run(folder, settings, args, input = '') {
  return new Promise((done, failed) => {
    const child = spawn(program, [...args, ...settings], { cwd: folder, env });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => { output += text; });
    child.on('error', failed);
    child.on('close', (code) => done({ code, output }));
    child.stdin.end(input);
  });
}

/** Makes a master key, which PostgreSQL needs beside it. Returns the path. */
function masterKey(folder) {
  const path = join(folder, 'master.key');
  if (!existsSync(path)) writeFileSync(path, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600 });
  return resolve(path);
}

/**
 * Starts `lanyard dev` in a folder, with these settings. Hashing a password costs little, because the pages are looked at, not
 * attacked. `database` is the URL of a database on PostgreSQL; without it there is a file of SQLite.
 */
export async function start(folder, { settings = {}, database, port } = {}) {
  mkdirSync(folder, { recursive: true });
  port ??= await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const store = ['--database', database ?? `sqlite:${resolve(folder, 'lanyard-data', 'lanyard.db')}`];
  const all = { 'login.bcrypt_cost': '4', ...(database && { master_key_file: masterKey(folder) }), ...settings };
  const set = Object.entries(all).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
  const log = openSync(join(folder, 'log'), 'w');
  const stdio = ['ignore', log, log];
  const args = ['dev', '--listen', `127.0.0.1:${port}`, ...store, ...set];
  const service = spawn(program, args, { cwd: folder, stdio, env });
  const ended = new Promise((done) => service.on('exit', done));
  const kill = () => service.kill('SIGKILL');
  process.on('exit', kill);
  const stop = async () => {
    service.kill();
    await ended;
    process.off('exit', kill);
  };
  const secret = join(folder, 'lanyard-data', 'demo-password');
  for (let tries = 0; ; tries += 1) {
    if (service.exitCode !== null || tries === 600) {
      await stop();
      throw new Error(`lanyard dev did not start:\n${readFileSync(join(folder, 'log'), 'utf8')}`);
    }
    // It prints its welcome after the demo data is made.
    if (readFileSync(join(folder, 'log'), 'utf8').includes('Ctrl-C')) break;
    await pause(100);
  }
  const password = readFileSync(secret, 'utf8').split('\n')[0];
  return {
    origin,
    password,
    stop,
    /** Stops it, and starts it again with other settings: what is in the database stays. */
    restart: async (others) => {
      await stop();
      return start(folder, { settings: others, database, port });
    },
    command: (args, input) => run(folder, [...store, ...set], args, input),
    log: () => readFileSync(join(folder, 'log'), 'utf8'),
  };
}

/** Calls the API. Fails unless the answer has this status, or is a success if none is given. */
export async function call(origin, method, path, { token, body, status, headers = {} } = {}) {
  const response = await fetch(origin + path, {
    method,
    headers: {
      ...(body && { 'Content-Type': 'application/json' }),
      ...(token && { Authorization: `Bearer ${token}` }),
      ...headers,
    },
    body: body && JSON.stringify(body),
  });
  const text = await response.text();
  const expected = status === undefined ? response.ok : response.status === status;
  assert(expected, `${method} ${path}: ${response.status} ${text}`);
  return text && JSON.parse(text);
}

/** What the organization's own program does. */
export async function company(server, login = 'demo', password = server.password) {
  const token = await call(server.origin, 'POST', '/api/company/get-token', { body: { login, password } });
  const of = (method) => (path, body) => call(server.origin, method, path, { token, body });
  const api = { token, get: of('GET'), post: of('POST'), put: of('PUT'), patch: of('PATCH') };
  return {
    ...api,
    operator: async (profile) => (await api.post('/api/company/operators', profile)).id,
    tokenFor: (id) => api.post('/api/operator/get-token', { id }),
    isValid: async (token) => (await api.post('/api/operator/validate-token', { token })).isValid,
  };
}

/** Returns the id in a token. */
export const jti = (token) => JSON.parse(Buffer.from(token.split('.')[1], 'base64url')).jti;
