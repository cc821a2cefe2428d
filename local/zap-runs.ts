/** Runs of Zaps in the stand-in for Zapier, which performs them one at a time and prints them. */

import { EventEmitter, once } from 'node:events';

import type { FlatRecord } from '../src/record/record.ts';
import { countOf, recordText } from './table.ts';
import { print } from './terminal.ts';
import { labelOf, outputFieldsOf, type App, type IncomingRequest, type Outcome, type Runner } from './zapier.ts';

/** Longest wait for a delivery from the relay, in milliseconds. */
const ARRIVAL_MS = 15_000;

/** Returns the text of each change in a record; null if the changes are unknown. */
export function changeTexts({ changes_text }: FlatRecord): string[] | null {
  if (typeof changes_text !== 'string') return null;
  return changes_text === '' ? [] : changes_text.split('\n');
}

/** Returns the changes in a record, one per line; no text if they are unknown. */
function changesText(record: FlatRecord): string[] {
  const texts = changeTexts(record);
  if (texts === null) return [];
  if (texts.length === 0) return ['Nothing has changed since the previous event about the same record.'];
  return [['Changes since the previous event about the same record:', ...texts.map((text) => `  ${text}`)].join('\n')];
}

/** The app, and the runs of its Zaps. */
export class ZapRuns {
  readonly #app: App;
  readonly #zapier: Runner;
  readonly #showsAll: boolean;
  readonly #ended = new EventEmitter();
  #last = Promise.resolve();
  /** False to print nothing. */
  isShown = false;

  /** @param showsAll - true to print all fields of records, not just the main ones */
  constructor(app: App, zapier: Runner, showsAll: boolean) {
    this.#app = app;
    this.#zapier = zapier;
    this.#showsAll = showsAll;
  }

  /** Runs a Zap on a delivery, and prints the run. */
  receive(triggerKey: string, request: IncomingRequest): void {
    void this.#inOrder(async () => {
      const outcome = await this.#zapier.perform(triggerKey, request);
      if (this.isShown) print(`\n${await this.#textOf(triggerKey, outcome)}`);
      this.#ended.emit(triggerKey, outcome);
    });
  }

  /**
   * Runs a task that prints, and holds back the output of runs until it ends. Resolves with the outcome of the trigger's
   * next run after the run has been printed.
   *
   * @throws {Error} if there is no run within 15 seconds, or if the task fails
   */
  async runAfter(task: () => Promise<unknown>, triggerKey: string): Promise<Outcome> {
    const next = once(this.#ended, triggerKey, { signal: AbortSignal.timeout(ARRIVAL_MS) }) as Promise<[Outcome]>;
    const arrived = next.catch(() => null);
    await this.#inOrder(task);
    const [outcome] = (await arrived) ?? [];
    if (!outcome) throw new Error(`no delivery arrived within ${ARRIVAL_MS / 1000} seconds.`);
    return outcome;
  }

  #inOrder(task: () => Promise<unknown>): Promise<void> {
    const run = this.#last.then(task).then(() => undefined);
    this.#last = run.catch(() => undefined);
    return run;
  }

  /** Returns the text that describes a run, with the fields of each record. */
  async #textOf(triggerKey: string, outcome: Outcome): Promise<string> {
    const title = `${labelOf(this.#app, triggerKey)} (${triggerKey})`;
    if ('error' in outcome) {
      return `${title}: ${outcome.isRefusal ? 'delivery refused' : 'the Zap failed'}\n${outcome.error}`;
    }
    const { records } = outcome;
    if (records.length === 0) return `${title}: signature valid, no event for this trigger. The Zap does not run.`;
    const fields = await outputFieldsOf(this.#zapier, `triggers.${triggerKey}.operation`);
    const texts = records.flatMap((record) => [
      ...changesText(record),
      recordText(triggerKey, fields, record, this.#showsAll),
    ]);
    return [`${title}: the Zap runs with ${countOf(records.length, 'record')}`, ...texts].join('\n\n');
  }
}
