/** Names of time zones that people type into the field of a person, against the stand-in for TutorCruncher's API. */

import { describe, expect, it } from '@jest/globals';

import { timeZoneNamed } from '../../src/record/time-zone.ts';
import { typedTimeZone } from '../../src/inputs/time-zone-names.ts';
import { useTutorCruncher } from '../support/running-tutorcruncher.ts';
import { act, failureOf } from '../support/steps.ts';

const tutorCruncher = useTutorCruncher();
const update = (timezone: string) => act('update_client', { client: '301', timezone });
const bodies = () => tutorCruncher.writes().map(({ body }) => body);

const RENAMED = [
  ['Africa/Asmera', 'Africa/Asmara'],
  ['America/Buenos_Aires', 'America/Argentina/Buenos_Aires'],
  ['America/Godthab', 'America/Nuuk'],
  ['America/Indianapolis', 'America/Indiana/Indianapolis'],
  ['America/Louisville', 'America/Kentucky/Louisville'],
  ['Asia/Calcutta', 'Asia/Kolkata'],
  ['Asia/Katmandu', 'Asia/Kathmandu'],
  ['Asia/Rangoon', 'Asia/Yangon'],
  ['Asia/Saigon', 'Asia/Ho_Chi_Minh'],
  ['Atlantic/Faeroe', 'Atlantic/Faroe'],
  ['Europe/Kiev', 'Europe/Kyiv'],
  ['US/Central', 'America/Chicago'],
  ['US/Eastern', 'America/New_York'],
  ['US/Mountain', 'America/Denver'],
  ['US/Pacific', 'America/Los_Angeles'],
] as const;

describe('the time zone of a person', () => {
  it.each([
    ['Europe/London', 'Europe/London'],
    [' America/New_York ', 'America/New_York'],
    ['UTC', 'UTC'],
    ['Asia/Calcutta', 'Asia/Kolkata'],
    ['US/Eastern', 'America/New_York'],
    ['Europe/Kiev', 'Europe/Kyiv'],
    ['europe/london', 'Europe/London'],
    ['asia/calcutta', 'Asia/Kolkata'],
    ['Asia/kolkata', 'Asia/Kolkata'],
    ['Europe/Jersey', 'Europe/Jersey'],
  ])('is sent by its current name: %s', async (typed, sent) => {
    await update(typed);
    expect(bodies()).toEqual([{ timezone: sent }]);
  });

  it.each(['BST', 'EST', 'CST', 'GMT', 'GB', 'Japan', '+01:00', 'Middle/Earth', 'London'])(
    'cannot be an abbreviation or an unknown name: %s',
    async (typed) => {
      expect(await failureOf(update(typed))).toBe(
        'The field "Time Zone" of this step does not contain the name of a time zone. Enter the name of a city in your ' +
          'time zone, such as Europe/London instead of BST, or America/New_York instead of EST. UTC is accepted, too.',
      );
      expect(bodies()).toEqual([]);
    },
  );

  it('would be refused by its former name', async () => {
    const send = () =>
      act('api_request', { method: 'POST', path: 'clients/301/', body: '{"timezone": "Asia/Calcutta"}' });
    expect(await failureOf(send())).toMatch(/does not accept the values of these fields: timezone\./);
    tutorCruncher.now.behaviour.modernTimeZonesOnly = false;
    expect(await send()).toMatchObject({ status: 200 });
  });
});

describe('a former name', () => {
  it.each(RENAMED)('%s is replaced by %s, which is the same time zone', (former, current) => {
    expect(typedTimeZone(former)).toBe(current);
    expect(typedTimeZone(current)).toBe(current);
    for (const month of Array(24).keys()) {
      const moment = Date.UTC(2026, month, 15);
      expect(timeZoneNamed(current)?.offsetAt(moment)).toBe(timeZoneNamed(former)?.offsetAt(moment));
    }
  });

  it('is the name that Intl returns, so forms send it', () => {
    expect(new Intl.DateTimeFormat('en', { timeZone: 'Asia/Kolkata' }).resolvedOptions().timeZone).toBe(
      'Asia/Calcutta',
    );
  });
});
