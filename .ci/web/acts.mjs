// What several flows do on their way.
import { readFile } from 'node:fs/promises';

/** Returns what a download has. */
export async function downloaded(v, act) {
  const [download] = await Promise.all([v.page.waitForEvent('download'), act()]);
  return readFile(await download.path(), 'utf8');
}

/** Adds an operator by its form, and returns the path of its page. */
export async function added(v, name, more = {}) {
  await v.send('/console/operators/new', { name, ...more }, 'create', 'operator');
  return new URL(v.page.url()).pathname;
}

/** Issues a token by the form of an operator, and returns it. */
export async function issued(v, path) {
  await v.send(`${path}/issue`, { minutes: '60' }, 'issue', 'secret');
  return v.secret();
}
