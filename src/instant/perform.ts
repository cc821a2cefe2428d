/**
 * The path of an event through the connector, from a request to the records sent to Zapier: open, verify, read, keep,
 * decide, complete, divide, look up, compare, flatten (ARCHITECTURE.md, "The path of an event"). All steps except open,
 * complete, divide and look up are pure functions.
 */

import type { Bundle, ZObject } from 'zapier-platform-core';

import type { JsonObject } from '../../wire/json.ts';
import { allEnded } from '../all-ended.ts';
import { lastKnownBranch } from '../api/branch.ts';
import { keep, read, verify, type KeptEvent } from '../hooks/kept-events.ts';
import { refusalMessage, refusedRequest } from '../hooks/refusal-messages.ts';
import type { Hook } from '../hooks/relay-hook.ts';
import { isReportedAbsence } from '../lookups/absent-students.ts';
import { meetsConditions, CompletedSubject } from '../lookups/completed-subject.ts';
import { divide } from '../lookups/divide.ts';
import { chosenLookups, lookUp, type ChosenLookup } from '../lookups/lookup.ts';
import { privateKeyOf } from '../api/private-key.ts';
import type { Locale } from '../record/locale.ts';
import type { FlatRecord } from '../record/record.ts';
import { StepRun } from '../api/step-run.ts';
import { localeOf } from '../inputs/run-time-zone.ts';
import { compare } from './compare.ts';
import { decide, type Change } from './decide.ts';
import type { EventFilter } from '../choices/event-filter.ts';
import { flatten } from './flatten.ts';
import { refuseOtherBranch } from './other-branch.ts';
import { filterFor, type TriggerParts } from './trigger-parts.ts';

/** A trigger with the choices of a Zap. */
export interface ChosenTrigger {
  readonly parts: TriggerParts;
  readonly filter: EventFilter;
  readonly lookups: readonly ChosenLookup[];
  readonly run: StepRun;
  readonly locale: Locale;
}

/** An event whose change meets the conditions of the Zap. */
export interface WantedEvent {
  readonly kept: KeptEvent;
  readonly change: Change;
  /** The full record from which the event was created; missing for an event that was not created from a record. */
  readonly record?: JsonObject | undefined;
}

/**
 * Creates the records of an event, one for each run.
 *
 * @param maxRecords - maximum number of records; default: no limit
 * @throws {Error} if the subject lacks values that a condition needs and cannot be read, or if the event belongs to
 *   another branch
 */
export async function recordsOf(
  { kept, change, record }: WantedEvent,
  { parts, filter, lookups, run, locale }: ChosenTrigger,
  maxRecords = Infinity,
): Promise<FlatRecord[]> {
  const { view, object } = parts;
  // An event that was created from a record always belongs to the connection's branch.
  if (!record) refuseOtherBranch(kept.event, locale.branch, run);
  const subject = CompletedSubject.ofEvent(kept, view.subjectIn(kept.event), object, run, record);
  if (!(await meetsConditions(subject, filter.chosen))) return [];
  const divided = await divide(subject, parts, kept, run, maxRecords);
  const records = divided.map(async (part): Promise<FlatRecord | null> => {
    if (parts.isForAbsent && part.person && isReportedAbsence(kept, part.person)) return null;
    const found = await lookUp(lookups, part.subject, run, locale);
    if (!found) return null;
    const changes = { ...compare(kept, change, part.person, view, locale), ...part.names };
    return { ...found.fields, ...flatten(kept, part, { ...found, changes }, view, locale) };
  });
  return (await allEnded(records)).filter((each) => each !== null);
}

/**
 * Returns the records of a live delivery.
 *
 * @throws {Error} a HaltedError if the request is refused
 */
export async function perform(z: ZObject, bundle: Bundle, hook: Hook, parts: TriggerParts): Promise<FlatRecord[]> {
  const delivery = await hook.open(z, bundle);
  const run = StepRun.ofEvent(z, bundle);
  const filter = filterFor(parts, bundle);
  const privateKey = privateKeyOf(bundle);
  const verified = verify(delivery, privateKey);
  if ('refusal' in verified) {
    if (verified.refusal === 'wrong-signature') await hook.reportSignatures?.(z, bundle);
    // Anyone can send requests with a wrong signature, so such a request must not cause a request to TutorCruncher.
    throw refusedRequest(z, refusalMessage(verified.refusal, privateKey, await lastKnownBranch(z, bundle)));
  }
  const events = keep(read(verified), filter);
  if (events.length === 0) return [];
  const locale = await localeOf(z, bundle);
  const trigger = { parts, filter, lookups: chosenLookups(parts.lookups, bundle), run, locale };
  const records = new Map<unknown, FlatRecord>();
  for (const kept of events) {
    const change = decide(kept, filter.changes, parts.view, locale);
    for (const record of change ? await recordsOf({ kept, change }, trigger) : []) {
      if (!records.has(record.id)) records.set(record.id, record);
    }
  }
  return [...records.values()];
}
