/** Formats the bench's figures as a table. */

import type { Figures } from './measures.ts';

export interface Row {
  readonly system: string;
  readonly measure: string;
  readonly figures: Figures;
  /** Events per second of the ceiling with the same number of connections. */
  readonly ceiling?: number | undefined;
}

export const formatNumber = (value: number | undefined, digits = 0): string =>
  value === undefined || Number.isNaN(value) ? '' : value.toLocaleString('en-US', { maximumFractionDigits: digits });

export const formatPercent = (value: number): string => `${formatNumber(value)}%`;

/** Returns events per second as a percentage of the ceiling. */
export const percentOfCeiling = ({ figures, ceiling }: Row): number | undefined =>
  ceiling !== undefined && figures.perSecond !== undefined ? (100 * figures.perSecond) / ceiling : undefined;

function cpuText({ cpu }: Figures): string {
  if (!cpu) return '';
  return [cpu.service, cpu.database, cpu.load, cpu.target, cpu.other].map((share) => formatNumber(share)).join('/');
}

/** Rounded down, so that 100% means that all deliveries arrived. */
const arrivedText = ({ arrived, expected }: Figures): string =>
  arrived === undefined || !expected ? '' : formatPercent(Math.floor((100 * Math.min(arrived, expected)) / expected));

function ceilingText(row: Row): string {
  const percent = percentOfCeiling(row);
  return percent === undefined ? '' : formatPercent(percent);
}

const COLUMNS: readonly (readonly [title: string, text: (row: Row) => string])[] = [
  ['system', ({ system }) => system],
  ['measure', ({ measure }) => measure],
  ['events/s', ({ figures }) => formatNumber(figures.perSecond)],
  ['of ceiling', ceilingText],
  ['ack p50', ({ figures }) => formatNumber(figures.ack?.p50, 1)],
  ['ack p99', ({ figures }) => formatNumber(figures.ack?.p99, 1)],
  ['end p50', ({ figures }) => formatNumber(figures.endToEnd?.p50, 1)],
  ['end p99', ({ figures }) => formatNumber(figures.endToEnd?.p99, 1)],
  ['deliv./s', ({ figures }) => formatNumber(figures.deliveriesPerSecond)],
  ['slowest/s', ({ figures }) => formatNumber(figures.slowestPerSecond, 2)],
  ['arrived', ({ figures }) => arrivedText(figures)],
  ['CPU s/1000', ({ figures }) => formatNumber(figures.cpuPerThousand, 2)],
  ['start ms', ({ figures }) => formatNumber(figures.restartMs ?? figures.startMs)],
  ['peak MB', ({ figures }) => formatNumber(figures.peakMb)],
  ['CPU %: service/db/load/target/other', ({ figures }) => cpuText(figures)],
];
/** Number of columns with text, which are left-aligned. */
const TEXT_COLUMNS = 2;

export function formatTable(rows: readonly Row[]): string {
  const cells = [COLUMNS.map(([title]) => title), ...rows.map((row) => COLUMNS.map(([, text]) => text(row)))];
  const widths = COLUMNS.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)));
  const pad = (text: string, column: number) =>
    column < TEXT_COLUMNS ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0);
  const format = (line: readonly string[]) => line.map(pad).join('  ').trimEnd();
  const [head = [], ...body] = cells;
  return [format(head), widths.map((width) => '-'.repeat(width)).join('  '), ...body.map(format)].join('\n');
}

/** Formats one row as a line, to print while other measurements are still running. */
export function formatProgress(row: Row): string {
  const figures = COLUMNS.slice(TEXT_COLUMNS)
    .map(([title, text]) => [title, text(row)] as const)
    .filter(([, text]) => text !== '');
  return `${row.system}, ${row.measure}: ${figures.map((figure) => figure.join(' ')).join(', ')}`;
}
