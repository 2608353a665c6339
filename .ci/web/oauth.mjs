// Signs in at the pages of /oauth, from a client on another origin: authorize → sign in → consent → code → token, authorize → sign in
// → Cancel → access_denied, device code → sign in → confirmation → token, and the same without a mouse.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { Visitor } from './chromium.mjs';

const operator = { name: 'Nguyễn Văn An', username: 'an', password: 'correct horse' };

/** Returns the name of the focused field, or the value of the focused button. */
const focused = (page) => page.evaluate(() => {
  const { name, value } = document.activeElement;
  return name === 'do' ? value : name;
});

/** Does something that leads to another page, and waits for it. */
const moves = (page, act) => Promise.all([page.waitForNavigation(), act()]);

/** Presses a key until this field or button has the focus. */
async function tabTo(page, wanted, key = 'Tab') {
  for (let presses = 0; (await focused(page)) !== wanted; presses += 1) {
    assert(presses < 30, `${key} does not reach ${wanted}`);
    await page.keyboard.press(key);
  }
}

/** Asserts in which order Tab reaches the fields and buttons of a page, from the first one on. */
async function tabs(page, order) {
  await tabTo(page, order[0]);
  const found = [order[0]];
  for (let presses = 0; found.length < order.length; presses += 1) {
    assert(presses < 30, `Tab reaches only ${found}`);
    await page.keyboard.press('Tab');
    const now = await focused(page);
    if (now) found.push(now);
  }
  assert.deepEqual(found, order);
  await tabTo(page, order[0], 'Shift+Tab');
}

