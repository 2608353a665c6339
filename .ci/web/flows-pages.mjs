// Flows about what all pages have in common: lists, forms that are sent twice or too late, problems, print, phones, keys, languages.
import assert from 'node:assert/strict';
import { added, issued } from './acts.mjs';
import { admin, PASSWORD } from './sample.mjs';

/** Presses the button of the filters. */
const filter = (v) => v.moves(() => v.page.locator('form.filter button').click());

/** A list goes forward and back, keeps its filters, and names what it ignores. */
export async function listForwardAndBack(world) {
  const { acme, tag } = world;
  const number = (index) => String(index).padStart(2, '0');
  const many = Array.from({ length: 60 }, (_, index) => ({ name: `Listed ${number(index)} ${tag}`, externalId: `listed-${tag}-${index}` }));
  await acme.post('/api/operator/synchronize', many);
  const v = await world.admin();
  await v.go('/console/operators?limit=25', 'operators');
  await v.fill({ q: 'LISTED', sort: 'name' }, 'main form.filter');
  await filter(v);
  await v.go(`${new URL(v.page.url()).pathname}${new URL(v.page.url()).search}&limit=25`, 'operators');
  const rows = v.page.locator('[data-testid=operators] tbody tr');
  const names = async () => (await rows.locator('th').allInnerTexts()).map((text) => text.match(/Listed \d+/)[0]);
  const pages = [await names()];
  assert.equal(await v.page.locator('a[rel=prev]').count(), 0);
  while (await v.page.locator('a[rel=next]').count() > 0) {
    await v.moves(() => v.page.click('a[rel=next]'));
    pages.push(await names());
  }
  assert.deepEqual(pages.flat(), many.map(({ name }) => name.replace(` ${tag}`, '')));
  assert.deepEqual(pages.map((page) => page.length), [25, 25, 10]);
  for (const page of pages.slice(0, -1).reverse()) {
    await v.moves(() => v.page.click('a[rel=prev]'));
    assert.deepEqual(await names(), page);
  }
  assert.equal(await v.page.inputValue('form.filter [name=q]'), 'LISTED');

  await v.go('/console/operators?limit=7&status=odd&cursor=odd', 'operators');
  assert.match(await v.text('ignored'), /limit.*status|status.*limit/);
  assert(await rows.count() > 0, 'an unknown cursor is the first page');
  await v.go('/console/operators?q=nobody-at-all', 'operators');
  assert(await v.has('nothing'));
  await v.follow('/console/operators', 'operators', '[data-testid=nothing]');
}

/** The plots have their numbers as tables, for each range. */
export async function rangesOfThePlots(world) {
  const v = await world.admin();
  for (const [range, steps] of [['hour', 60], ['month', 30], ['day', 96]]) {
    await v.moves(() => v.page.locator(`main a[href$="range=${range}"]`).click());
    const plot = v.page.locator('[data-testid=plot-issued]');
    assert(!(await plot.locator('table').isVisible()));
    await plot.locator('summary').click();
    assert(await plot.locator('table').isVisible());
    assert.equal(await plot.locator('tbody tr').count(), steps, range);
  }
}

/** Who must sign in first arrives where the link leads. */
export async function whereTheLinkLeads(world) {
  const v = await world.open();
  await v.go('/console/audit?limit=25&action=operator.created', 'sign-in');
  await v.fill({ login: 'demo/admin', password: world.server.password });
  await v.press('sign-in', 'audit');
  assert(v.page.url().endsWith('/console/audit?limit=25&action=operator.created'), v.page.url());
  await v.go('/console/sign-in', 'overview');
}

/** The same form twice makes one thing. */
export async function doubleClick(world) {
  const v = await world.admin();
  await v.go('/console/operators/new', 'operator-new');
  await v.fill({ name: `Twice ${world.tag}` });
  await v.page.locator('main button[value=create]').dblclick();
  await v.page.waitForURL(/operators\/\d+$/);
  await v.page.waitForLoadState('networkidle');
  await v.is('operator');
  await v.go('/console/operators?q=twice', 'operators');
  assert.equal(await v.page.locator('[data-testid=operators] tbody tr').count(), 1);
}

/** What somebody else has changed meanwhile is shown, and overwritten only when it is sent again. */
export async function changedMeanwhile(world) {
  const [first, second] = [await world.admin(), await world.admin()];
  const operator = await added(first, 'Changed', { external_id: `changed-${world.tag}` });
  const organization = '/console/organization';
  for (const [path, page, change] of [
    [operator, 'operator', (text) => ({ name: text })],
    [organization, 'organization', (text) => ({ name: `Demo ${world.tag} ${text}` })],
  ]) {
    await second.go(path, page);
    await first.send(path, change('by the first'), 'save', page);
    await first.done();
    await second.fill(change('by the second'));
    await second.press('save', page);
    await second.refused();
    assert((await second.text('newest')).includes('by the first'), await second.text('newest'));
    await second.press('save', page);
    await second.done();
    assert((await second.page.innerText('body')).includes('by the second'));
  }
}

