/**
 * Random bursts of events, compared with a model that knows the true order of changes. The value of each field is the
 * number of the change that set the field, so a reported change shows exactly which true changes are covered.
 *
 * @slow 300 random sequences of bursts, 8 s of CPU
 */

import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { PRIVATE_KEY } from '../../../local/hook-calls.ts';
import { addState, earlierInBurst, type SubjectState } from '../../../relay/store/deliveries/earlier-states.ts';
import type { Trigger } from '../../../src/instant/trigger.ts';
import { envelopeText, type SealedBytes } from '../../../wire/sealing/envelope-text.ts';
import { loadRelayedTriggers, receive } from '../../support/relayed-triggers.ts';
import { createSeal, signedContent } from '../../support/sealed-envelope.ts';

const RUNS = 150;
const HOUR_MS = 3_600_000;
const T0 = Date.parse('2026-06-01T09:00:00Z');

const FIELDS = ['town', 'mobile'] as const;
type Field = (typeof FIELDS)[number];
const EDITED = 'EDITED_A_CLIENT';
/** An action that Client Updated does not select. */
const OTHER = 'CHANGED_CLIENT_STATUS';

/** A change that a user makes in TutorCruncher. */
interface TrueChange {
  readonly field: Field;
  /** The actions of the events that the change causes, ordered by time. */
  readonly actions: readonly string[];
  /**
   * Number of later changes of the burst that happen before TutorCruncher renders the bodies of this change's events.
   */
  readonly delay: number;
}

/** The changes of a burst, and random numbers that determine the order in which the events of the burst arrive. */
interface Burst {
  readonly changes: readonly TrueChange[];
  readonly arrival: readonly number[];
}

/** An event that the model sends. `fields` contains the number of the change that set each field. */
interface SentEvent {
  readonly time: number;
  readonly action: string;
  readonly fields: Readonly<Record<Field, number>>;
}

const MAX_EVENTS = 8;

const burst: fc.Arbitrary<Burst> = fc.record({
  changes: fc
    .array(
      fc.record({
        field: fc.constantFrom(...FIELDS),
        actions: fc.constantFrom([EDITED], [EDITED], [OTHER], [EDITED, OTHER], [OTHER, EDITED]),
        delay: fc.constantFrom(0, 0, 0, 1, 2, MAX_EVENTS),
      }),
      { minLength: 1, maxLength: MAX_EVENTS },
    )
    .map((changes) =>
      changes.filter((_, index) => changes.slice(0, index + 1).flatMap(({ actions }) => actions).length <= MAX_EVENTS),
    ),
  arrival: fc.array(fc.nat(), { minLength: MAX_EVENTS, maxLength: MAX_EVENTS }),
});
const bursts = fc.array(burst, { minLength: 1, maxLength: 3 });

/**
 * Returns the true changes of all bursts, and the events of each burst ordered by time. Change 0 creates the client.
 */
function happen(planned: readonly Burst[]) {
  const changes: TrueChange[] = [
    { field: 'town', actions: [OTHER], delay: 0 },
    ...planned.flatMap((one) => one.changes),
  ];
  /** Returns the fields after a change. @param number - the number of the change */
  const stateAfter = (number: number): Record<Field, number> => {
    const lastOf = (field: Field) => changes.slice(0, number + 1).findLastIndex((one) => one.field === field);
    return { town: lastOf('town'), mobile: Math.max(0, lastOf('mobile')) };
  };
  const events: SentEvent[][] = [[{ time: T0, action: OTHER, fields: stateAfter(0) }]];
  let number = 0;
  for (const [index, { changes: own }] of planned.entries()) {
    const last = number + own.length;
    let rendered = 0;
    let count = 0;
    events.push(
      own.flatMap(({ actions, delay }) => {
        number++;
        // TutorCruncher renders bodies in the order of the events.
        rendered = Math.max(rendered, Math.min(last, number + delay));
        const fields = stateAfter(rendered);
        return actions.map((action) => ({ time: T0 + (index + 1) * HOUR_MS + count++ * 600, action, fields }));
      }),
    );
  }
  return { changes, events };
}

let clientUpdated: Trigger;
let seal: Awaited<ReturnType<typeof createSeal>>;

beforeAll(async () => {
  clientUpdated = (await loadRelayedTriggers())('client_updated');
  seal = await createSeal(PRIVATE_KEY);
});

function sealed({ time, action, fields }: SentEvent, receivedAt: number): SealedBytes {
  const texts = Object.fromEntries(Object.entries(fields).map(([field, number]) => [field, `value ${number}`]));
  const subject = { ...clientUpdated.sampleEvent.subject, ...texts };
  const event = { ...clientUpdated.sampleEvent, action, timestamp: new Date(time).toISOString(), subject };
  return seal(signedContent({ events: [event] }, PRIVATE_KEY), {
    receivedAt,
    actions: [action],
    model: 'client',
    subjectId: '301',
    eventTime: time,
  });
}

