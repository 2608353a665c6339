// Flows about API keys, OAuth clients, webhooks, roles, WeChat apps and the organization.
import assert from 'node:assert/strict';
import { added } from './acts.mjs';
import { call } from './lanyard.mjs';
import { clientToken } from './sample.mjs';

/** Asks who the bearer is, with an API key or a token. */
const profile = (world, credential, status = 200) =>
  call(world.server.origin, 'GET', '/v1/profile', { headers: { 'X-API-Key': credential }, status });

export async function apiKey(world) {
  const v = await world.admin();
  await v.go('/console/api-keys', 'api-keys');
  await v.follow('/api-keys/new', 'api-key-new');
  await v.press('create', 'api-key-new');
  await v.refused('name', 'scope');
  await v.fill({ name: `Reports ${world.tag}`, scope: ['read'], expires: '30', allowed_ips: '127.0.0.0/8' });
  await v.press('create', 'secret');
  const key = await v.secret();
  assert((await v.text('curl')).includes(key));
  await profile(world, key);
  if (world.javaScriptEnabled) await copied(v);
  await v.page.reload();
  await v.is('api-key');
  assert(!(await v.page.content()).includes(key), 'a key is shown once');
  const base = new URL(v.page.url()).pathname;
  await v.send(`${base}/rotate`, { overlap: '0' }, 'rotate', 'secret');
  const next = await v.secret();
  await profile(world, key, 401);
  await profile(world, next);
  await v.send(base, { allowed_ips: '203.0.113.7' }, 'save', 'api-key');
  await v.done();
  await profile(world, next, 401);
  await v.send(`${base}/revoke`, {}, 'revoke', 'api-keys');
  await v.receipt();
  await profile(world, next, 401);
}

/** The button that script adds copies the secret. */
async function copied(v) {
  await v.page.click('[data-copy="#secret"]');
  await v.page.waitForFunction(() => document.querySelector('.copy [role=status]').textContent === 'Copied');
}

export async function oauthClient(world) {
  const v = await world.admin();
  const operator = await added(v, `Served ${world.tag}`, { external_id: `served-${world.tag}` });
  await v.go('/console/oauth-clients', 'oauth-clients');
  await v.follow('grant=client_credentials', 'oauth-client-new');
  await v.fill({ name: `Shop ${world.tag}`, operator: 'nobody of this name' });
  await v.press('create', 'oauth-client-new');
  await v.refused('operator');
  await v.fill({ operator: `served-${world.tag}`, scope: ['read'] });
  await v.press('create', 'secret');
  const id = (await v.text('client-id')).split('\n').at(-1).trim();
  const secret = await v.secret();
  const token = await clientToken(world.server.origin, { id, secret });
  const { headers } = { headers: { Authorization: `Bearer ${token}` } };
  const seen = (status) => call(world.server.origin, 'GET', '/v1/profile', { headers, status });
  await seen(200);
  const base = `/console/oauth-clients/${id}`;
  await v.send(`${base}/secrets`, {}, 'add', 'secret', 'main form#add');
  const second = await v.secret();
  for (const one of [secret, second]) await clientToken(world.server.origin, { id, secret: one });
  await v.go(`${base}/secrets`, 'oauth-client-secrets');
  await v.press('drop', 'oauth-client');
  await clientToken(world.server.origin, { id, secret }, 401);
  await clientToken(world.server.origin, { id, secret: second });
  await v.go(`${base}/tokens?kind=access`, 'oauth-client-tokens');
  assert.equal(await v.page.locator('[name=jti]').count(), 4);
  await v.page.locator('[name=jti]').first().check();
  await v.press('revoke', 'tokens-confirm');
  await v.press('revoke', 'tokens');
  await v.receipt();
  await v.send(`${base}/disable`, {}, 'disable', 'oauth-client');
  await v.receipt();
  await seen(401);
  await clientToken(world.server.origin, { id, secret: second }, 401);
  await v.send(`${base}/enable`, {}, 'enable', 'oauth-client');
  await clientToken(world.server.origin, { id, secret: second });
  await v.send(`${base}/delete`, {}, 'delete', 'oauth-client');
  await v.receipt();
  await v.go(operator, 'operator');
}

