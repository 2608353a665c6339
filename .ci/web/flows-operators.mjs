// Flows about operators: from the root of the service to off-boarding with proof, tables, and erasing.
import assert from 'node:assert/strict';
import { added, downloaded, issued } from './acts.mjs';

/** The root leads to the console, where a person signs in with the keyboard alone. */
export async function signInByKeyboard(world) {
  const v = await world.open();
  await v.go('/', 'sign-in');
  assert.equal(new URL(v.page.url()).pathname, '/console/sign-in');
  await v.page.keyboard.press('Tab');
  assert.equal(await v.page.evaluate(() => document.activeElement.className), 'skip', 'the first stop');
  await v.tabTo('[name=login]');
  await v.page.keyboard.type('demo/admin');
  await v.tabTo('[name=password]');
  await v.page.keyboard.type('wrong');
  await v.moves(() => v.page.keyboard.press('Enter'));
  await v.refused();
  assert.equal(await v.page.inputValue('[name=login]'), 'demo/admin');
  assert.equal(await v.page.inputValue('[name=password]'), '');
  await v.tabTo('[name=password]');
  await v.page.keyboard.type(world.server.password);
  await v.tabTo('main button[value=sign-in]');
  await v.moves(() => v.page.keyboard.press('Space'));
  await v.is('overview');
  assert(/\d/.test(await v.text('figure-live')));
  for (const plot of ['validations', 'issued', 'sign-ins', 'live']) assert(await v.has(`plot-${plot}`), plot);
  await v.signOut();
  await v.page.goBack();
  await v.is('sign-in');
}

export async function addAnOperator(world) {
  const v = await world.admin();
  await v.follow('/console/operators', 'operators', 'nav');
  await v.tabTo('main a[href$="/operators/new"]');
  await v.moves(() => v.page.keyboard.press('Enter'));
  await v.is('operator-new');
  await v.fill({ name: 'Trần Văn Bình', external_id: 'agent-1001', email: 'binh' });
  await v.press('create', 'operator-new');
  await v.refused('email');
  await v.fill({ email: `binh-${world.tag}@demo.example` });
  await v.press('create', 'operator-new');
  await v.refused('external_id');
  await v.tabTo('[data-testid=errors] a');
  await v.page.keyboard.press('Enter');
  assert.equal(await v.page.evaluate(() => document.activeElement.name), 'external_id', 'the link leads to the field');
  await v.page.fill('[name=external_id]', `binh-${world.tag}`);
  await v.moves(() => v.page.keyboard.press('Enter'));
  await v.is('operator');
  await v.done();
  await v.go('/console/operators?q=tran+van', 'operators');
  assert.equal(await v.page.locator('[data-testid=operators] tbody tr').count() > 0, true, 'accents do not matter');
}

export async function issueValidateRevoke(world) {
  const v = await world.admin();
  const operator = await added(v, 'Issued');
  await v.tabTo('main a[href$="/issue"]');
  await v.moves(() => v.page.keyboard.press('Enter'));
  await v.is('operator-issue');
  await v.tabTo('main button[value=issue]');
  await v.moves(() => v.page.keyboard.press('Enter'));
  await v.is('secret');
  const token = await v.secret();
  assert((await v.text('curl')).includes(token));
  assert(await world.acme.isValid(token));
  await v.page.reload();
  await v.is('operator');
  await v.done();
  assert(!(await v.page.content()).includes(token), 'a secret is shown once');

  await v.page.locator('nav.tabs a[href*="tokens"]').click();
  await v.page.waitForSelector('body[data-page=tokens]');
  await v.page.locator('[data-testid=tokens] [name=jti]').check();
  await v.press('revoke', 'tokens-confirm');
  assert.equal(await v.data('effect', 'tokens'), '1');
  await v.press('revoke', 'tokens');
  await v.done();
  await v.receipt();
  assert(!(await world.acme.isValid(token)));
  await v.go(operator, 'operator');
}

