/**
 * Runs of Zaps in the stand-in for Zapier, which performs them one at a time, prints them and reports their results.
 */

import { EventEmitter, once } from 'node:events';

import type { FlatRecord } from '../src/record/record.ts';
import { DELIVERY_ID_HEADER } from '../wire/relay-api.ts';
import { runLines, runText, type LoadedApp } from './run-text.ts';
import { print } from './terminal.ts';
import { zapResultOf, type Report } from './zap-result.ts';
import { messageOf, type IncomingRequest } from './zapier.ts';

/** Functions that run Zaps for the other parts of the stand-in. */
export interface ZapRuns {
  /**
   * Runs a Zap, prints the run and then reports its result.
   *
   * @param reportOf - returns the report for a delivery whose sender waits for the result, otherwise null
   */
  readonly receive: (
    triggerKey: string,
    request: IncomingRequest,
    reportOf: (request: IncomingRequest) => Promise<Report | null>,
  ) => void;
  /**
   * Sets how the runs that the relay causes are printed: not at all, in one line, or as a table. A run is a table if a
   * sender waits for the result, or if its request did not come from the relay.
   */
  readonly show: (form: 'nothing' | 'line' | 'table') => void;
  /** Prints the status of an error response that the relay has received because the Zap did not run. */
  readonly showFailure: (triggerKey: string, request: IncomingRequest, status: number) => void;
  /** Runs a task that prints, and holds back all other output until it ends. */
  readonly inOrder: (task: () => Promise<unknown>) => Promise<void>;
  /**
   * Runs a task as {@link ZapRuns.inOrder} does. Resolves with the records of the trigger's next run after the run has
   * been printed, or with an empty list if the run failed.
   *
   * @throws {Error} if there is no run within 15 seconds
   */
  readonly runAfter: (task: () => Promise<unknown>, triggerKey: string) => Promise<FlatRecord[]>;
}

/** Longest wait for a delivery from the relay, in milliseconds. */
const ARRIVAL_MS = 15_000;

/**
 * Creates the functions that run Zaps.
 *
 * @param loading - the app; deliveries that arrive before it has loaded have to wait
 * @param showsAll - true to print all fields of records, not just the main ones
 */
export function createZapRuns(loading: Promise<LoadedApp>, showsAll: boolean): ZapRuns {
  const printed = new EventEmitter();
  let form: 'nothing' | 'line' | 'table' = 'table';
  let last = Promise.resolve();
  const inOrder = async (task: () => Promise<unknown>): Promise<void> => {
    const run = last.then(task).then(() => undefined);
    last = run.catch(() => undefined);
    await run;
  };

  async function run(triggerKey: string, request: IncomingRequest, report: Report | null): Promise<FlatRecord[]> {
    try {
      const loaded = await loading;
      const outcome = await loaded.zapier.perform(triggerKey, request);
      const isTable = report !== null || !(DELIVERY_ID_HEADER in request.headers) || (form === 'line' && showsAll);
      if (isTable || form === 'table') print(`\n${await runText(loaded, triggerKey, outcome, showsAll)}`);
      else if (form === 'line') print(runLines(loaded, triggerKey, outcome, null));
      report?.(zapResultOf(outcome));
      return 'records' in outcome ? outcome.records : [];
    } catch (error) {
      print(`\nA run of ${triggerKey} could not be shown: ${messageOf(error)}`);
      report?.({ result: 'failed', message: messageOf(error) });
      return [];
    }
  }

  return {
    inOrder,
    show: (next) => {
      form = next;
    },
    showFailure: (triggerKey, request, status) => {
      if (form === 'nothing') return;
      void inOrder(async () => {
        try {
          const loaded = await loading;
          // Opens the envelope to find the event's name.
          print(runLines(loaded, triggerKey, await loaded.zapier.perform(triggerKey, request), status));
        } catch (error) {
          print(`\nA response of ${triggerKey} could not be shown: ${messageOf(error)}`);
        }
      });
    },
    receive: (triggerKey, request, reportOf) => {
      void inOrder(async () => {
        printed.emit(triggerKey, await run(triggerKey, request, await reportOf(request)));
      });
    },
    runAfter: async (task, triggerKey) => {
      const next = once(printed, triggerKey, { signal: AbortSignal.timeout(ARRIVAL_MS) }) as Promise<[FlatRecord[]]>;
      const arrived = next.catch(() => null);
      await inOrder(task);
      const [records] = (await arrived) ?? [];
      if (!records) throw new Error(`no delivery arrived within ${ARRIVAL_MS / 1000} seconds.`);
      return records;
    },
  };
}
