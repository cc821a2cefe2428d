/** The examples of `docs/examples.md` that tell people about lessons, against the stand-in for TutorCruncher. */

import { describe, expect, it, jest } from '@jest/globals';

import type { JsonObject } from '../../wire/json.ts';
import { deliveryOf, triggerOf } from '../../local/hook-calls.ts';
import { lessonMoved } from '../../local/events/jobs-and-lessons.ts';
import { deliveriesOf } from '../../local/events/sequence.ts';
import { useTutorCruncher } from '../support/running-tutorcruncher.ts';
import { UNUSED_RELAY } from '../support/sealed-envelope.ts';

jest.unstable_mockModule('../../src/hooks/relay-url.ts', () => ({ RELAY_URL: UNUSED_RELAY }));
jest.resetModules();
const { CLASS_LESSON, FAMILIES, FAMILY_CLIENTS, TUTOR_ROWS } = await import('../../local/events/class-of-nine.ts');
const { runExample } = await import('./examples.ts');

const tutorCruncher = useTutorCruncher();

describe('remind parents a day before a lesson', () => {
  const EXAMPLE = 'Example: remind parents a day before a lesson';

  it('writes to the client of the lesson, unless it is cancelled or later, and nothing to TutorCruncher', async () => {
    expect((await runExample(EXAMPLE)).passedOn.get('2')).toEqual({
      'To Number': '+447700900123',
      Message: expect.stringMatching(
        /^Hello Yuki, we remind you of the lesson "Ratios" of Kenji Tanabe with Chloé Marchand: \w{3} \d+ \w{3} \d{4}, \d\d:\d\d to /,
      ),
    });
    const inTwoDays = new Date(Date.now() + 48 * 3_600_000).toISOString();
    for (const changes of [{ status: 'cancelled' }, { start: inTwoDays }]) {
      tutorCruncher.now.account.change('appointments', 9104, changes);
      expect([changes, (await runExample(EXAMPLE)).passedOn.size]).toEqual([changes, 0]);
    }
    expect(tutorCruncher.writes()).toEqual([]);
  });

  it('sends seven texts for a class of nine, each naming only the children of one family', async () => {
    const { account } = tutorCruncher.now;
    const { rcras, cjas } = CLASS_LESSON;
    account.addList(
      'clients',
      FAMILY_CLIENTS.map((client, index) => ({ ...client, mobile: `07700 90010${index}` })),
    );
    account.change('appointments', 9104, { rcras, cjas });
    const texts: JsonObject[] = [];
    for (let runNumber = 0; ; runNumber++) {
      const { records, passedOn } = await runExample(EXAMPLE, { runNumber });
      if (records.size === 0) break;
      expect([[...records.keys()], [...passedOn.keys()]]).toEqual([['1'], ['2']]);
      texts.push(passedOn.get('2') ?? {});
    }
    expect(texts).toEqual(
      FAMILIES.map(({ students }, index) => ({
        'To Number': `+44770090010${index}`,
        Message: expect.stringMatching(
          new RegExp(
            `^Hello Parent, we remind you of the lesson "Ratios" of ${students.map(({ name }) => name).join(', ')} with ` +
              'Hannah Whitlock, Samuel Okoro: [A-Z]',
          ),
        ),
      })),
    );
  });
});

describe('text the tutor when a lesson is cancelled', () => {
  it('finds her mobile number, and writes nothing to TutorCruncher', async () => {
    const { passedOn } = await runExample('Example: text the tutor when a lesson is cancelled');
    expect(passedOn.get('3')).toEqual({
      'To Number': '+447700900246',
      Message:
        'Hello Hannah, the lesson "Quadratic equations" with Leo Raman on Wed 10 Jun 2026, 17:00 to 18:30 is cancelled.',
    });
    expect(tutorCruncher.writes()).toEqual([]);
  });
});

describe('text the parents of a cancelled lesson', () => {
  const EXAMPLE = 'Example: text the parents of a cancelled lesson';
  const Message = 'The lesson "Quadratic equations" of Leo Raman on Wed 10 Jun 2026, 17:00 to 18:30 is cancelled.';

  it('takes one step and one request, and has no number if TutorCruncher does not respond', async () => {
    const { records, passedOn } = await runExample(EXAMPLE);
    expect(passedOn).toEqual(new Map([['2', { 'To Number': '+447700900123', Message }]]));
    expect(records.size).toBe(1);
    expect(tutorCruncher.requests().map(({ path }) => path)).toEqual(['/api/clients/301/']);

    tutorCruncher.now.behaviour.intercept = () => [503, {}];
    const failed = await runExample(EXAMPLE);
    expect(failed.passedOn.get('2')).toEqual({ 'To Number': '', Message });
    expect(failed.records.get('1')?.details_fetched).toBe(false);
  });
});

