/** The words of the console for events, Zaps and their outcomes. */

import { describe, expect, it } from '@jest/globals';

import { deliveryText, eventText, objectName } from '../../console/event-words.ts';
import { editorUrl, optionsText, zapNames } from '../../console/zap-words.ts';
import type { ConsoleZap } from '../../wire/console-api.ts';
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
  const named = (...zaps: ConsoleZap[]) => [...zapNames({ zaps, ended_zaps: [], now: NOW }).values()];
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
    const ended_zaps = [labelled('1', 'planned').description, null].map((description, index) => ({
      ...{ id: `${index}`, description, created_at: 0, ended_at: NOW },
      ...{ is_gone: false, dead_letters: 0 },
    }));
    expect([...zapNames({ zaps: [], ended_zaps, now: NOW }).values()]).toEqual([
      expect.stringMatching(/^Lesson Updated, off since Today, \d\d:\d\d$/),
      expect.stringMatching(/^A Zap, off since Today, /),
    ]);
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