/** What is refused is a page, with a way back and the id of the request. */
export async function problems(world) {
  const v = await world.admin();
  const { origin } = world.server;
  const answer = await v.page.goto(`${origin}/console/operators/987654321`);
  assert.equal(answer.status(), 404);
  await v.is('problem');
  await v.follow('/console', 'overview');
  const cookie = (await v.page.context().cookies()).map(({ name, value }) => `${name}=${value}`).join('; ');
  const json = await fetch(`${origin}/console/operators/987654321`, { headers: { Accept: 'application/json', Cookie: cookie } });
  assert.equal(json.status, 404);
  assert.match(json.headers.get('content-type'), /json/);
  await json.json();

  // A form of the session before.
  await v.go('/console/operators/new', 'operator-new');
  const other = await v.page.context().newPage();
  await other.goto(`${origin}/console/re-authenticate`);
  await other.fill('[name=password]', world.server.password);
  await Promise.all([other.waitForNavigation(), other.click('main button[value=confirm]')]);
  await other.close();
  await v.fill({ name: `Late ${world.tag}` });
  const [refused] = await Promise.all([
    v.page.waitForResponse((response) => response.request().method() === 'POST'),
    v.press('create', 'problem'),
  ]);
  assert.equal(refused.status(), 403);
  const id = (await refused.allHeaders())['x-request-id'];
  assert((await v.page.innerText('main')).includes(id), 'the page names the request');
  assert(await v.page.locator('main a[href$="/operators/new"]').count() > 0, 'a link leads to the form');
  // Another site sends a form.
  const sent = await fetch(`${origin}/console/operators/new`, {
    method: 'POST',
    headers: { Cookie: cookie, Origin: 'https://evil.example', 'Content-Type': 'application/x-www-form-urlencoded' },
    body: 'do=create&name=Evil',
  });
  assert.equal(sent.status, 403);
}

/** Nothing secret is printed, but recovery codes when that was chosen. */
export async function print(world) {
  const v = await world.admin();
  const token = await issued(v, await added(v, 'Printed'));
  await v.page.emulateMedia({ media: 'print' });
  assert(!(await v.page.locator('#secret').isVisible()));
  assert(!(await v.page.innerText('body')).includes(token), 'the curl line has the token, too');
  assert(!(await v.page.locator('nav.console').isVisible()) && !(await v.page.locator('footer nav').first().isVisible()));
  assert.match(await v.page.innerText('footer'), /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+00:00.*UTC/, 'when, and in which zone');
  await v.page.emulateMedia({ media: 'screen' });
  await v.go('/console/tokens', 'tokens');
  await v.page.emulateMedia({ media: 'print' });
  const scrolls = await v.page.locator('.scroll').evaluate((element) => getComputedStyle(element).overflowX);
  assert.equal(scrolls, 'visible', 'tables are whole');

  const person = await world.open();
  await admin(world.acme, `prints-${world.tag}`);
  await person.signIn(`demo/prints-${world.tag}`, PASSWORD);
  await person.go('/console/account/totp', 'account-totp');
  const secret = (await person.text('totp-secret')).split('\n').at(-1);
  await person.page.emulateMedia({ media: 'print' });
  assert(!(await person.page.innerText('body')).includes(secret), 'the second factor is not printed');
  assert(!(await person.page.locator('svg.picture').isVisible()));
}

/** On a phone rows are cards, and no page is wider than the screen. */
export async function onAPhone(world) {
  const v = await world.open({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 });
  await v.signIn('demo/admin', world.server.password);
  const fits = async (width = 360) => {
    const wide = await v.page.evaluate(() => document.documentElement.scrollWidth);
    assert(wide <= width, `${v.page.url()} is ${wide} px wide`);
  };
  const operator = await added(v, 'Người dùng điện thoại có tên rất dài để thử');
  await fits();
  const token = await issued(v, operator);
  await fits();
  await v.stored('operator');
  await v.go('/console/operators?status=all', 'operators');
  await fits();
  const cell = v.page.locator('[data-testid=operators] tbody td').nth(3);
  const label = await cell.evaluate((element) => getComputedStyle(element, '::before').content);
  assert(label.includes(await cell.getAttribute('data-label')), `a cell of a card says what it is: ${label}`);
  const { width } = await v.page.locator('[data-testid=operators] tbody tr').first().boundingBox();
  assert(width <= 360);
  await v.go(`${operator}/revoke`, 'operator-confirm');
  await fits();
  await v.moves(() => v.page.locator('main button[value=revoke]').tap());
  await v.receipt();
  assert(!(await world.acme.isValid(token)));
  await v.page.setViewportSize({ width: 320, height: 640 });
  for (const path of ['', '/operators', '/tokens', '/rotation', '/audit', '/api-keys', '/oauth-clients', '/sessions']) {
    await v.go(`/console${path}`);
    await fits(320);
  }
}

