/** The bench's performance goals, and the comparison of figures with them. */

import type { Figures } from './measures.ts';
import { SLOW_MS } from './response-times.ts';
import { formatNumber, formatPercent, percentOfCeiling, type Row } from './table.ts';

/** The result for one goal. */
export interface Verdict {
  readonly isReached: boolean;
  readonly text: string;
}

/**
 * CPU usage of other processes above which a measurement is unreliable, in percent of a core. The limit allows for the
 * kernel's usage.
 */
const MAX_OTHER_CPU = 30;
/** CPU usage above which the single thread of a service is the bottleneck, in percent of a core. */
const SERVICE_BOUND = 85;
/** CPU usage above which the two cores are the bottleneck, in percent of a core. */
const MACHINE_BOUND = 170;
/** Factor by which the same figure may differ between two runs. */
const NOISE = 1.3;

/** Returns the measurements during which other processes used the machine. */
export const disturbedMeasures = (rows: readonly Row[]): string[] =>
  rows.flatMap(({ system, measure, figures: { cpu } }) =>
    cpu && cpu.other > MAX_OTHER_CPU ? [`${system}, ${measure}: ${formatPercent(cpu.other)} of a core`] : [],
  );

/** Returns the bottleneck of a measurement according to its CPU usage. */
export function bottleneckOf({ cpu }: Figures): string {
  if (!cpu) return '';
  const { service, database, load, target, other } = cpu;
  const shares = Object.entries({ service, database, load, target, other })
    .map(([name, share]) => `${name} ${formatPercent(share)}`)
    .join(', ');
  const total = service + database + load + target + other;
  if (other > MAX_OTHER_CPU) return `disturbed by other processes (of a core: ${shares})`;
  if (service > SERVICE_BOUND) return `limited by the service's single thread (of a core: ${shares})`;
  if (total > MACHINE_BOUND) return `limited by the two cores (of a core: ${shares})`;
  return `limited by the disk or by waiting, because cores were idle (of a core: ${shares})`;
}

interface Goal {
  readonly description: string;
  readonly unit: string;
  readonly limit: { readonly atLeast: number } | { readonly atMost: number };
  /** The value that the design aims for. A goal is missed only if a measurement does not reach the limit. */
  readonly aim?: number;
  readonly read: (row: Row) => number | undefined;
}

/** Judges each row that has the figure. A missed goal names the bottleneck. */
const judge = (rows: readonly Row[], { description, unit, limit, aim, read }: Goal): Verdict[] =>
  rows.flatMap((row) => {
    const value = read(row);
    if (value === undefined) return [];
    const isReached = 'atLeast' in limit ? value >= limit.atLeast : value <= limit.atMost;
    const bound =
      'atLeast' in limit ? `at least ${formatNumber(limit.atLeast, 2)}` : `at most ${formatNumber(limit.atMost)}`;
    const bottleneck = isReached ? '' : bottleneckOf(row.figures);
    const aimText = aim === undefined ? '' : `, aim: ${formatNumber(aim)}`;
    const text = `${row.system}, ${row.measure}: ${description} ${formatNumber(value, 2)} ${unit} (goal: ${bound}${aimText})`;
    return [{ isReached, text: bottleneck === '' ? text : `${text}; ${bottleneck}` }];
  });

/** Judges whether a cost is the same at every scale as at the smallest scale, apart from noise. */
function judgeGrowth(rows: readonly Row[], description: string, costOf: (row: Row) => number): Verdict[] {
  const [first, ...others] = rows;
  if (!first || others.length === 0) return [];
  const costs = rows.map((row) => `${formatNumber(costOf(row), 2)} ${row.measure.replace(/^\w+ /, '')}`);
  return [
    {
      isReached: others.every((row) => costOf(row) <= costOf(first) * NOISE),
      text: `${first.system}: ${description} does not grow: ${costs.join('; ')}`,
    },
  ];
}

