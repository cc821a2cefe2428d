/** The bench's figures as a table, and whether they reach what they should. */

import type { Figures } from './measures.ts';

export interface Row {
  readonly system: string;
  readonly measure: string;
  readonly figures: Figures;
  /** The ceiling at as many connections, in events a second. */
  readonly ceiling?: number | undefined;
}

/** One thing that is to be reached. */
export interface Verdict {
  readonly isReached: boolean;
  readonly text: string;
}

const decimals = (value: number | undefined, digits = 0): string =>
  value === undefined || Number.isNaN(value) ? '' : value.toLocaleString('en-US', { maximumFractionDigits: digits });

const percent = (value: number): string => `${decimals(value)} %`;

const ratioOf = ({ figures, ceiling }: Row): number | undefined =>
  ceiling !== undefined && figures.perSecond !== undefined ? (100 * figures.perSecond) / ceiling : undefined;

function cpuText({ cpu }: Figures): string {
  if (!cpu) return '';
  return [cpu.service, cpu.database, cpu.load, cpu.target, cpu.other].map((share) => decimals(share)).join('/');
}

/** Rounded down, so that 100 % means all. */
const arrivedText = ({ arrived, expected }: Figures): string =>
  arrived === undefined || !expected ? '' : percent(Math.floor((100 * Math.min(arrived, expected)) / expected));

const COLUMNS: readonly (readonly [title: string, text: (row: Row) => string])[] = [
  ['system', ({ system }) => system],
  ['measure', ({ measure }) => measure],
  ['events/s', ({ figures }) => decimals(figures.perSecond)],
  ['of ceiling', (row) => (ratioOf(row) === undefined ? '' : percent(ratioOf(row) ?? 0))],
  ['ack p50', ({ figures }) => decimals(figures.ack?.p50, 1)],
  ['ack p99', ({ figures }) => decimals(figures.ack?.p99, 1)],
  ['end p50', ({ figures }) => decimals(figures.endToEnd?.p50, 1)],
  ['end p99', ({ figures }) => decimals(figures.endToEnd?.p99, 1)],
  ['deliv./s', ({ figures }) => decimals(figures.deliveriesPerSecond)],
  ['arrived', ({ figures }) => arrivedText(figures)],
  ['CPU s/1000', ({ figures }) => decimals(figures.cpuPerThousand, 2)],
  ['start ms', ({ figures }) => decimals(figures.restartMs ?? figures.startMs)],
  ['peak MB', ({ figures }) => decimals(figures.peakMb)],
  ['CPU %: service/db/load/target/other', ({ figures }) => cpuText(figures)],
];
/** Texts, which stand at the left. */
const LEFT = 2;

