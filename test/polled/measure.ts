/**
 * `npm run polls`: simulates a day of branches of several sizes, and prints the table in `docs/performance.md`. It then
 * simulates random histories, and fails if a record does not run the Zap and no error reports the record.
 */

import { HOUR, WEEK_START } from '../../local/simulated-lists/simulated-time.ts';
import { playDay, type Day, type PlayedDay } from './scenarios/busy-day.ts';
import { problemsIn, randomHistory } from './scenarios/histories.ts';
import { SEVEN } from './scenarios/lesson-zaps.ts';

const STARTING = [
  ['301', '30 minutes before'],
  ['308', '1 hour before'],
  ['302', '2 hours before'],
] as const;
const OUTAGE = { from: WEEK_START + 5 * HOUR, to: WEEK_START + 9 * HOUR };
const FORGETTING = [3, 6, 8].map((hours) => WEEK_START + hours * HOUR);

/** A row of the table. Each row is simulated with two seeds. The seeds poll the Zaps in opposite orders. */
interface Row extends Omit<Day, 'seed' | 'zapIds'> {
  readonly zaps: string;
  readonly zapIds: readonly string[];
  readonly note: string;
}

const row = (perDay: number, crowd: number, minutes: number, zaps: string, zapIds: readonly string[]): Row => ({
  perDay,
  crowd,
  minutes,
  zaps,
  zapIds,
  note: '',
});
const seven = (perDay: number, crowd: number, minutes: number): Row => row(perDay, crowd, minutes, 'Seven', SEVEN);

const ROWS: readonly Row[] = [
  ...[1, 2].flatMap((minutes) => [seven(10, 5, minutes), seven(150, 60, minutes), seven(600, 100, minutes)]),
  ...[10, 60, 150, 300].map((perDay) => seven(perDay, Math.min(60, perDay / 2), 15)),
  row(600, 100, 15, 'Lesson Starting Soon, 30 minutes before', ['301']),
  row(600, 100, 15, 'Lesson Starting Soon, a day before', ['303']),
  row(600, 100, 15, 'Lesson Ended', ['304']),
  row(600, 100, 15, 'Lesson Not Completed', ['306']),
  row(600, 100, 15, 'Report Missing', ['307']),
  ...STARTING.map(([id, before]) => row(2_000, 100, 15, `Lesson Starting Soon, ${before}`, [id])),
  { ...seven(150, 40, 15), note: 'an outage of 4 hours', outage: OUTAGE },
  { ...seven(600, 100, 2), note: 'an outage of 4 hours', outage: OUTAGE },
  { ...seven(100, 30, 15), note: 'one poll in five fails', pollsPerFailure: 5 },
  { ...seven(600, 100, 2), note: 'one poll in five fails', pollsPerFailure: 5 },
  { ...seven(60, 40, 15), note: 'the cache forgets 3 times', forgetting: FORGETTING },
  { ...seven(600, 100, 2), note: 'the cache forgets 3 times', forgetting: FORGETTING },
];

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
const text = (number: number): string => number.toLocaleString('en');

function cellsOf({ perDay, crowd, minutes, zaps, note }: Row, days: readonly PlayedDay[]): string[] {
  const all = days.flatMap((day) => day.zaps);
  const requests = days.flatMap(({ requestsPerMinute }) => requestsPerMinute);
  const silent = sum(all.map((zap) => zap.silent.length));
  const wrong = sum(all.map((zap) => zap.wrong.length));
  if (wrong > 0) throw new Error(`${wrong} records should not have been returned.`);
  const latest = all.filter(({ trigger }) => trigger !== 'lesson_starting').map(({ latestMinutes }) => latestMinutes);
  return [
    `${text(perDay)} (${crowd})`,
    `${minutes} min`,
    note === '' ? zaps : `${zaps}; ${note}`,
    text(sum(all.map(({ runs }) => runs))),
    text(sum(all.map(({ reportedMisses }) => reportedMisses))),
    String(silent),
    latest.length === 0 ? '' : `${Math.max(...latest)} min`,
    String(Math.max(...requests)),
    String(sum(days.map(({ messages, recoveries }) => messages.length + recoveries))),
  ];
}

const HEADER = [
  'Lessons a day (at 15:00)',
  'Polls',
  'Zaps',
  'Runs',
  'Missed, reported',
  'Missed without an error',
  'Latest run',
  'Most requests per minute',
  'Errors',
];
const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

console.log(`${line(HEADER)}\n${line(HEADER.map(() => '---'))}`);
for (const [index, { zaps, note, ...day }] of ROWS.entries()) {
  const seeds = [1_000 + index, 2_007 + index];
  const days: PlayedDay[] = [];
  for (const [order, seed] of seeds.entries()) {
    days.push(await playDay({ ...day, seed, zapIds: order === 0 ? day.zapIds : day.zapIds.toReversed() }));
  }
  console.log(line(cellsOf({ zaps, note, ...day }, days)));
}

const RANDOM_HISTORIES = 100;
for (let seed = 0; seed < RANDOM_HISTORIES; seed++) {
  const day = randomHistory(seed);
  const problems = problemsIn(await playDay(day));
  if (problems.length > 0) throw new Error(`${JSON.stringify(day)}:\n${problems.join('\n')}`);
}
console.log(`\nPlayed ${RANDOM_HISTORIES} random histories: each due record ran once, or an error reported it.`);
