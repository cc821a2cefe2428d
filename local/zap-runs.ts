/** Runs of Zaps in the stand-in for Zapier, which performs them one at a time and prints them. */

import { EventEmitter, once } from 'node:events';

import type { FlatRecord } from '../src/record/record.ts';
import { toScalar, type JsonObject } from '../wire/json.ts';
import { requestsOfStep, type ApiRequest } from './api/behaviour.ts';
import { mainFields } from './main-fields.ts';
import { countOf, lineNow, recordText } from './table.ts';
import { print } from './terminal.ts';
import { labelOf, outputFieldsOf, type App, type IncomingRequest, type Outcome, type Runner } from './zapier.ts';

/** Longest wait for a delivery from the relay and its run, in milliseconds. Zapier ends a run after 30 seconds. */
const RUN_MS = 45_000;

/** Returns the text of each change in a record; null if the changes are unknown. */
export function changeTexts({ changes_text }: FlatRecord): string[] | null {
  if (typeof changes_text !== 'string') return null;
  return changes_text === '' ? [] : changes_text.split('\n');
}

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
  /** Form in which runs are printed. */
  form: 'nothing' | 'line' | 'fields' = 'nothing';
  arrived = 0;
  /** Status of the responses while deliveries of the past arrive, which run no Zap; otherwise null. */
  statusOfPast: number | null = null;
  /** Triggers of the next deliveries that Zaps reject. */
  readonly rejected: string[] = [];
  /** The choices in the fields of Zaps, by trigger. */
  readonly choices = new Map<string, JsonObject>();
  /**
   * The requests of all steps to the stand-in for TutorCruncher, and the paths of the requests in the last run of a
   * trigger.
   */
  requests: readonly ApiRequest[] = [];
  lastReads: readonly string[] = [];

  constructor(app: App, zapier: Runner, showsAll: boolean) {
    this.#app = app;
    this.#zapier = zapier;
    this.#showsAll = showsAll;
  }

  /** Runs a Zap on a delivery, unless the Zap rejects it, and prints the run. Returns the status of the response. */
  receive(triggerKey: string, request: IncomingRequest): number {
    this.arrived++;
    if (this.statusOfPast !== null) return this.statusOfPast;
    const index = this.rejected.indexOf(triggerKey);
    if (index >= 0) this.rejected.splice(index, 1);
    const status = index < 0 ? 200 : 500;
    void this.inOrder(async () => {
      // A rejected delivery is opened to find the event's name.
      const before = this.requests.length;
      const outcome = await this.#zapier.perform(triggerKey, request, this.choices.get(triggerKey));
      this.lastReads = requestsOfStep(this.requests.slice(before)).map(({ path }) => path);
      if (this.form === 'line' || (this.form === 'fields' && status !== 200)) {
        print(this.#linesOf(triggerKey, outcome, status));
      } else if (this.form === 'fields') print(`\n${await this.#textOf(triggerKey, outcome)}`);
      if (status === 200) this.#ended.emit(triggerKey, outcome);
    });
    return status;
  }

  /**
   * Runs a task like {@link inOrder}. Resolves with the outcome of the trigger's next run after it has been printed.
   * @throws {Error} if there is no run within 45 seconds, or if the task fails
   */
  async runAfter(task: () => Promise<unknown>, triggerKey: string): Promise<Outcome> {
    const next = once(this.#ended, triggerKey, { signal: AbortSignal.timeout(RUN_MS) }) as Promise<[Outcome]>;
    const arrived = next.catch(() => null);
    await this.inOrder(task);
    const [outcome] = (await arrived) ?? [];
    if (!outcome) throw new Error(`no delivery arrived within ${RUN_MS / 1000} seconds.`);
    return outcome;
  }

  /** Runs a task that prints, and holds back the output of runs until it ends. */
  inOrder(task: () => Promise<unknown>): Promise<void> {
    const run = this.#last.then(task).then(() => undefined);
    this.#last = run.catch(() => undefined);
    return run;
  }

  #linesOf(triggerKey: string, outcome: Outcome, status: number): string {
    const label = labelOf(this.#app, triggerKey);
    if ('error' in outcome) return `${label} fails: ${outcome.error}`;
    const lines = outcome.records.map((record) => {
      const [name] = Object.values(mainFields(triggerKey, record));
      const changes = (changeTexts(record) ?? []).join('; ');
      const runs = changes === '' ? 'runs' : `runs (${changes})`;
      const result = status === 200 ? runs : `responds with status ${status}`;
      const event = String(toScalar(record.event_description) ?? 'A notice of the relay');
      return lineNow(event, String(toScalar(name)), `${label} ${result}`);
    });
    return lines.join('\n');
  }

  async #textOf(triggerKey: string, outcome: Outcome): Promise<string> {
    const title = `${labelOf(this.#app, triggerKey)} (${triggerKey})`;
    if ('error' in outcome) {
      return `${title}: ${outcome.isRefusal ? 'delivery refused' : 'the Zap failed'}\n${outcome.error}`;
    }
    const { records } = outcome;
    if (records.length === 0) {
      const choices = this.choices.has(triggerKey) ? ' and its choices' : '';
      return `${title}: signature valid, no event for this trigger${choices}. The Zap does not run.`;
    }
    const fields = await outputFieldsOf(this.#zapier, `triggers.${triggerKey}.operation`);
    const texts = records.flatMap((record) => [
      ...changesText(record),
      recordText(triggerKey, fields, record, this.#showsAll),
    ]);
    return [`${title}: the Zap runs with ${countOf(records.length, 'record')}`, ...texts].join('\n\n');
  }
}
