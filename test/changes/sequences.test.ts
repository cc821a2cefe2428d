/**
 * The changes in the records of the built app, which receives sequences of events through a real relay. The tests of
 * `src/record/` cover how values are compared.
 */

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { eventWith, HOUR, type Sequence, type SequenceEvent } from './sequences/sequence.ts';
import { client } from '../../objects/client.ts';
import type { FlatRecord } from '../../src/record/record.ts';
import { changed, changeIn, expectedChange, rowsOf, type ExpectedSequence, type Step } from './expected-change.ts';
import { createSequenceBed, type SequenceBed } from './sequence-bed.ts';
import { bursts, clientDeletedAtOnce, lessonMovedThenRenamed } from './sequences/bursts.ts';
import { clientDeleted, clients } from './sequences/clients.ts';
import { clientCreated, clientEdited } from './sequences/events.ts';
import { jobLabelled, lessonMoved } from './sequences/jobs-and-lessons.ts';
import { ZAPS } from './zaps.ts';

/** Time limit for the tests that wait for deliveries, in milliseconds. */
const TIMEOUT_MS = 300_000;

const TABLE = [...clients, lessonMoved, jobLabelled, ...bursts];

/** The events about {@link clientDeleted} after the deletion has been delivered. */
const recovered: readonly Step[] = [
  [
    eventWith('RECOVERED_A_CLIENT', 'Recovered a Client')(2 * HOUR, 'Recovered.', { email: 'leaving@example.com' }),
    ['any_event', 'unknown'],
  ],
  [
    clientEdited(3 * HOUR, 'Edited after the recovery.', { email: 'back@example.com' }),
    ['any_event', changed('Client Email: leaving@example.com → back@example.com')],
  ],
];

/** Returns a sequence of events about a client. */
const about = (id: number, ...events: readonly SequenceEvent[]): Sequence => ({
  object: client,
  id,
  deliveries: events.map((event) => [event]),
});

/** Returns the changes that the records of all Zaps report about a sequence. */
async function changesIn(bed: SequenceBed, sequence: Sequence): Promise<object> {
  const entries = ZAPS.map(async ({ name }) => [name, (await bed.recordsOf(name, sequence)).map(changeIn)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

/** Returns the changes that the records must report. */
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

  it('shows all that was known about a deleted record, and its last name from the deletion', async () => {
    const [record] = await bed.recordsOf('client_deleted', clientDeleted);
    expect(record).toMatchObject({
      client_name: 'Priya Raman-Patel',
      client_last_name: 'Raman-Patel',
      client_email: 'leaving@example.com',
      client_mobile: '07700 900123',
      client_address: '8 Mill Lane, Bristol, Avon, BS1 4ZZ, United Kingdom (GB)',
      client_label_names: 'Weekend, Sibling discount',
    });
  });

  it('shows what was known about a record that was deleted a second after its only event', async () => {
    const records = await bed.recordsOf('client_deleted', clientDeletedAtOnce);
    expect(records).toMatchObject([{ client_email: 'short@example.com', client_town: 'Bristol' }]);
  });

  it('offers the received events with their changes for testing a Zap, newest first', async () => {
    const told = (records: readonly FlatRecord[]) => records.map((record) => ({ id: record.id, ...changeIn(record) }));
    const records = await bed.recordsOf('job_label_added', jobLabelled);
    expect(told(await bed.testRecordsOf('job_label_added'))).toEqual(told(records.reverse()));
  });

  it(
    'forgets a record after its deletion, so that a recovered record starts without a previous state',
    async () => {
      const events = recovered.map(([event]) => event);
      await bed.play(about(clientDeleted.id, ...events));
      await bed.settled();
      const records = await bed.recordsOf('any_event', clientDeleted);
      expect(records.slice(2).map(changeIn)).toEqual(rowsOf(recovered).map((row) => expectedChange(row, 'any_event')));
    },
    TIMEOUT_MS,
  );

  it(
    'compares a dead letter with the same previous state days later',
    async () => {
      const zap = { name: 'later', trigger: 'client_updated' };
      bed.failing.add(zap.name);
      await bed.turnOn(zap);
      await bed.play(about(3014, clientCreated(0, 'Created.'), clientEdited(HOUR, 'Given up.', { town: 'Bath' })));
      await bed.skipOldest(zap.name);
      bed.failing.delete(zap.name);
      await bed.play(about(3014, clientEdited(2 * HOUR, 'Delivered before.', { town: 'Wells' })));
      await bed.settled();
      await bed.retainAfterDays(4);
      await bed.redrive(zap.name);
      await bed.settled();
      expect((await bed.recordsOf(zap.name, about(3014))).map(changeIn)).toEqual([
        expectedChange(['Delivered before.', '', changed('Client Town: Bath → Wells')], zap.name),
        expectedChange(['Given up.', '', changed('Client Town: Bristol → Bath')], zap.name),
      ]);
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

  // The forged event makes runs of all Zaps about clients fail, so no later test can read their records.
  it(
    'ignores a forged event in the middle of a burst',
    async () => {
      const first = clientEdited(HOUR, 'First edit.', { mobile: '07700 900555' });
      const forged = clientEdited(HOUR + 1, 'Forged.', { mobile: '07700 900666', town: 'Nowhere' });
      const second = clientEdited(HOUR + 2, 'Second edit.', { mobile: '07700 900555', town: 'Bath' });
      await bed.play(about(3109, clientCreated(0, 'Created.'), first));
      await bed.play(about(3109, forged), 'the-key-of-a-stranger-0123456789');
      await bed.play(about(3109, second));
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
