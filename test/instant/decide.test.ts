/** The changes that meet the conditions of a Zap, in an app that is built for a relay. */

import { describe, expect, it } from '@jest/globals';

import { client } from '../../objects/client.ts';
import type { ChangeConditions } from '../../src/choices/event-filter.ts';
import { decide } from '../../src/instant/decide.ts';
import { NEUTRAL_LOCALE } from '../../src/record/locale.ts';
import { loadRelayedTriggers, send, type SentEvent } from '../support/relayed-triggers.ts';
import { relayedView } from '../support/relayed-view.ts';
import { withoutNetwork } from '../support/tutorcruncher-api.ts';

withoutNetwork();

const relayed = await loadRelayedTriggers();

/** Returns true if an event triggers a Zap. @param inputData - the choices of the Zap */
async function runs(key: string, inputData: SentEvent['inputData'] = {}, event: SentEvent = { earlier: {} }) {
  return (await send(relayed(key), { ...event, inputData })).length === 1;
}

describe('Skip When Changes Are Unknown', () => {
  const unknown: SentEvent = { earlier: null };
  const choices = { only_when_changed: ['client_email'] };

  it('is off by default, so that an event triggers regardless of the choices about changes', async () => {
    expect(await runs('client_updated', choices, unknown)).toBe(true);
    const [record] = await send(relayed('client_updated'), { ...unknown, inputData: choices });
    expect(record).toMatchObject({ changes_known: false });
    expect(await runs('client_status_changed', { from_statuses: ['dormant'] }, unknown)).toBe(true);
    expect(await runs('client_pipeline_stage_changed', { from_stages: ['9'] }, unknown)).toBe(true);
  });

  it.each([[true], ['True'], ['yes'], [1], ['on']])('skips such events if it is %j', async (skip_when_unknown) => {
    expect(await runs('client_updated', { ...choices, skip_when_unknown }, unknown)).toBe(false);
    expect(await runs('client_updated', { skip_when_unknown }, unknown)).toBe(false);
    expect(await runs('client_updated', { skip_when_unknown })).toBe(true);
  });

  it.each([[false], ['no'], ['0'], [null]])('skips no events if it is %j', async (skip_when_unknown) => {
    expect(await runs('client_updated', { skip_when_unknown }, unknown)).toBe(true);
  });
});

describe('the change that an event reports', () => {
  const view = relayedView(client);
  const event = { ...client.sample, timestamp: '2026-06-10T18:05:00Z' };
  const previous = { ...event, timestamp: '2026-06-10T18:04:00Z' };
  const alone = { event, previous: null, burst: [] };
  const NEVER = { condition: () => false };
  const UNDECIDED = { condition: () => null };

  it('is unknown for the first of these reasons', () => {
    const several = { ...alone, isOneOfSeveral: true };
    const ofNoObject = { ...view, layoutFor: () => null };
    expect(decide(several, NEVER, ofNoObject, NEUTRAL_LOCALE)).toEqual({ unknownBecause: 'several-events' });
    expect(decide(alone, NEVER, ofNoObject, NEUTRAL_LOCALE)).toEqual({ unknownBecause: 'unknown-object' });
    expect(decide(alone, NEVER, view, NEUTRAL_LOCALE)).toEqual({ unknownBecause: 'no-earlier-event' });
    expect(decide({ ...alone, previous }, UNDECIDED, view, NEUTRAL_LOCALE)).toEqual({
      unknownBecause: 'fields-of-one-event',
    });
  });

  it('is not wanted if it does not meet the condition, or if another event has reported it', () => {
    expect(decide({ ...alone, previous }, NEVER, view, NEUTRAL_LOCALE)).toBeNull();
    const isReported = { ...alone, burst: [{ event: previous, isSelected: true }] };
    expect(decide(isReported, { condition: () => true }, view, NEUTRAL_LOCALE)).toBeNull();
    expect(decide(isReported, {}, view, NEUTRAL_LOCALE)).toMatchObject({ since: event });
  });

  it.each<[string, ChangeConditions, object, string]>([
    ['a payment', { oncePerPayment: true }, { status: 'Paid' }, 'EDITED_A_CLIENT'],
    ['an added label', { oncePerLabel: true }, { labels: [{ id: 21 }] }, 'ADDED_A_LABEL_TO_A_USER'],
    ['a state', { oncePerState: true }, { town: 'Wells' }, 'EDITED_A_CLIENT'],
  ])('is wanted once for %s if the Zap runs once for it', (_what, conditions, fields, action) => {
    const made = { ...event, action, subject: { ...event.subject, ...fields } };
    const earlier = { ...made, timestamp: previous.timestamp };
    const kept = { event: made, previous: null, burst: [{ event: earlier, isSelected: true }] };
    expect(decide(kept, conditions, view, NEUTRAL_LOCALE)).toBeNull();
    expect(decide(kept, {}, view, NEUTRAL_LOCALE)).not.toBeNull();
    expect(decide({ ...kept, burst: [] }, conditions, view, NEUTRAL_LOCALE)).not.toBeNull();
  });

  it('is always wanted in an app without a relay', () => {
    const conditions = { ...NEVER, skipsUnknown: true };
    expect(decide({ ...alone, previous }, conditions, { ...view, isRelayed: false }, NEUTRAL_LOCALE)).not.toBeNull();
  });
});
