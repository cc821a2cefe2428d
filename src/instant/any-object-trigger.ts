/** New Event, the trigger for any object. Its records contain additional keys that describe the subject. */

import type { Bundle, ZObject } from 'zapier-platform-core';

import type { TutorCruncherEvent } from '../../wire/delivery.ts';
import { objectWordOf, type ObjectWord } from '../../wire/models.ts';
import { fetchActionTypes } from '../api/action-types.ts';
import type { EventFilter } from '../choices/event-filter.ts';
import type { EventView } from './event-view.ts';
import { sampleRecord } from './sample-record.ts';
import { ACTIONS_FIELD, valuesChosenIn } from '../choices/filter-fields.ts';
import { once } from '../once.ts';
import { recentEventsOfChosenAction } from './recent-events.ts';
import { outputFieldsOf, type OutputField } from '../record/output-fields.ts';
import type { FlatRecord } from '../record/record.ts';
import { sampleOf } from '../object/samples.ts';
import { customFieldsOrNone } from '../object/account-fields.ts';
import { makeTrigger, type Trigger } from './trigger.ts';
import type { TriggerText } from '../choices/trigger-text.ts';
import type { TriggerParts } from './trigger-parts.ts';
import type { TutorCruncherObject } from '../object/tutorcruncher-object.ts';

/** A trigger for any object. */
export interface AnyObjectTrigger extends TriggerText {
  readonly objects: readonly TutorCruncherObject[];
  /**
   * The triggers for a single object type. Test data for an action has the state that the trigger for this action
   * requires.
   */
  readonly objectTriggers: readonly Trigger[];
  readonly sampleObject: TutorCruncherObject;
  /**
   * Keys of actions that the trigger ignores, unless a user chooses these actions. A relay does not deliver the events
   * of ignored actions.
   */
  readonly except: readonly string[];
  /**
   * Words, in lower case, that identify events to ignore. The trigger ignores an event whose action or model contains
   * one of these words, unless a user chooses the action.
   */
  readonly exceptAbout: readonly string[];
}

/**
 * Returns the object type of all events with the chosen actions; null if the events can be about several object types.
 */
async function chosenObject(z: ZObject, bundle: Bundle): Promise<ObjectWord | null> {
  const chosen = valuesChosenIn(ACTIONS_FIELD, bundle);
  if (chosen.length === 0) return null;
  const actionTypes = await fetchActionTypes(z, bundle).catch(() => []);
  const words = new Set(
    chosen.flatMap((action) => actionTypes.find(({ key }) => key === action)?.subjects.map(objectWordOf) ?? [null]),
  );
  const [word = null] = words;
  return words.size === 1 ? word : null;
}

/** Defines a trigger for any object. */
export function anyObjectTrigger(trigger: AnyObjectTrigger): Trigger {
  const { objects, objectTriggers, sampleObject, except, exceptAbout } = trigger;
  const objectsByWord = new Map<string, TutorCruncherObject>(objects.map((object) => [object.word, object]));
  const filter: EventFilter = { actions: { all_except: except }, object: null, exceptAbout };
  const fieldsOfChosenObject = async (
    z: ZObject,
    bundle: Bundle,
    shared: readonly OutputField[],
  ): Promise<OutputField[]> => {
    const word = await chosenObject(z, bundle);
    const object = word && objectsByWord.get(word);
    if (!object) return [];
    const sharedKeys = new Set(shared.map(({ key }) => key));
    const own = object.outputFields.filter(({ key }) => !sharedKeys.has(key));
    return [...own, ...(await customFieldsOrNone(z, bundle, object))];
  };

  const partsFor = (isRelayed: boolean): TriggerParts => {
    const view: EventView = {
      isRelayed,
      isOfAnyObject: true,
      hasBalances: false,
      namesPeople: false,
      layoutFor: (event) => objectsByWord.get(objectWordOf(event.subject.model) ?? '')?.layout ?? null,
      subjectIn: ({ subject }) => subject,
    };
    const { sample: event, earlier } = sampleObject;
    // The sample must not contain fields that belong to only one object type, because events about other object types
    // lack these fields.
    const recordWith = (previous: TutorCruncherEvent | null): FlatRecord => {
      const entries = Object.entries(sampleRecord({ event, previous, burst: [] }, filter, view));
      return Object.fromEntries(entries.filter(([key]) => !sampleObject.layout.keys.includes(key)));
    };
    const sample = once(() => sampleOf(trigger.key, () => recordWith(null)));
    // The fields that describe changes have values only in the record of an event with a previous event.
    const changed = { ...event, subject: { ...event.subject, ...earlier } };
    const outputFields = once(() => outputFieldsOf(recordWith(changed)));
    return {
      noun: 'Event',
      object: null,
      needsRelay: false,
      filter,
      filterFields: [ACTIONS_FIELD],
      runForField: null,
      lookups: [],
      view,
      sampleEvent: () => event,
      requirement: {},
      sample,
      isDeletion: false,
      outputFields,
      accountFields: [(z, bundle) => fieldsOfChosenObject(z, bundle, outputFields())],
      recentEvents: async (z, bundle, narrowed) =>
        isRelayed ? [] : recentEventsOfChosenAction(z, bundle, objects, objectTriggers, narrowed),
    };
  };
  return makeTrigger(trigger, partsFor);
}
