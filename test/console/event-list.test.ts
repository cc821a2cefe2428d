/** The console's event list: its updates, and the exported file. */

import { describe, expect, it } from '@jest/globals';

import { csvOf } from '../../console/event-csv.ts';
import { withFirstPage, withOlderPage, type EventList, type NamedEvent } from '../../console/event-list.ts';
import { sortableTime, VIEWER_ZONE_NAME } from '../../console/times.ts';
import { UTC } from '../../src/record/time-zone.ts';
import type { ConsoleZap, Outcome } from '../../wire/console-api.ts';

/** Returns an event with a number and an outcome, whose contents are not opened. */
const event = (number: number, outcome: NamedEvent['outcome'] = 'delivered'): NamedEvent => ({
  number,
  is_repeat: false,
  outcome,
  zaps: [],
  opened: { kind: 'newer-key', events: [] },
  envelope: {
    format: 'tutorcruncher-sealed/1',
    channel: 'channel',
    delivery_id: `delivery ${number}`,
    key_id: 'key',
    received_at: number,
    actions: ['A'],
    model: 'lesson',
    subject_id: '12',
    event_time: null,
    wrapped_key: '',
    sealed: null,
  },
});

const list = (numbers: readonly number[], next: number | null, newest = numbers[0] ?? 0): EventList => ({
  events: numbers.map((number) => event(number)),
  next,
  newest,
  searchedFrom: next,
});

describe('a new first page', () => {
  it.each([
    ['replaces the events of its range', list([9, 8, 7], 7), list([10, 9, 8], 8), list([10, 9, 8, 7], 7)],
    ['keeps what was found in older events', list([3, 2], null, 9), list([], 8, 12), list([3, 2], null, 12)],
    ['keeps what was searched without result', list([], 2, 9), list([], 8, 12), list([], 2, 12)],
    ['replaces the list if events in between were not searched', list([3], 2, 9), list([], 11, 20), list([], 11, 20)],
    ['removes events that no longer meet the conditions', list([9, 8, 7], 7), list([9, 7], 7), list([9, 7], 7)],
    ['replaces the list if there could be events in between', list([5, 4], 4), list([30, 29], 29), list([30, 29], 29)],
    ['continues a list that ends where the page begins', list([9, 8], 8), list([10], 10, 12), list([10, 9, 8], 8, 12)],
    ['is the entire list if there was no list', null, list([3], 3), list([3], 3)],
    ['is the entire list if no event follows', list([9, 8, 7], 7), list([9], null), list([9], null)],
  ])('%s', (_, before, page, after) => {
    expect(withFirstPage(before, page)).toEqual(after);
  });

  it('updates the events of its range', () => {
    const page: EventList = { ...list([], 8, 9), events: [event(9, 'failed'), event(8)] };
    expect(withFirstPage(list([9, 8, 7], 7), page).events[0]?.outcome).toBe('failed');
  });
});

it('a page of older events continues the list, and may have searched nothing', () => {
  const before = list([9, 8], 8);
  expect(withOlderPage(before, list([7, 6], 6, 12))).toEqual(list([9, 8, 7, 6], 6, 9));
  expect(withOlderPage(before, list([], null, 12))).toEqual({ ...before, next: null });
});

