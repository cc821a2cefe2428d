/** Creates the records that the owner of a Zap sees when testing a trigger in Zapier's editor. */

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

/** Returns the events whose changes meet the conditions of the Zap. */
const wanted = (events: readonly TestEvent[], { parts, filter, locale }: ChosenTrigger): WantedTestEvent[] =>
  events.flatMap((event) => {
    const change = decide(event.kept, filter.changes, parts.view, locale);
    return change ? [{ ...event, change }] : [];
  });

/**
 * Returns at most {@link MAX_TEST_RECORDS} events, in their original order. Prefers events that are known to meet all
 * conditions before any record is read. Only the events received from the relay can exceed the maximum.
 */
function shownEvents(events: readonly WantedTestEvent[], { chosen = [] }: EventFilter): WantedTestEvent[] {
  const isMet = ({ kept }: WantedTestEvent): boolean =>
    chosen.every((condition) => condition.isMet(kept.event.subject, false) !== null);
  const [undecided, met] = [events.filter((event) => !isMet(event)), events.filter(isMet)];
  const shown = new Set([...met, ...undecided].slice(0, MAX_TEST_RECORDS));
  return events.filter((event) => shown.has(event));
}

/**
 * Creates the test data from received events or, if no records can be created from these events, from recent events. If
 * no records can be created from recent events either, the test data is the sample.
 */
export async function performList(z: ZObject, bundle: Bundle, hook: Hook, parts: TriggerParts): Promise<FlatRecord[]> {
  // A run with the time limit of a search stops sending requests before Zapier ends the step.
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
    // If a record cannot be read, the user can test the Zap with the sample.
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
