// Flows about people who have accounts of their own: their sessions, their second factors, and what is left when they go.
import assert from 'node:assert/strict';
import { added, issued } from './acts.mjs';
import { call, company } from './lanyard.mjs';
import { admin, keyOf, PASSWORD } from './sample.mjs';

/** An admin gives somebody an account, who signs in with it; another role ends the session. */
export async function accountOfAPerson(world) {
  const v = await world.admin();
  const username = `person-${world.tag}`;
  const fields = { role: 'admin', username, password: PASSWORD };
  const path = await added(v, 'Person', { ...fields, email: `${username}@demo.example` });
  const person = await world.open();
  await person.signIn(`demo/${username}@demo.example`, PASSWORD);
  assert((await person.page.innerText('header')).includes('Person'));
  await v.send(path, { role: 'auditor' }, 'save', 'operator');
  await v.done();
  await person.go('/console', 'sign-in');
  await person.signIn(`demo/${username}`, PASSWORD);
  await person.go('/console/operators/new', 'problem');

  const id = path.split('/').at(-1);
  await world.acme.post(`/api/company/operators/${id}/totp`);
  await person.go('/console', 'sign-in');
  await person.signIn(`demo/${username}`, PASSWORD, 'second-factor');
  await v.go(path, 'operator');
  await v.follow('/reset-second-factor', 'operator-confirm');
  await v.press('reset-second-factor', 'operator');
  await v.done();
  await person.signIn(`demo/${username}`, PASSWORD);
  await v.send(path, { role: 'customer' }, 'save', 'operator');
  await person.signIn(`demo/${username}`, PASSWORD, 'sign-in');
}

/** The service makes a password, and shows it once. */
export async function madePassword(world) {
  const v = await world.admin();
  const username = `made-${world.tag}`;
  await v.go('/console/operators/new', 'operator-new');
  await v.fill({ name: 'Made', role: 'auditor', username, password: PASSWORD, make_password: true });
  await v.press('create', 'operator-new');
  await v.refused('password');
  await v.fill({ make_password: true });
  await v.press('create', 'secret');
  const password = await v.secret();
  await v.stored('operator');
  assert(!(await v.page.content()).includes(password));
  const person = await world.open();
  await person.signIn(`demo/${username}`, password);
}

/** An organization of its own sets its password, and revokes everything of it. */
export async function everythingOfTheOrganization(world) {
  const { server } = world;
  const login = `whole-${world.tag}`;
  const made = await server.command(['organization', 'add', '--login', login, '--name', 'Whole', '--password-file', '-', '--json'], PASSWORD);
  assert.equal(made.code, 0, made.output);
  const v = await world.open();
  await v.signIn(login, PASSWORD);
  await v.go('/console/organization', 'organization');
  await v.follow('/organization/password', 'organization-password');
  await v.fill({ password: 'x'.repeat(73) });
  await v.press('save', 'organization-password');
  await v.refused('password');
  await v.fill({ password: `${PASSWORD} 2` });
  await v.press('save', 'sign-in');
  await v.signIn(login, PASSWORD, 'sign-in');
  await v.signIn(login, `${PASSWORD} 2`);
  const whole = await company(server, login, `${PASSWORD} 2`);
  const token = await issued(v, await added(v, 'One of the whole'));
  assert(await whole.isValid(token));
  await v.go('/console/organization', 'organization');
  await v.follow('/revoke-all', 'organization-confirm');
  assert.equal(await v.data('effect', 'tokens'), '2');
  await v.fill({ confirm: 'demo' });
  await v.press('revoke-all', 'organization-confirm');
  await v.refused('confirm');
  await v.fill({ confirm: login });
  await v.press('revoke-all', 'organization-revoked');
  await v.receipt();
  await call(server.origin, 'GET', '/api/company/organization', { token: whole.token, status: 403 });
  await v.go('/console', 'sign-in');
  await v.signIn(login, `${PASSWORD} 2`);
}