export async function offBoardWithProof(world) {
  const v = await world.admin();
  const operator = await added(v, 'Off Boarded', { external_id: `off-${world.tag}` });
  const tokens = [await issued(v, operator), await issued(v, operator)];
  await v.go(operator, 'operator');
  await v.follow('/deactivate', 'operator-confirm');
  assert.equal(await v.data('effect', 'tokens'), '2');
  await v.press('deactivate', 'operator');
  await v.done();
  const { sequence, text } = await v.receipt();
  assert(text.includes('Refused everywhere since') && text.includes(`entry ${sequence}`), text);
  for (const token of tokens) assert(!(await world.acme.isValid(token)));
  await v.go('/console/audit?action=operator.deactivated', 'audit');
  assert((await v.text('audit')).includes(`entry ${sequence}`), 'the audit log names the entry');
  await v.go(`${operator}/deactivate`, 'operator-confirm');
  assert.equal(await v.page.locator('main button[value=deactivate]').count(), 0, 'nothing is left to do');
  await v.send(`${operator}/activate`, {}, 'activate', 'operator');
  for (const token of tokens) assert(!(await world.acme.isValid(token)));
  await v.send(`${operator}/delete`, {}, 'delete', 'operator');
  await v.receipt();
}

export async function deactivateSelected(world) {
  const v = await world.admin();
  for (const number of [1, 2]) await added(v, `Selected ${number} ${world.tag}`);
  await v.go('/console/operators', 'operators');
  await v.fill({ q: 'selected' }, 'main form.filter');
  await v.moves(() => v.page.locator('form.filter button').click());
  const boxes = v.page.locator('[name=operator]');
  assert(await boxes.count() >= 2);
  for (const box of await boxes.all()) await box.check();
  await v.press('deactivate', 'operators-confirm');
  await v.press('deactivate', 'operators');
  await v.receipt();
}

export async function importAndExport(world) {
  const v = await world.admin();
  const path = '/console/operators/import';
  const id = (number) => `row-${number}-${world.tag}`;
  const name = 'Lê Thị "Hoa", trưởng nhóm';
  const rows = [
    'externalId;name;email;status', `${id(1)};"Lê Thị ""Hoa"", trưởng nhóm";hoa-${world.tag}@demo.example;active`, `${id(2)};王芳;;`, `${id(3)};Wrong;no address;`,
  ];
  const file = { name: 'operators.csv', mimeType: 'text/csv', buffer: Buffer.from(rows.join('\r\n')) };
  await v.send(path, { file }, 'check', 'operators-import-checked');
  const counts = () => Promise.all(['create', 'update', 'errors'].map((what) => v.data('import', what)));
  assert.deepEqual(await counts(), ['2', '0', '1']);
  const faults = await downloaded(v, () => v.page.locator('main a[href$="faults.csv"]').click());
  assert(faults.includes('email'), faults);
  await v.press('apply', 'operators-import-checked');
  await v.refused('skip_faults');
  await v.fill({ skip_faults: true });
  await v.press('apply', 'job');
  await v.done();
  await v.send(path, { rows: `externalId,name\n${id(2)},王小芳` }, 'check', 'operators-import-checked');
  assert.deepEqual(await counts(), ['0', '1', '0']);
  await v.press('apply', 'job');

  await v.go('/console/operators', 'operators');
  const table = await downloaded(v, () => v.page.locator('main a[href*="export.csv"]').click());
  assert.equal(table[0], '\ufeff', 'Excel needs the byte order mark');
  for (const text of [id(1), '王小芳', name.replaceAll('"', '""')]) assert(table.includes(text), text);
}

/** A table that is imported in steps, whose page reloads itself. */
export async function importManyLines(world) {
  const v = await world.admin();
  const lines = Array.from({ length: 2_500 }, (_, number) => `many-${world.tag}-${number},Many ${number}`);
  const rows = ['externalId,name', ...lines].join('\n');
  const file = { name: 'many.csv', mimeType: 'text/csv', buffer: Buffer.from(rows) };
  await v.send('/console/operators/import', { file }, 'check', 'operators-import-checked');
  assert.equal(await v.data('import', 'create'), '2500');
  await v.press('apply', 'job');
  await v.page.waitForSelector('main a[href$="results.csv"]', { timeout: 60_000 });
  assert((await v.text('progress')).includes('2,500 of 2,500'), await v.text('progress'));
}

export async function erase(world) {
  const v = await world.admin();
  const name = `Phạm Erased ${world.tag}`;
  const operator = await added(v, name);
  const token = await issued(v, operator);
  await v.send(`${operator}/erase`, {}, 'erase', 'operator');
  await v.done();
  assert(!(await world.acme.isValid(token)));
  for (const path of [operator, '/console/audit', '/console/operators?status=all&q=erased']) {
    await v.go(path);
    assert(!(await v.page.content()).includes(name), path);
  }
}
