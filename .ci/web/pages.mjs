// Looks at every page, as .ci/pages describes: node pages.mjs WORK [PICTURES]
import { createServer } from 'node:http';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { launch, Visitor } from './chromium.mjs';
import { company, start } from './lanyard.mjs';
import { Findings } from './look.mjs';
import { furnish } from './sample.mjs';
import { tours } from './tours.mjs';

const LANGUAGES = (process.env.LANYARD_PAGES_IN ?? 'en zh-CN vi').split(' ');
const only = process.env.LANYARD_TOURS?.split(' ');
const WORKERS = 3;

const [work, pictures] = process.argv.slice(2);
const findings = new Findings(pictures);
const browser = await launch();
const server = await start(join(work, 'lanyard'));
const sample = await furnish(server, await company(server));
const options = { faults: findings.faults, viewport: { width: 1280, height: 800 } };

/** A tour of the console by one person, who has a window of their own. */
async function tour(name, language) {
  const visitor = await Visitor.open(browser, server.origin, { ...options, locale: language });
  // Names that must be unique differ by language.
  visitor.tag = language.toLowerCase();
  visitor.look = (page) => findings.look(visitor.page, `console-${page}`, language);
  try {
    await tours[name](visitor, sample);
  } catch (error) {
    findings.faults.add(`the tour of ${name}, ${language}, at ${visitor.page.url()}: ${error.stack}`);
  }
  await visitor.close();
}

/** The pages of `/oauth`, which a test has written to files, with the headers that they are sent with. */
async function serveFiles(folder) {
  const lines = (await readFile(join(folder, 'headers'), 'utf8')).trim().split('\n');
  const headers = Object.fromEntries(lines.map((line) => line.split(/: (.*)/s).slice(0, 2)));
  const files = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    try {
      const content = await readFile(join(folder, pathname));
      response.writeHead(200, pathname.endsWith('.css') ? { 'Content-Type': 'text/css; charset=utf-8' } : headers);
      response.end(content);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((ready) => files.listen(0, '127.0.0.1', ready));
  return files;
}

async function lookAtFiles(folder, origin, language) {
  const names = (await readdir(join(folder, language))).filter((name) => name.endsWith('.html')).sort();
  const visitor = await Visitor.open(browser, origin, options);
  for (const name of names) {
    await visitor.go(`/${language}/${name}`);
    await findings.look(visitor.page, `oauth-${name.replace('.html', '')}`, language);
  }
  await visitor.close();
}

const folder = join(work, 'pages');
const files = await serveFiles(folder);
const origin = `http://127.0.0.1:${files.address().port}`;
const jobs = LANGUAGES.flatMap((language) => [
  ...Object.keys(tours).filter((name) => !only || only.includes(name)).map((name) => () => tour(name, language)),
  ...(only ? [] : [() => lookAtFiles(folder, origin, language)]),
]);
const works = async () => {
  for (let job = jobs.shift(); job; job = jobs.shift()) await job();
};
await Promise.all(Array.from({ length: WORKERS }, works));
await browser.close();
await server.stop();
files.close();

for (const note of findings.notes) console.log(`not grave: ${note}`);
for (const fault of findings.faults) console.error(fault);
console.log(`${findings.pages.size} pages and states, looked at ${findings.looks} times: ${findings.faults.size} faults`);
process.exit(findings.faults.size === 0 ? 0 : 1);
