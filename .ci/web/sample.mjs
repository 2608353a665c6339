// What the demo organization has besides, so that pages show long names, second pages, and every kind of thing.
import assert from 'node:assert/strict';
import { call, jti } from './lanyard.mjs';

const LONG = 'Công-ty-trách-nhiệm-hữu-hạn-thương-mại-dịch-vụ-xuất-nhập-khẩu-采购管理系统';
export const PASSWORD = 'correct horse battery';

/** Makes what tours need. Returns ids and tokens. */
export async function furnish(server, acme) {
  const lan = await acme.operator({ name: LONG, externalId: 'CRM-0000000000000000000000000000042', email: 'lan@acme.example' });
  const names = ['Olga Petrovna Ivanova-Wolkenstein von und zu Hohenlohe-Langenburg', 'Nguyễn Thị Bình', '李四'];
  const many = Array.from({ length: 55 }, (_, number) => ({ name: `${names[number % 3]} ${number}`, externalId: `many-${number}` }));
  await acme.post('/api/operator/synchronize', many);
  const auditor = await acme.operator({ name: 'Ada Auditor', role: 'auditor' });
  await acme.put(`/api/company/operators/${auditor}/credentials`, { username: 'auditor', password: PASSWORD });

  const token = await acme.tokenFor(lan);
  for (let more = 0; more < 3; more += 1) await acme.tokenFor(lan);
  const revoked = await acme.tokenFor(lan);
  await acme.post(`/api/company/tokens/${jti(revoked)}/revoke`);

  const client = await acme.post('/api/company/clients', {
    name: LONG,
    operatorId: lan,
    grants: ['client_credentials', 'authorization_code', 'refresh_token'],
    redirectUris: ['https://shop.example.com/a/long/path/that/does/not/fit/on/a/telephone/callback'],
    scopes: ['openid', 'read'],
  });
  for (let more = 0; more < 2; more += 1) await clientToken(server.origin, client);
  await acme.put('/api/v1/roles/sales', { scopes: ['read', 'write'], description: 'Sells to customers' });
  await acme.put('/api/v1/roles/support', { scopes: ['read'] });
  await acme.patch(`/api/company/operators/${lan}`, { role: 'support' });
  await acme.post('/api/v1/wechat-apps', { app_id: 'wx0123456789abcdef', secret: 's3cret' });
  const hook = await acme.post('/api/company/webhooks', {
    url: 'https://hooks.example.com/lanyard/a-long-path/of-a-service/that-takes-messages',
    events: ['token.revoked', 'token.rotation_due', 'api_key.new_network'],
  });
  await acme.post(`/api/company/webhooks/${hook.id}/test`);

  const old = await call(server.origin, 'POST', '/api/company/get-token', { body: { login: 'demo', password: server.password } });
  await acme.patch(`/api/company/tokens/${jti(old)}`, { label: LONG });
  await call(server.origin, 'POST', '/api/company/rotate-token', { token: old });

  const added = await server.command(
    ['organization', 'add', '--login', 'new', '--name', 'Neu & Jung', '--password-file', '-', '--json'], PASSWORD);
  assert.equal(added.code, 0, added.output);
  return { server, acme, lan, token, revoked, client, hook: hook.id, rotated: jti(old), company: jti(acme.token) };
}

/** Gets a token with the credentials of a client. */
export async function clientToken(origin, { id, secret }, status = 200) {
  const response = await fetch(`${origin}/oauth/token`, {
    method: 'POST',
    headers: { Authorization: `Basic ${btoa(`${id}:${secret}`)}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  const answer = await response.json();
  assert.equal(response.status, status, JSON.stringify(answer));
  return answer.access_token;
}

/** Makes an operator of the role `admin` that signs in as `demo/USERNAME`. Returns its id. */
export async function admin(acme, username, more = {}) {
  const id = await acme.operator({ name: `Admin ${username}`, role: 'admin', ...more });
  await acme.put(`/api/company/operators/${id}/credentials`, { username, password: PASSWORD });
  return id;
}

/** Makes an API key of an operator that signs in. */
export async function keyOf(origin, username, name) {
  const body = { username: `demo/${username}`, password: PASSWORD };
  const { token } = await call(origin, 'POST', '/auth/login', { body });
  return call(origin, 'POST', '/api/v1/api-keys', { token, body: { name, scopes: ['read'] } });
}

/** Ends the sessions of an operator at the console, by the command line. */
export async function endSessions(server, operator) {
  const { output } = await server.command(['session', 'list', '--organization', '1', '--json']);
  const lines = output.split('\n').filter((line) => line.startsWith('{'));
  for (const { id, operatorId } of lines.map((line) => JSON.parse(line))) {
    if (operatorId !== operator) continue;
    const ended = await server.command(['session', 'end', '--organization', '1', id]);
    assert.equal(ended.code, 0, ended.output);
  }
}
