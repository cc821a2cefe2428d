/**
 * The changes that records of the built app show, after a real relay has delivered sequences of events to its Zaps. The
 * tests of `src/record/` cover the comparison of values.
 */

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import type { FlatRecord } from '../../../src/record/record.ts';
import { client } from '../../../objects/client.ts';
import { createSequenceBed, type SequenceBed, type SequenceZap } from './sequence-bed.ts';
import { bursts, clientDeletedAtOnce, lessonMovedThenRenamed } from '../../../local/events/bursts.ts';
import { clientDeleted, clients, editedInOneDelivery } from '../../../local/events/clients.ts';
import { incompleteEvents } from '../../../local/events/incomplete-events.ts';
import { coveredLesson, jobLabelled, lessonMoved } from '../../../local/events/jobs-and-lessons.ts';
import {
  changed,
  clientCreated,
  clientEdited,
  eventWith,
  HOUR_SECONDS,
  rowsOf,
  sequence,
  type ExpectedSequence,
  type Row,
  type Sequence,
  type Step,
} from '../../../local/events/sequence.ts';

/** The Zaps that receive the sequences. A Zap without choices has the name of its trigger. */
const ZAPS: readonly SequenceZap[] = [
  ...[
    ...['any_event', 'client_created', 'client_updated', 'client_status_changed', 'client_pipeline_stage_changed'],
    ...['client_deleted', 'lesson_created', 'lesson_updated', 'lesson_completed', 'job_created'],
    ...['job_label_added', 'client_label_added'],
  ].map((trigger) => ({ name: trigger, trigger })),
  { name: 'town', trigger: 'client_updated', inputs: { only_when_changed: ['client_town', 'client_mobile'] } },
  {
    name: 'town_known',
    trigger: 'client_updated',
    inputs: { only_when_changed: ['client_town', 'client_mobile'], skip_when_unknown: true },
  },
  { name: 'from_live', trigger: 'client_status_changed', inputs: { from_statuses: ['live'] } },
  { name: 'from_new', trigger: 'client_pipeline_stage_changed', inputs: { from_stages: ['1'] } },
  { name: 'exam_year', trigger: 'client_label_added', inputs: { label: '23' } },
  {
    name: 'moved',
    trigger: 'lesson_updated',
    inputs: { only_when_changed: ['lesson_start'], skip_when_unknown: true },
  },
];

/** Time limit for the tests that wait for deliveries, in milliseconds. */
const TIMEOUT_MS = 300_000;

const TABLE = [...clients, lessonMoved, coveredLesson, jobLabelled, ...bursts, ...incompleteEvents];

/** The events that follow the deletion in {@link clientDeleted}. */
const recovered: readonly Step[] = [
  [
    eventWith('RECOVERED_A_CLIENT', 'Recovered a Client')(2 * HOUR_SECONDS, 'Recovered.', {
      email: 'leaving@example.com',
    }),
    ['any_event', 'unknown'],
  ],
  [
    clientEdited(3 * HOUR_SECONDS, 'Edited after the recovery.', { email: 'back@example.com' }),
    ['any_event', changed('Client Email: leaving@example.com → back@example.com')],
  ],
];

/** The keys that describe a change in detail, in addition to `changes_known`, `changed_fields` and `changes`. */
const DETAIL_KEYS = [
  ...['previous_status', 'previous_pipeline_stage', 'added_labels', 'removed_labels', 'previous_start'],
  'previous_finish',
];

/** Returns the text at a key of a record; an empty string for any other value. */
const textAt = (record: FlatRecord, key: string): string => {
  const { [key]: value } = record;
  return typeof value === 'string' ? value : '';
};

/** Returns the change that a record reports. */
function changeIn(record: FlatRecord): object {
  const { event_message, changes_known, changed_fields, changes } = record;
  const lines = Array.isArray(changes) ? changes : [];
  expect(changed_fields ?? '').toBe(lines.map(({ field }) => field).join(', '));
  const details = DETAIL_KEYS.filter((key) => key in record).map((key) => [key, textAt(record, key)] as const);
  return {
    event: event_message,
    isKnown: changes_known,
    changes: lines.map(({ field, before, after }) => `${String(field)}: ${String(before)} → ${String(after)}`).sort(),
    hasDetails: details.some(([, value]) => value !== ''),
    details: Object.fromEntries(details),
  };
}

const anything: unknown = expect.anything();

/** Returns the change that the record of a Zap must report. */
function expectedChange([event, , expected]: Row, zap: string): object {
  if (expected === 'unknown') return { event, isKnown: false, changes: [], hasDetails: false, details: anything };
  const details = zap === 'any_event' ? {} : (expect.objectContaining({ ...expected.details }) as unknown);
  return { event, isKnown: true, changes: [...expected.changes].sort(), hasDetails: anything, details };
}

