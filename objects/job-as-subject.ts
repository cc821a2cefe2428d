/**
 * Events whose subject is a job, although they are about a tutor's application for the job, or about a person who was
 * removed from the job.
 */

import { nameOf } from '../src/record/values.ts';
import type { TutorCruncherEvent } from '../wire/delivery.ts';
import { isJsonObject, type JsonObject } from '../wire/json.ts';
import { job } from './job.ts';
import applicationSample from './samples/application.json' with { type: 'json' };

/** The names of the job fields that an application contains. */
const JOB_FIELDS = new Set(applicationSample.events.flatMap(({ subject }) => Object.keys(subject.service)));

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

/** Returns a subject that contains only the job that an event is about. */
const jobAlone = ({ subject: { id, name, url } }: Pick<TutorCruncherEvent, 'subject'>): JsonObject => ({
  service: { id, name, url },
});

/**
 * The alternative subject of an event about a person who was removed from a job. TutorCruncher can send such an event
 * with the job as the subject; the event then does not identify the person.
 */
export const JOB_WITHOUT_PERSON = {
  object: 'job',
  toSubject: jobAlone,
  fields: jobAlone(job.sample),
} as const;
