import { describe, expect, it } from '@jest/globals';

import type { EventFilter } from '../../src/event-filter.ts';
import { keptEvents } from '../../src/hooks/kept-events.ts';
import { sign } from '../../wire/signature.ts';
import { PRIVATE_KEY } from '../helpers.ts';

const ALL: EventFilter = { actions: { all_except: [] }, object: null };
const event = (action: string, subject: unknown = { model: 'Lesson', id: 1 }) => ({ action, subject });

function kept(body: unknown, filter = ALL) {
  const content = typeof body === 'string' ? body : JSON.stringify(body);
  return keptEvents(content, { 'Http-Webhook-Signature': sign(content, PRIVATE_KEY) }, PRIVATE_KEY, filter);
}

describe('keptEvents', () => {
  it('returns the events that match the filter, in order', () => {
    const events = [event('A'), event('B'), event('C'), event('A', { model: 'Job', id: 2 })];
    expect(kept({ events }, { actions: { actions: ['A', 'C'] }, object: 'lesson' })).toEqual({
      events: [events[0], events[2]],
    });
  });

  it('returns every event if the filter selects all', () => {
    const events = [event('A'), event('B')];
    expect(kept({ events })).toEqual({ events });
  });

  it('leaves out events without a subject', () => {
    const events = [event('A', null), event('A', [1]), event('B')];
    expect(kept({ events })).toEqual({ events: [event('B')] });
  });

  it.each(['', 'not json', '[]', '{}'])('returns no events for a signed body without events: %j', (body) => {
    expect(kept(body)).toEqual({ events: [] });
  });

  it.each<[refusal: string, headers: Record<string, unknown>, key: string]>([
    ['no-key', { 'Webhook-Signature': sign('{}', PRIVATE_KEY) }, ''],
    ['no-signature', {}, PRIVATE_KEY],
    ['no-signature', { 'Webhook-Signature': ['x'] }, PRIVATE_KEY],
    ['malformed-signature', { 'Webhook-Signature': 'x' }, PRIVATE_KEY],
    ['wrong-signature', { 'Webhook-Signature': sign('{"a":1}', PRIVATE_KEY) }, PRIVATE_KEY],
  ])('returns the refusal %s instead of events', (refusal, headers, key) => {
    expect(keptEvents('{}', headers, key, ALL)).toEqual({ refusal });
  });

  it('reads the same text that it verifies if a body contains a lone surrogate', () => {
    const body = JSON.stringify({ events: [event('A')] }).replace('A', '\ud800');
    const headers = { 'Webhook-Signature': sign(body, PRIVATE_KEY) };
    expect(keptEvents(body, headers, PRIVATE_KEY, ALL)).toEqual({ events: [event('\ufffd')] });
  });

  it('returns no events if the delivery nests deeper than 200 levels', () => {
    // The delivery, its list, the event and the subject are four levels.
    const nested = (levels: number) => JSON.parse('['.repeat(levels) + ']'.repeat(levels)) as unknown;
    const delivery = (levels: number) => ({ events: [event('A', { model: 'Lesson', x: nested(levels) })] });
    expect(kept(delivery(196))).toEqual(delivery(196));
    expect(kept(delivery(197))).toEqual({ events: [] });
  });

  it('keeps no event of a delivery that nests deeply beside its events', () => {
    const nested = '['.repeat(300) + ']'.repeat(300);
    expect(kept(`{"x": ${nested}, "events": [{"action": "A", "subject": {}}]}`)).toEqual({ events: [] });
  });
});
