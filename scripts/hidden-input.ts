/** Input that a terminal does not show. */

import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { devNull } from 'node:os';
import { createInterface } from 'node:readline/promises';

/** Asks for a secret, and returns it without white space at its ends; null after Ctrl-C, and if the input ends. */
export async function askHidden(question: string): Promise<string | null> {
  process.stdout.write(question);
  const output = createWriteStream(devNull);
  const terminal = createInterface({ input: process.stdin, output, terminal: process.stdin.isTTY });
  // Ctrl-C, and an input that ends, close the terminal without an answer.
  const closed = once(terminal, 'close').then(() => null);
  const secret = await Promise.race([terminal.question('').catch(() => null), closed]);
  terminal.close();
  console.log();
  return secret === null ? null : secret.trim();
}
