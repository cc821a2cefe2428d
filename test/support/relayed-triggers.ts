/** The triggers of an app that is built for a relay, and deliveries in the format that a relay sends. */

import { expect, jest } from '@jest/globals';
import type { Bundle, ZObject } from 'zapier-platform-core';

import { deliveryOf, directZ, PRIVATE_KEY, triggerOf } from '../../local/hook-calls.ts';
import type { FlatRecord } from '../../src/record/record.ts';
import type { Trigger } from '../../src/instant/trigger.ts';
import type { TutorCruncherEvent } from '../../wire/delivery.ts';
import type { JsonObject } from '../../wire/json.ts';
import { RELAY_ORIGIN, sealedEnvelope, signedContent, withBurst, withPrevious } from './sealed-envelope.ts';

/** Loads the triggers, built for a relay. Call it once per test file. */
export async function loadRelayedTriggers(): Promise<(key: string) => Trigger> {
  jest.unstable_mockModule('../../src/hooks/relay-url.ts', () => ({ RELAY_URL: RELAY_ORIGIN }));
  jest.resetModules();
  const { webhookTriggers } = (await import('../../triggers/index.ts')) as { webhookTriggers: readonly Trigger[] };
  return (key) => {
    const trigger = webhookTriggers.find(({ definition }) => definition.key === key);
    if (!trigger) throw new Error(`There is no trigger "${key}".`);
    return trigger;
  };
}

const sealed = (...events: TutorCruncherEvent[]): Promise<string> =>
  sealedEnvelope(PRIVATE_KEY, signedContent(deliveryOf(...events), PRIVATE_KEY));

const asRepeat = (envelope: string, isRepeat: boolean): string =>
  isRepeat ? JSON.stringify({ ...(JSON.parse(envelope) as object), is_repeat: true }) : envelope;

const EARLIER = '2026-06-10T18:04:00.000000Z';

/** An event for a Zap, described by its changes to the fields of the trigger's sample. */
export interface SentEvent {
  readonly subject?: JsonObject;
  /** Fields of the subject in the previous event; null if there is no previous event. */
  readonly earlier: JsonObject | null;
  readonly action?: string;
  readonly actor?: unknown;
  /** True if the relay marks the event as a repeat. */
  readonly isRepeat?: boolean;
  /** The choices of the Zap. */
  readonly inputData?: JsonObject;
}

/** Returns the envelope of a trigger's sample event with changed fields. The envelope can contain a previous event. */
async function envelopeOf(
  { definition, sampleEvent }: Trigger,
  { subject = {}, earlier, action, actor, isRepeat = false }: SentEvent,
): Promise<string> {
  const event = {
    ...sampleEvent,
    ...(action !== undefined && { action }),
    ...(actor !== undefined && { actor }),
    subject: { ...sampleEvent.subject, ...subject },
  };
  const envelope = asRepeat(await sealed(event), isRepeat);
  if (earlier === null) return envelope;
  const complete = triggerOf(definition.key.replace(/_deleted$/, '_created')).sampleEvent.subject;
  // An earlier event about the same label would make the event a repetition.
  const isLabelAdded = event.action.startsWith('ADDED_A_LABEL_');
  const earlierAction = isLabelAdded ? 'EDITED_A_RECORD' : event.action;
  const before = { ...complete, id: event.subject.id, model: event.subject.model, ...earlier };
  return withPrevious(envelope, await sealed({ ...event, action: earlierAction, timestamp: EARLIER, subject: before }));
}

/** Returns the records that a Zap makes from the body of a request. */
export function receive(
  trigger: Trigger,
  content: string,
  inputData: JsonObject = {},
  z: ZObject = directZ,
): Promise<FlatRecord[]> {
  const bundle = {
    authData: { private_key: PRIVATE_KEY },
    inputData,
    meta: { timezone: 'Europe/London' },
    rawRequest: { method: 'POST', querystring: '', headers: { 'Content-Type': 'application/json' }, content },
  };
  return trigger.definition.operation.perform(z, bundle as unknown as Bundle);
}

/** Sends an event and a previous event, each with the complete subject of the object. Returns the Zap's records. */
export const send = async (trigger: Trigger, event: SentEvent): Promise<FlatRecord[]> =>
  receive(trigger, await envelopeOf(trigger, event), event.inputData);

/** Returns the only record that a Zap makes from an event. See {@link send}. */
export async function onlyRecord(trigger: Trigger, event: SentEvent): Promise<FlatRecord> {
  const [record = {}, ...others] = await send(trigger, event);
  expect(others).toEqual([]);
  return record;
}

/**
 * Sends the sample event of a trigger after another event, which can have the same action. Returns the Zap's records.
 */
export const sendAfter = async (
  trigger: Trigger,
  earlier: TutorCruncherEvent,
  inputData: JsonObject = {},
): Promise<FlatRecord[]> =>
  receive(trigger, withPrevious(await sealed(trigger.sampleEvent), await sealed(earlier)), inputData);

/**
 * Returns the records of a Zap whose relay knows earlier events: one event from before the burst, and earlier events of
 * the burst.
 */
export async function receiveAfter(
  trigger: Trigger,
  [previous, ...burst]: readonly (TutorCruncherEvent | null)[],
  last: TutorCruncherEvent,
  inputData: JsonObject = {},
  z = directZ,
): Promise<FlatRecord[]> {
  const envelope = await sealed(last);
  const compared = previous ? withPrevious(envelope, await sealed(previous)) : envelope;
  const others = burst.filter((one) => one !== null);
  const withOthers = withBurst(compared, await Promise.all(others.map((event) => sealed(event))));
  return receive(trigger, withOthers, inputData, z);
}

/** Returns the test data of a trigger while the relay stores these events. */
export async function testRecords(
  trigger: Trigger,
  events: readonly SentEvent[],
  inputData: JsonObject = {},
): Promise<FlatRecord[]> {
  const envelopes = await Promise.all(
    events.map(async (event) => JSON.parse(await envelopeOf(trigger, event)) as unknown),
  );
  const limitIn = (url: string): number => Number(new URL(url).searchParams.get('limit'));
  const offline = { get: () => Promise.resolve(null) };
  const request = ({ url }: { readonly url: string }) =>
    url.startsWith(RELAY_ORIGIN)
      ? Promise.resolve({ status: 200, data: { events: envelopes.slice(0, limitIn(url)) } })
      : Promise.reject(new Error('TutorCruncher is offline.'));
  const bundle = { authData: { private_key: PRIVATE_KEY }, inputData, meta: { timezone: 'Europe/London' } };
  const zWithRelay = { ...directZ, request, cache: offline } as unknown as ZObject;
  return trigger.definition.operation.performList(zWithRelay, bundle as unknown as Bundle);
}
