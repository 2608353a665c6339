// A person with a browser.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { chromium } from 'playwright-core';

/** Starts Debian's Chromium. */
export const launch = () => chromium.launch({
  executablePath: process.env.CHROMIUM,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic'],
});

/** Whether a line of the browser's console only says that a page has the status of a refusal, which pages have. */
function isStatusOfPage(message, page) {
  const { url } = message.location();
  const isStatus = message.text().startsWith('Failed to load resource: the server responded with a status of');
  return isStatus && (url === page.url() || url.endsWith('/favicon.ico') || /\/(console|oauth)\//.test(url));
}

/** One window. What the browser complains about is put into `faults`. */
export class Visitor {
  constructor(page, origin, faults) {
    this.page = page;
    this.origin = origin;
    this.faults = faults;
    page.on('console', (message) => {
      const isFault = ['error', 'warning'].includes(message.type());
      if (isFault && !isStatusOfPage(message, page)) this.complain(`console: ${message.text()}`);
    });
    page.on('pageerror', (error) => this.complain(`script: ${error.message}`));
  }

  static async open(browser, origin, { faults = new Set(), ...options } = {}) {
    const context = await browser.newContext({ locale: 'en', reducedMotion: 'reduce', ...options });
    context.setDefaultTimeout(30_000);
    return new Visitor(await context.newPage(), origin, faults);
  }

  complain(text) {
    this.faults.add(`${this.page.url().replace(this.origin, '')}: ${text}`);
  }

  close() {
    return this.page.context().close();
  }

  /** Opens a path; the page must have this name. */
  async go(path, name) {
    await this.page.goto(this.origin + path);
    if (name) await this.is(name);
  }

  /** Asserts the name of the page. */
  async is(name) {
    const found = await this.page.getAttribute('body', 'data-page');
    if (found !== name) {
      const text = (await this.page.innerText('main')).slice(0, 400);
      assert.fail(`${this.page.url()} is the page ${found}, not ${name}: ${text}`);
    }
  }

  /** Fills in fields of a form: a text; a choice; true or false for a box; a list for boxes of one name. */
  async fill(fields, form = 'main form[method=post]') {
    for (const [name, value] of Object.entries(fields)) {
      const field = this.page.locator(`${form} [name="${name}"]`).and(this.page.locator(':not([type=hidden])'));
      const kind = await field.first().evaluate((element) => element.type);
      if (kind.startsWith('select')) {
        await field.selectOption(value);
      } else if (Array.isArray(value)) {
        for (const one of value) await field.and(this.page.locator(`[value="${one}"]`)).check();
      } else if (kind === 'radio') {
        await field.and(this.page.locator(`[value="${value}"]`)).check();
      } else if (kind === 'checkbox') {
        await field.setChecked(value);
      } else if (kind === 'file') {
        await field.setInputFiles(value);
      } else {
        await field.fill(value);
      }
    }
  }

  /** Does something that leads to another page, and waits for it. */
  async moves(act) {
    await Promise.all([this.page.waitForNavigation({ waitUntil: 'load' }), act()]);
  }

  /** Presses a button of the page, by its verb; then the page must have this name. */
  async press(verb, name, within = 'main') {
    const button = this.page.locator(`${within} button[name=do][value="${verb}"]`);
    await this.moves(() => button.first().click());
    if (name) await this.is(name);
  }

  /** Follows a link of the page, by the end of its address. */
  async follow(end, name, within = 'main') {
    const link = this.page.locator(`${within} a[href$="${end}"]`);
    await this.moves(() => link.first().click());
    if (name) await this.is(name);
  }

  /** Opens a page, fills in its form and presses a button. */
  async send(path, fields, verb, name, form) {
    await this.go(path);
    await this.fill(fields, form);
    await this.press(verb, name, form ?? 'main');
  }

  /** Returns the text of what has this test id. */
  text(id) {
    return this.page.locator(`[data-testid="${id}"]`).first().innerText();
  }

  /** Returns an attribute of what has this test id. */
  data(id, name) {
    return this.page.locator(`[data-testid="${id}"]`).first().getAttribute(`data-${name}`);
  }

  async has(id) {
    return (await this.page.locator(`[data-testid="${id}"]`).count()) > 0;
  }

  /** Returns the secret of the page, which is shown once. */
  secret(id = 'secret') {
    return this.page.inputValue(`[data-testid="${id}"]`);
  }

  /** Leaves the page of a secret. */
  async stored(name) {
    await this.moves(() => this.page.locator('.secret .buttons a').click());
    await this.is(name);
  }

  /** Asserts that a notice says what was done, and that it has the focus. */
  async done() {
    assert(await this.has('done'), `no notice at ${this.page.url()}`);
    assert(await this.page.locator('[data-testid=done]').evaluate((element) => element === document.activeElement), 'the notice has no focus');
  }

  /** Asserts that the form was refused because of these fields, and that the reasons have the focus. */
  async refused(...fields) {
    const links = this.page.locator('[data-testid=errors] a');
    const found = await links.evaluateAll((all) => all.map((link) => link.getAttribute('href').slice(1)));
    assert.deepEqual(found, fields);
    const isFocused = (element) => element === document.activeElement;
    assert(await this.page.locator('[data-testid=errors]').evaluate(isFocused), 'the errors have no focus');
    assert((await this.page.title()).startsWith('Error: '), await this.page.title());
  }

  /** Asserts that an act was confirmed by every node, and returns what its receipt says. */
  async receipt() {
    const [sequence, nodes, confirmed] = await Promise.all(
      ['sequence', 'nodes', 'confirmed'].map(async (name) => Number(await this.data('receipt', name))),
    );
    assert(sequence > 0 && nodes > 0 && confirmed === nodes, `${sequence} ${nodes} ${confirmed}`);
    return { sequence, nodes, text: await this.text('receipt') };
  }

  /** Presses Tab until this has the focus. */
  async tabTo(selector) {
    const wanted = this.page.locator(selector).first();
    for (let presses = 0; presses < 200; presses += 1) {
      if (await wanted.evaluate((element) => element === document.activeElement)) return;
      await this.page.keyboard.press('Tab');
    }
    assert.fail(`Tab does not reach ${selector} at ${this.page.url()}`);
  }

  /** Signs in, and must get in without a second factor. */
  async signIn(login, password, name = 'overview') {
    await this.go('/console/sign-in', 'sign-in');
    await this.fill({ login, password });
    await this.press('sign-in', name);
  }

  async signOut() {
    await this.press('sign-out', 'sign-in', 'header');
  }
}

/** Returns the code of a second factor (RFC 6238), `later` steps of 30 seconds from now. */
export function code(secret, later = 0) {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...secret.replace(/[\s=]/g, '')].map((letter) => letters.indexOf(letter).toString(2).padStart(5, '0'));
  const bytes = bits.join('').match(/.{8}/g).map((byte) => parseInt(byte, 2));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + later));
  const hash = createHmac('sha1', Buffer.from(bytes)).update(counter).digest();
  const number = hash.readUInt32BE(hash[hash.length - 1] & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, '0');
}
