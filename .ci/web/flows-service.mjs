// Flows about the service itself, on the pages of the platform: signing keys, jobs, nodes, admins and webhooks.
import assert from 'node:assert/strict';
import { code } from './chromium.mjs';
import { enteredPlatform, givePassword } from './platform.mjs';
import { PASSWORD } from './sample.mjs';

const HOME = '/console/platform';

export async function signingKeys(world) {
  const { v } = await enteredPlatform(world, 'keys');
  const path = `${HOME}/keys`;
  const lan = await world.acme.operator({ name: 'Signed' });
  const before = await world.acme.tokenFor(lan);
  await v.follow('/platform/keys', 'platform-keys', 'nav');
  const keys = v.page.locator('[data-testid=signing-keys] tbody tr');
  const number = await keys.count();
  await v.press('rotate', 'platform-keys');
  await v.done();
  assert.equal(await keys.count(), number + 1, 'the next key is published');
  await v.fill({ force: true });
  await v.press('rotate', 'platform-keys');
  await v.done();
  assert.equal(await keys.count(), number + 1, 'the key that waited signs');
  const kid = await keys.first().getAttribute('data-id');
  assert((await v.text('done')).includes(kid));

  const after = await world.acme.tokenFor(lan);
  for (const token of [before, after]) assert(await world.acme.isValid(token));
  await v.follow(`/${kid}/revoke`, 'platform-key-confirm');
  assert.equal(await v.data('effect', 'tokens'), '1');
  await v.press('revoke', 'platform-keys');
  await v.done();
  await v.receipt();
  assert(!(await world.acme.isValid(after)), 'what the key has signed is refused');
  assert(await world.acme.isValid(before), 'what another key has signed is not');
  assert(await world.acme.isValid(await world.acme.tokenFor(lan)), 'another key signs');
  await v.go(`${path}/${kid}/revoke`, 'platform-key-confirm');
  assert.equal(await v.page.locator('main button[value=revoke]').count(), 0, 'nothing is left to do');
}

export async function nodesAndJobs(world) {
  const { v } = await enteredPlatform(world, 'jobs');
  await v.follow('/platform/nodes', 'platform-nodes', 'nav');
  assert.equal(await v.page.locator('[data-testid=nodes] tbody tr').count(), 1);
  assert((await v.text('nodes')).includes('on duty'));
  await v.follow('/platform/jobs', 'platform-jobs', 'nav');
  const row = 'tr[data-id=purge_audit]';
  await v.moves(() => v.page.locator(`${row} button[value=run]`).click());
  await v.is('platform-jobs');
  await v.done();
  // The page loads itself again until the job has run.
  await v.page.waitForSelector(`${row} .badge`, { state: 'detached', timeout: 30_000 });
  assert((await v.page.innerText(row)).includes('just now'), await v.page.innerText(row));
}

export async function adminsOfThePlatform(world) {
  const { v, admin } = await enteredPlatform(world, 'admins');
  const login = `eve-${world.tag}`;
  await v.follow('/platform/admins', 'platform-admins', 'nav');
  await v.follow('/admins/new', 'platform-admin-new');
  await v.fill({ login: admin.login, password: PASSWORD });
  await v.press('create', 'platform-admin-new');
  await v.refused('login');
  await v.fill({ login, password: PASSWORD });
  await v.press('create', 'platform-admin-secret');
  const secret = (await v.text('totp-secret')).split('\n').at(-1);
  const recovery = await v.page.locator('[data-testid=recovery-codes] code').allInnerTexts();
  assert.equal(recovery.length, 10);
  await v.page.reload();
  await v.is('platform-admins');
  assert(!(await v.page.content()).includes(secret), 'a second factor is shown once');

  const eve = await world.open();
  await eve.go(HOME, 'platform-sign-in');
  await givePassword(eve, { login });
  await eve.fill({ code: code(secret) });
  await eve.press('verify', 'platform-overview');
  const row = v.page.locator('[data-testid=platform-admins] tr').filter({ hasText: login });
  await v.moves(() => row.first().locator('a[href$="/remove"]').click());
  await v.is('platform-admin-confirm');
  await v.press('remove', 'platform-admins');
  await v.done();
  await eve.go(HOME, 'platform-sign-in');
  await v.send(`${HOME}/admins/${admin.id}/remove`, {}, 'remove', 'platform-sign-in');
  await v.go(HOME, 'platform-sign-in');
}

export async function webhooksOfTheService(world) {
  const { v } = await enteredPlatform(world, 'webhooks');
  await v.follow('/platform/webhooks', 'webhooks', 'nav');
  await v.follow('/webhooks/new', 'webhook-new');
  await v.fill({ url: 'ftp://hooks.example.com', events: ['key.rotated', 'audit.sealed'] });
  await v.press('create', 'webhook-new');
  await v.refused('url');
  await v.fill({ url: `https://service.example.com/${world.tag}` });
  await v.press('create', 'secret');
  assert((await v.secret()).startsWith('whsec_'));
  await v.stored('webhook');
  await v.press('test', 'webhook');
  await v.done();
  assert((await v.text('deliveries')).includes('test'));
  const path = new URL(v.page.url()).pathname;
  assert(path.startsWith(`${HOME}/webhooks/`), path);
  await v.fill({ status: 'inactive' }, 'main form#save');
  await v.press('save', 'webhook', 'main form#save');
  await v.done();
  await v.follow('/delete', 'webhook-confirm');
  await v.press('delete', 'webhooks');
  await v.done();
}
