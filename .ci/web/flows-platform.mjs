// Flows about the platform: who gets in, its organizations, and what it does with an organization as a whole.
import assert from 'node:assert/strict';
import { code } from './chromium.mjs';
import { added, downloaded, issued } from './acts.mjs';
import { call, company } from './lanyard.mjs';
import { enteredPlatform, enterPlatform, givePassword, platformAdmin } from './platform.mjs';
import { PASSWORD } from './sample.mjs';

const HOME = '/console/platform';

export async function signInToThePlatform(world) {
  const admin = await platformAdmin(world.server, `root-${world.tag}`);
  const { login, secret, recovery } = admin;
  const v = await world.admin();
  await v.go(`${HOME}/nodes`, 'platform-sign-in');
  await v.fill({ login, password: 'wrong' });
  await v.press('sign-in', 'platform-sign-in');
  await v.refused();
  await givePassword(v, admin);
  await v.fill({ code: '000000' });
  await v.press('verify', 'platform-second-factor');
  await v.refused('code');
  const typed = code(secret);
  await v.fill({ code: `${typed.slice(0, 3)} ${typed.slice(3)}` });
  await v.press('verify', 'platform-nodes');

  const other = await world.open();
  await other.go(HOME, 'platform-sign-in');
  await givePassword(other, admin);
  await other.fill({ code: typed });
  await other.press('verify', 'platform-second-factor');
  await other.refused('code');
  await other.fill({ code: '', recovery: recovery[0] });
  await other.press('verify', 'platform-overview');
  await other.go('/console/operators', 'sign-in');
  await other.go(HOME, 'platform-overview');
  await other.press('sign-out', 'platform-sign-in', 'header');
  await other.page.goBack();
  await other.is('platform-sign-in');
  await other.go(`${HOME}/sign-in`, 'platform-sign-in');
  await givePassword(other, admin);
  await other.fill({ recovery: recovery[0] });
  await other.press('verify', 'platform-second-factor');
  await other.refused('code');
  // Signing out of the platform has left the organization's session alone.
  await v.press('sign-out', 'platform-sign-in', 'header');
  await v.go('/console', 'overview');
}

export async function anOrganizationOfThePlatform(world) {
  const { v } = await enteredPlatform(world, 'organizations');
  const login = `globex-${world.tag}`;
  await v.follow('/platform/organizations', 'platform-organizations', 'nav');
  await v.follow('/organizations/new', 'platform-organization-new');
  await v.fill({ login: 'demo', name: 'Globex Việt Nam' });
  await v.press('create', 'platform-organization-new');
  await v.refused('login');
  await v.fill({ login });
  await v.press('create', 'secret');
  const password = await v.secret();
  await v.page.reload();
  await v.is('platform-organization');
  await v.done();
  assert(!(await v.page.content()).includes(password), 'a password is shown once');
  const record = new URL(v.page.url()).pathname;

  // The organization takes its first steps.
  const own = await world.open();
  await own.signIn(login, password);
  const open = own.page.locator('[data-testid=first-steps] .is-open');
  const steps = await open.count();
  const token = await issued(own, await added(own, 'Hank Scorpio'));
  const globex = await company(world.server, login, password);
  assert(await globex.isValid(token));
  await own.go('/console', 'overview');
  assert.equal(await open.count(), steps - 3, 'an operator, a token and a validation are ticked');

  await v.go(`${HOME}/organizations`, 'platform-organizations');
  await v.fill({ q: 'viet', status: 'active' }, 'main form.filter');
  await v.moves(() => v.page.locator('form.filter button').click());
  await v.follow(record, 'platform-organization');
  assert(!(await v.page.content()).includes('Scorpio'), 'the platform sees no names of operators');
  assert.equal(await v.text('figure-operators').then((text) => text.match(/\d+/)[0]), '1');
  await v.fill({ operator_token_max_seconds: 'x' });
  await v.press('save', 'platform-organization');
  await v.refused('operator_token_max_seconds');
  await v.fill({ operator_token_max_seconds: '1800' });
  await v.press('save', 'platform-organization');
  await v.done();

  const asks = (status) => call(world.server.origin, 'GET', '/api/company/organization', { token: globex.token, status });
  await v.follow('/suspend', 'platform-organization-confirm');
  assert.equal(await v.data('effect', 'tokens'), '2');
  await v.press('suspend', 'platform-organization');
  await v.done();
  await v.receipt();
  await asks(403);
  await own.go('/console', 'sign-in');
  await own.signIn(login, password, 'sign-in');
  await v.go(`${record}/suspend`, 'platform-organization-confirm');
  assert.equal(await v.page.locator('main button[value=suspend]').count(), 0, 'nothing is left to do');
  await v.go(record, 'platform-organization');
  await v.follow('/resume', 'platform-organization-confirm');
  await v.press('resume', 'platform-organization');
  await v.done();
  await own.signIn(login, password);
  await asks(403);

  await v.follow('/password', 'platform-organization-password');
  await v.fill({ password: 'x'.repeat(73) });
  await v.press('save', 'platform-organization-password');
  await v.refused('password');
  await v.press('save', 'secret');
  const next = await v.secret();
  await v.stored('platform-organization');
  await own.go('/console', 'sign-in');
  await own.signIn(login, password, 'sign-in');
  await own.signIn(login, next);

  const again = await company(world.server, login, next);
  await v.send(`${record}/revoke-all`, { confirm: 'demo' }, 'revoke-all', 'platform-organization-confirm');
  await v.refused('confirm');
  await v.fill({ confirm: login.toUpperCase() });
  await v.press('revoke-all', 'platform-organization');
  await v.receipt();
  await call(world.server.origin, 'GET', '/api/company/organization', { token: again.token, status: 403 });
  await own.go('/console', 'sign-in');

  await v.go(`${HOME}/audit?action=organization.suspended`, 'audit');
  assert((await v.text('audit')).includes('organization.suspended'));
  const csv = await downloaded(v, () => v.page.locator('main a[href*="format=csv"]').click());
  assert(csv.includes('platform-admin:') && !csv.includes('Scorpio'), csv);
}

