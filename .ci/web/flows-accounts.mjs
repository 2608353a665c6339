// Flows about those who use the console: second factors, passwords, sessions, and how pages are shown.
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { code } from './chromium.mjs';
import { issued } from './acts.mjs';
import { admin, PASSWORD } from './sample.mjs';

export async function secondFactor(world) {
  const name = `tam-${world.tag}`;
  await admin(world.acme, name);
  const v = await world.open();
  await v.signIn(`demo/${name}`, PASSWORD);
  await v.go('/console/account', 'account');
  await v.follow('/account/totp', 'account-totp');
  assert(await v.page.locator('svg.picture').isVisible(), 'the QR code');
  const secret = (await v.text('totp-secret')).split('\n').at(-1);
  await v.fill({ code: '000 000' });
  await v.press('enable', 'account-totp');
  await v.refused('code');
  await v.fill({ code: code(secret, -1) });
  await v.press('enable', 'account-recovery-codes');
  const codes = await v.page.locator('[data-testid=recovery-codes] code').allInnerTexts();
  assert.equal(codes.length, 10);
  await v.page.emulateMedia({ media: 'print' });
  assert(!(await v.page.locator('[data-testid=recovery-codes]').isVisible()));
  await v.page.emulateMedia({ media: 'screen' });
  if (world.javaScriptEnabled) {
    await v.page.evaluate(() => { window.print = () => { window.printed = document.body.className; }; });
    await v.page.click('[data-print] button');
    assert((await v.page.evaluate(() => window.printed)).includes('prints-codes'), 'the codes are printed where that is chosen');
  }
  await v.signOut();

  await v.signIn(`demo/${name}`, PASSWORD, 'second-factor');
  const typed = code(secret);
  await v.fill({ code: `${typed.slice(0, 3)} ${typed.slice(3)}` });
  await v.press('verify', 'overview');
  await v.signOut();
  await v.signIn(`demo/${name}`, PASSWORD, 'second-factor');
  await v.fill({ recovery: codes[3] });
  await v.press('verify', 'overview');
  await v.signOut();
  await v.signIn(`demo/${name}`, PASSWORD, 'second-factor');
  await v.fill({ recovery: codes[3] });
  await v.press('verify', 'second-factor');
  await v.refused('code');
  await v.fill({ recovery: codes[4] });
  await v.press('verify', 'overview');
  await v.send('/console/account/totp', {}, 'disable', 'account');
  await v.done();
  await v.signOut();
  await v.signIn(`demo/${name}`, PASSWORD);
}

export async function ownPassword(world) {
  const name = `pass-${world.tag}`;
  await admin(world.acme, name);
  const [v, other] = [await world.open(), await world.open()];
  for (const window of [v, other]) await window.signIn(`demo/${name}`, PASSWORD);
  await v.send('/console/account/password', { current: 'wrong', new: 'a new password' }, 'save', 'account-password');
  await v.refused('current');
  await v.fill({ current: PASSWORD, new: 'a new password' });
  await v.press('save', 'account');
  await v.done();
  await other.go('/console', 'sign-in');
  await v.signOut();
  await v.signIn(`demo/${name}`, PASSWORD, 'sign-in');
  await v.signIn(`demo/${name}`, 'a new password');
}

export async function endSessionsOfOthers(world) {
  const name = `ends-${world.tag}`;
  const operator = await admin(world.acme, name);
  const windows = [await world.open(), await world.open(), await world.open()];
  for (const window of windows) await window.signIn(`demo/${name}`, PASSWORD);
  const [v, second, third] = windows;
  const token = await issued(second, `/console/operators/${operator}`);
  await v.go('/console/sessions', 'sessions');
  const others = v.page.locator('[data-testid=sessions] tbody tr')
    .filter({ has: v.page.locator(`a[href$="/operators/${operator}"]`), hasNotText: 'this session' });
  assert.equal(await others.count(), 2);
  await v.moves(() => others.first().locator('button[value=end]').click());
  await v.done();
  assert.equal(await others.count(), 1);
  await v.press('end-others', 'sessions');
  await v.done();
  for (const window of [second, third]) await window.go('/console', 'sign-in');
  await v.go('/console', 'overview');
  assert(await world.acme.isValid(token), 'its tokens stay valid');
}

