/** Conditions on the subject that the owner of a Zap has chosen, in an app that is built for a relay. */

import { describe, expect, it } from '@jest/globals';

import { shownMessageOf } from '../../../local/app-runner.ts';
import type { TutorCruncherEvent } from '../../../wire/delivery.ts';
import type { JsonObject } from '../../../wire/json.ts';
import { loadRelayedTriggers } from '../../support/relayed-triggers.ts';
import { withBurst, withPrevious } from '../../support/sealed-envelope.ts';
import { bundleOf, eventAt, found, MISSING, sealed, zWith, type ReadResponse } from '../../support/record-reads.ts';
import { skipPauses } from '../../support/skipped-pauses.ts';

const relayed = await loadRelayedTriggers();
skipPauses();

/** An event, and the earlier events that the relay sends with this event. */
interface Sent {
  readonly event: TutorCruncherEvent;
  readonly previous?: TutorCruncherEvent;
  readonly burst?: readonly TutorCruncherEvent[];
}

/** Runs a Zap. Returns its records, and the reads that the run made. */
async function receive(
  key: string,
  { event, previous, burst = [] }: Sent,
  inputData: JsonObject,
  response: ReadResponse,
) {
  let envelope = await sealed(event);
  if (previous) envelope = withPrevious(envelope, await sealed(previous));
  if (burst.length > 0) envelope = withBurst(envelope, await Promise.all(burst.map(sealed)));
  const { z, reads } = zWith(response);
  const records = await relayed(key).definition.operation.perform(z, bundleOf(inputData, envelope));
  return { records, reads };
}

const WEEKEND = { label: '21' };
const LABELS = { labels: [{ id: 21, name: 'Weekend' }] };
const STAGE = { pipeline_stage: { id: 3, name: 'Trial' } };

describe('a chosen pipeline stage', () => {
  it.each([
    ['is met by the record', found(STAGE), 1],
    ['is not met by a record in another stage', found({ pipeline_stage: { id: 4 } }), 0],
    ['is not met by a record in no stage', found({ pipeline_stage: null }), 0],
  ])('%s if the event lacks the stage', async (_case, response, count) => {
    const sent = { event: eventAt(0, {}, 'MOVED_PIPELINE_STAGE') };
    const { records, reads } = await receive('client_pipeline_stage_changed', sent, { to_stages: ['3'] }, response);
    expect([records.length, reads]).toEqual([count, ['/api/clients/301/']]);
  });
});

describe('a condition on a record that no longer exists', () => {
  it.each<[string, Partial<Sent>, number]>([
    ['is met by the previous state', { previous: eventAt(0, LABELS) }, 1],
    ['is not met by another previous state', { previous: eventAt(0, { labels: [{ id: 22 }] }) }, 0],
    ['is not met if the previous state lacks the field', { previous: eventAt(0, { labels: [] }) }, 0],
    ['is not met without a previous state', {}, 0],
    ['prefers the newest state', { previous: eventAt(0, { labels: [{ id: 22 }] }), burst: [eventAt(7, LABELS)] }, 1],
  ])('%s', async (_case, earlier, count) => {
    const { records } = await receive('client_updated', { event: eventAt(8, {}), ...earlier }, WEEKEND, MISSING);
    expect(records).toHaveLength(count);
  });
});

describe('an event that cannot be decided', () => {
  it('halts the run with a message about the console', async () => {
    const run = receive('client_updated', { event: eventAt(0, {}) }, WEEKEND, { status: 503, data: {} });
    await expect(run).rejects.toMatchObject({ name: 'HaltedError' });
    expect(await run.catch(shownMessageOf)).toMatch(
      / "See what happened to each event" .* and click Send again beside this Zap\.$/,
    );
  });

  it('is repeated if an event of its burst created the record', async () => {
    const burst = [eventAt(0, { first_name: 'P' }, 'CREATED_A_CLIENT')];
    const run = receive('client_updated', { event: eventAt(0, {}), burst }, WEEKEND, MISSING);
    await expect(run).rejects.toThrow('does not know the new client yet');
  });
});

describe('one change in a burst', () => {
  const EMPTY = { labels: [] };
  const BEFORE = eventAt(0, { ...LABELS, last_name: 'Shah' });
  const ONLY = { ...WEEKEND, only_when_changed: ['client_name'], skip_when_unknown: true };

  /** Returns the number of runs for each event of a burst, in the order in which the events arrive. */
  async function runs(...shapes: readonly JsonObject[]): Promise<number[]> {
    const events = shapes.map((shape, index) => eventAt(index + 6, { ...shape, last_name: 'Raman' }));
    const counts: number[] = [];
    for (const [index, event] of events.entries()) {
      const sent = { event, previous: BEFORE, burst: events.slice(0, index) };
      counts.push((await receive('client_updated', sent, ONLY, found(LABELS))).records.length);
    }
    return counts;
  }

  it.each<[string, readonly JsonObject[]]>([
    ['no event contains labels', [{}, {}, {}]],
    ['all labels are empty', [EMPTY, EMPTY]],
    ['only the first event contains labels', [LABELS, {}, EMPTY]],
    ['only a later event contains labels', [{}, LABELS]],
    ['an empty list precedes labels', [EMPTY, LABELS, {}]],
  ])('is reported exactly once if %s', async (_case, shapes) => {
    expect(await runs(...shapes)).toEqual([1, ...shapes.slice(1).map(() => 0)]);
  });

  it('takes no request if the choices about changes exclude the event', async () => {
    const sent = { event: eventAt(7, { last_name: 'Shah' }), previous: BEFORE };
    expect(await receive('client_updated', sent, ONLY, found(LABELS))).toEqual({ records: [], reads: [] });
  });
});
