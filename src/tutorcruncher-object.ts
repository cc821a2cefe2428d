/** What is known of one kind of object before any delivery of it arrives. */

import type { TutorCruncherEvent } from '../wire/delivery.ts';
import { flatten, layoutOf, type Layout } from './record/subject.ts';
import { outputFieldsOf, type OutputField } from './record/output-fields.ts';
import type { ObjectWord } from '../wire/models.ts';

/** A delivery as TutorCruncher sends it, with its one event. */
export interface SampleDelivery {
  readonly events: readonly TutorCruncherEvent[];
}

/** Where TutorCruncher's API has records of an object. */
export interface ApiResource {
  /** The list is at `/api/<path>/`, a record at `/api/<path>/<id>/`. */
  readonly path: string;
  /** Query parameters that the list is documented to filter by. */
  readonly filters?: readonly ('status' | 'labels')[];
  /** Rows of the list hold everything, and there is no detail. */
  readonly isRowWhole?: boolean;
  /** Its records carry custom fields (`extra_attrs`). */
  readonly hasCustomFields?: boolean;
}

/** An object of TutorCruncher that events are about. */
export interface TutorCruncherObject {
  /** The word its keys start with. */
  readonly word: ObjectWord;
  /** The event of its sample delivery: the newer shape, complete but for custom fields. */
  readonly sample: TutorCruncherEvent;
  /** The static keys of its records. */
  readonly layout: Layout;
  /** The output fields of its records, but for custom fields. */
  readonly outputFields: readonly OutputField[];
  /** Null for an object that TutorCruncher's API has no records of. */
  readonly api: ApiResource | null;
}

/**
 * Defines an object by its sample delivery.
 *
 * @throws when the delivery holds no event, which is a mistake in this project
 */
export function tutorCruncherObject({
  word,
  sample,
  api,
}: {
  word: ObjectWord;
  sample: SampleDelivery;
  api: ApiResource | null;
}): TutorCruncherObject {
  const [event] = sample.events;
  if (!event) throw new Error(`The sample delivery of "${word}" holds no event.`);
  const layout = layoutOf(word, event.subject);
  return { word, sample: event, layout, outputFields: outputFieldsOf(flatten(event, layout)), api };
}
