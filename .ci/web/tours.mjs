// The tours of the console: each opens some of its pages, in every state that a person meets. `v.look(name)` looks at the page as it is.
import { code, Visitor } from './chromium.mjs';
import { jti } from './lanyard.mjs';
import { admin, endSessions, keyOf, PASSWORD } from './sample.mjs';
import { platform } from './tours-platform.mjs';
import { settings } from './tours-settings.mjs';

/** Signs in as the admin of the demo. */
const enter = (v, { server }) => v.signIn('demo/admin', server.password);

/** Opens pages, and looks at each. */
async function lookAtAll(v, pages) {
  for (const [name, path] of Object.entries(pages)) {
    await v.go(path);
    await v.look(name);
  }
}

async function signIn(v) {
  await lookAtAll(v, { 'sign-in': '/console/sign-in', 'sign-in-signed-out': '/console/sign-in?signed-out=1' });
  await v.press('sign-in', 'sign-in');
  await v.look('sign-in-empty');
  await v.fill({ login: 'demo/nobody', password: 'wrong' });
  await v.press('sign-in', 'sign-in');
  await v.look('sign-in-wrong');
}

async function overview(v, sample) {
  await enter(v, sample);
  await lookAtAll(v, {
    overview: '/console',
    'overview-hour': '/console?range=hour',
    'overview-month': '/console?range=month',
    'overview-ignored': '/console?range=year',
    'not-found': '/console/operators/0',
  });
  await v.go('/console?range=day', 'overview');
  for (const summary of await v.page.locator('figure summary').all()) await summary.click();
  await v.look('overview-numbers');
  await v.go('/console/tokens', 'tokens');
  await v.page.keyboard.press('?');
  await v.page.waitForSelector('#keys[open]');
  await v.look('keys');
  await v.page.keyboard.press('Escape');
  // The question before the session ends.
  await v.page.evaluate(() => document.querySelector('dialog[data-seconds]').showModal());
  await v.look('time-out');
}

/** What an organization sees that has nothing yet, signed in with its own account. */
async function fresh(v) {
  await v.signIn('new', PASSWORD);
  const empty = {
    overview: '', operators: '/operators', tokens: '/tokens', rotation: '/rotation', audit: '/audit', 'api-keys': '/api-keys',
    'oauth-clients': '/oauth-clients', webhooks: '/webhooks', roles: '/roles', wechat: '/wechat', organization: '/organization',
    sessions: '/sessions', account: '/account',
  };
  for (const [name, path] of Object.entries(empty)) {
    await v.go(`/console${path}`);
    await v.look(`empty-${name}`);
  }
}

async function operators(v, sample) {
  const { acme, lan } = sample;
  await enter(v, sample);
  const base = `/console/operators/${lan}`;
  await lookAtAll(v, {
    operators: '/console/operators',
    'operators-first-of-pages': '/console/operators?limit=25',
    'operators-nothing': '/console/operators?q=nobody-at-all',
    'operators-ignored': '/console/operators?limit=7&status=odd',
    'operator-new': '/console/operators/new',
    operator: base,
    'operator-issue': `${base}/issue`,
    'operator-revoke': `${base}/revoke`,
    'operator-delete': `${base}/delete`,
    'operator-erase': `${base}/erase`,
  });
  await v.send('/console/operators/new', { name: ' ', email: 'no address' }, 'create', 'operator-new');
  await v.look('operator-new-refused');
  await v.fill({ name: `Minh ${v.tag}`, external_id: '', email: '' });
  await v.press('create', 'operator');
  await v.look('operator-added');
  const added = new URL(v.page.url()).pathname;
  await v.fill({ external_id: 'many-1' });
  await v.press('save', 'operator');
  await v.look('operator-refused');
  await v.send(added, { username: `made-${v.tag}`, make_password: true }, 'save', 'secret');
  await v.look('operator-password');
  await v.send(`${added}/issue`, { minutes: '15', note: 'For the night shift' }, 'issue', 'secret');
  await v.look('operator-secret');
  await v.page.reload();
  await v.look('operator-sent-before');

  await v.go(added, 'operator');
  const second = await Visitor.open(v.page.context().browser(), v.origin);
  await enter(second, sample);
  await second.send(added, { name: `Minh Minh ${v.tag}` }, 'save', 'operator');
  await second.close();
  await v.fill({ name: 'Mine' });
  await v.press('save', 'operator');
  await v.look('operator-changed-meanwhile');

  const maker = await admin(acme, `maker-${v.tag}`);
  await keyOf(v.origin, `maker-${v.tag}`, 'Nightly export');
  await v.go(`/console/operators/${maker}/deactivate`);
  await v.look('operator-deactivate-with-keys');
  await v.go(`${added}/deactivate`);
  await v.look('operator-deactivate');
  await v.press('deactivate', 'operator');
  await v.look('operator-deactivated');
  await v.go(`${added}/deactivate`);
  await v.look('operator-nothing-left');
  await lookAtAll(v, { 'operator-inactive': added, 'operator-activate': `${added}/activate` });
  await acme.post(`/api/company/operators/${maker}/totp`);
  await v.go(`/console/operators/${maker}/reset-second-factor`);
  await v.look('operator-reset-second-factor');
  await v.send(`${added}/erase`, {}, 'erase', 'operator');
  await v.look('operator-erased');

  await v.go('/console/operators?q=Hohenlohe&limit=25', 'operators');
  for (const box of (await v.page.locator('[name=operator]').all()).slice(0, 2)) await box.check();
  await v.press('deactivate', 'operators-confirm');
  await v.look('operators-selected');
  await v.press('deactivate', 'operators');
  await v.look('operators-deactivated');
}

