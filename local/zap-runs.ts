/**
 * Runs of Zaps in the stand-in for Zapier, which performs them one at a time, prints them and reports their results.
 */

import { EventEmitter, once } from 'node:events';

import type { FlatRecord } from '../src/record/record.ts';
import { DELIVERY_ID_HEADER } from '../wire/relay-api.ts';
import { changesText } from './changes-text.ts';
import { changesInLine, recordLine } from './event-line.ts';
import { recordTable, shortRecordTable } from './table.ts';
import type { Report } from './sent-deliveries.ts';
import { countOf, zapResultOf } from './zap-result.ts';
import {
  isOutputField,
  messageOf,
  type App,
  type AppOutputField,
  type IncomingRequest,
  type Outcome,
  type Runner,
} from './zapier.ts';
import { print, terminalWidth } from './terminal.ts';

/** The app and the handler that runs it. */
export interface LoadedApp {
  readonly app: App;
  readonly zapier: Runner;
}

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
   * Prints one line for each later run that the relay causes, unless `--all` is set or a sender waits for the result.
   */
  readonly shorten: () => void;
  /** Prints the status of an error response that the relay has received because the Zap did not run. */
  readonly showFailure: (triggerKey: string, request: IncomingRequest, status: number) => void;
  /** Runs a task that prints, and holds back all other output until it ends. */
  readonly inOrder: (task: () => Promise<void>) => Promise<void>;
  /**
   * Resolves with the records of the next run of a trigger after the run has been printed. Resolves with an empty list
   * if the run failed. Rejects if there is no run within 5 seconds.
   */
  readonly nextRun: (triggerKey: string) => Promise<FlatRecord[]>;
}

/** Longest wait for a delivery from the relay, in milliseconds. */
const ARRIVAL_MS = 5_000;

async function outputFieldsOf(zapier: Runner, triggerKey: string): Promise<AppOutputField[]> {
  const fields = await zapier.call(`triggers.${triggerKey}.operation.outputFields`);
  return Array.isArray(fields) ? fields.filter(isOutputField) : [];
}

const labelOf = ({ app }: LoadedApp, triggerKey: string): string =>
  app.triggers[triggerKey]?.display.label ?? 'Unknown trigger';

/**
 * Returns a line for each record of a run that the relay has caused.
 *
 * @param status - status of the error response that the relay has received instead of a run, otherwise null
 */
function runLines(loaded: LoadedApp, triggerKey: string, outcome: Outcome, status: number | null): string[] {
  const label = labelOf(loaded, triggerKey);
  if ('error' in outcome) return [`${label} fails: ${outcome.error}`];
  return outcome.records.map((record) => {
    const result = status === null ? `runs${changesInLine(record)}` : `responds with status ${status}`;
    return recordLine(triggerKey, record, `${label} ${result}`);
  });
}

/** Returns the text that describes a run, with a table for each record. */
async function runText(loaded: LoadedApp, triggerKey: string, outcome: Outcome, showsAll: boolean): Promise<string> {
  const title = `${labelOf(loaded, triggerKey)} (${triggerKey})`;
  if ('error' in outcome) {
    return `${title}: ${outcome.isRefusal ? 'delivery refused' : 'the Zap failed'}\n${outcome.error}`;
  }
  const { records } = outcome;
  if (records.length === 0) return `${title}: signature valid, no event for this trigger. The Zap does not run.`;
  const fields = await outputFieldsOf(loaded.zapier, triggerKey);
  const texts = records.flatMap((record) => {
    const table = showsAll
      ? recordTable(fields, record, terminalWidth())
      : shortRecordTable(triggerKey, fields, record, terminalWidth());
    const changes = changesText(record);
    return changes === null ? [table] : [changes, table];
  });
  return [`${title}: the Zap runs with ${countOf(records.length, 'record')}`, ...texts].join('\n\n');
}

/**
 * Creates the functions that run Zaps.
 *
 * @param loading - the app; deliveries that arrive before it has loaded have to wait
 * @param showsAll - true to print all fields of records, not just the main ones
 */
export function createZapRuns(loading: Promise<LoadedApp>, showsAll: boolean): ZapRuns {
  const printed = new EventEmitter();
  let isShort = false;
  let last = Promise.resolve();
  const inOrder = (task: () => Promise<void>): Promise<void> => {
    const run = last.then(task);
    last = run.catch(() => undefined);
    return run;
  };

  return {
    inOrder,
    shorten: () => {
      isShort = !showsAll;
    },
    showFailure: (triggerKey, request, status) => {
      void inOrder(async () => {
        try {
          const loaded = await loading;
          // Opens the envelope to find the event's name.
          const outcome = await loaded.zapier.perform(triggerKey, request);
          print(runLines(loaded, triggerKey, outcome, status).join('\n'));
        } catch (error) {
          print(`\nA response of ${triggerKey} could not be shown: ${messageOf(error)}`);
        }
      });
    },
    receive: (triggerKey, request, reportOf) => {
      void inOrder(async () => {
        let records: FlatRecord[] = [];
        const report = await reportOf(request);
        try {
          const loaded = await loading;
          const outcome = await loaded.zapier.perform(triggerKey, request);
          print(
            isShort && report === null && DELIVERY_ID_HEADER in request.headers
              ? runLines(loaded, triggerKey, outcome, null).join('\n')
              : `\n${await runText(loaded, triggerKey, outcome, showsAll)}`,
          );
          report?.(zapResultOf(outcome));
          if ('records' in outcome) ({ records } = outcome);
        } catch (error) {
          print(`\nA run of ${triggerKey} could not be shown: ${messageOf(error)}`);
          report?.({ result: 'failed', message: messageOf(error) });
        }
        printed.emit(triggerKey, records);
      });
    },
    nextRun: async (triggerKey) => {
      try {
        const signal = AbortSignal.timeout(ARRIVAL_MS);
        const [records] = (await once(printed, triggerKey, { signal })) as [FlatRecord[]];
        return records;
      } catch {
        throw new Error(`no delivery arrived within ${ARRIVAL_MS / 1000} seconds.`);
      }
    },
  };
}
