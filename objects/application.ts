import { nameOf } from '../src/record/values.ts';
import { tutorCruncherObject } from '../src/object/tutorcruncher-object.ts';
import type { TutorCruncherEvent } from '../wire/delivery.ts';
import { isJsonObject, type JsonObject } from '../wire/json.ts';
import sample from './samples/application.json' with { type: 'json' };

/**
 * An application of a tutor for a job. TutorCruncher's API calls an application a tender, and has no endpoint for a
 * single tender.
 */
export const application = tutorCruncherObject({
  word: 'application',
  sample,
  earlier: { proposed_rate: '30.00' },
  api: { path: 'tenders', hasFullRows: true },
});

/** The names of the job fields that an application contains. */
const JOB_FIELDS = new Set(sample.events.flatMap(({ subject }) => Object.keys(subject.service)));

/**
 * Converts an event about a job to the application of the event's actor. According to TutorCruncher's list of actions,
 * the subject of APPLIED_FOR_SERVICE is an application or a job.
 */
export function applicationForJob({ subject, actor }: TutorCruncherEvent): JsonObject {
  return {
    contractor: isJsonObject(actor) ? { id: actor.id, name: nameOf(actor) } : actor,
    service: Object.fromEntries(Object.entries(subject).filter(([name]) => JOB_FIELDS.has(name))),
  };
}
