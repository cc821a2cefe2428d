/** Texts about the runs of Zaps. */

import type { FieldValue, FlatRecord } from '../src/record/record.ts';
import { mainFields } from './main-fields.ts';
import { oneLine, recordTable, shortRecordTable } from './table.ts';
import { terminalWidth } from './terminal.ts';
import { countOf } from './zap-result.ts';
import { labelOf, outputFieldsOf, type App, type Outcome, type Runner } from './zapier.ts';

/** The app and the handler that runs it. */
export interface LoadedApp {
  readonly app: App;
  readonly zapier: Runner;
}

/** Returns the text of each change in a record; null if the changes are unknown. */
export function changeTexts({ changes_text }: FlatRecord): string[] | null {
  if (typeof changes_text !== 'string') return null;
  return changes_text === '' ? [] : changes_text.split('\n');
}

/** Returns a line such as "20:14:05  Created a Lesson, Fractions → no Zap wants this event". */
export const lineNow = (verb: string, name: string, outcome: string): string =>
  `${new Date().toTimeString().slice(0, 8)}  ${oneLine(verb)}, ${oneLine(name)} → ${outcome}`;

/** Returns a field of a record as text; an empty string for line items. */
export const textOf = (value: FieldValue | undefined): string => (Array.isArray(value) ? '' : String(value ?? ''));

/**
 * Returns a line for each record of a run that the relay has caused.
 *
 * @param status - status of the error response that the relay has received instead of a run, otherwise null
 */
export function runLines({ app }: LoadedApp, triggerKey: string, outcome: Outcome, status: number | null): string {
  const label = labelOf(app, triggerKey);
  if ('error' in outcome) return `${label} fails: ${outcome.error}`;
  const lines = outcome.records.map((record) => {
    const [name = ''] = Object.values(mainFields(triggerKey, record)).map(textOf);
    const changes = changeTexts(record) ?? [];
    const result = status === null ? 'runs' : `responds with status ${status}`;
    const suffix = status === null && changes.length > 0 ? ` (${changes.join('; ')})` : '';
    return lineNow(textOf(record.event_description ?? 'A notice of the relay'), name, `${label} ${result}${suffix}`);
  });
  return lines.join('\n');
}

/** Returns the changes in a record, one per line; no text if they are unknown. */
function changesText(record: FlatRecord): string[] {
  const texts = changeTexts(record);
  if (texts === null) return [];
  if (texts.length === 0) return ['Nothing has changed since the previous event about the same record.'];
  return [['Changes since the previous event about the same record:', ...texts.map((text) => `  ${text}`)].join('\n')];
}

/** Returns the text that describes a run, with a table for each record. */
export async function runText(
  { app, zapier }: LoadedApp,
  triggerKey: string,
  outcome: Outcome,
  showsAll: boolean,
): Promise<string> {
  const title = `${labelOf(app, triggerKey)} (${triggerKey})`;
  if ('error' in outcome) {
    return `${title}: ${outcome.isRefusal ? 'delivery refused' : 'the Zap failed'}\n${outcome.error}`;
  }
  const { records } = outcome;
  if (records.length === 0) return `${title}: signature valid, no event for this trigger. The Zap does not run.`;
  const fields = await outputFieldsOf(zapier, `triggers.${triggerKey}.operation`);
  const texts = records.flatMap((record) => [
    ...changesText(record),
    showsAll
      ? recordTable(fields, record, terminalWidth())
      : shortRecordTable(triggerKey, fields, record, terminalWidth()),
  ]);
  return [`${title}: the Zap runs with ${countOf(records.length, 'record')}`, ...texts].join('\n\n');
}
