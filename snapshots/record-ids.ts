/**
 * The ids of the records of a snapshot, with the events and the lists of TutorCruncher from which they are computed.
 * Zapier runs a Zap for an id that it does not know, so the ids must be the same in all later versions.
 */

import type { RecordState } from '../local/simulated-lists/polled-list.ts';
import { POLLED_LISTS } from '../local/simulated-lists/all-lists.ts';
import { DAY, HOUR, WEEK_START } from '../local/simulated-lists/simulated-time.ts';
import { requestFromTutorCruncher } from '../local/signed-delivery.ts';
import { webhookTriggers } from '../triggers/index.ts';
import type { JsonObject } from '../wire/json.ts';
import { bursts } from '../local/events/bursts.ts';
import { clients } from '../local/events/clients.ts';
import { incompleteEvents } from '../local/events/incomplete-events.ts';
import { jobLabelled, lessonMoved } from '../local/events/jobs-and-lessons.ts';
import { deliveriesOf } from '../local/events/sequence.ts';
import { CLASS_LESSON } from '../local/events/class-of-nine.ts';
import { bundleOf, deliveryOf, directZ, PRIVATE_KEY, triggerOf } from '../local/hook-calls.ts';
import { SimulatedTutorCruncher } from '../local/simulated-lists/simulated-tutorcruncher.ts';
import { SimulatedZapier } from '../local/simulated-lists/simulated-zapier.ts';

/** A step with the choices in its fields. */
interface Zap {
  readonly trigger: string;
  readonly inputData: Readonly<Record<string, string>>;
}

/** Deliveries of TutorCruncher to the Zap of an instant trigger. */
export interface EventsOfZap extends Zap {
  readonly deliveries: readonly object[];
}

/** A state of a record in a list, which lasts from the time `from` until the record's next state. */
interface StoredState extends Omit<RecordState, 'rows' | 'detailOf' | 'time'> {
  readonly time: number | null;
  readonly row: JsonObject;
  readonly detail: JsonObject;
}

/** A list of TutorCruncher, with the history of its records. */
export interface StoredList {
  readonly path: string;
  readonly states: readonly StoredState[];
}

/** The part of a snapshot that contains the ids of records, in the order of the Zaps. */
export interface RecordIds {
  readonly events: readonly (EventsOfZap & { readonly ids: readonly unknown[] })[];
  readonly lists: readonly StoredList[];
  readonly polls: readonly (Zap & { readonly ids: readonly unknown[] })[];
}

const PERSONS = ['client', 'student', 'tutor'];
/** The period in which the Zaps of polled triggers are on. It is in summer time. */
const PLAYED = { from: WEEK_START, to: WEEK_START + 2 * DAY };
/**
 * Returns true for a record of the simulated branch that the snapshot contains. All balance changes of a client are
 * kept together, because the balance is their sum.
 */
const isKept = ({ id, filters }: Pick<RecordState, 'id' | 'filters'>): boolean =>
  Number(filters.client ?? id) % 5 === 0;

const choices = [{}, ...PERSONS.map((person) => ({ run_for: person }))];
const offersRunFor = (fields: readonly { readonly key: string }[]): boolean =>
  fields.some(({ key }) => key === 'run_for');

/**
 * Returns the sample events, the events of classes for Zaps that run for each person, and the sequences of events that
 * test comparisons.
 */
export function sampleEvents(): EventsOfZap[] {
  const ofSamples = webhookTriggers.map(({ definition: { key }, sampleEvent }) => ({
    trigger: key,
    inputData: {},
    deliveries: [deliveryOf(sampleEvent)],
  }));
  const ofPersons = webhookTriggers
    .filter(({ inputFields }) => offersRunFor(inputFields))
    .flatMap(({ definition: { key }, sampleEvent, object }) =>
      PERSONS.map((person) => {
        const subject = { ...sampleEvent.subject, ...(object?.word === 'lesson' && CLASS_LESSON) };
        return { trigger: key, inputData: { run_for: person }, deliveries: [deliveryOf({ ...sampleEvent, subject })] };
      }),
    );
  const sequences = [...clients, lessonMoved, jobLabelled, ...bursts.slice(0, 3), ...incompleteEvents];
  return [
    ...ofSamples,
    ...ofPersons,
    { trigger: 'any_event', inputData: {}, deliveries: sequences.flatMap(deliveriesOf) },
  ];
}

/** Returns the ids of the records of a Zap with an instant trigger. */
export async function idsOfEvents({ trigger, inputData, deliveries }: EventsOfZap): Promise<unknown[]> {
  const ids: unknown[] = [];
  for (const delivery of deliveries) {
    const bundle = bundleOf(requestFromTutorCruncher(delivery, PRIVATE_KEY));
    const withInputs = { ...bundle, inputData: { ...bundle.inputData, ...inputData } };
    const { perform } = triggerOf(trigger).definition.operation;
    ids.push(...(await perform(directZ, withInputs as never)).map(({ id }) => id));
  }
  return ids;
}

/** Returns the kept records of the simulated branch, by list. All lessons are classes. */
export const simulatedLists = (): StoredList[] =>
  POLLED_LISTS.flatMap((list) => [list, ...list.readsAlso]).map(({ path, states }) => ({
    path,
    states: states()
      .filter(isKept)
      .map(({ rows, detailOf, time, ...state }) => ({
        ...state,
        time: Number.isNaN(time) ? null : time,
        row: rows.summer(),
        detail: { ...detailOf(rows.summer()), ...(path === 'appointments' && CLASS_LESSON) },
      })),
  }));

/** Returns the Zaps of the simulated branch, and Zaps that run for each person. */
export const simulatedZaps = (): Zap[] =>
  POLLED_LISTS.flatMap(({ path, zaps }) =>
    zaps.flatMap(({ trigger, inputData }) =>
      choices
        .filter((_, index) => index === 0 || path === 'appointments')
        .map((choice) => ({
          trigger,
          inputData: { ...inputData, ...choice },
        })),
    ),
  );

/** Returns the ids of the records with which a Zap with a polled trigger runs. Replaces the clock during these runs. */
export async function idsOfPolls(lists: readonly StoredList[], zap: Zap): Promise<unknown[]> {
  const served = lists.map(({ path, states }) => ({
    path,
    states: states.map(({ row, detail, time, ...state }) => ({
      ...state,
      time: time ?? NaN,
      rows: { summer: () => row, winter: () => row },
      detailOf: () => detail,
    })),
  }));
  const tutorCruncher = new SimulatedTutorCruncher(served, { from: 0, to: 0 });
  const zapier = new SimulatedZapier(tutorCruncher, [{ ...zap, id: '401', times: () => new Map() }]);
  const realNow = Date.now;
  Date.now = () => tutorCruncher.now;
  await zapier.play(PLAYED, 2 * HOUR).finally(() => {
    Date.now = realNow;
  });
  return (zapier.runs.get('401') ?? []).map(({ record }) => record.id);
}

/** Returns the ids of all records of this version. */
export async function recordIds(): Promise<RecordIds> {
  const events = [];
  for (const zap of sampleEvents()) events.push({ ...zap, ids: await idsOfEvents(zap) });
  const lists = simulatedLists();
  const polls = [];
  for (const zap of simulatedZaps()) polls.push({ ...zap, ids: await idsOfPolls(lists, zap) });
  return { events, lists, polls };
}