const GOALS: readonly (Goal & { readonly measure: string })[] = [
  {
    measure: 'ingest, 32',
    description: 'of the ceiling',
    unit: '%',
    limit: { atLeast: 30 },
    aim: 45,
    read: percentOfCeiling,
  },
  {
    measure: 'ingest, 32',
    description: 'ack p99',
    unit: 'ms',
    limit: { atMost: 20 },
    read: ({ figures }) => figures.ack?.p99,
  },
  {
    measure: 'serving, 250',
    description: 'of the ceiling',
    unit: '%',
    limit: { atLeast: 15 },
    read: percentOfCeiling,
  },
  {
    measure: 'serving, 250',
    description: 'delivers',
    unit: 'deliveries/s at the same time',
    limit: { atLeast: 2_000 },
    aim: 5_000,
    read: ({ figures }) => figures.deliveriesPerSecond,
  },
  {
    measure: 'steady',
    description: 'ack p99',
    unit: 'ms',
    limit: { atMost: 40 },
    read: ({ figures }) => figures.ack?.p99,
  },
  {
    measure: 'steady',
    description: 'end to end p99',
    unit: 'ms',
    limit: { atMost: 60 },
    read: ({ figures }) => figures.endToEnd?.p99,
  },
  {
    measure: 'arrival, targets respond at once',
    description: 'end to end p50',
    unit: 'ms',
    limit: { atMost: 5 },
    read: ({ figures }) => figures.endToEnd?.p50,
  },
  {
    measure: 'arrival, targets respond at once',
    description: 'end to end p99',
    unit: 'ms',
    limit: { atMost: 15 },
    read: ({ figures }) => figures.endToEnd?.p99,
  },
  {
    measure: 'arrival, targets respond after',
    description: 'end to end p99',
    unit: 'ms',
    limit: { atMost: SLOW_MS + 10 },
    read: ({ figures }) => figures.endToEnd?.p99,
  },
  ...['300 Zaps', '2,000 Zaps'].map((measure) => ({
    measure,
    description: 'rate of the slowest Zap',
    unit: 'deliveries/s',
    limit: { atLeast: (1000 / SLOW_MS) * 0.95 },
    read: ({ figures }: Row) => figures.slowestPerSecond,
  })),
  {
    measure: 'drain',
    description: 'rate',
    unit: 'deliveries/s',
    limit: { atLeast: 10_000 },
    read: ({ figures }) => figures.deliveriesPerSecond,
  },
  {
    measure: 'restart',
    description: 'SIGKILL to serving',
    unit: 'ms',
    limit: { atMost: 1000 },
    aim: 400,
    read: ({ figures }) => figures.restartMs,
  },
];

const MEMORY_GOAL: Goal = {
  description: 'peak memory',
  unit: 'MB',
  limit: { atMost: 250 },
  aim: 180,
  read: ({ figures }) => figures.peakMb,
};

/**
 * Judges the measurement with the highest memory usage. CPU usage is omitted, because it does not explain memory usage.
 */
function judgeMemory(rows: readonly Row[]): Verdict[] {
  const [first, ...others] = rows;
  if (!first) return [];
  const worst = others.reduce((most, row) => (row.figures.peakMb > most.figures.peakMb ? row : most), first);
  return judge([{ ...worst, figures: { peakMb: worst.figures.peakMb, errors: [] } }], MEMORY_GOAL);
}

/** Judges all goals for the measurements of one store. */
export function judgeStore(rows: readonly Row[]): Verdict[] {
  const startingWith = (prefix: string) => rows.filter(({ measure }) => measure.startsWith(prefix));
  return [
    ...GOALS.flatMap((goal) => judge(startingWith(goal.measure), goal)),
    ...judgeMemory(rows),
    ...judgeGrowth(
      startingWith('steady with'),
      'CPU time per 1,000 events (s)',
      ({ figures }) => figures.cpuPerThousand ?? NaN,
    ),
    ...judgeGrowth(
      startingWith('ingest with'),
      'time per event (ms)',
      ({ figures }) => 1000 / (figures.perSecond ?? NaN),
    ),
  ];
}