/** A form that is sent after the session has ended comes back filled in, and is not sent by itself. */
export async function sessionEndsMeanwhile(world) {
  await world.restart({ 'console.session_idle': '10s' });
  const v = await world.admin();
  await v.go('/console/operators/new', 'operator-new');
  await v.fill({ name: `Kept ${world.tag}`, email: 'kept@demo.example' });
  await pause(10_100);
  if (world.javaScriptEnabled) {
    // The question stands in front of the form; it comes too late.
    await v.page.keyboard.press('Enter');
    await v.page.waitForSelector('dialog[open]', { state: 'detached' });
  }
  await v.press('create', 'sign-in');
  await v.fill({ login: 'demo/admin', password: world.server.password });
  await v.press('sign-in', 'operator-new');
  assert.equal(await v.page.inputValue('[name=name]'), `Kept ${world.tag}`);
  assert.equal(await v.page.inputValue('[name=email]'), 'kept@demo.example');
  await v.fill({ email: '' });
  await v.press('create', 'operator');
  await v.done();
  await world.restart({ 'console.session_idle': '1800s' });
}

/** What reveals something asks again who the person is, some time after signing in. */
export async function reAuthenticate(world) {
  const [seconds, usual] = [8, 900];
  await world.restart({ 'console.reauthenticate_after': `${seconds}s` });
  const v = await world.admin();
  await v.go('/console/api-keys/new', 'api-key-new');
  await pause(seconds * 1_000 + 100);
  await v.fill({ name: `Asked ${world.tag}`, scope: ['read', 'write'], expires: 'never' });
  await v.press('create', 're-authenticate');
  await v.fill({ password: 'wrong' });
  await v.press('confirm', 're-authenticate');
  await v.refused('password');
  await v.fill({ password: world.server.password });
  await v.press('confirm', 'api-key-new');
  assert.equal(await v.page.inputValue('[name=name]'), `Asked ${world.tag}`);
  assert(await v.page.isChecked('[name=scope][value=write]') && await v.page.isChecked('[name=expires][value=never]'));
  await v.press('create', 'secret');
  await world.restart({ 'console.reauthenticate_after': `${usual}s` });
}

/** Shortly before the session ends, script asks whether to go on. */
export async function staySignedIn(world) {
  if (!world.javaScriptEnabled) return;
  await world.restart({ 'console.session_idle': '8s' });
  const v = await world.admin();
  const question = 'dialog[data-seconds]';
  await v.go('/console/operators/new', 'operator-new');
  await v.fill({ name: 'Typed' });
  for (let times = 0; times < 2; times += 1) {
    await v.page.waitForSelector(`${question}[open]`);
    assert.equal(await v.page.getAttribute(question, 'role'), 'alertdialog');
    assert.equal(await v.page.evaluate(() => document.activeElement.value), 'keep', 'the answer has the focus');
    await v.page.keyboard.press('Enter');
    await v.page.waitForSelector(`${question}[open]`, { state: 'detached' });
  }
  assert.equal(await v.page.inputValue('[name=name]'), 'Typed');
  await v.press('create', 'operator');
  await world.restart({ 'console.session_idle': '1800s' });
}

export async function keys(world) {
  if (!world.javaScriptEnabled) return;
  const v = await world.admin();
  await v.go('/console/operators', 'operators');
  await v.page.keyboard.press('/');
  assert.equal(await v.page.evaluate(() => document.activeElement.name), 'q');
  await v.go('/console/tokens', 'tokens');
  await v.page.keyboard.press('?');
  await v.page.waitForSelector('#keys[open]');
  await v.page.keyboard.press('Escape');
  await v.go('/console/account', 'account');
  await v.page.keyboard.press('?');
  assert.equal(await v.page.locator('#keys[open]').count(), 0, 'not on pages of the account');
}