async function imports(v, sample) {
  await enter(v, sample);
  const path = '/console/operators/import';
  await lookAtAll(v, { import: path });
  await v.press('check', 'operators-import');
  await v.look('import-refused');
  const rows = `externalId,name,email,role,status\nrow-${v.tag},Phạm Văn Đồng,,,active\nmany-3,Renamed ${v.tag},,,\n,,no address,,\nmany-4,,,,inactive`;
  await v.send(path, { rows }, 'check', 'operators-import-checked');
  await v.look('import-checked');
  await v.press('apply', 'operators-import-checked');
  await v.look('import-has-faults');
  await v.fill({ skip_faults: true });
  await v.press('apply', 'job');
  await v.look('import-done');
  await v.send(path, { rows: 'name\n' }, 'check', 'operators-import-checked');
  await v.look('import-nothing');
}

async function tokens(v, sample) {
  const { token, revoked, lan } = sample;
  await enter(v, sample);
  await lookAtAll(v, {
    tokens: '/console/tokens',
    'tokens-of-operator': `/console/tokens?operator=${lan}&limit=25`,
    'tokens-sessions': '/console/tokens?kind=console',
    'tokens-access': '/console/tokens?kind=access',
    'tokens-nothing': '/console/tokens?operator=987654321',
    token: `/console/tokens/${jti(token)}`,
    'token-revoked': `/console/tokens/${jti(revoked)}`,
    explain: '/console/tokens/explain',
  });
  await v.press('explain', 'explain');
  await v.look('explain-empty');
  for (const [name, pasted] of Object.entries({ valid: token, revoked, unknown: 'a.b.c' })) {
    await v.send('/console/tokens/explain', { token: pasted }, 'explain', 'explain');
    await v.look(`explain-${name}`);
  }
  const key = await sample.acme.post('/api/v1/api-keys', { name: 'Explained', scopes: ['read'] });
  await v.send('/console/tokens/explain', { token: key.key }, 'explain', 'explain');
  await v.look('explain-key');
  const one = jti(await sample.acme.tokenFor(lan));
  await v.go(`/console/tokens/revoke?jti=${one}`, 'tokens-confirm');
  await v.look('tokens-revoke');
  await v.press('revoke', 'tokens');
  await v.look('tokens-revoked');
  await v.go(`/console/tokens/revoke?jti=${one}`, 'tokens-confirm');
  await v.look('tokens-nothing-left');
}

async function rotation(v, sample) {
  const { rotated, company } = sample;
  await enter(v, sample);
  const base = `/console/rotation/${company}`;
  await lookAtAll(v, {
    rotation: '/console/rotation',
    'rotation-nothing': '/console/rotation?due=1&cursor=0_0',
    'company-token': `/console/tokens/${company}`,
    'company-token-rotated': `/console/tokens/${rotated}`,
    'company-token-new': '/console/rotation/new',
    'company-token-rotate': `${base}/rotate`,
    'company-token-label': `${base}/label`,
    'company-token-retire': `${base}/retire`,
    'company-token-retire-rotated': `/console/rotation/${rotated}/retire`,
    'company-token-revoke': `/console/rotation/${rotated}/revoke`,
    'company-token-rotated-already': `/console/rotation/${rotated}/rotate`,
  });
  await v.send('/console/rotation/new', { label: 'x'.repeat(201) }, 'create', 'company-token-new');
  await v.look('company-token-new-refused');
  await v.send('/console/rotation/new', { label: `Night ${v.tag}` }, 'create', 'secret');
  await v.look('company-token-secret');
  const made = jti(await v.secret());
  await v.send(`/console/rotation/${made}/label`, { label: `Day ${v.tag}` }, 'save', 'token');
  await v.look('company-token-labelled');
  await v.send(`/console/rotation/${made}/retire`, {}, 'retire', 'rotation');
  await v.look('company-token-retired');
}

