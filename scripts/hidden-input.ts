/** Input that a terminal does not show. */

import { createWriteStream } from 'node:fs';
import { devNull } from 'node:os';
import { createInterface } from 'node:readline/promises';

/** Input with several secrets. Lines that are pasted together wait for the next questions. */
export class HiddenInput {
  readonly #terminal = createInterface({
    input: process.stdin,
    output: createWriteStream(devNull),
    terminal: process.stdin.isTTY,
  });
  readonly #lines = this.#terminal[Symbol.asyncIterator]();

  /**
   * Asks for a secret. Returns the secret without white space at its ends; null after Ctrl-C, and if the input ends.
   */
  async ask(question: string): Promise<string | null> {
    process.stdout.write(question);
    const line = await this.#lines.next();
    console.log();
    return line.done ? null : line.value.trim();
  }

  close(): void {
    this.#terminal.close();
  }
}

/** Asks for one secret; see {@link HiddenInput.ask}. */
export async function askHidden(question: string): Promise<string | null> {
  const input = new HiddenInput();
  const secret = await input.ask(question);
  input.close();
  return secret;
}
