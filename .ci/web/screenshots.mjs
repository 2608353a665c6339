// Makes the pictures of the README: node screenshots.mjs WORK FOLDER
import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { launch, Visitor } from './chromium.mjs';
import { call, company, start } from './lanyard.mjs';

/** The largest picture (bytes). */
const LARGEST = 150_000;
const WIDTH = 1280;

const [work, folder] = process.argv.slice(2);
const server = await start(join(work, 'lanyard'));
const acme = await company(server);
const browser = await launch();
const v = await Visitor.open(browser, server.origin, { viewport: { width: WIDTH, height: 900 }, colorScheme: 'light' });

/** Takes a picture from the top of the page to the end of what matters, and of the navigation. */
async function take(name, last) {
  const boxes = await Promise.all([last, 'nav.console li'].map((part) => v.page.locator(part).last().boundingBox()));
  const height = Math.ceil(Math.max(...boxes.map((box) => box.y + box.height))) + 24;
  const path = join(folder, `${name}.png`);
  await v.page.evaluate(() => document.activeElement.blur());
  await v.page.screenshot({ path, fullPage: true, clip: { x: 0, y: 0, width: WIDTH, height } });
  // Pages have few colours.
  execFileSync('pngquant', ['--force', '--ext', '.png', '--strip', '128', path]);
  const { size } = statSync(path);
  console.log(`${path}: ${size} bytes`);
  if (size > LARGEST) process.exitCode = 1;
}

await v.signIn('demo/admin', server.password);
await take('overview', '[data-testid=plot-live]');

// Olga leaves, and somebody asks why her token is refused.
const olga = (await acme.get('/api/company/operators')).items.find((one) => one.name === 'Olga Petrova').id;
const token = await acme.tokenFor(olga);
await call(server.origin, 'GET', '/api/operator', { token });
await v.send(`/console/operators/${olga}/deactivate`, {}, 'deactivate', 'operator');
await take('off-boarding', 'main .actions');
await v.send('/console/tokens/explain', { token }, 'explain', 'explain');
await take('explain', 'main form');

await browser.close();
await server.stop();
