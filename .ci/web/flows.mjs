// Walks every flow, as .ci/flows describes: node flows.mjs DATABASE WORK PICTURES [URL URL]
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { launch, Visitor } from './chromium.mjs';
import * as accounts from './flows-accounts.mjs';
import * as imports from './flows-imports.mjs';
import * as operators from './flows-operators.mjs';
import * as pages from './flows-pages.mjs';
import * as people from './flows-people.mjs';
import * as platform from './flows-platform.mjs';
import * as secrets from './flows-secrets.mjs';
import * as service from './flows-service.mjs';
import * as things from './flows-things.mjs';
import * as tokens from './flows-tokens.mjs';
import { company, start } from './lanyard.mjs';
import { oauth } from './oauth.mjs';

const [database, work, pictures, ...urls] = process.argv.slice(2);
const only = process.env.LANYARD_FLOWS?.split(' ');
const browser = await launch();
let passed = 0;
let failed = 0;

/** What a flow has: a server, the organization's own program, and windows. */
class World {
  constructor(server, acme, javaScriptEnabled) {
    Object.assign(this, { server, acme, javaScriptEnabled, windows: [], faults: new Set() });
    this.tag = javaScriptEnabled ? 'a' : 'b';
  }

  /** Opens a window that knows nothing yet. */
  async open(options = {}) {
    const { javaScriptEnabled, faults } = this;
    const visitor = await Visitor.open(browser, this.server.origin, { javaScriptEnabled, faults, ...options });
    this.windows.push(visitor);
    return visitor;
  }

  /** Opens a window in which the admin of the demo has signed in. */
  async admin() {
    const visitor = await this.open();
    await visitor.signIn('demo/admin', this.server.password);
    return visitor;
  }

  /** Starts the server anew with other settings. */
  async restart(settings) {
    this.server = await this.server.restart(settings);
  }
}

async function walk(world, mode, name, flow) {
  if (only && !only.includes(name)) return;
  const begun = Date.now();
  const words = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  const line = `${database}, ${mode}: ${words}`;
  try {
    await flow(world);
    if (world.faults.size > 0) throw new Error([...world.faults].join('\n'));
    passed += 1;
    console.log(`ok      ${line} (${((Date.now() - begun) / 1000).toFixed(1)} s)`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED  ${line}: ${error.stack}`);
    for (const { page } of world.windows) {
      const text = await page.innerText('body', { timeout: 2_000 }).catch((why) => why.message);
      console.log(`        ${page.url()}: ${text.replace(/\s+/g, ' ').slice(0, 600)}`);
    }
    if (pictures) {
      mkdirSync(pictures, { recursive: true });
      const last = world.windows.at(-1)?.page;
      const path = join(pictures, `${database}-${mode}-${name}.png`.replace(/ /g, '-'));
      await last?.screenshot({ path, fullPage: true }).catch((why) => console.log(`no picture: ${why.message}`));
    }
  }
  for (const window of world.windows) await window.close();
  world.windows = [];
  world.faults.clear();
}

for (const [number, javaScriptEnabled] of [true, false].entries()) {
  const mode = javaScriptEnabled ? 'script' : 'no script';
  const server = await start(join(work, String(number)), { database: urls[number] });
  const world = new World(server, await company(server), javaScriptEnabled);
  for (const flows of [operators, imports, tokens, things, secrets, accounts, people, pages, platform, service]) {
    for (const [name, flow] of Object.entries(flows)) await walk(world, mode, name, flow);
  }
  if (javaScriptEnabled) {
    await walk(world, mode, 'oauth', ({ acme, faults }) => oauth(browser, server.origin, acme, faults));
  }
  await world.server.stop();
}
await browser.close();
console.log(`${database}: ${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
