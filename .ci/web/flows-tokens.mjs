// Flows about tokens: explaining, rotation, the sessions that issue them, and the audit log.
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { added, downloaded, issued } from './acts.mjs';
import { call, jti } from './lanyard.mjs';
import { admin, PASSWORD } from './sample.mjs';

async function explained(v, token) {
  await v.send('/console/tokens/explain', { token }, 'explain', 'explain');
  const pasted = await v.page.locator('textarea').inputValue();
  assert.equal(pasted, '', 'what was pasted is not shown again');
  return v.data('verdict', 'status');
}

export async function explain(world) {
  const v = await world.admin();
  const operator = await added(v, 'Explained');
  const token = await issued(v, operator);
  assert.equal(await explained(v, token), 'valid');
  assert((await v.text('explain-token-claims')).includes(jti(token)));
  assert(!(await v.page.content()).includes(token.split('.')[2]), 'the signature is never shown');
  await v.go(operator);
  await v.follow('/revoke', 'operator-confirm');
  await v.press('revoke', 'operator');
  await v.receipt();
  assert.equal(await explained(v, token), 'revoked');
  assert.equal(await v.data('verdict', 'reason'), 'operator');
  const why = await v.text('why');
  assert(why.includes('operator:'), `it says by whom: ${why}`);
  assert.equal(await explained(v, jti(token)), 'revoked');
  assert.equal(await explained(v, `${token}x`), 'invalid');
  await v.press('explain', 'explain');
  await v.refused('token');
}

/** One token: found by the filters of the list, with everything that is known of it, and revoked from its page. */
export async function oneToken(world) {
  const v = await world.admin();
  const operator = await added(v, `Filtered ${world.tag}`);
  const note = 'For the night shift';
  await v.send(`${operator}/issue`, { minutes: '15', note }, 'issue', 'secret');
  const token = await v.secret();
  const other = await issued(v, operator);
  await v.go('/console/tokens', 'tokens');
  await v.fill({ operator: operator.split('/').at(-1), kind: 'operator' }, 'main form.filter');
  await v.moves(() => v.page.locator('form.filter button').click());
  assert.equal(await v.page.locator('[data-testid=tokens] tbody tr').count(), 2);
  await v.follow(`/tokens/${jti(token)}`, 'token');
  assert.equal(await v.data('verdict', 'status'), 'valid');
  const facts = v.page.locator('dl[data-testid=token]');
  assert((await facts.innerText()).includes(note));
  await v.follow(`?jti=${jti(token)}`, 'tokens-confirm');
  await v.press('revoke', 'tokens');
  await v.receipt();
  assert(!(await world.acme.isValid(token)) && await world.acme.isValid(other));
  await v.go(`/console/tokens/${jti(token)}`, 'token');
  assert.equal(await v.data('verdict', 'status'), 'revoked');
  // The parent is the session in which it was issued.
  await v.moves(() => facts.locator('a[href*="/tokens/"]').first().click());
  await v.is('token');
  assert.equal(await v.data('verdict', 'status'), 'valid');
}

/** Asks for the organization with a company token. */
const uses = (world, token, status = 200) => call(world.server.origin, 'GET', '/api/company/organization', { token, status });

export async function rotate(world) {
  const v = await world.admin();
  await v.send('/console/rotation/new', { label: `Chat ${world.tag}` }, 'create', 'secret');
  const old = await v.secret();
  await uses(world, old);
  const base = `/console/rotation/${jti(old)}`;
  await v.send(`${base}/label`, { label: `Sales chat ${world.tag}` }, 'save', 'token');
  await v.done();
  await v.send(`${base}/rotate`, { overlap: 'policy' }, 'rotate', 'secret');
  const successor = await v.secret();
  for (const token of [old, successor]) await uses(world, token);
  await v.go(`${base}/rotate`, 'company-token-rotate');
  assert(!(await v.page.content()).includes(successor), 'a successor is shown once');
  await v.go('/console/rotation', 'rotation');
  const row = v.page.locator(`tr[data-id="${jti(old)}"]`);
  assert((await row.innerText()).includes(`Sales chat ${world.tag}`));
  await v.moves(() => row.locator('a[href$="/retire"]').click());
  await v.is('company-token-confirm');
  await v.press('retire', 'rotation');
  await v.done();
  await uses(world, old, 401);
  await uses(world, successor);
  await v.send(`/console/rotation/${jti(successor)}/revoke`, {}, 'revoke', 'rotation');
  await v.receipt();
  await uses(world, successor, 403);
}

