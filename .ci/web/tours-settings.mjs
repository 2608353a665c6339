// The tours of API keys, OAuth clients, webhooks, roles and WeChat apps.

export const settings = (enter, lookAtAll) => ({
  async apiKeys(v, sample) {
    await enter(v, sample);
    const path = '/console/api-keys/new';
    await lookAtAll(v, {
      'api-keys': '/console/api-keys', 'api-keys-nothing': '/console/api-keys?q=nothing-of-this-name', 'api-key-new': path,
    });
    await v.send(path, { expires: 'date', allowed_ips: 'everywhere' }, 'create', 'api-key-new');
    await v.look('api-key-new-refused');
    await v.send(path, { name: `Reports ${v.tag}`, scope: ['read', 'write'], allowed_ips: '203.0.113.0/24\n2001:db8::/32' }, 'create', 'secret');
    await v.look('api-key-secret');
    await v.stored('api-key');
    const base = new URL(v.page.url()).pathname;
    await v.look('api-key');
    await v.fill({ allowed_ips: 'nowhere' });
    await v.press('save', 'api-key');
    await v.look('api-key-refused');
    const id = base.split('/').at(-1);
    await lookAtAll(v, { 'api-key-like': `${path}?like=${id}`, 'api-keys-selected': `/console/api-keys/selected?key=${id}` });
    await lookAtAll(v, { 'api-key-rotate': `${base}/rotate`, 'api-key-revoke': `${base}/revoke` });
    await v.send(`${base}/rotate`, {}, 'rotate', 'secret');
    await v.look('api-key-rotated');
    await v.page.reload();
    await v.look('api-key-sent-before');
    await v.send(`${base}/revoke`, {}, 'revoke', 'api-keys');
    await v.look('api-key-revoked');
    await v.go(`${base}/revoke`);
    await v.look('api-key-nothing-left');
  },

  async clients(v, sample) {
    await enter(v, sample);
    const form = (grant) => `/console/oauth-clients/new?grant=${grant}`;
    const base = `/console/oauth-clients/${sample.client.id}`;
    await lookAtAll(v, {
      'oauth-clients': '/console/oauth-clients',
      'oauth-client-new-credentials': form('client_credentials'),
      'oauth-client-new-password': form('password'),
      'oauth-client-new-code': form('authorization_code'),
      'oauth-client': base,
      'oauth-client-secrets': `${base}/secrets`,
      'oauth-client-tokens': `${base}/tokens?kind=access`,
      'oauth-client-tokens-nothing': `${base}/tokens?kind=refresh`,
      'oauth-client-revoke-all': `${base}/revoke-all`,
      'oauth-client-disable': `${base}/disable`,
      'oauth-client-delete': `${base}/delete`,
    });
    await v.send(form('authorization_code'), { redirect_uris: 'https://*\nhttp://shop.example/' }, 'create', 'oauth-client-new');
    await v.look('oauth-client-refused');
    const wanted = { name: `Nightly ${v.tag}`, operator: String(sample.lan), profile: 'suitecrm' };
    await v.send(form('client_credentials'), wanted, 'create', 'secret');
    await v.look('oauth-client-secret');
    await v.stored('oauth-client');
    const made = new URL(v.page.url()).pathname;
    await v.look('oauth-client-made');
    await v.fill({ access_seconds: 'x' });
    await v.press('save', 'oauth-client');
    await v.look('oauth-client-settings-refused');
    await v.send(`${made}/secrets`, { grace: '86400' }, 'add', 'secret', 'main form#add');
    await v.look('oauth-client-second-secret');
    await v.go(`${made}/secrets`);
    await v.look('oauth-client-two-secrets');
    await v.press('drop', 'oauth-client');
    await v.look('oauth-client-dropped');
    await v.send(`${made}/disable`, {}, 'disable', 'oauth-client');
    await v.look('oauth-client-disabled');
    await lookAtAll(v, { 'oauth-client-enable': `${made}/enable` });
    await v.send(`${made}/delete`, {}, 'delete', 'oauth-client');
    await v.look('oauth-client-deleted');
  },

  async webhooks(v, sample) {
    await enter(v, sample);
    const base = `/console/webhooks/${sample.hook}`;
    await lookAtAll(v, {
      webhooks: '/console/webhooks', 'webhook-new': '/console/webhooks/new', webhook: base, 'webhook-delete': `${base}/delete`,
    });
    await v.send('/console/webhooks/new', { url: 'http://inside' }, 'create', 'webhook-new');
    await v.look('webhook-refused');
    await v.fill({ url: `https://${v.tag}.example.com/in`, events: ['token.revoked', 'audit.sealed'] });
    await v.press('create', 'secret');
    await v.look('webhook-secret');
    await v.stored('webhook');
    await v.look('webhook-made');
    await v.press('test', 'webhook');
    await v.look('webhook-tested');
    await v.send(`${new URL(v.page.url()).pathname}/delete`, {}, 'delete', 'webhooks');
    await v.look('webhook-deleted');
  },

  async roles(v, sample) {
    await enter(v, sample);
    await lookAtAll(v, {
      roles: '/console/roles', role: '/console/roles/sales/edit', 'role-fixed': '/console/roles/admin/edit',
      'role-in-use': '/console/roles/support/delete', 'role-delete': '/console/roles/sales/delete', scopes: '/console/roles/scopes',
    });
    await v.send('/console/roles', { name: 'No Name!' }, 'create', 'roles', 'main form#role');
    await v.look('role-refused');
    await v.send('/console/roles/scopes', { name: 'No Scope!' }, 'set', 'scopes', 'main form#scope');
    await v.look('scope-refused');
    await v.send('/console/roles', { name: `role-${v.tag}`, scope: ['read'] }, 'create', 'roles', 'main form#role');
    await v.look('role-created');
  },

  async wechat(v, sample) {
    await enter(v, sample);
    const base = '/console/wechat/apps/wx0123456789abcdef';
    await lookAtAll(v, {
      wechat: '/console/wechat', 'wechat-new': '/console/wechat/new', 'wechat-app': base, 'wechat-remove': `${base}/remove`,
    });
    await v.send('/console/wechat/new', { app_id: 'not an id', role: 'admin' }, 'create', 'wechat-new');
    await v.look('wechat-refused');
  },
});
