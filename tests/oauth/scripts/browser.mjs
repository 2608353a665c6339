// The part of a browser: prints the URL to open, and reads where the browser was sent in the end.

import { createInterface } from 'node:readline';

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

export async function open(url) {
  console.log(`OPEN ${url}`);
  const { value } = await lines.next();
  return new URL(value);
}

// Prints the result and ends, although standard input is still open.
export function report(result) {
  console.log(JSON.stringify(result));
  process.stdin.destroy();
}