describe('ring the family of a student who missed a lesson', () => {
  it('tells the office whom to ring', async () => {
    const { passedOn, records } = await runExample('Example: ring the family of a student who missed a lesson');
    expect(records.size).toBe(1);
    expect(passedOn.get('2')).toEqual({
      'Message Text':
        'Please ring Priya, +447700900123: Leo Raman missed "Quadratic equations" on Wed 10 Jun 2026, 17:00 to 18:30.',
    });
    expect(tutorCruncher.requests().map(({ path }) => path)).toEqual(['/api/clients/301/']);
  });
});

describe("text the parents only when the lesson's time changes", () => {
  const EXAMPLE = "Example: text the parents only when the lesson's time changes";
  const [created = {}, moved = {}, renamed = {}] = deliveriesOf(lessonMoved);

  it('texts them when the lesson is moved, but not when its topic changes or no previous event is known', async () => {
    const { passedOn } = await runExample(EXAMPLE, { received: { delivery: moved, previous: created } });
    expect(passedOn.get('2')).toEqual({
      'To Number': '+447700900123',
      Message:
        'The lesson "Quadratic equations" of Leo Raman has been moved. The new time is Thu 11 Jun 2026, 18:00 to 19:30.',
    });
    for (const received of [{ delivery: renamed, previous: moved }, { delivery: moved }]) {
      const others = await runExample(EXAMPLE, { received });
      expect([others.records.size, others.passedOn.size]).toEqual([0, 0]);
    }
    expect(tutorCruncher.writes()).toEqual([]);
  });
});

describe("text the family once when the tutor of tomorrow's lesson changes", () => {
  const EXAMPLE = "Example: text the family once when the tutor of tomorrow's lesson changes";
  const DAY_MS = 24 * 3_600_000;
  const [HANNAH, SAMUEL] = TUTOR_ROWS;

  /**
   * Returns the texts that the family gets when another tutor covers a lesson.
   *
   * @param days - number of days until the lesson starts
   * @param isKnown - false if the previous event of the second event is unknown
   */
  async function textsOfCover(days: number, isKnown = true): Promise<JsonObject[]> {
    tutorCruncher.now.account.addList(
      'clients',
      FAMILY_CLIENTS.map((client, index) => ({ ...client, mobile: `07700 90010${index}` })),
    );
    const event = (action: string, second: number, cjas: readonly unknown[]) => {
      const { subject, ...rest } = triggerOf('lesson_people_changed').sampleEvent;
      const start = new Date(Date.now() + days * DAY_MS).toISOString();
      const timestamp = `2026-06-10T18:05:0${second}.000000Z`;
      return deliveryOf({ ...rest, action, timestamp, subject: { ...subject, ...CLASS_LESSON, cjas, start } });
    };
    const before = event('CREATED_AN_APPOINTMENT', 0, [HANNAH]);
    const removed = event('REMOVED_CONTRACTOR_FROM_APPOINTMENT', 1, []);
    const added = event('ADDED_CONTRACTOR_TO_APPOINTMENT', 2, [SAMUEL]);
    const texts: JsonObject[] = [];
    for (const received of [
      { delivery: removed, previous: before },
      isKnown ? { delivery: added, previous: removed } : { delivery: added },
    ]) {
      for (let runNumber = 0; ; runNumber++) {
        const { records, passedOn } = await runExample(EXAMPLE, { received, runNumber });
        if (records.size === 0) break;
        texts.push(...passedOn.values());
      }
    }
    return texts;
  }

  it('sends one text to each of seven families, for a removal and an addition', async () => {
    expect(await textsOfCover(1)).toEqual(
      FAMILIES.map(({ students }, index) => ({
        'To Number': `+44770090010${index}`,
        Message: expect.stringMatching(
          new RegExp(
            `^Samuel Okoro will teach the lesson "Quadratic equations" of ${students.map(({ name }) => name).join(', ')} tomorrow: `,
          ),
        ),
      })),
    );
    expect(tutorCruncher.writes()).toEqual([]);
  });

  it('sends nothing about a lesson on another day', async () => {
    expect([await textsOfCover(0), await textsOfCover(2)]).toEqual([[], []]);
  });

  it('sends nothing without the name of the new tutor, if no earlier event is known', async () => {
    expect(await textsOfCover(1, false)).toEqual([]);
  });
});
