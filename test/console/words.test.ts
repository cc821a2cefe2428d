/** The words of the console for events, Zaps and their outcomes. */

import { describe, expect, it } from '@jest/globals';

import { deliveryText, eventText, objectName } from '../../console/event-words.ts';
import { editorUrl, endedZapNames, failureText, fateText, optionsText, zapNames } from '../../console/zap-words.ts';
import type { ConsoleAttempt, ConsoleZap, EventAtZapInDetail } from '../../wire/console-api.ts';
import { zapWith } from './sample-zaps.ts';

const NOW = Date.UTC(2026, 5, 10, 12);

describe('an event', () => {
  const triggers = [{ label: 'Lesson Completed', actions: ['MARKED_AN_APPOINTMENT_AS_COMPLETE'] }];

  it.each([
    ['MARKED_AN_APPOINTMENT_AS_COMPLETE', 'Lesson completed'],
    ['ADDED_A_LABEL_TO_SERVICE', 'Added a label to job'],
    ['VIEWED_AN_APPOINTMENT', 'Viewed a lesson'],
    ['SENT_AN_EMAIL', 'Sent an email'],
  ])('%s is called "%s"', (action, text) => {
    expect(eventText(action, triggers)).toBe(text);
  });

  it('has a name even if its delivery has several, unknown or no actions', () => {
    expect(deliveryText(['SENT_AN_EMAIL', 'SENT_AN_SMS', 'SENT_AN_EMAIL'])).toBe('Sent an email, and 1 more');
    expect(deliveryText(null)).toBe('Events of several kinds');
    expect(deliveryText([])).toBe('No event');
  });

  it('is about an object that is called by its product name', () => {
    expect([objectName('ad_hoc_charge'), objectName('toString'), objectName(null)]).toEqual([
      'Ad Hoc Charge',
      null,
      null,
    ]);
  });
});

describe('the names of Zaps', () => {
  const named = (...zaps: ConsoleZap[]) => [...zapNames(zaps, NOW).values()];
  const labelled = (id: string, status: string | null, created_at = NOW) =>
    zapWith({
      id,
      created_at,
      description: {
        trigger: 'Lesson Updated',
        options: status === null ? [] : [{ label: 'Status', value: status }],
        zap_id: null,
      },
    });

  it('are the labels of their triggers', () => {
    expect(named(labelled('1', 'planned'), zapWith({ id: '2' }))).toEqual(['Lesson Updated', 'Lesson Completed']);
  });

  it('contain the choices of several Zaps with the same trigger, or the times when they were turned on', () => {
    expect(named(labelled('1', 'planned'), labelled('2', 'complete'))).toEqual([
      'Lesson Updated, Status: planned',
      'Lesson Updated, Status: complete',
    ]);
    const [first = '', second = ''] = named(labelled('1', null, NOW - 3_600_000), labelled('2', null));
    expect(first).toMatch(/^Lesson Updated, on since Today, \d\d:\d\d$/);
    expect(first).not.toBe(second);
    const numbered = (id: string, zap_id: string | null) =>
      zapWith({ id, created_at: NOW, description: { trigger: 'Lesson Updated', options: [], zap_id } });
    expect(named(numbered('1', '11'), numbered('2', '22'), numbered('3', null))).toEqual([
      'Lesson Updated, Zap 11',
      'Lesson Updated, Zap 22',
      expect.stringMatching(/^Lesson Updated, on since Today, /),
    ]);
  });

  it('describe the chosen events in words, and cannot reverse the text around them', () => {
    const options = [
      { label: 'Events', value: 'ADDED_A_LABEL_TO_SERVICE, SENT_AN_EMAIL' },
      { label: 'New Statuses', value: 'UTC, \u202eevil' },
    ];
    const zap = zapWith({ description: { trigger: 'New \u202eEvent', options, zap_id: null } });
    expect(optionsText(zap)).toBe('Events: Added a label to job, Sent an email · New Statuses: UTC, evil');
    expect(named(zap)).toEqual(['New Event']);
  });

  it('are found for Zaps without a description', () => {
    expect(named(zapWith({ id: '1', description: null, all_except: [] }))).toEqual(['New Event']);
  });

  it('contain the time when a Zap was turned off', () => {
    const { description } = labelled('1', 'planned');
    const ended = (id: string, of: typeof description) => ({
      ...{ id, description: of, created_at: 0, ended_at: NOW },
      ...{ is_gone: false, dead_letters: 0 },
    });
    const [first, second] = [...endedZapNames([ended('1', description), ended('2', null)], NOW).values()];
    expect(first).toMatch(/^Lesson Updated, off since Today, \d\d:\d\d$/);
    expect(second).toMatch(/^A Zap, off since Today, /);
  });

  it('link to the editor only by an id of digits', () => {
    const withId = (zap_id: string | null) =>
      editorUrl(zapWith({ description: { trigger: 'T', options: [], zap_id } }));
    expect(withId('284561172')).toBe('https://zapier.com/editor/284561172');
    expect([withId('../evil'), withId(''), withId(null), editorUrl(zapWith({ description: null }))]).toEqual(
      Array(4).fill(null),
    );
    expect(optionsText(labelled('1', 'planned'))).toBe('Status: planned');
  });
});

