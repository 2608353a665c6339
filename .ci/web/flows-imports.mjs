// Flows about tables: what Excel saves in China and Viet Nam, formulas, a stop on the way, and what is too large.
import assert from 'node:assert/strict';
import { added, downloaded } from './acts.mjs';

const PATH = '/console/operators/import';
const table = (buffer) => ({ name: 'operators.csv', mimeType: 'text/csv', buffer });
const counts = (v, ...names) => Promise.all(names.map((name) => v.data('import', name)));

/** Tables in the code pages of Windows, and in UTF-16. The service finds out which, and a person may say it. */
export async function importWhatExcelSaves(world) {
  const v = await world.admin();
  const { tag } = world;
  // 王小芳, and "Lê Thị" with a combining mark.
  const chinese = Buffer.from([0xcd, 0xf5, 0xd0, 0xa1, 0xb7, 0xbc]);
  const vietnamese = Buffer.from([0x4c, 0xea, 0x20, 0x54, 0x68, 0x69, 0xf2]);
  const ascii = (text) => Buffer.from(text, 'latin1');
  const files = {
    gb18030: [Buffer.concat([ascii(`externalId;name\r\ngb-${tag};`), chinese, ascii('\r\n')]), '王小芳'],
    'windows-1258': [Buffer.concat([ascii(`externalId,name\r\nvn-${tag},`), vietnamese, ascii('\r\n')]), 'Lê Thị'.normalize()],
    'utf-16': [Buffer.from(`\ufeffexternalId\tname\r\nutf-${tag}\tПётр\r\n`, 'utf16le'), 'Пётр'],
  };
  for (const [encoding, [bytes, name]] of Object.entries(files)) {
    for (const chosen of ['auto', encoding]) {
      await v.send(PATH, { file: table(bytes), encoding: chosen }, 'check', 'operators-import-checked');
      assert.deepEqual(await counts(v, 'create', 'errors'), ['1', '0'], encoding);
      const text = await v.page.innerText('main');
      assert(text.includes(name) && text.includes(encoding), text);
    }
    await v.press('apply', 'job');
    await v.done();
    await v.go(`/console/operators?q=${encodeURIComponent(name)}`, 'operators');
    assert((await v.text('operators')).includes(name), encoding);
  }
  await v.send(PATH, { file: table(Buffer.from('name\n\xff\xfe\xff', 'latin1')), encoding: 'utf-8' }, 'check', 'operators-import');
  await v.refused('encoding');
  await v.send(PATH, { rows: 'surname,colour\nx,y' }, 'check', 'operators-import');
  await v.refused('rows');
}

/** A name that a spreadsheet would take for a formula goes out with a guard, and comes back without. */
export async function formulasInTables(world) {
  const v = await world.admin();
  const name = `=1+${world.tag.charCodeAt(0)}`;
  const path = await added(v, name, { external_id: `formula-${world.tag}` });
  await v.go(`/console/operators?q=formula-${world.tag}`, 'operators');
  const csv = await downloaded(v, () => v.page.locator('main a[href*="export.csv"]').click());
  assert(csv.includes(`'${name}`) && csv.includes('\r\n'), csv);
  await v.send(PATH, { file: table(Buffer.from(csv)) }, 'check', 'operators-import-checked');
  assert.deepEqual(await counts(v, 'update', 'unchanged', 'errors'), ['0', '1', '0']);
  await v.go(path, 'operator');
  assert.equal(await v.page.innerText('h1'), name);
}

/** What was imported until somebody stops it stays, and the result of each line can be downloaded. */
export async function stopAnImport(world) {
  const v = await world.admin();
  const lines = Array.from({ length: 12_000 }, (_, number) => `stop-${world.tag}-${number},Stopped ${number}`);
  const file = table(Buffer.from(['externalId,name', ...lines].join('\n')));
  await v.send(PATH, { file }, 'check', 'operators-import-checked');
  assert.equal(await v.data('import', 'create'), '12000');
  await v.press('apply', 'job');
  await v.page.locator('main button[value=stop]').click();
  const results = 'main a[href$="results.csv"]';
  await v.page.waitForSelector(results, { timeout: 60_000 });
  assert.match(await v.page.innerText('main'), /stopped/);
  const done = Number((await v.text('progress')).replaceAll(',', '').match(/\d+/)[0]);
  assert(done < 12_000, `${done} lines`);
  const csv = await downloaded(v, () => v.page.locator(results).click());
  assert.equal(csv.trim().split('\r\n').length, done + 1);
}

export async function tooLargeATable(world) {
  const v = await world.admin();
  const rows = Buffer.from(`name\n${'x'.repeat(99)}\n`.repeat(41_000));
  await v.send(PATH, { file: table(rows.subarray(0, 4 * 1024 * 1024 + 1)) }, 'check', 'operators-import');
  await v.refused('file');
  await v.send(PATH, { file: table(Buffer.alloc(6 * 1024 * 1024, 'name\n')) }, 'check', 'problem');
}
