/** New Event, the trigger for any object. Its records contain additional keys that describe the subject. */

import type { Bundle, ZObject } from 'zapier-platform-core';

import type { TutorCruncherEvent } from '../wire/delivery.ts';
import { objectWordOf } from '../wire/models.ts';
import { SAMPLES } from './built-samples.ts';
import { chosenObject } from './chosen-object.ts';
import type { EventFilter } from './event-filter.ts';
import { ACTIONS_FIELD, choicesIn } from './input-fields.ts';
import { once } from './once.ts';
import { outputFieldsOf, type OutputField } from './record/output-fields.ts';
import type { FlatRecord } from './record/record.ts';
import { sampleLocale } from './sample-locale.ts';
import { customFieldsOrNone } from './custom-fields-or-none.ts';
import { makeTrigger, type MakeRecord, type Trigger, type TriggerParts, type TriggerText } from './trigger.ts';
import type { TriggerKind } from './trigger-kind.ts';
import type { TutorCruncherObject } from './tutorcruncher-object.ts';

/** A trigger about any object. */
export interface AnyObjectTrigger extends TriggerText {
  readonly objects: readonly TutorCruncherObject[];
  /** The triggers about one object. They determine which objects an action can be about. */
  readonly objectTriggers: readonly Trigger[];
  /** The object whose event the sample shows. */
  readonly sampleObject: TutorCruncherObject;
  /** Keys of actions that the trigger ignores unless they are chosen. A relay does not deliver their events either. */
  readonly except: readonly string[];
  /**
   * Words in lower case. The trigger ignores events whose action or model contains one of them, unless their actions
   * are chosen.
   */
  readonly exceptAbout: readonly string[];
}

/** Defines a trigger about any object. */
export function anyObjectTrigger(trigger: AnyObjectTrigger): Trigger {
  const { objects, objectTriggers, sampleObject, except, exceptAbout } = trigger;
  const objectsByWord = new Map(objects.map((object) => [object.word, object]));
  const makeRecordFor =
    (kind: TriggerKind): MakeRecord =>
    (kept, locale) => {
      const word = objectWordOf(kept.event.subject.model);
      const layout = (word && objectsByWord.get(word)?.layout) ?? null;
      return kind.makeRecord(kept, {}, { layout, locale, isOfAnyObject: true });
    };

  const filter: EventFilter = { actions: { all_except: except }, object: null, exceptAbout };
  const objectFilters = objectTriggers.map((other) => other.filter);
  const fieldsOfChosenObject = async (
    z: ZObject,
    bundle: Bundle,
    shared: readonly OutputField[],
  ): Promise<OutputField[]> => {
    const actions = choicesIn(ACTIONS_FIELD, bundle);
    const word = await chosenObject(z, bundle, actions, objectFilters);
    const object = word && objectsByWord.get(word);
    if (!object) return [];
    const sharedKeys = new Set(shared.map(({ key }) => key));
    const own = object.outputFields.filter(({ key }) => !sharedKeys.has(key));
    return [...own, ...(await customFieldsOrNone(z, bundle, object))];
  };

  const partsFor = (kind: TriggerKind): TriggerParts => {
    const makeRecord = makeRecordFor(kind);
    const { sample: event, earlier } = sampleObject;
    // The sample must not contain fields of one object only, because events about other objects lack them.
    const recordWith = (previous: TutorCruncherEvent | null): FlatRecord => {
      const entries = Object.entries(makeRecord({ event, previous, burst: [] }, sampleLocale(), filter) ?? {});
      return Object.fromEntries(entries.filter(([key]) => !sampleObject.layout.keys.includes(key)));
    };
    const sample = SAMPLES?.triggers[trigger.key] ?? recordWith(null);
    // The fields about changes have values only if there is a previous event.
    const changed = { ...event, subject: { ...event.subject, ...earlier } };
    const outputFields = once(() => outputFieldsOf(recordWith(changed)));
    return {
      noun: 'Event',
      filter,
      filterFields: [ACTIONS_FIELD],
      lookups: [],
      sampleEvent: () => event,
      requirement: {},
      sample,
      isDeletion: false,
      outputFields,
      accountFields: [(z, bundle) => fieldsOfChosenObject(z, bundle, outputFields())],
      makeRecord,
      recentEvents: async (z, bundle, narrowed) => {
        const events = await kind.recent?.eventsOfChosenAction(z, bundle, objects, objectTriggers, narrowed);
        return events?.map((one) => ({ event: one, previous: null, burst: [] })) ?? null;
      },
    };
  };
  return makeTrigger(trigger, partsFor);
}