/**
 * Returns the envelopes that the relay sends to Client Updated. As in the relay, `addState` determines which earlier
 * events accompany each event.
 *
 * @param arrivals - all events, in the order of their arrival
 */
function envelopes(arrivals: readonly SentEvent[]): string[] {
  let known: SubjectState | undefined;
  const members: { seq: number; burst: number; bytes: number; eventTime: number; delivery: SealedBytes }[] = [];
  return arrivals.flatMap((event, index) => {
    const [seq, receivedAt] = [index + 1, T0 + index];
    const { state, earlier } = addState(known, { seq, eventTime: event.time, receivedAt });
    known = state;
    const delivery = sealed(event, receivedAt);
    members.push({ seq, burst: earlier.burst ?? seq, bytes: 0, eventTime: event.time, delivery });
    if (event.action !== EDITED) return [];
    const own = members.filter((one) => one.burst === (earlier.burst ?? seq));
    const ordered = own.sort((one, other) => one.eventTime - other.eventTime || one.seq - other.seq);
    const deliveryOf = (number: number) => members.find((one) => one.seq === number)?.delivery ?? null;
    const deliveries = earlierInBurst(seq, ordered).map((one) => deliveryOf(one.seq) ?? delivery);
    return [envelopeText({ ...delivery, previous: deliveryOf(earlier.earlierSeq ?? 0), burst: deliveries })];
  });
}

/** Returns the true changes that each run of a Zap covers. The Zap runs only when `field` changes. */
async function coveredBy(
  contents: readonly string[],
  field: Field,
  changes: readonly TrueChange[],
): Promise<number[][]> {
  const covered: number[][] = [];
  for (const content of contents) {
    const inputData = { time_zone: 'Europe/London', only_when_changed: [`client_${field}`], skip_when_unknown: true };
    for (const record of await receive(clientUpdated, content, inputData)) {
      const lines = Array.isArray(record.changes) ? record.changes : [];
      const line = lines.find((one) => one.field === (field === 'town' ? 'Client Town' : 'Client Mobile'));
      const [before = NaN, after = NaN] = [line?.before, line?.after].map((text) => Number(String(text).slice(6)));
      expect(before).toBeLessThan(after);
      const numbers = [...changes.keys()].slice(before + 1, after + 1);
      covered.push(numbers.filter((number) => changes[number]?.field === field));
    }
  }
  return covered;
}

/** Returns the numbers of the changes to a field that cause an event of Client Updated. */
const ownChanges = (field: Field, changes: readonly TrueChange[]): number[] =>
  changes.flatMap((one, number) => (number > 0 && one.field === field && one.actions.includes(EDITED) ? [number] : []));

/**
 * Returns true if Client Updated cannot detect a change. A change is hidden if an event of another trigger shows the
 * change first, and the record changes again before TutorCruncher renders the body of Client Updated's event.
 */
function isHidden(field: Field, change: number, events: readonly SentEvent[]): boolean {
  const showing = events.filter((event) => event.fields[field] >= change);
  const first = showing.findIndex(({ action }) => action === EDITED);
  const isOtherState = ({ fields }: SentEvent) => FIELDS.some((each) => fields[each] !== showing[first]?.fields[each]);
  return showing.slice(0, first).some(isOtherState);
}

describe('Only When Changed', () => {
  it(`runs exactly once per true change in ${RUNS} sequences that arrive in order, unless the change is hidden`, async () => {
    const counts = { own: 0, hidden: 0 };
    await fc.assert(
      fc.asyncProperty(bursts, async (planned) => {
        const { changes, events } = happen(planned);
        const contents = envelopes(events.flat());
        for (const field of FIELDS) {
          const covered = await coveredBy(contents, field, changes);
          const numbers = covered.flat();
          expect(new Set(numbers).size).toBe(numbers.length);
          const own = ownChanges(field, changes);
          const expected = own.filter((change) => !isHidden(field, change, events.flat()));
          expect(numbers).toEqual(expect.arrayContaining(expected));
          expect(covered.every((run) => run.length > 0)).toBe(true);
          counts.own += own.length;
          counts.hidden += own.length - expected.length;
        }
      }),
      { numRuns: RUNS },
    );
    expect(counts.hidden).toBeLessThan(counts.own / 50);
  }, 300_000);

  it(`never runs twice for one change in ${RUNS} sequences, in any order of arrival within a burst`, async () => {
    await fc.assert(
      fc.asyncProperty(bursts, async (planned) => {
        const { changes, events } = happen(planned);
        const shuffled = events.map((own, index) => {
          const ranks = planned[index - 1]?.arrival ?? [];
          return own.toSorted((one, other) => (ranks[own.indexOf(one)] ?? 0) - (ranks[own.indexOf(other)] ?? 0));
        });
        const contents = envelopes(shuffled.flat());
        for (const field of FIELDS) {
          const numbers = (await coveredBy(contents, field, changes)).flat();
          expect(new Set(numbers).size).toBe(numbers.length);
        }
      }),
      { numRuns: RUNS },
    );
  }, 300_000);
});
