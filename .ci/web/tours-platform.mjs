// The tours of the pages of the platform. Each has an admin of its own.
import { code } from './chromium.mjs';
import { enterPlatform, givePassword, platformAdmin } from './platform.mjs';
import { PASSWORD } from './sample.mjs';

const HOME = '/console/platform';

/** Signs in as a new admin of the platform. */
async function enter(v, { server }, name) {
  const admin = await platformAdmin(server, `${name}-${v.tag}`);
  await enterPlatform(v, admin);
  return admin;
}

export const platform = (lookAtAll) => ({
  async platformAccount(v, { server }) {
    const admin = await platformAdmin(server, `account-${v.tag}`);
    await lookAtAll(v, { 'platform-sign-in': `${HOME}/sign-in` });
    await v.fill({ login: admin.login, password: 'wrong' });
    await v.press('sign-in', 'platform-sign-in');
    await v.look('platform-sign-in-wrong');
    await givePassword(v, admin);
    await v.look('platform-second-factor');
    await v.fill({ code: '000000' });
    await v.press('verify', 'platform-second-factor');
    await v.look('platform-second-factor-wrong');
    await v.fill({ code: code(admin.secret) });
    await v.press('verify', 'platform-overview');
    await lookAtAll(v, {
      'platform-overview': HOME,
      'platform-account': `${HOME}/account`,
      'platform-re-authenticate': `${HOME}/re-authenticate`,
      'platform-admins': `${HOME}/admins`,
      'platform-admin-new': `${HOME}/admins/new`,
      'platform-admin-remove': `${HOME}/admins/${admin.id}/remove`,
      'platform-not-found': `${HOME}/organizations/0`,
    });
    await v.send(`${HOME}/re-authenticate`, { code: '000000' }, 'confirm', 'platform-re-authenticate');
    await v.look('platform-re-authenticate-wrong');
    await v.send(`${HOME}/admins/new`, { login: admin.login, password: PASSWORD }, 'create', 'platform-admin-new');
    await v.look('platform-admin-refused');
    await v.fill({ login: `long-name-of-somebody-who-runs-this-service-${v.tag}`, password: PASSWORD });
    await v.press('create', 'platform-admin-secret');
    await v.look('platform-admin-secret');
  },

  async platformOrganizations(v, sample) {
    await enter(v, sample, 'organizations');
    const path = `${HOME}/organizations`;
    await lookAtAll(v, {
      'platform-organizations': path,
      'platform-organizations-nothing': `${path}?q=nobody-at-all`,
      'platform-organization': `${path}/1`,
      'platform-organization-new': `${path}/new`,
    });
    await v.send(`${path}/new`, { login: 'a b', name: ' ' }, 'create', 'platform-organization-new');
    await v.look('platform-organization-new-refused');
    await v.fill({ login: `of-${v.tag}`, name: `Công ty trách nhiệm hữu hạn 采购管理系统 ${v.tag}` });
    await v.press('create', 'secret');
    await v.look('platform-organization-secret');
    await v.stored('platform-organization');
    await v.look('platform-organization-made');
    const record = new URL(v.page.url()).pathname;
    await v.fill({ rotation_period_days: 'many' });
    await v.press('save', 'platform-organization');
    await v.look('platform-organization-refused');
    await lookAtAll(v, {
      'platform-organization-suspend': `${record}/suspend`,
      'platform-organization-password': `${record}/password`,
    });
    await v.send(`${record}/revoke-all`, { confirm: 'another' }, 'revoke-all', 'platform-organization-confirm');
    await v.look('platform-organization-revoke-all');
    await v.send(`${record}/suspend`, {}, 'suspend', 'platform-organization');
    await v.look('platform-organization-suspended');
    await lookAtAll(v, {
      'platform-organization-resume': `${record}/resume`,
      'platform-organization-nothing-left': `${record}/suspend`,
    });
  },

  async platformService(v, sample) {
    await enter(v, sample, 'service');
    await lookAtAll(v, {
      'platform-nodes': `${HOME}/nodes`,
      'platform-jobs': `${HOME}/jobs`,
      'platform-audit': `${HOME}/audit?limit=25`,
      'platform-audit-nothing': `${HOME}/audit?actor=nobody`,
      'platform-webhooks': `${HOME}/webhooks`,
      'platform-webhook-new': `${HOME}/webhooks/new`,
    });
    await v.go(`${HOME}/keys`, 'platform-keys');
    await v.press('rotate', 'platform-keys');
    await v.look('platform-keys');
    await v.page.locator('main a[href$="/revoke"]').last().click();
    await v.page.waitForSelector('body[data-page=platform-key-confirm]');
    await v.look('platform-key-revoke');
    await v.send(`${HOME}/webhooks/new`, { url: `https://${v.tag}.example.com/of-the-service`, events: ['key.rotated'] }, 'create', 'secret');
    await v.stored('webhook');
    await v.look('platform-webhook');
  },
});