describe('the exported file', () => {
  const NO_ZAPS = { zaps: [], ended_zaps: [], names: new Map<string, string>() };
  const zaps = (...ids: string[]): NamedEvent['zaps'] =>
    ids.map((zap) => ({ zap, outcome: 'delivered', was_on: true, is_sent_again: false, failure_text: null }));

  it('has a line for each event and Zap, in which no value is a formula', () => {
    const names = [
      { name: '=SUM(A1)', people: '@Priya "Pri" Raman' },
      { name: 'Leo', people: '' },
    ];
    const events = [
      { ...event(2), zaps: zaps('a', 'b'), opened: { kind: 'opened', events: names } as const },
      event(1),
    ];
    const time = sortableTime(2);
    expect(csvOf(events, { ...NO_ZAPS, names: new Map([['a', '-Lesson, +Completed']]) }, () => false)).toBe(
      [
        `\ufeff"Received (${VIEWER_ZONE_NAME})","Event","About","People","Zap","Zap Number","Zap Link","Outcome","Reason"`,
        `"${time}","A","'=SUM(A1) and 1 more","'@Priya ""Pri"" Raman","'-Lesson, +Completed","","","Delivered",""`,
        `"${time}","A","'=SUM(A1) and 1 more","'@Priya ""Pri"" Raman","A Zap that is off","","","Delivered",""`,
        `"${sortableTime(1)}","A","Lesson 12","","","","","No Zap for this",""`,
        '',
      ].join('\r\n'),
    );
  });

  it('has the number and the link of a Zap, and the reason why it has not received an event', () => {
    const description = { trigger: 'Invoice Paid', options: [], zap_id: '284561172' };
    const zap = (id: string, changes: Partial<ConsoleZap> = {}): ConsoleZap =>
      ({ id, description, failing_since: null, paused_since: null, ...changes }) as ConsoleZap;
    const zapsOn = [zap('on'), zap('failing', { failing_since: 1 }), zap('paused', { paused_since: 1 })];
    const ended = {
      id: 'off',
      description,
      created_at: 0,
      ended_at: 1,
      is_gone: true,
      dead_letters: 1,
      has_successor: false,
    };
    const channel = { zaps: zapsOn, ended_zaps: [ended], names: new Map<string, string>() };
    const rowOf = (zapId: string, outcome: Outcome, failure_text: string | null = null) => {
      const atZaps = zaps(zapId).map((atZap) => ({ ...atZap, outcome, failure_text }));
      const [, row = ''] = csvOf([{ ...event(2), zaps: atZaps }], channel, () => false).split('\r\n');
      return row.split(',').slice(5);
    };
    const numberAndLink = ['"284561172"', '"https://zapier.com/editor/284561172"'];
    const refused = 'Zapier refused the event (400)';
    expect(rowOf('off', 'given_up', refused)).toEqual([...numberAndLink, '"Stopped"', `"${refused}"`]);
    expect(rowOf('on', 'waiting')).toEqual([...numberAndLink, '"Waiting"', '""']);
    expect(rowOf('off', 'waiting').at(-1)).toBe('""');
    expect(rowOf('failing', 'waiting').slice(-2)).toEqual([
      '"An earlier event comes first',
      ' which Zapier has not accepted yet"',
    ]);
    expect(rowOf('paused', 'waiting').at(-1)).toMatch(/^"The relay's operator has paused/);
    expect(rowOf('failing', 'delivered').at(-1)).toBe('""');
    expect(rowOf('on', 'not_wanted').at(-2)).toBe('"Not sent"');
  });

  it('names a record without a name by its object and its id, as far as they are known', () => {
    const aboutOf = (changes: Partial<NamedEvent['envelope']>) => {
      const unnamed = { ...event(2), envelope: { ...event(2).envelope, ...changes } };
      return csvOf([unnamed], NO_ZAPS, () => false)
        .split('\r\n')[1]
        ?.split(',')[2];
    };
    expect(aboutOf({ model: null })).toBe('"12"');
    expect(aboutOf({ subject_id: null })).toBe('"Lesson"');
    expect(aboutOf({ model: null, subject_id: null })).toBe('""');
  });

  it('has times that programs can sort', () => {
    expect(sortableTime(Date.UTC(2026, 5, 10, 16, 5, 9), UTC)).toBe('2026-06-10 16:05:09');
  });

  it('marks an event with a wrong signature in every state, as the page does', () => {
    const csvWith = (...outcomes: Outcome[]) => {
      const atZaps = outcomes.map((outcome) => ({ ...zaps('a')[0], outcome }) as NamedEvent['zaps'][number]);
      return csvOf([{ ...event(2), zaps: atZaps }], NO_ZAPS, (id) => id === 'delivery 2');
    };
    expect(csvWith('delivered')).toMatch(/,"Wrong signature",""\r\n$/);
    expect(csvWith('given_up')).toMatch(/,"Stopped, wrong signature",""\r\n$/);
    expect(csvWith()).toMatch(/,"No Zap for this, wrong signature",""\r\n$/);
  });
});
