/** Input that a terminal does not show. */

import { createWriteStream } from 'node:fs';
import { devNull } from 'node:os';
import { createInterface } from 'node:readline/promises';

/** Input with several secrets. If several lines are pasted at once, each further line answers the next question. */
export class HiddenInput {
  readonly #terminal = createInterface({
    input: process.stdin,
    output: createWriteStream(devNull),
    terminal: process.stdin.isTTY,
  });
  readonly #lines = this.#terminal[Symbol.asyncIterator]();

  /**
   * Asks for a secret. Returns the secret without leading and trailing white space; null after Ctrl-C or at the end of
   * the input.
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
