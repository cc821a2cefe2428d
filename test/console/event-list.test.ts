/** The console's event list: its updates, and the exported file. */

import { describe, expect, it } from '@jest/globals';

import { csvOf } from '../../console/event-csv.ts';
import { withFirstPage, withNextPage, type EventList, type NamedEvent } from '../../console/event-list.ts';
import { fullTime, VIEWER_ZONE_NAME } from '../../console/times.ts';
import { listedEvent as event } from './listed-event.ts';

const list = (numbers: readonly number[], next: number | null): EventList => ({
  events: numbers.map((number) => event(number)),
  next,
});

const numbersIn = ({ events }: EventList): number[] => events.map(({ number }) => number);

it('adds a next page at the end', () => {
  const longer = withNextPage(list([9, 8], 8), list([7, 6], 6));
  expect(numbersIn(longer)).toEqual([9, 8, 7, 6]);
  expect(longer.next).toBe(6);
});

describe('a new first page', () => {
  it('replaces the events of its range, and keeps older events and the position of the next page', () => {
    const page: EventList = { events: [event(10), event(9, 'failed'), event(8)], next: 8 };
    const updated = withFirstPage(list([9, 8, 7, 6], 6), page);
    expect(numbersIn(updated)).toEqual([10, 9, 8, 7, 6]);
    expect(updated.events[1]?.outcome).toBe('failed');
    expect(updated.next).toBe(6);
    expect(numbersIn(withFirstPage(list([8, 7], 7), list([10, 9, 8], 8)))).toEqual([10, 9, 8, 7]);
  });

  it('removes events that no longer meet the conditions', () => {
    expect(numbersIn(withFirstPage(list([9, 8, 7], 7), list([9, 7], 7)))).toEqual([9, 7]);
  });

  it('replaces the list if there could be events in between', () => {
    const updated = withFirstPage(list([5, 4], 4), list([30, 29], 29));
    expect(numbersIn(updated)).toEqual([30, 29]);
    expect(updated.next).toBe(29);
  });

  it('is the entire list if there was no list, or if no event follows', () => {
    expect(withFirstPage(null, list([3], 3))).toEqual(list([3], 3));
    expect(withFirstPage(list([9, 8, 7], 7), list([9], null))).toEqual(list([9], null));
  });
});

describe('the exported file', () => {
  const zaps = (...ids: string[]): NamedEvent['zaps'] =>
    ids.map((zap) => ({ zap, outcome: 'delivered', was_on: true, is_sent_again: false }));

  it('has a line for each event and Zap, in which no value is a formula', () => {
    const names = [
      { name: '=SUM(A1)', people: '@Priya "Pri" Raman' },
      { name: 'Leo', people: '' },
    ];
    const events = [
      { ...event(2), zaps: zaps('a', 'b'), opened: { kind: 'opened', events: names } as const },
      event(1),
    ];
    const time = fullTime(2);
    expect(csvOf(events, new Map([['a', '-Lesson, +Completed']]), () => false)).toBe(
      [
        `\ufeff"Received (${VIEWER_ZONE_NAME})","Event","About","People","Zap","Outcome"`,
        `"${time}","A","'=SUM(A1) and 1 more","'@Priya ""Pri"" Raman","'-Lesson, +Completed","Delivered"`,
        `"${time}","A","'=SUM(A1) and 1 more","'@Priya ""Pri"" Raman","A Zap that is off","Delivered"`,
        `"${fullTime(1)}","A","Lesson 12","","","No Zap for this"`,
        '',
      ].join('\r\n'),
    );
  });

  it('says that a Zap refuses an event with a wrong signature, as the page does', () => {
    const csv = csvOf([{ ...event(2), zaps: zaps('a') }], new Map(), (id) => id === 'delivery 2');
    expect(csv).toMatch(/,"Wrong signature"\r\n$/);
  });
});