/** A thief issues a token in a stolen session. */
export async function thisWasNotMe(world) {
  const operator = await admin(world.acme, `stolen-${world.tag}`);
  const thief = await world.open();
  await thief.signIn(`demo/stolen-${world.tag}`, PASSWORD);
  const token = await issued(thief, `/console/operators/${operator}`);
  assert(await world.acme.isValid(token));
  const v = await world.admin();
  await v.follow('/console/sessions', 'sessions', 'nav');
  const row = v.page.locator('[data-testid=sessions] tr').filter({ has: v.page.locator(`a[href$="/operators/${operator}"]`) });
  await v.moves(() => row.locator('button[value=disown]').click());
  await v.is('sessions');
  await v.receipt();
  assert(!(await world.acme.isValid(token)), 'what was issued in the session is revoked');
  await thief.go('/console/tokens', 'sign-in');
}

export async function auditLog(world) {
  const v = await world.admin();
  const operator = await added(v, `Audited ${world.tag}`);
  const id = operator.split('/').at(-1);
  await v.go('/console/audit', 'audit');
  await v.fill({ action: ['operator.created'], subject: `operator:${id}` }, 'main form.filter');
  await v.moves(() => v.page.locator('form.filter button').click());
  assert.equal(await v.page.locator('[data-testid=audit] tbody tr').count(), 1);
  const csv = await downloaded(v, () => v.page.locator('main a[href*="format=csv"]').click());
  assert(csv.includes(`operator:${id}`) && csv.trim().split('\r\n').length === 2, csv);
  const lines = await downloaded(v, () => v.page.locator('main a[href*="format=jsonl"]').click());
  assert.equal(JSON.parse(lines.trim()).action, 'operator.created');
  await v.go('/console/audit?action=audit.exported', 'audit');
  assert(await v.page.locator('[data-testid=audit] tbody tr').count() >= 2, 'exports are recorded');
  await v.go('/console/audit?actor=nobody', 'audit');
  assert(await v.has('nothing'));
  await v.follow('/console/audit', 'audit', '[data-testid=nothing]');

  // The log is sealed every ten seconds.
  for (let tries = 0; !/[0-9a-f]{64}/.test(await v.text('chain')); tries += 1) {
    assert(tries < 40, await v.text('chain'));
    await pause(500);
    await v.go('/console/audit', 'audit');
  }
  const verified = await world.server.command(['audit', 'verify']);
  assert.equal(verified.code, 0, verified.output);
}

/** Lines are found by their request, by address and by day. */
export async function auditByRequest(world) {
  const v = await world.admin();
  const id = (await added(v, `Requested ${world.tag}`)).split('/').at(-1);
  await v.go(`/console/audit?subject=operator%3A${id}`, 'audit');
  const lines = await downloaded(v, () => v.page.locator('main a[href*="format=jsonl"]').click());
  const { requestId } = JSON.parse(lines.trim().split('\n').at(-1));
  const rows = v.page.locator('[data-testid=audit] tbody tr');
  const today = new Date().toISOString().slice(0, 10);
  await v.fill({ subject: '', request: requestId, address: '127.0.0.1', from: today, to: today }, 'main form.filter');
  await v.moves(() => v.page.locator('form.filter button').click());
  assert.equal(await rows.count(), 1);
  assert((await rows.innerText()).includes('operator.created'));
  await v.fill({ from: '2001-01-01', to: '2001-01-02' }, 'main form.filter');
  await v.moves(() => v.page.locator('form.filter button').click());
  assert(await v.has('nothing'));
}

/** The log shows new lines while it is followed, which needs script; without, it is opened again. */
export async function followTheLog(world) {
  const v = await world.admin();
  await v.go('/console/audit', 'audit');
  await v.moves(() => v.page.locator('form.follow button').click());
  const id = await world.acme.operator({ name: 'Followed' });
  if (!world.javaScriptEnabled) await v.go('/console/audit?follow=1', 'audit');
  await v.page.waitForSelector(`[data-testid=audit] a[href$="/operators/${id}"]`);
}