/** Returns the changes that all records about a sequence report, by the name of the Zap. */
async function changesIn(bed: SequenceBed, sequence: Sequence): Promise<object> {
  const entries = ZAPS.map(async ({ name }) => [name, (await bed.recordsOf(name, sequence)).map(changeIn)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

/** Returns the changes that the records must report, by the name of the Zap. */
const expectedChanges = ({ rows }: ExpectedSequence): object =>
  Object.fromEntries(
    ZAPS.map(({ name }) => [
      name,
      rows.filter(([, zaps]) => zaps.split(' ').includes(name)).map((row) => expectedChange(row, name)),
    ]),
  );

describe('the records of Zaps at a relay', () => {
  let bed: SequenceBed;
  beforeAll(async () => {
    bed = await createSequenceBed(ZAPS);
    await Promise.all(TABLE.map((sequence) => bed.play(sequence)));
    await bed.settled();
  }, TIMEOUT_MS);
  afterAll(() => bed.stop());

  it.each(TABLE)('reports what changed when $title', async (sequence) => {
    expect(await changesIn(bed, sequence)).toEqual(expectedChanges(sequence));
  });

  it('shows what was known about a record that was deleted a second after its only event', async () => {
    const records = await bed.recordsOf('client_deleted', clientDeletedAtOnce);
    expect(records).toMatchObject([{ client_email: 'short@example.com', client_town: 'Bristol' }]);
  });

  it('says why a change is unknown', async () => {
    const reasonsOf = async (name: string, one: Sequence) =>
      (await bed.recordsOf(name, one)).map(({ changes_unknown_because }) => changes_unknown_because);
    expect(await reasonsOf('client_updated', editedInOneDelivery)).toEqual([
      'TutorCruncher sent this event in one webhook together with others. Only events that arrive by themselves are compared.',
      null,
    ]);
    expect(await reasonsOf('client_created', editedInOneDelivery)).toEqual([
      'No earlier event about this record is known.',
    ]);
  });

  it('offers the received events with their changes for testing a Zap, newest first', async () => {
    const told = (records: readonly FlatRecord[]) => records.map((record) => ({ id: record.id, ...changeIn(record) }));
    const records = await bed.recordsOf('job_label_added', jobLabelled);
    expect(told(await bed.testRecordsOf('job_label_added'))).toEqual(told(records.reverse()));
  });

  it(
    'forgets a record after its deletion, so that a recovered record starts without a previous state',
    async () => {
      await bed.play(sequence('the client is recovered', client, clientDeleted.id, ...recovered));
      await bed.settled();
      const records = await bed.recordsOf('any_event', clientDeleted);
      expect(records.slice(2).map(changeIn)).toEqual(rowsOf(recovered).map((row) => expectedChange(row, 'any_event')));
    },
    TIMEOUT_MS,
  );

  it(
    'reports each change of a burst once if the relay is killed in the middle and started again',
    async () => {
      const sequence = { ...lessonMovedThenRenamed, id: 8104 };
      await bed.playWithKills(sequence);
      await bed.settled();
      expect(await changesIn(bed, sequence)).toEqual(expectedChanges(sequence));
    },
    TIMEOUT_MS,
  );

  it.each(incompleteEvents)(
    'reports the same from a relay in a process of its own, even if the process is killed: $title',
    async (played) => {
      const again = { ...played, id: played.id + 50 };
      await bed.playWithKills(again);
      await bed.settled();
      expect(await changesIn(bed, again)).toEqual(expectedChanges(again));
    },
    TIMEOUT_MS,
  );

  // This test comes last, because the forged event makes a run of each Zap about clients fail. After a failed run, no
  // test can read a Zap's records.
  it(
    'ignores a forged event in the middle of a burst',
    async () => {
      const first = clientEdited(HOUR_SECONDS, 'First edit.', { mobile: '07700 900555' });
      const forged = clientEdited(HOUR_SECONDS + 1, 'Forged.', { mobile: '07700 900666', town: 'Nowhere' });
      const second = clientEdited(HOUR_SECONDS + 2, 'Second edit.', { mobile: '07700 900555', town: 'Bath' });
      const about = (...steps: readonly Step[]) => sequence('a forged event arrives', client, 3109, ...steps);
      await bed.play(about([clientCreated(0, 'Created.')], [first]));
      await bed.play(about([forged]), 'the-key-of-a-stranger-0123456789');
      await bed.play(about([second]));
      await bed.settled();
      const outcomes = await Promise.all(bed.runsOf('client_updated'));
      expect(outcomes.filter((outcome) => 'error' in outcome)).toHaveLength(1);
      const records = outcomes.flatMap((outcome) => ('error' in outcome ? [] : outcome.records));
      expect(records.filter((record) => record.client_id === 3109).map(changeIn)).toEqual([
        expectedChange(['First edit.', '', changed('Client Mobile: 07700 900123 → 07700 900555')], ''),
        expectedChange(['Second edit.', '', changed('Client Town: Bristol → Bath')], ''),
      ]);
    },
    TIMEOUT_MS,
  );
});