/** The form for the time zone proposes that of the browser. */
export async function zoneOfTheBrowser(world) {
  if (!world.javaScriptEnabled) return;
  const v = await world.open({ timezoneId: 'Asia/Ho_Chi_Minh' });
  await v.signIn('demo/admin', world.server.password);
  assert.equal(await v.page.inputValue('#tz'), 'Asia/Ho_Chi_Minh');
}

export async function languageThemeAndZone(world) {
  const v = await world.admin();
  const html = (name) => v.page.getAttribute('html', name);
  await v.moves(() => v.page.click('footer a[hreflang=vi]'));
  assert.equal(await html('lang'), 'vi');
  await v.moves(() => v.page.click('footer a[href*="theme=dark"]'));
  assert.equal(await html('data-theme'), 'dark');
  const ground = () => v.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const dark = await ground();
  await v.page.selectOption('footer [name=tz]', 'Asia/Ho_Chi_Minh');
  await v.moves(() => v.page.click('footer form.zone button'));
  await v.go('/console/audit', 'audit');
  assert.equal(await html('lang'), 'vi');
  assert((await v.page.locator('main time').first().innerText()).endsWith('+07:00'));
  await v.moves(() => v.page.click('footer a[hreflang=en]'));
  await v.moves(() => v.page.click('footer a[href*="theme=light"]'));
  assert.notEqual(await ground(), dark);
  await v.signOut();
  assert.equal(await html('data-theme'), 'light', 'a choice outlives the session');
}

/** The language that an account has stored is there in another browser, and a switch there comes first. */
export async function languageOfAnAccount(world) {
  const name = `language-${world.tag}`;
  await admin(world.acme, name);
  const html = (v) => v.page.getAttribute('html', 'lang');
  const v = await world.open();
  await v.signIn(`demo/${name}`, PASSWORD);
  await v.send('/console/account', { language: 'vi' }, 'save-language', 'account', '#account-language');
  await v.done();
  assert.equal(await html(v), 'vi');
  const other = await world.open();
  await other.go('/console/sign-in', 'sign-in');
  assert.equal(await html(other), 'en', 'nobody is known before the sign-in');
  await other.signIn(`demo/${name}`, PASSWORD);
  assert.equal(await html(other), 'vi');
  await other.moves(() => other.page.click('footer a[hreflang=zh-CN]'));
  assert.equal(await html(other), 'zh-CN');
  await v.go('/console/account', 'account');
  assert.equal(await html(v), 'vi', 'a switch holds in its own browser only');
  await v.send('/console/account', { language: 'browser' }, 'save-language', 'account', '#account-language');
  assert.equal(await html(v), 'en');
}

export async function auditor(world) {
  const name = `auditor-${world.tag}`;
  await admin(world.acme, name, { role: 'auditor' });
  const v = await world.open();
  await v.signIn(`demo/${name}`, PASSWORD);
  for (const path of ['operators', 'tokens', 'rotation', 'api-keys', 'oauth-clients', 'webhooks', 'roles', 'wechat', 'organization', 'audit']) {
    await v.go(`/console/${path}`);
    assert.equal(await v.page.locator('main form[method=post]').count(), 0, `${path} has a form`);
  }
  await v.go('/console/operators/new', 'problem');
  await v.send('/console/tokens/explain', { token: 'x' }, 'explain', 'explain');
}

/** From then on the organization's own login opens the API only. */
export async function onlyOperatorsSignIn(world) {
  const v = await world.admin();
  const path = '/console/organization';
  await v.send(path, { console_sign_in: 'operators' }, 'save', 'organization');
  await v.refused('console_sign_in');
  const guard = await admin(world.acme, `guard-${world.tag}`);
  await world.acme.post(`/api/company/operators/${guard}/totp`);
  await v.send(path, { console_sign_in: 'operators' }, 'save', 'organization');
  await v.done();
  const own = await world.open();
  await own.signIn('demo', world.server.password, 'sign-in');
  await v.send(path, { console_sign_in: 'anyone' }, 'save', 'organization');
  await own.signIn('demo', world.server.password);
}
