/** The exported file of events. */

import { expect, it } from '@jest/globals';

import { csvOf } from '../../console/event-csv.ts';
import type { DeliveryNames } from '../../console/opened-delivery.ts';
import { fullTime, VIEWER_ZONE_NAME } from '../../console/times.ts';
import type { ListedEvent } from '../../wire/console-api.ts';
import { listedEvent } from './listed-event.ts';

const zaps = (...ids: string[]): ListedEvent['zaps'] =>
  ids.map((zap) => ({ zap, outcome: 'given_up', was_on: true, is_sent_again: false }));
const names = (...events: [name: string, people: string][]): DeliveryNames => ({
  kind: 'opened',
  events: events.map(([name, people]) => ({ name, people })),
});

it('has a line for each event and Zap, in which no value is a formula', () => {
  const events = [{ ...listedEvent(2), zaps: zaps('a', 'b') }, listedEvent(1)];
  const opened = new Map([['delivery 2', names(['=SUM(A1)', '@Priya "Pri" Raman'], ['Leo', ''])]]);
  const time = fullTime(2);
  expect(csvOf(events, opened, new Map([['a', '-Lesson, +Completed']]), () => false)).toBe(
    [
      `\ufeff"Received (${VIEWER_ZONE_NAME})","Event","About","People","Zap","Outcome"`,
      `"${time}","A","'=SUM(A1) and 1 more","'@Priya ""Pri"" Raman","'-Lesson, +Completed","Stopped"`,
      `"${time}","A","'=SUM(A1) and 1 more","'@Priya ""Pri"" Raman","A Zap that is off","Stopped"`,
      `"${fullTime(1)}","A","Lesson 12","","","No Zap for this"`,
      '',
    ].join('\r\n'),
  );
});

it('says that a Zap refuses an event with a wrong signature, as the page does', () => {
  const events = [1, 2].map((number) => ({
    ...listedEvent(number),
    zaps: zaps('a').map((atZap) => ({ ...atZap, outcome: 'delivered' as const })),
  }));
  const lines = csvOf(events, new Map(), new Map(), (id) => id === 'delivery 2').split('\r\n');
  expect(lines.slice(1, 3).map((line) => line.split(',').at(-1))).toEqual(['"Delivered"', '"Wrong signature"']);
});
