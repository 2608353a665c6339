// Admins of the platform: adding one by the command line, and signing in with its second factor.
import assert from 'node:assert/strict';
import { PASSWORD } from './sample.mjs';

/** Adds an admin of the platform by the command line, which prints its second factor once. */
export async function platformAdmin(server, login) {
  const { code, output } = await server.command(
    ['platform-admin', 'add', '--login', login, '--password-file', '-', '--json'], PASSWORD);
  assert.equal(code, 0, output);
  const { id, totpSecret, recoveryCodes } = JSON.parse(output.split('\n').find((line) => line.startsWith('{')));
  assert(id > 0 && recoveryCodes.length === 10, 'it has ten recovery codes');
  return { id, login, secret: totpSecret, recovery: recoveryCodes };
}

/** Gives the password at the sign-in page of the platform. */
export async function givePassword(v, { login }) {
  await v.fill({ login, password: PASSWORD });
  await v.press('sign-in', 'platform-second-factor');
}

/** Signs in to the platform, with the next recovery code. */
export async function enterPlatform(v, admin) {
  await v.go('/console/platform/sign-in', 'platform-sign-in');
  await givePassword(v, admin);
  await v.fill({ recovery: admin.recovery.shift() });
  await v.press('verify', 'platform-overview');
}

/** Opens a window of a flow in which a new admin of the platform has signed in. */
export async function enteredPlatform(world, name) {
  const admin = await platformAdmin(world.server, `${name}-${world.tag}`);
  const v = await world.open();
  await enterPlatform(v, admin);
  return { v, admin };
}