/** An admin ends the sessions of other windows, one and all, and the one of this window. */
export async function sessionsOfAnAdmin(world) {
  const { v, admin } = await enteredPlatform(world, 'account');
  const others = [await world.open(), await world.open()];
  for (const other of others) await enterPlatform(other, admin);
  await v.go(`${HOME}/account`, 'platform-account');
  const rows = v.page.locator('[data-testid=sessions] tbody tr');
  assert.equal(await rows.count(), 3);
  const elsewhere = rows.filter({ hasNotText: 'this session' });
  await v.moves(() => elsewhere.first().locator('button[value=end]').click());
  await v.done();
  assert.equal(await rows.count(), 2);
  await v.press('end-others', 'platform-account');
  await v.done();
  assert.equal(await rows.count(), 1);
  for (const other of others) await other.go(HOME, 'platform-sign-in');
  await v.moves(() => rows.locator('button[value=end]').click());
  await v.is('platform-sign-in');
}

/** A form that is sent after the session has ended comes back filled in, after both factors, and is not sent by itself. */
export async function sessionOfThePlatformEnds(world) {
  await world.restart({ 'console.platform_session_idle': '6s' });
  const { v, admin } = await enteredPlatform(world, 'idle');
  await v.go(`${HOME}/organizations/new`, 'platform-organization-new');
  const login = `kept-${world.tag}`;
  await v.fill({ login, name: 'Kept', preset: 'sbm' });
  await v.page.waitForTimeout(6_100);
  if (world.javaScriptEnabled) {
    // The question stands in front of the form; it comes too late.
    await v.page.keyboard.press('Enter');
    await v.page.waitForSelector('dialog[open]', { state: 'detached' });
  }
  await v.press('create', 'platform-sign-in');
  await givePassword(v, admin);
  await v.fill({ recovery: admin.recovery.shift() });
  await v.press('verify', 'platform-organization-new');
  assert.equal(await v.page.inputValue('[name=login]'), login);
  assert(await v.page.isChecked('[name=preset][value=sbm]'));
  await v.fill({ password: PASSWORD });
  await v.press('create', 'platform-organization');
  await v.done();
  await world.restart({});
}

/** Every act asks again who the admin is, some time after the sign-in; script asks before the session ends. */
export async function proofOnThePlatform(world) {
  await world.restart({ 'console.reauthenticate_after': '5s', 'console.platform_session_idle': '12s' });
  const { v, admin } = await enteredPlatform(world, 'proof');
  await v.go(`${HOME}/organizations/new`, 'platform-organization-new');
  await v.fill({ login: `asked-${world.tag}`, name: 'Asked' });
  if (world.javaScriptEnabled) {
    await v.page.waitForSelector('dialog[open]');
    await v.page.keyboard.press('Enter');
    await v.page.waitForSelector('dialog[open]', { state: 'detached' });
  } else {
    await v.page.waitForTimeout(5_100);
  }
  await v.press('create', 'platform-re-authenticate');
  await v.fill({ code: '000000' });
  await v.press('confirm', 'platform-re-authenticate');
  await v.refused('code');
  await v.fill({ code: code(admin.secret) });
  await v.press('confirm', 'platform-organization-new');
  assert.equal(await v.page.inputValue('[name=name]'), 'Asked');
  await v.press('create', 'secret');
  await world.restart({});
}
