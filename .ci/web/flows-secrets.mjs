// Flows about keys, clients and webhooks over their lives: several secrets at once, and messages that nobody took.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { added } from './acts.mjs';
import { call } from './lanyard.mjs';
import { PASSWORD } from './sample.mjs';

const profile = (world, key, status) =>
  call(world.server.origin, 'GET', '/v1/profile', { headers: { 'X-API-Key': key }, status });

/** A key with an end of its own, found by the filters of the list, and rotated with an overlap. */
export async function keyWithAnEnd(world) {
  const v = await world.admin();
  const name = `Until a day ${world.tag}`;
  await v.go('/console/api-keys/new', 'api-key-new');
  await v.fill({ name, scope: ['read'], environment: 'test', expires: 'date' });
  await v.press('create', 'api-key-new');
  await v.refused('expires');
  assert(await v.page.isChecked('[name=environment][value=test]'), 'what was chosen stays');
  await v.fill({ expires_on: '2099-12-31', allowed_ips: 'everywhere' });
  await v.press('create', 'api-key-new');
  await v.refused('allowed_ips');
  await v.fill({ allowed_ips: '127.0.0.1\n203.0.113.0/24' });
  await v.press('create', 'secret');
  const key = await v.secret();
  assert(key.includes('_test_'), 'the text says for which environment it is');
  await v.stored('api-key');
  const path = new URL(v.page.url()).pathname;
  await v.go('/console/api-keys', 'api-keys');
  await v.fill({ state: 'active', environment: 'test' }, 'main form.filter');
  await v.moves(() => v.page.locator('form.filter button').click());
  const row = v.page.locator('[data-testid=api-keys] tr').filter({ hasText: name });
  const text = await row.innerText();
  assert(text.includes('2099-12-31') && text.includes(key.slice(-4)) && !text.includes(key), text);
  await v.moves(() => row.locator('a').first().click());
  await v.is('api-key');
  await v.follow('/rotate', 'api-key-rotate');
  await v.fill({ overlap: '3600' });
  await v.press('rotate', 'secret');
  const next = await v.secret();
  for (const one of [key, next]) await profile(world, one, 200);
  await v.page.reload();
  await v.is('api-key');
  assert(!(await v.page.content()).includes(next));
  await v.go(path, 'api-key');
  await v.follow('/revoke', 'api-key-confirm');
  await v.press('revoke', 'api-keys');
  await v.receipt();
  for (const one of [key, next]) await profile(world, one, 401);
}

/** A key that is made like another one, and several that are revoked together. */
export async function keysTogether(world) {
  const v = await world.admin();
  const name = `Pair ${world.tag}`;
  await v.send('/console/api-keys/new', { name, scope: ['read', 'write'], allowed_ips: '127.0.0.1' }, 'create', 'secret');
  const keys = [await v.secret()];
  await v.stored('api-key');
  await v.moves(() => v.page.locator('main a[href*="?like="]').click());
  await v.is('api-key-new');
  assert.equal(await v.page.inputValue('[name=allowed_ips]'), '127.0.0.1');
  assert(await v.page.isChecked('[name=scope][value=write]'));
  await v.press('create', 'secret');
  keys.push(await v.secret());
  await v.go('/console/api-keys', 'api-keys');
  await v.fill({ q: 'pair', scope: 'write' }, 'main form.filter');
  await v.moves(() => v.page.locator('form.filter button').click());
  const boxes = v.page.locator('[name=key]');
  assert.equal(await boxes.count(), 2);
  for (const box of await boxes.all()) await box.check();
  await v.press('revoke', 'api-keys-confirm');
  await v.press('revoke', 'api-keys');
  await v.receipt();
  for (const key of keys) await profile(world, key, 401);
}

/** A client to which people give their passwords, as guide 001 has it. */
export async function passwordClient(world) {
  const v = await world.admin();
  const username = `served-${world.tag}`;
  await added(v, 'Served', { username, password: PASSWORD });
  await v.go('/console/oauth-clients', 'oauth-clients');
  await v.follow('grant=password', 'oauth-client-new');
  await v.fill({ name: `Forms ${world.tag}`, scope: ['read'], access_seconds: '600' });
  await v.press('create', 'secret');
  const id = (await v.text('client-id')).split('\n').at(-1).trim();
  const secret = await v.secret();
  const token = async () => {
    const body = new URLSearchParams({ grant_type: 'password', username, password: PASSWORD });
    const headers = { Authorization: `Basic ${btoa(`${id}:${secret}`)}` };
    const answer = await fetch(`${world.server.origin}/oauth/token`, { method: 'POST', headers, body });
    const found = await answer.json();
    assert.equal(answer.status, 200, JSON.stringify(found));
    return found.access_token;
  };
  const seen = (bearer, status) => call(world.server.origin, 'GET', '/v1/profile', { headers: { Authorization: `Bearer ${bearer}` }, status });
  const first = await token();
  await seen(first, 200);
  const path = `/console/oauth-clients/${id}`;
  await v.send(path, { name: `Forms of old ${world.tag}`, access_seconds: 'x' }, 'save', 'oauth-client');
  await v.refused('access_seconds');
  await v.fill({ access_seconds: '300' });
  await v.press('save', 'oauth-client');
  await v.done();
  await v.follow('/tokens', 'oauth-client-tokens');
  await v.follow('/revoke-all', 'oauth-client-confirm');
  assert(Number(await v.data('effect', 'tokens')) >= 1);
  await v.press('revoke-all', 'oauth-client');
  await v.receipt();
  await seen(first, 401);
  await seen(await token(), 200);
}

/** Messages that an endpoint did not take are tried once more, one or all. */
export async function retryMessages(world) {
  await world.restart({ 'webhooks.allow_private': 'true', 'webhooks.max_attempts': '1', 'webhooks.timeout': '2s' });
  let status = 500;
  let received = 0;
  const endpoint = createServer((request, response) => {
    received += status === 200 ? 1 : 0;
    request.resume().on('end', () => response.writeHead(status).end());
  });
  await new Promise((ready) => endpoint.listen(0, '127.0.0.1', ready));
  const v = await world.admin();
  const url = `http://127.0.0.1:${endpoint.address().port}/${world.tag}`;
  await v.send('/console/webhooks/new', { url, events: ['token.revoked'] }, 'create', 'secret');
  await v.stored('webhook');
  const path = new URL(v.page.url()).pathname;
  const rows = v.page.locator('[data-testid=deliveries] tbody tr');
  const settles = async (word, number) => {
    for (let tries = 0; await rows.filter({ hasText: word }).count() !== number; tries += 1) {
      assert(tries < 60, await v.page.innerText('main'));
      await v.page.waitForTimeout(250);
      await v.go(path, 'webhook');
    }
  };
  for (let times = 0; times < 3; times += 1) await v.press('test', 'webhook');
  await settles('given up', 3);
  status = 200;
  await v.moves(() => rows.last().locator('button[value=retry]').click());
  await v.done();
  await settles('given up', 2);
  await settles('arrived', 1);
  assert.equal(received, 1, 'one');
  await v.press('retry', 'webhook', 'main form#acts');
  await v.done();
  await settles('arrived', 3);
  assert.equal(received, 3, 'and all');
  endpoint.close();
  await v.send(`${path}/delete`, {}, 'delete', 'webhooks');
  await world.restart({});
}
