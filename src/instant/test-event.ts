import type { JsonObject } from '../../wire/json.ts';
import type { KeptEvent } from '../hooks/kept-events.ts';

/** An event to test a Zap with, and its origin. */
export interface TestEvent {
  readonly kept: KeptEvent;
  /** The full record from which the event was made, if it was made from a record. */
  readonly record?: JsonObject;
  /** True for the event of the sample, which is about no record in TutorCruncher; default: false. */
  readonly isSample?: boolean;
}
