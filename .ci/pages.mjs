// Opens every page that `page::tests::files` and `console::files` wrote, as .ci/pages describes: node pages.mjs PAGES [PICTURES]
import { createServer } from 'node:http';
import { readFile, readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const [pages, pictures] = process.argv.slice(2);
const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

const headersIn = async (file) => {
  const lines = (await readFile(join(pages, file), 'utf8')).trim().split('\n');
  return Object.fromEntries(lines.map((line) => line.split(/: (.*)/s).slice(0, 2)));
};
const headers = await headersIn('headers');
const headersOfConsole = await headersIn('headers-console');
const types = { css: 'text/css; charset=utf-8', js: 'text/javascript; charset=utf-8' };

const server = createServer(async (request, response) => {
  const path = new URL(request.url, 'http://localhost').pathname;
  try {
    const content = await readFile(join(pages, path));
    const type = types[path.split('.').pop()];
    const ofPage = path.includes('/console-') ? headersOfConsole : headers;
    response.writeHead(200, type ? { 'Content-Type': type } : ofPage);
    response.end(content);
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
const origin = `http://127.0.0.1:${server.address().port}`;

const files = (await readdir(pages, { recursive: true })).filter((name) => name.endsWith('.html')).sort();
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox'] });
const faults = new Set();
let looks = 0;

for (const colorScheme of ['light', 'dark']) {
  for (const width of [360, 1280]) {
    const context = await browser.newContext({ colorScheme, viewport: { width, height: 800 }, reducedMotion: 'reduce' });
    const page = await context.newPage();
    let current;
    page.on('console', (message) => {
      const icon = message.location().url.endsWith('/favicon.ico');
      if (message.type() === 'error' && !icon) faults.add(`${current}: ${message.text()}`);
    });
    for (const file of files) {
      current = `${file}, ${colorScheme}, ${width} px`;
      looks += 1;
      await page.goto(`${origin}/${file}`);
      if (pictures) {
        const name = `${file.replace('/', '-').replace('.html', '')}-${colorScheme}-${width}.png`;
        await page.screenshot({ path: join(pictures, name), fullPage: true });
      }
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      if (overflow > 0) faults.add(`${current}: ${overflow} px wider than the screen`);
      if ((await page.evaluate(() => document.styleSheets.length)) !== 1) faults.add(`${current}: no stylesheet`);
      // Runs in the debugger's own context: the page's policy, which allows no script, stays in force.
      await page.evaluate(axe);
      const found = await page.evaluate((values) => window.axe.run({ runOnly: { type: 'tag', values } }), rules);
      for (const { id, impact, nodes } of found.violations) {
        faults.add(`${current}: ${id} (${impact}) ${nodes[0].html} ${nodes[0].failureSummary}`);
      }
    }
    await context.close();
  }
}
await browser.close();
server.close();

for (const fault of faults) console.error(fault);
console.log(`${files.length} pages, looked at ${looks} times: ${faults.size} faults`);
process.exit(faults.size === 0 ? 0 : 1);