export async function redirectsOfAClient(world) {
  const v = await world.admin();
  await v.go('/console/oauth-clients/new?grant=authorization_code', 'oauth-client-new');
  await v.fill({ name: `Web ${world.tag}`, redirect_uris: 'https://shop.example.com/cb\nnot a URI' });
  await v.press('create', 'oauth-client-new');
  await v.refused('redirect_uris');
  assert((await v.page.innerText('#redirect_uris-error')).includes('2'), 'the fault names its line');
  await v.fill({ redirect_uris: 'https://shop.example.com/cb', scope: ['openid'] });
  await v.press('create', 'secret');
}

export async function webhook(world) {
  const v = await world.admin();
  await v.go('/console/webhooks/new', 'webhook-new');
  await v.fill({ url: 'http://127.0.0.1/', events: ['token.revoked'] });
  await v.press('create', 'webhook-new');
  await v.refused('url');
  await v.fill({ url: `https://hooks.example.com/${world.tag}` });
  await v.press('create', 'secret');
  assert((await v.secret()).startsWith('whsec_'));
  await v.stored('webhook');
  await v.press('test', 'webhook');
  await v.done();
  await v.page.reload();
  assert((await v.text('deliveries')).includes('test'), await v.text('deliveries'));
  const base = new URL(v.page.url()).pathname;
  await v.fill({ status: 'inactive' }, 'main form#save');
  await v.press('save', 'webhook', 'main form#save');
  await v.done();
  await v.send(`${base}/delete`, {}, 'delete', 'webhooks');
  await v.done();
}

export async function rolesAndScopes(world) {
  const v = await world.admin();
  const [role, scope] = [`sales-${world.tag}`, `orders:read-${world.tag}`];
  await v.send('/console/roles/scopes', { name: scope, description: 'Sees orders' }, 'set', 'scopes', 'main form#scope');
  await v.send('/console/roles', { name: role, scope: [scope] }, 'create', 'roles', 'main form#role');
  await v.done();
  const operator = await added(v, `Seller ${world.tag}`, { role });
  await v.go(`/console/roles/${role}/delete`, 'role-confirm');
  assert.equal(await v.page.locator('main button[value=delete]').count(), 0, 'it is in use');
  await v.send(`/console/roles/${role}/edit`, { description: 'Sells' }, 'save', 'role');
  await v.done();
  await v.send(operator, { role: '' }, 'save', 'operator');
  const own = v.page.locator('[data-testid=scopes] tr').filter({ hasText: scope });
  await v.go('/console/roles/scopes', 'scopes');
  await v.moves(() => own.locator('button[value=remove]').click());
  await v.refused();
  assert((await v.text('errors')).includes(role), 'it says who has it');
  await v.send(`/console/roles/${role}/delete`, {}, 'delete', 'roles');
  await v.done();
  await v.go('/console/roles/scopes', 'scopes');
  await v.moves(() => own.locator('button[value=remove]').click());
  await v.done();
  assert.equal(await own.count(), 0);
}

export async function wechatApp(world) {
  const v = await world.admin();
  const id = `wxflow${world.tag}`;
  await v.send('/console/wechat/new', { app_id: id, secret: 's3cret', on_unknown: 'refuse' }, 'create', 'wechat-app');
  await v.done();
  await v.send(`/console/wechat/apps/${id}`, { role: 'agent', on_unknown: 'create' }, 'save', 'wechat-app');
  assert(!(await v.page.content()).includes('s3cret'), 'the secret is written only');
  await v.send(`/console/wechat/apps/${id}/remove`, {}, 'remove', 'wechat');
  await v.done();
}

export async function organizationAndPolicy(world) {
  const v = await world.admin();
  const path = '/console/organization';
  await v.send(path, { name: '', rotation_period_days: 'x' }, 'save', 'organization');
  await v.refused('rotation_period_days');
  await v.send(path, { name: `Demo ${world.tag}`, operator_token_max_seconds: '1800' }, 'save', 'organization');
  await v.done();
  assert((await v.page.innerText('header')).includes(`Demo ${world.tag}`));
  const operator = await added(v, 'Capped');
  await v.go(`${operator}/issue`, 'operator-issue');
  const offered = await v.page.locator('[name=minutes]').evaluateAll((all) => all.map((one) => one.value));
  assert.deepEqual(offered, ['15'], 'no longer life is offered than the policy allows');
  await v.send(path, { operator_token_max_seconds: '' }, 'save', 'organization');
}