/** Walks the flows of a service. Fails where the browser does not arrive at the client. */
export async function oauth(browser, issuer, acme, faults) {
  // The client, on an origin of its own. `localhost` and `127.0.0.1` are different sites.
  const client = createServer((request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' });
    response.end(`<!doctype html><title>client</title><p>${request.url.split('?')[0]}`);
  });
  await new Promise((ready) => client.listen(0, '127.0.0.1', ready));
  const callback = `http://localhost:${client.address().port}/cb`;

  await acme.post('/api/company/operators', operator);
  const registered = await acme.post('/api/company/clients', {
    name: 'Acme Purchasing',
    redirectUris: [callback],
    grants: ['authorization_code', 'refresh_token', 'device_code'],
    scopes: ['openid', 'profile', 'email'],
  });

  const open = async () => (await Visitor.open(browser, issuer, { faults, viewport: { width: 480, height: 800 } })).page;

  async function look(page, name) {
    assert.equal(await page.getAttribute('body', 'data-page'), name);
    assert.equal(await page.evaluate(() => document.styleSheets.length), 1, 'the stylesheet');
  }

  const verifier = randomBytes(32).toString('base64url');
  function authorize(more = {}) {
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: registered.id,
      redirect_uri: callback,
      scope: 'openid profile',
      state: 'state 1',
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
      ...more,
    });
    return `${issuer}/oauth/authorize?${query}`;
  }

  async function signIn(page) {
    await look(page, 'sign-in');
    await page.fill('[name=username]', operator.username);
    await page.fill('[name=password]', operator.password);
    await moves(page, () => page.keyboard.press('Enter'));
  }

  /** Returns the parameters with which the browser arrived at the client. */
  async function arrived(page) {
    await page.waitForURL((url) => url.href.startsWith(callback));
    const { searchParams } = new URL(page.url());
    assert.equal(searchParams.get('state'), 'state 1');
    assert.equal(searchParams.get('iss'), issuer);
    return searchParams;
  }

  async function allow() {
    const page = await open();
    await page.goto(authorize());
    await page.fill('[name=username]', operator.username);
    await page.fill('[name=password]', 'wrong');
    await moves(page, () => page.click('button[value=sign-in]'));
    await signIn(page);
    await look(page, 'consent');
    await page.click('button[value=allow]');
    const code = (await arrived(page)).get('code');
    const response = await fetch(`${issuer}/oauth/token`, {
      method: 'POST',
      headers: { Authorization: `Basic ${btoa(`${registered.id}:${registered.secret}`)}` },
      body: new URLSearchParams({
        grant_type: 'authorization_code', code, redirect_uri: callback, code_verifier: verifier,
      }),
    });
    const tokens = await response.json();
    assert.equal(response.status, 200, JSON.stringify(tokens));
    assert(tokens.access_token && tokens.id_token && tokens.refresh_token, Object.keys(tokens).join());
    // The browser is known now, and the operator has allowed it.
    await page.goto(authorize({ prompt: 'none' }));
    assert((await arrived(page)).get('code'));
    await page.goto(`${issuer}/oauth/logout`);
    await look(page, 'sign-out');
    await page.click('button[value=sign-out]');
    await page.waitForSelector('body[data-page=done]');
    await look(page, 'done');
    await page.goto(authorize({ prompt: 'none' }));
    assert.equal((await arrived(page)).get('error'), 'login_required');
  }

  async function cancel() {
    const page = await open();
    await page.goto(authorize({ ui_locales: 'vi' }));
    await signIn(page);
    // It has allowed the client already.
    assert((await arrived(page)).get('code'));
    await page.goto(authorize({ prompt: 'consent', ui_locales: 'zh' }));
    await look(page, 'consent');
    await page.click('button[value=cancel]');
    const answer = await arrived(page);
    assert.equal(answer.get('error'), 'access_denied');
    assert.equal(answer.get('code'), null);
  }

  /** Connects a device: the code of its URL is filled in, and the operator only confirms. */
  async function device() {
    const headers = { Authorization: `Basic ${btoa(`${registered.id}:${registered.secret}`)}` };
    const ask = async (path, parameters) => {
      const response = await fetch(issuer + path, { method: 'POST', headers, body: new URLSearchParams(parameters) });
      return response.json();
    };
    const codes = await ask('/oauth/device_authorization', { scope: 'openid profile' });
    const page = await open();
    await page.goto(codes.verification_uri_complete);
    await look(page, 'device-code');
    assert.equal(await page.inputValue('[name=user_code]'), codes.user_code);
    await page.click('button[value=continue]');
    await page.waitForSelector('body[data-page=sign-in]');
    await signIn(page);
    await page.waitForSelector('body[data-page=device-confirmation]');
    await look(page, 'device-confirmation');
    assert.equal(await page.textContent('[data-testid=user-code]'), codes.user_code);
    await page.click('button[value=allow]');
    await page.waitForSelector('body[data-page=done]');
    await look(page, 'done');
    const tokens = await ask('/oauth/token', {
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: codes.device_code,
    });
    assert(tokens.access_token && tokens.id_token && tokens.refresh_token, JSON.stringify(tokens));
  }

  /** Signs in, allows, changes nothing and signs out, without a mouse. */
  async function keyboard() {
    const page = await open();
    await page.goto(authorize({ prompt: 'consent' }));
    await tabs(page, ['username', 'password', 'sign-in', 'cancel']);
    await page.keyboard.type(operator.username);
    await page.keyboard.press('Tab');
    await page.keyboard.type(operator.password);
    await tabTo(page, 'sign-in');
    await page.keyboard.press('Space');
    await page.waitForSelector('body[data-page=consent]');
    await tabs(page, ['allow', 'cancel']);
    await page.keyboard.press('Enter');
    assert((await arrived(page)).get('code'));
    await page.goto(`${issuer}/oauth/password`);
    await look(page, 'new-password');
    await tabs(page, ['current', 'new', 'change', 'cancel']);
    await tabTo(page, 'cancel');
    await page.keyboard.press('Space');
    await page.waitForSelector('body[data-page=done]');
    await page.goto(`${issuer}/oauth/logout`);
    await tabs(page, ['sign-out', 'stay']);
    await page.keyboard.press('Enter');
    await page.waitForSelector('body[data-page=done]');
  }

  await allow();
  await cancel();
  await device();
  await keyboard();
  client.close();
}
