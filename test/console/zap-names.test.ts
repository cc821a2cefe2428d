import { describe, expect, it } from '@jest/globals';

import { editorUrl, optionsText, zapNames } from '../../console/zap-names.ts';
import type { ConsoleZap, ZapDescription } from '../../wire/console-api.ts';
import { NOW, zapWith } from './sample-zap.ts';

describe('the names of Zaps', () => {
  const named = (...zaps: ConsoleZap[]) => [...zapNames({ zaps, ended_zaps: [], now: NOW }).values()];
  const zap = (id: string, description: Partial<ZapDescription> = {}) =>
    zapWith({
      id,
      created_at: NOW,
      description: { trigger: 'Lesson Updated', options: [], zap_id: null, ...description },
    });
  const withStatus = (id: string, value: string) => zap(id, { options: [{ label: 'Status', value }] });
  const ON_SINCE = expect.stringMatching(/^Lesson Updated, on since Today, \d\d:\d\d$/);

  it.each<[difference: string, zaps: ConsoleZap[], names: unknown[]]>([
    ['triggers', [withStatus('1', 'planned'), zapWith({ id: '2' })], ['Lesson Updated', 'Lesson Completed']],
    [
      'choices',
      [withStatus('1', 'planned'), withStatus('2', 'complete')],
      ['Lesson Updated, Status: planned', 'Lesson Updated, Status: complete'],
    ],
    [
      'numbers, or else by the times when they were turned on',
      [zap('1', { zap_id: '11' }), zap('2', { zap_id: '22' }), zap('3')],
      ['Lesson Updated, Zap 11', 'Lesson Updated, Zap 22', ON_SINCE],
    ],
  ])('distinguish them by their %s', (_, zaps, names) => {
    expect(named(...zaps)).toEqual(names);
  });

  it('come from the actions if a Zap has no description', () => {
    const completed = { label: 'Lesson Completed', actions: ['MARKED_AN_APPOINTMENT_AS_COMPLETE'] };
    const triggers = [{ label: 'Invoice Paid', actions: ['PAID_INVOICE'] }, completed];
    const nameOf = (zap: ConsoleZap) => zapNames({ zaps: [zap], ended_zaps: [], now: NOW }, triggers).get(zap.id);
    const zap = zapWith({ description: null });
    expect(nameOf(zap)).toBe('Lesson Completed');
    expect(nameOf({ ...zap, actions: ['OF_NO_TRIGGER'] })).toBe('New Event');
    expect(nameOf(zapWith({ description: null, all_except: ['PAID_INVOICE'] }))).toBe('New Event');
  });

  it('describe the chosen events in words, and cannot reverse the text around them', () => {
    const options = [
      { label: 'Events', value: 'ADDED_A_LABEL_TO_SERVICE, SENT_AN_EMAIL' },
      { label: 'New Statuses', value: 'UTC, \u202eevil' },
    ];
    const reversing = zap('1', { trigger: 'New \u202eEvent', options });
    expect(optionsText(reversing)).toBe('Events: Added a label to job, Sent an email · New Statuses: UTC, evil');
    expect(named(reversing)).toEqual(['New Event']);
  });

  it('contain the time when a Zap was turned off', () => {
    const ended_zaps = [zap('1').description, null].map((description, index) => ({
      id: `${index}`,
      description,
      created_at: 0,
      ended_at: NOW,
      is_gone: false,
      dead_letters: 0,
      has_successor: false,
    }));
    expect([...zapNames({ zaps: [], ended_zaps, now: NOW }).values()]).toEqual([
      expect.stringMatching(/^Lesson Updated, off since Today, \d\d:\d\d$/),
      expect.stringMatching(/^A Zap, off since Today, /),
    ]);
  });

  it('link to the editor only by an id of digits', () => {
    expect(editorUrl(zap('1', { zap_id: '284561172' }))).toBe('https://zapier.com/editor/284561172');
    for (const zap_id of ['../evil', '1/../evil', 'x1', '', null]) expect(editorUrl(zap('1', { zap_id }))).toBeNull();
  });
});