/** Everything by Tab, Enter and Space, and the focus can be seen at each stop. */
export async function byKeyboardAlone(world) {
  const v = await world.open();
  const { keyboard } = v.page;
  await v.go('/console/sign-in', 'sign-in');
  await v.tabTo('[name=login]');
  await keyboard.type('demo/admin');
  await keyboard.press('Tab');
  await keyboard.type(world.server.password);
  await v.moves(() => keyboard.press('Enter'));
  await v.is('overview');
  const goes = async (selector, key = 'Enter') => {
    await v.tabTo(selector);
    await v.moves(() => keyboard.press(key));
  };
  await goes('nav.console a[href$="/console/operators"]');
  await v.is('operators');
  await everyStopIsSeen(v);
  await goes('main a[href$="/operators/new"]');
  await v.tabTo('[name=name]');
  await keyboard.type(`Keys ${world.tag}`);
  await everyStopIsSeen(v);
  await goes('main button[value=create]', 'Space');
  await v.is('operator');
  await v.done();
  await goes('main a[href$="/issue"]');
  await v.tabTo('[name=minutes]:checked');
  await keyboard.press('ArrowUp');
  await goes('main button[value=issue]');
  const token = await v.secret();
  assert(await world.acme.isValid(token));
  await goes('.secret .buttons a');
  await v.is('operator');
  await goes('main a[href$="/deactivate"]');
  await v.is('operator-confirm');
  await goes('main button[value=deactivate]', 'Space');
  await v.receipt();
  assert(!(await world.acme.isValid(token)));
  await goes('header button[value=sign-out]');
  await v.is('sign-in');
}

/** Goes through the page by Tab. Each stop must have an outline of 2 pixels, and lie within the window and under nothing. */
async function everyStopIsSeen(v) {
  const hidden = [];
  for (let stops = 0; stops < 60; stops += 1) {
    await v.page.keyboard.press('Tab');
    const fault = await v.page.evaluate(() => {
      const element = document.activeElement;
      if (element === document.body) return null;
      const { outlineStyle, outlineWidth } = getComputedStyle(element);
      const [box] = element.getClientRects();
      const name = element.outerHTML.slice(0, 100);
      if (outlineStyle === 'none' || parseFloat(outlineWidth) < 2) return `no outline: ${name}`;
      // The middle of what is within the window.
      const x = (Math.max(box.left, 0) + Math.min(box.right, innerWidth)) / 2;
      const y = (Math.max(box.top, 0) + Math.min(box.bottom, innerHeight)) / 2;
      const top = document.elementFromPoint(x, y);
      const isSeen = top && (element.contains(top) || top.contains(element));
      return isSeen ? null : `not in sight: ${name}`;
    });
    if (fault) hidden.push(fault);
  }
  assert.deepEqual(hidden, [], v.page.url());
}

/** A browser that prefers another language gets it, before the sign-in too, and in what is refused. */
export async function languagesOfBrowsers(world) {
  const english = new Set();
  for (const [locale, lang] of [['vi-VN', 'vi'], ['zh-TW', 'zh-CN'], ['fr', 'en']]) {
    const v = await world.open({ locale });
    await v.go('/console/sign-in', 'sign-in');
    assert.equal(await v.page.getAttribute('html', 'lang'), lang);
    await v.fill({ login: 'demo/nobody', password: 'wrong' });
    await v.press('sign-in', 'sign-in');
    const text = await v.text('errors');
    if (lang === 'en') assert(text.includes('The login or the password is wrong.'), text);
    assert(!english.has(text), 'each language has words of its own');
    english.add(text);
  }
  const v = await world.admin();
  await v.go('/console/operators?status=all&q=olga', 'operators');
  await v.moves(() => v.page.click('footer a[hreflang=zh-CN]'));
  const { searchParams } = new URL(v.page.url());
  assert.deepEqual([searchParams.get('status'), searchParams.get('q')], ['all', 'olga'], 'the filters stay');
  assert.equal(await v.page.getAttribute('html', 'lang'), 'zh-CN');
  await v.moves(() => v.page.click('footer a[hreflang=en]'));
}
