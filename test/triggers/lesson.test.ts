import { describe, expect, it } from '@jest/globals';

import type { FlatRecord } from '../../src/record/record.ts';
import { CLASS_LESSON, FAMILIES, tracesOfOthers } from '../../local/events/class-of-nine.ts';
import { loadRelayedTriggers, send } from '../support/relayed-triggers.ts';

const relayed = await loadRelayedTriggers();

const EACH_CLIENT = { run_for: 'client' };
const [ABARA] = FAMILIES;
const NAMES_BY_FAMILY = FAMILIES.map(({ students }) => students.map(({ name }) => name).join(', '));

/** Returns the values in which the records for the families contain another family. */
const leaksIn = (records: readonly FlatRecord[]): string[] =>
  records.flatMap((record, index) => tracesOfOthers(record, FAMILIES.slice(index, index + 1)));

describe('Lesson Deleted', () => {
  const deleted = relayed('lesson_deleted');

  it('offers Run For, and runs for the people of the previous event, without a request', async () => {
    const records = await send(deleted, { earlier: CLASS_LESSON, inputData: EACH_CLIENT });
    expect(records.map(({ student_names }) => student_names)).toEqual(NAMES_BY_FAMILY);
    expect(records[0]).toMatchObject({
      lesson_topic: 'Quadratic equations',
      students: [{ client_id: ABARA.client }, {}],
    });
    expect(leaksIn(records)).toEqual([]);
    expect(records[0]?.id).toMatch(/^[0-9a-f]{64}:70101$/);
  });

  it('runs for nobody if the relay does not know the people', async () => {
    expect(await send(deleted, { earlier: null, inputData: EACH_CLIENT })).toEqual([]);
    expect(await send(deleted, { earlier: { rcras: [] }, inputData: EACH_CLIENT })).toEqual([]);
  });
});