/** The keys that somebody has made stay, unless the admin chooses otherwise. */
export async function keysOfAPersonWhoGoes(world) {
  const v = await world.admin();
  const { origin } = world.server;
  const uses = (key, status) => call(origin, 'GET', '/v1/profile', { headers: { 'X-API-Key': key }, status });
  for (const [name, stays] of [['stays', true], ['goes', false]]) {
    const operator = await admin(world.acme, `${name}-${world.tag}`);
    const { key } = await keyOf(origin, `${name}-${world.tag}`, `Nightly ${name} ${world.tag}`);
    await v.go(`/console/operators/${operator}/deactivate`, 'operator-confirm');
    assert((await v.text('made-keys')).includes(`Nightly ${name}`));
    if (!stays) await v.fill({ with_keys: true });
    await v.press('deactivate', 'operator');
    await v.receipt();
    await uses(key, stays ? 200 : 401);
  }
}

export async function revokeSelected(world) {
  const v = await world.admin();
  const paths = [await added(v, `Several 1 ${world.tag}`), await added(v, `Several 2 ${world.tag}`)];
  const tokens = [await issued(v, paths[0]), await issued(v, paths[1])];
  await v.go('/console/operators?q=several', 'operators');
  for (const box of await v.page.locator('[name=operator]').all()) await box.check();
  await v.press('revoke', 'operators-confirm');
  assert.equal(await v.data('effect', 'tokens'), '2');
  await v.press('revoke', 'operators');
  await v.receipt();
  for (const token of tokens) assert(!(await world.acme.isValid(token)));
}

/** A person ends the session of this very window, and disowns one of another. */
export async function endOwnSessions(world) {
  const name = `own-${world.tag}`;
  const operator = await admin(world.acme, name);
  const [v, stolen] = [await world.open(), await world.open()];
  for (const window of [v, stolen]) await window.signIn(`demo/${name}`, PASSWORD);
  const token = await issued(stolen, `/console/operators/${operator}`);
  await v.go('/console/sessions', 'sessions');
  const own = v.page.locator('[data-testid=sessions] tbody tr').filter({ has: v.page.locator(`a[href$="/operators/${operator}"]`) });
  const other = own.filter({ hasNotText: 'this session' });
  await v.moves(() => other.locator('button[value=disown]').click());
  await v.receipt();
  assert(!(await world.acme.isValid(token)));
  await stolen.go('/console', 'sign-in');
  await v.moves(() => own.filter({ hasText: 'this session' }).locator('button[value=end]').click());
  await v.is('sign-in');
  await v.go('/console', 'sign-in');
}

/** The organization's own account, which has no second factor, and whose sessions end with the rule that shuts it out. */
export async function organizationsOwnAccount(world) {
  const own = await world.open();
  await own.signIn('demo', world.server.password);
  await own.go('/console/account', 'account');
  assert.equal(await own.page.locator('main a[href$="/totp"]').count(), 0);
  const token = await issued(own, await added(own, 'By the organization'));
  await own.go('/console/sessions', 'sessions');
  const session = await own.page.locator('[data-testid=sessions] tr').filter({ hasText: 'this session' }).getAttribute('data-id');
  const v = await world.admin();
  await v.go('/console/audit?action=operator.created', 'audit');
  assert((await v.text('audit')).includes('session:'), 'the audit log names the session');
  await v.go('/console/sessions', 'sessions');
  const row = v.page.locator(`[data-testid=sessions] tr[data-id="${session}"]`);
  assert((await row.innerText()).includes('own account'));
  await v.moves(() => row.locator('button[value=disown]').click());
  await v.receipt();
  assert(!(await world.acme.isValid(token)));
  await own.go('/console', 'sign-in');
}

/** Who guesses too often is told how long to wait; another name of the same address still gets in. */
export async function tooManyAttempts(world) {
  await world.restart({ 'login.lockout_after': '3' });
  const v = await world.open();
  await v.go('/console/sign-in', 'sign-in');
  const guess = async () => {
    await v.fill({ login: 'demo/nobody', password: 'wrong' });
    await v.press('sign-in', 'sign-in');
    return v.text('errors');
  };
  for (let times = 0; times < 3; times += 1) assert((await guess()).includes('is wrong'));
  assert.match(await guess(), /\d+ (minute|second)/);
  await v.signIn('demo/admin', world.server.password);
  await world.restart({});
}