/** The table as text. */
export function formatTable(rows: readonly Row[]): string {
  const cells = [COLUMNS.map(([title]) => title), ...rows.map((row) => COLUMNS.map(([, text]) => text(row)))];
  const widths = COLUMNS.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)));
  const format = (line: readonly string[]) =>
    line
      .map((text, column) => (column < LEFT ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd();
  const [head = [], ...body] = cells;
  return [format(head), widths.map((width) => '-'.repeat(width)).join('  '), ...body.map(format)].join('\n');
}

/** One line on what a measure found, while others are still running. */
export function formatProgress(row: Row): string {
  const found = COLUMNS.slice(LEFT).flatMap(([title, text]) => (text(row) === '' ? [] : [`${title} ${text(row)}`]));
  return `${row.system}, ${row.measure}: ${found.join(', ')}`;
}

/** Percent of a core that something else may take before a measure says little; the system itself needs some. */
const DISTURBED = 30;

/** Measures during which this machine had something else to do. */
export const disturbed = (rows: readonly Row[]): string[] =>
  rows.flatMap(({ system, measure, figures: { cpu } }) =>
    cpu && cpu.other > DISTURBED ? [`${system}, ${measure}: ${percent(cpu.other)} of a core`] : [],
  );

/** What kept a system from doing more, as far as its cores tell. */
export function boundBy({ cpu }: Figures): string {
  if (!cpu) return '';
  const shares =
    Object.entries(cpu)
      .map(([name, share]) => `${name} ${percent(share as number)}`)
      .join(', ') + ' of a core';
  const total = cpu.service + cpu.database + cpu.load + cpu.target + cpu.other;
  if (cpu.other > DISTURBED) return `disturbed by something else on this machine: ${shares}`;
  if (cpu.service > 85) return `bound by the one thread of the service: ${shares}`;
  if (total > 170) return `bound by the two cores: ${shares}`;
  return `cores were idle, so bound by waiting for the disk or for each other: ${shares}`;
}

/** Whether every one of some rows reaches a limit; says by how much, and for those that don't, what bounds them. */
function judge(
  rows: readonly Row[],
  what: string,
  unit: string,
  limit: { readonly atLeast: number } | { readonly atMost: number },
  read: (row: Row) => number | undefined,
): Verdict[] {
  return rows.flatMap((row) => {
    const value = read(row);
    if (value === undefined) return [];
    const isReached = 'atLeast' in limit ? value >= limit.atLeast : value <= limit.atMost;
    const wanted = 'atLeast' in limit ? `at least ${decimals(limit.atLeast)}` : `at most ${decimals(limit.atMost)}`;
    const reason = isReached ? '' : boundBy(row.figures);
    const text = `${row.system}, ${row.measure}: ${what} ${decimals(value, 1)} ${unit} (${wanted})`;
    return [{ isReached, text: reason === '' ? text : `${text}; ${reason}` }];
  });
}

const NOISE = 1.3;

/**
 * Whether something is the same at all scales as at the smallest, but for noise: what a thousand events cost at the
 * same rate, or how long each took where all took as many as they could.
 */
function judgeGrowth(rows: readonly Row[], what: string, digits: number, costOf: (row: Row) => number): Verdict[] {
  const [first, ...others] = rows;
  if (!first || others.length === 0) return [];
  const text = rows.map((row) => `${decimals(costOf(row), digits)} ${row.measure.replace(/^\w+ /, '')}`);
  return [
    {
      isReached: others.every((row) => costOf(row) <= costOf(first) * NOISE),
      text: `${first.system}: ${what} does not grow: ${text.join('; ')}`,
    },
  ];
}

/** Every target of the issue, for one store. */
export function judgeStore(rows: readonly Row[]): Verdict[] {
  const of = (start: string) => rows.filter(({ measure }) => measure.startsWith(start));
  const worst = rows.reduce<Row | undefined>(
    (most, row) => (row.figures.peakMb > (most?.figures.peakMb ?? 0) ? row : most),
    undefined,
  );
  const scaled = (measure: string) => rows.filter((row) => row.measure.startsWith(`${measure} with`));
  return [
    ...judge(of('ingest, 32'), 'of the ceiling', '%', { atLeast: 20 }, ratioOf),
    ...judge(of('ingest, 32'), 'ack p99', 'ms', { atMost: 20 }, ({ figures }) => figures.ack?.p99),
    ...judge(of('serving, 250'), 'of the ceiling', '%', { atLeast: 15 }, ratioOf),
    ...judge(of('steady'), 'ack p99', 'ms', { atMost: 40 }, ({ figures }) => figures.ack?.p99),
    ...judge(of('steady'), 'end to end p99', 'ms', { atMost: 60 }, ({ figures }) => figures.endToEnd?.p99),
    ...judge(of('drain'), 'a second', 'deliveries', { atLeast: 10_000 }, ({ figures }) => figures.deliveriesPerSecond),
    ...judge(of('restart'), 'SIGKILL to serving', 'ms', { atMost: 1000 }, ({ figures }) => figures.restartMs),
    // Cores say nothing of memory.
    ...judge(
      worst ? [{ ...worst, figures: { peakMb: worst.figures.peakMb, wrong: [] } }] : [],
      'the most memory',
      'MB',
      { atMost: 250 },
      ({ figures }) => figures.peakMb,
    ),
    ...judgeGrowth(scaled('steady'), 'CPU seconds for 1,000 events', 2, ({ figures }) => figures.cpuPerThousand ?? NaN),
    ...judgeGrowth(scaled('ingest'), 'ms of one event', 2, ({ figures }) => 1000 / (figures.perSecond ?? NaN)),
  ];
}
