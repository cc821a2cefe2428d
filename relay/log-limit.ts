/** Maximum number of lines with the same message per minute. */
const MAX_LINES = 60;
const WINDOW_MS = 60_000;

/**
 * Limits the lines with the same message, because strangers can cause any number of them. The messages are constants;
 * only the fields of a line vary.
 */
export class LogLimit {
  readonly #report: (message: string, lines: number) => void;
  #counts = new Map<string, number>();

  /** @param report - is told at the end of each minute how many lines with a message were left out */
  constructor(report: (message: string, lines: number) => void) {
    this.#report = report;
  }

  /** Counts a line. Returns false if it should be left out. */
  allows(message: string): boolean {
    if (this.#counts.size === 0) setTimeout(this.#endWindow, WINDOW_MS).unref();
    const count = (this.#counts.get(message) ?? 0) + 1;
    this.#counts.set(message, count);
    return count <= MAX_LINES;
  }

  readonly #endWindow = (): void => {
    const counts = this.#counts;
    this.#counts = new Map();
    for (const [message, count] of counts) if (count > MAX_LINES) this.#report(message, count - MAX_LINES);
  };
}
