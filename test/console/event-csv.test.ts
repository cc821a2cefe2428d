import { describe, expect, it } from '@jest/globals';

import { csvOf } from '../../console/event-csv.ts';
import type { NamedEvent } from '../../console/event-list.ts';
import { sortableTime, VIEWER_ZONE_NAME } from '../../console/times.ts';
import type { ConsoleZap, Outcome } from '../../wire/console-api.ts';
import { listedEvent } from './listed-event.ts';

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
      { ...listedEvent(2), zaps: zaps('a', 'b'), opened: { kind: 'opened', events: names } as const },
      listedEvent(1),
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

  it.each(['=', '+', '-', '@', '\t', '\r'])('has no value that begins with %j, as a formula may', (first) => {
    const opened = { kind: 'opened', events: [{ name: `${first}1`, people: `1${first}` }] } as const;
    const text = csvOf([{ ...listedEvent(2), opened }], NO_ZAPS, () => false);
    expect(text).toContain(`"'${first}1","1${first}"`);
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
      const [, row = ''] = csvOf([{ ...listedEvent(2), zaps: atZaps }], channel, () => false).split('\r\n');
      return row.split(',').slice(5);
    };
    const numberAndLink = ['"284561172"', '"https://zapier.com/editor/284561172"'];
    const refused = 'Zapier refused the event (400)';
    expect(rowOf('off', 'given_up', refused)).toEqual([...numberAndLink, '"Stopped"', `"${refused}"`]);
    expect(rowOf('on', 'waiting')).toEqual([...numberAndLink, '"Waiting"', '""']);
    expect(rowOf('off', 'waiting').at(-1)).toBe('""');
    expect(rowOf('failing', 'waiting').at(-1)).toBe('"Waiting for an earlier event that Zapier has not accepted yet"');
    expect(rowOf('paused', 'waiting').at(-1)).toMatch(/^"The relay's operator has paused/);
    expect(rowOf('failing', 'delivered').at(-1)).toBe('""');
    expect(rowOf('on', 'not_wanted').at(-2)).toBe('"Not sent"');
  });

  it('marks an event with a wrong signature in every state, as the page does', () => {
    const csvWith = (...outcomes: Outcome[]) => {
      const atZaps = outcomes.map((outcome) => ({ ...zaps('a')[0], outcome }) as NamedEvent['zaps'][number]);
      return csvOf([{ ...listedEvent(2), zaps: atZaps }], NO_ZAPS, (id) => id === 'delivery 2');
    };
    expect(csvWith('delivered')).toMatch(/,"Wrong signature",""\r\n$/);
    expect(csvWith('given_up')).toMatch(/,"Stopped, wrong signature",""\r\n$/);
    expect(csvWith()).toMatch(/,"No Zap for this, wrong signature",""\r\n$/);
  });
});
