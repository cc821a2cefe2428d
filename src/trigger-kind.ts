/** The two kinds of triggers: with and without the previous event about the same subject, which only a relay sends. */

import type { TutorCruncherEvent } from '../wire/delivery.ts';
import type { JsonObject } from '../wire/json.ts';
import type { ChangeConditions } from './change-conditions.ts';
import type { KeptEvent } from './hooks/kept-events.ts';
import type { FilterField } from './input-fields.ts';
import type { recentEvents, recentEventsOfChosenAction } from './recent-events.ts';
import type { Locale } from './record/locale.ts';
import type { Layout } from './record/layout.ts';
import type { FlatRecord } from './record/record.ts';
import type { TutorCruncherObject } from './tutorcruncher-object.ts';

/** Settings for the record of an event. */
export interface RecordOptions {
  /** The static keys of the object; null for an unknown model. */
  readonly layout: Layout | null;
  readonly locale: Locale;
  /**
   * True if the record may be about any object. It then describes its subject, and has no keys about changes of one
   * object's fields.
   */
  readonly isOfAnyObject?: boolean;
  /** True to compare balances as well. */
  readonly hasBalances?: boolean;
  /** Returns the subject to show and compare. Default: the event's own subject. */
  readonly subjectIn?: (event: TutorCruncherEvent) => JsonObject;
}

/** An object's trigger, as far as its kind decides which input fields narrow it. */
export interface NarrowableTrigger {
  readonly object: TutorCruncherObject;
  /**
   * The trigger's action keys, each with the text that TutorCruncher sends as `verb`. The sample shows the first
   * action.
   */
  readonly actions: Readonly<Record<string, string>>;
  /** True if the user can choose from the object's statuses. */
  readonly canChooseStatuses?: boolean;
  /** True if the user can choose a label that the record must have. */
  readonly canChooseLabel?: boolean;
  /** True if the user can choose pipeline stages. Requires a relay. */
  readonly canChooseStages?: boolean;
  /** True if several events report one payment, for which a Zap runs once unless the user chooses otherwise. Requires a relay. */
  readonly isPayment?: boolean;
  /** True if the user can choose fields, at least one of which must have changed. Requires a relay. */
  readonly canChooseChangedFields?: boolean;
}

/** The parts of triggers that differ between the two kinds. */
export interface TriggerKind {
  /** True if the events come from a relay. */
  readonly isRelayed: boolean;
  /** Returns the input fields that narrow a trigger about one object. */
  readonly filterFieldsOf: (trigger: NarrowableTrigger) => FilterField[];
  /**
   * Converts an event to a record.
   *
   * @returns null if the event's change does not meet the conditions
   */
  readonly makeRecord: (kept: KeptEvent, conditions: ChangeConditions, options: RecordOptions) => FlatRecord | null;
  /** Functions that present the account's newest records as events for testing a Zap; null if tests use no records. */
  readonly recent: {
    readonly events: typeof recentEvents;
    readonly eventsOfChosenAction: typeof recentEventsOfChosenAction;
  } | null;
}