describe('the outcome of an event', () => {
  const attempt = (number: number, failure: string | null): ConsoleAttempt => ({
    ...{ number, failure, response: null, at: NOW, duration_ms: 400, is_sent_again: false },
  });
  const fate = (changes: Partial<EventAtZapInDetail>, isOn = true): string =>
    fateText(
      {
        ...{ zap: '1', outcome: 'delivered', was_on: true, is_sent_again: false },
        ...{ attempts: [], next_attempt_at: null, given_up_reason: null },
        ...changes,
      },
      NOW,
      isOn,
    );

  it('is described in sentences', () => {
    expect(fate({})).toBe('Zapier accepted the event on the first attempt.');
    expect(fate({ attempts: [attempt(1, 'HTTP 500'), attempt(2, null)] })).toBe(
      'Zapier accepted the event after 1 failed attempt.',
    );
    expect(fate({ outcome: 'failed', attempts: [attempt(1, 'HTTP 502')], next_attempt_at: NOW + 240_000 })).toBe(
      'Zapier had an internal problem (502). The next attempt is due in 4 minutes.',
    );
    expect(fate({ outcome: 'failed' })).toBe('The last attempt failed. The relay tries again.');
    expect(fate({ outcome: 'given_up', given_up_reason: 'HTTP 400' })).toMatch(
      /^Zapier refused the event \(400\)\. The relay has stopped trying\. Press Send again/,
    );
    expect(fate({ outcome: 'given_up', given_up_reason: 'HTTP 400' }, false)).toMatch(
      /stopped trying\. The Zap is off\. Press Send again to send the event to a Zap .* that is on\.$/,
    );
    expect(fate({ outcome: 'given_up', given_up_reason: 'too large for Zapier' })).toBe(
      'The event is too large for Zapier, so it cannot be sent.',
    );
    expect(fate({ outcome: 'given_up' })).toMatch(/^Zapier did not accept the event\. /);
    const attempts = [attempt(1, 'HTTP 400'), attempt(2, 'HTTP 502')];
    expect(fate({ outcome: 'failed', attempts })).toMatch(/^Zapier had an internal problem \(502\)\. /);
    expect(fate({ outcome: 'given_up', given_up_reason: 'HTTP 502', attempts: attempts.slice(1) })).toMatch(
      /^Zapier had an internal problem \(502\)\. /,
    );
    expect(fate({ outcome: 'given_up', given_up_reason: 'HTTP 502', attempts })).toMatch(
      /^Zapier had an internal problem \(502\) in 2 attempts\. /,
    );
    expect(fate({ outcome: 'given_up', given_up_reason: 'skipped', attempts })).toMatch(
      /^The relay's operator skipped it\. /,
    );
    expect(fate({ outcome: 'waiting' })).toBe('The event is waiting for its turn.');
    expect(fate({ outcome: 'waiting', is_sent_again: true })).toBe('The event is about to be sent again.');
    expect(fate({ outcome: 'not_wanted' })).toBe('The trigger of the Zap does not select this event.');
    expect(fate({ outcome: 'not_wanted', was_on: false })).toBe('The Zap was turned on after the event had arrived.');
  });

  it.each([
    ['HTTP 500', 'Zapier had an internal problem (500)'],
    ['HTTP 524', 'Zapier had an internal problem (524)'],
    ['HTTP 404', 'Zapier refused the event (404)'],
    ['HTTP 429', 'Zapier is receiving too many events at once (429)'],
    ['ATTEMPT_TIMEOUT', 'Zapier did not respond in time'],
    ['ETIMEDOUT', 'Zapier did not respond in time'],
    ['ECONNREFUSED', 'Zapier could not be reached'],
    ['too large for Zapier', 'The event is too large for Zapier'],
    ['content not stored', 'The relay no longer has the content of the event'],
  ])('after the failure %s is "%s"', (failure, text) => {
    expect(failureText(failure)).toBe(text);
  });
});
