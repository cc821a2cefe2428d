/** The records with which the owner of a Zap tests a trigger in Zapier's editor. */

import type { Bundle, ZObject } from 'zapier-platform-core';

import { allEnded } from '../all-ended.ts';
import type { Hook } from '../hooks/relay-hook.ts';
import { chosenLookups, sampleFields } from '../lookups/lookup.ts';
import type { FlatRecord } from '../record/record.ts';
import { StepRun } from '../api/step-run.ts';
import { localeOf } from '../inputs/run-time-zone.ts';
import { SAMPLE_BRANCH } from '../object/samples.ts';
import { decide } from './decide.ts';
import type { EventFilter } from '../choices/event-filter.ts';
import { recordsOf, type ChosenTrigger, type WantedEvent } from './perform.ts';
import type { TestEvent } from './recent-events.ts';
import { filterFor, type TriggerParts } from './trigger-parts.ts';
import { undividedRecord } from './sample-record.ts';

interface WantedTestEvent extends TestEvent, Pick<WantedEvent, 'change'> {}

const MAX_TEST_RECORDS = 3;

/** Returns the events whose changes the Zap wants. */
const wanted = (events: readonly TestEvent[], { parts, filter, locale }: ChosenTrigger): WantedTestEvent[] =>
  events.flatMap((event) => {
    const change = decide(event.kept, filter.changes, parts.view, locale);
    return change ? [{ ...event, change }] : [];
  });

/**
 * Returns the events to test a Zap with, in order. If there are too many, events whose conditions require reading a
 * record are left out first. Only received events can be too many.
 */
function shownEvents(events: readonly WantedTestEvent[], { chosen = [] }: EventFilter): WantedTestEvent[] {
  const isMet = ({ kept }: WantedTestEvent): boolean =>
    chosen.every((condition) => condition.isMet(kept.event.subject, false) !== null);
  const [undecided, met] = [events.filter((event) => !isMet(event)), events.filter(isMet)];
  const shown = new Set([...met, ...undecided].slice(0, MAX_TEST_RECORDS));
  return events.filter((event) => shown.has(event));
}

/** Makes the test data: the records of received events, or else of recent events, or else the sample. */
export async function performList(z: ZObject, bundle: Bundle, hook: Hook, parts: TriggerParts): Promise<FlatRecord[]> {
  // The run ends its requests before Zapier ends the step.
  const run = StepRun.ofSearch(z, bundle);
  const locale = await localeOf(z, bundle, true);
  const filter = filterFor(parts, bundle);
  const trigger = { parts, filter, lookups: chosenLookups(parts.lookups, bundle), run, locale };
  const additions = sampleFields(trigger.lookups);
  const shownSample = [{ ...additions, ...parts.sample() }];
  const testRecords = async (events: readonly TestEvent[]): Promise<FlatRecord[]> => {
    const made = shownEvents(wanted(events, trigger), filter).map(async (event) => {
      if (!event.isSample) return recordsOf(event, trigger, MAX_TEST_RECORDS);
      const ofSample = { ...locale, branch: SAMPLE_BRANCH };
      return [{ ...additions, ...undividedRecord(event.kept, event.change, parts.view, ofSample) }];
    });
    // If a record cannot be read, the user can still test the Zap.
    return allEnded(made).then(
      (records) => records.flat().slice(0, MAX_TEST_RECORDS),
      () => shownSample,
    );
  };
  const received = await testRecords((await hook.receivedEvents(z, bundle, filter)).map((kept) => ({ kept })));
  if (received.length > 0) return received;
  const recent = await testRecords(await parts.recentEvents(z, bundle, filter));
  return recent.length > 0 ? recent : shownSample;
}
