/** Tests of the changes in the records of the built app. They send sequences of events through a real relay. */

import { afterAll, beforeAll, expect, it } from '@jest/globals';

import {
  clientDeleted,
  clientEditedBeforeRedrive,
  clientMovedInPipeline,
  clientRecovered,
} from '../../local/sequences/clients.ts';
import {
  clientDeletedAtOnce,
  clientEditedAroundForgery,
  lessonMovedThenRenamed,
} from '../../local/sequences/bursts.ts';
import { jobStaffed } from '../../local/sequences/jobs.ts';
import type { Sequence } from '../../local/sequences/sequence.ts';
import { burstChanges } from './burst-changes.ts';
import { clientChanges } from './client-changes.ts';
import { changeIn, expectedChange, type Row } from './expected-change.ts';
import { lessonAndJobChanges } from './lesson-and-job-changes.ts';
import { createSequenceBed, type SequenceBed } from './sequence-bed.ts';
import { ZAPS } from './zaps.ts';

/** Time limit for the tests that wait for deliveries, in milliseconds. */
const TIMEOUT_MS = 300_000;

const TABLE = [...clientChanges, ...lessonAndJobChanges, ...burstChanges];

/** Returns the changes that the records of all Zaps report about a sequence. */
async function changesIn(bed: SequenceBed, sequence: Sequence): Promise<object> {
  const entries = ZAPS.map(async ({ name }) => [name, (await bed.recordsOf(name, sequence)).map(changeIn)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

/** Returns the changes that the records must report. */
const expectedChanges = (rows: readonly Row[]): object =>
  Object.fromEntries(
    ZAPS.map(({ name }) => [
      name,
      rows.filter(([, zaps]) => zaps.split(' ').includes(name)).map((row) => expectedChange(row, name)),
    ]),
  );

/**
 * Defines the tests of a relay.
 *
 * @param newDatabase - returns the URL of an empty database; undefined for a SQLite file
 */
export function sequenceTests(newDatabase: () => Promise<string | undefined>): void {
  let bed: SequenceBed;
  beforeAll(async () => {
    bed = await createSequenceBed();
    await bed.start(await newDatabase(), ZAPS);
    await Promise.all(TABLE.map(([sequence]) => bed.play(sequence)));
    await bed.settled();
  }, TIMEOUT_MS);
  afterAll(() => bed.stop());

  it.each(TABLE.map(([sequence, rows]) => [sequence.title, sequence, rows] as const))(
    'reports what changed when %s',
    async (_title, sequence, rows) => {
      expect(await changesIn(bed, sequence)).toEqual(expectedChanges(rows));
    },
  );

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
    const records = await bed.recordsOf('job_status_changed', jobStaffed);
    expect(await bed.testRecordsOf('job_status_changed')).toEqual(records);
    const moves = await bed.recordsOf('client_pipeline_stage_changed', clientMovedInPipeline);
    expect(await bed.testRecordsOf('client_pipeline_stage_changed')).toEqual(moves.reverse().slice(0, 3));
  });

  it(
    'forgets a record after its deletion, so that a recovered record starts without a previous state',
    async () => {
      await bed.play(clientRecovered);
      await bed.settled();
      const records = await bed.recordsOf('any_event', clientRecovered);
      expect(records.slice(2).map(changeIn)).toEqual([
        expectedChange(['Recovered.', '', 'unknown'], 'any_event'),
        expectedChange(
          ['Edited after the recovery.', '', { changes: ['Client Email: leaving@example.com → back@example.com'] }],
          'any_event',
        ),
      ]);
    },
    TIMEOUT_MS,
  );

  it(
    'compares a dead letter with the same previous state days later',
    async () => {
      const zap = { name: 'later', trigger: 'client_updated' };
      bed.failing.add(zap.name);
      await bed.turnOn(zap);
      const { deliveries } = clientEditedBeforeRedrive;
      await bed.play({ ...clientEditedBeforeRedrive, deliveries: deliveries.slice(0, 2) });
      await bed.skipOldest(zap.name);
      bed.failing.delete(zap.name);
      await bed.play({ ...clientEditedBeforeRedrive, deliveries: deliveries.slice(2) });
      await bed.settled();
      await bed.retainAfterDays(4);
      await bed.redrive(zap.name);
      await bed.settled();
      expect((await bed.recordsOf(zap.name, clientEditedBeforeRedrive)).map(changeIn)).toEqual([
        expectedChange(['Delivered before.', '', { changes: ['Client Town: Bath → Wells'] }], zap.name),
        expectedChange(['Given up.', '', { changes: ['Client Town: Bristol → Bath'] }], zap.name),
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
      const [, rows] = burstChanges.find(([each]) => each === lessonMovedThenRenamed) ?? [];
      expect(await changesIn(bed, sequence)).toEqual(expectedChanges(rows ?? []));
    },
    TIMEOUT_MS,
  );

  // The forged event makes runs of all Zaps about clients fail, so no later test can read their records.
  it(
    'ignores a forged event in the middle of a burst',
    async () => {
      const { deliveries } = clientEditedAroundForgery;
      const part = (start: number, end: number): Sequence => ({
        ...clientEditedAroundForgery,
        deliveries: deliveries.slice(start, end),
      });
      await bed.play(part(0, 2));
      await bed.play(part(2, 3), 'the-key-of-a-stranger-0123456789');
      await bed.play(part(3, 4));
      await bed.settled();
      const outcomes = await Promise.all(bed.runsOf('client_updated'));
      expect(outcomes.filter((outcome) => 'error' in outcome)).toHaveLength(1);
      const records = outcomes.flatMap((outcome) => ('error' in outcome ? [] : outcome.records));
      const { id } = clientEditedAroundForgery;
      expect(records.filter((record) => record.client_id === id).map(changeIn)).toEqual([
        expectedChange(['First edit.', '', { changes: ['Client Mobile: 07700 900123 → 07700 900555'] }], ''),
        expectedChange(['Second edit.', '', { changes: ['Client Town: Bristol → Bath'] }], ''),
      ]);
    },
    TIMEOUT_MS,
  );
}