async function audit(v, sample) {
  await enter(v, sample);
  await lookAtAll(v, {
    audit: '/console/audit?limit=25',
    'audit-nothing': '/console/audit?actor=nobody',
    'audit-filtered': `/console/audit?action=operator.deactivated&action=token.revoked`,
    'audit-looked-back': '/console/audit?address=203.0.113.7',
    'audit-follow': '/console/audit?follow=1&limit=25',
    'audit-ignored': '/console/audit?from=yesterday',
  });
}

async function account(v, { acme, server }) {
  const name = `acct-${v.tag}`;
  const id = await admin(acme, name);
  await v.signIn(`demo/${name}`, PASSWORD);
  await lookAtAll(v, {
    account: '/console/account',
    'account-password': '/console/account/password',
    'account-totp': '/console/account/totp',
    're-authenticate': '/console/re-authenticate',
    sessions: '/console/sessions',
  });
  await v.send('/console/re-authenticate', { password: 'wrong' }, 'confirm', 're-authenticate');
  await v.look('re-authenticate-wrong');
  await v.send('/console/account/password', { current: 'wrong', new: PASSWORD }, 'save', 'account-password');
  await v.look('account-password-refused');
  await v.go('/console/account/totp', 'account-totp');
  const secret = (await v.text('totp-secret')).split('\n').at(-1);
  await v.fill({ code: '000000' });
  await v.press('enable', 'account-totp');
  await v.look('account-totp-wrong');
  await v.fill({ code: code(secret) });
  await v.press('enable', 'account-recovery-codes');
  const recovery = await v.page.locator('[data-testid=recovery-codes] code').allInnerTexts();
  await v.look('account-recovery-codes');
  await v.go('/console/account/totp');
  await v.look('account-totp-remove');
  await v.go('/console/re-authenticate');
  await v.look('re-authenticate-code');
  await v.signOut();
  await v.look('signed-out');
  await v.signIn(`demo/${name}`, PASSWORD, 'second-factor');
  await v.look('second-factor');
  await v.fill({ code: '000000' });
  await v.press('verify', 'second-factor');
  await v.look('second-factor-wrong');
  await v.fill({ recovery: recovery[0] });
  await v.press('verify', 'overview');

  // A form that is sent after the session has ended.
  await v.go('/console/rotation/new', 'company-token-new');
  await endSessions(server, id);
  await v.fill({ label: 'Kept' });
  await v.press('create', 'sign-in');
  await v.look('sign-in-session-over');
}

async function auditor(v, { lan }) {
  await v.signIn('demo/auditor', PASSWORD);
  await lookAtAll(v, {
    'auditor-overview': '/console',
    'auditor-operators': '/console/operators',
    'auditor-operator': `/console/operators/${lan}`,
    'auditor-tokens': '/console/tokens',
    'auditor-rotation': '/console/rotation',
    'auditor-sessions': '/console/sessions',
    'auditor-organization': '/console/organization',
    'auditor-roles': '/console/roles',
    forbidden: '/console/operators/new',
  });
}

async function organization(v, sample) {
  await enter(v, sample);
  const path = '/console/organization';
  await lookAtAll(v, { organization: path, 'organization-password': `${path}/password` });
  await v.send(`${path}/revoke-all`, { confirm: 'another' }, 'revoke-all', 'organization-confirm');
  await v.look('organization-revoke-all');
  await v.send(path, { name: ' ', rotation_period_days: 'many', rotation_grace_seconds: 'x' }, 'save', 'organization');
  await v.look('organization-refused');
  await v.send(path, { rotation_period_days: '0' }, 'save', 'organization');
  await v.look('organization-out-of-bounds');
  await v.send(path, { rotation_period_days: '60' }, 'save', 'organization');
  await v.look('organization-saved');
  // A form that another window's sign-in has made out of date, and one without a button.
  await v.page.locator('main [name=csrf]').first().evaluate((field) => { field.value = 'x'; });
  await v.press('save', 'problem');
  await v.look('problem-csrf');
  await v.go(path);
  await v.page.locator('main button[value=save]').evaluate((button) => { button.value = 'odd'; });
  await v.press('odd', 'problem');
  await v.look('problem-form');
}

export const tours = {
  signIn, overview, fresh, operators, imports, tokens, rotation, audit, account, auditor, organization, ...settings(enter, lookAtAll),
  ...platform(lookAtAll),
};
