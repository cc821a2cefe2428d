/** The examples of `docs/examples.md` about reports, against the stand-in for TutorCruncher. */

import { describe, expect, it, jest } from '@jest/globals';

import type { JsonObject } from '../../wire/json.ts';
import { useTutorCruncher } from '../support/running-tutorcruncher.ts';
import { UNUSED_RELAY } from '../support/sealed-envelope.ts';

jest.unstable_mockModule('../../src/hooks/relay-url.ts', () => ({ RELAY_URL: UNUSED_RELAY }));
jest.resetModules();
const { runExample } = await import('./examples.ts');
const { deliveryOf, triggerOf } = await import('../../local/hook-calls.ts');

const tutorCruncher = useTutorCruncher();

describe('send each report to the parents', () => {
  const EXAMPLE = 'Example: send each report to the parents';
  const received = (fields: JsonObject) => {
    const { sampleEvent } = triggerOf('report_created');
    return { received: { delivery: deliveryOf({ ...sampleEvent, subject: { ...sampleEvent.subject, ...fields } }) } };
  };

  it('sends the text to the client of a student who attended, and nothing else', async () => {
    const { passedOn } = await runExample(EXAMPLE);
    expect(passedOn.get('2')).toEqual({
      To: 'priya.raman@example.com',
      Subject: 'Report on Quadratic equations',
      Body:
        'Hello Priya, this is the report on the lesson with Leo Raman on Wed 10 Jun 2026, 17:00 to 18:30: ' +
        "A good lesson: we practised 'completing the square'.\nNext: exam questions & timing.",
    });
    const empty = [{ machine_name: 'client_report', name: 'Report', type: 'Long Textbox', value: 'null' }];
    const absent = { service_recipient: { id: 504, first_name: 'Ada', last_name: 'Adeyemi' } };
    for (const fields of [{ extra_attrs: empty }, absent]) {
      expect((await runExample(EXAMPLE, received(fields))).passedOn.size).toBe(0);
    }
    const rcras = tutorCruncher.now.account.find('appointments', 9106)?.rcras as JsonObject[];
    tutorCruncher.now.account.change('appointments', 9106, { rcras: [{ ...rcras[0], status: 'missed' }] });
    expect((await runExample(EXAMPLE)).passedOn.size).toBe(0);
    expect(tutorCruncher.writes()).toEqual([]);
  });
});

describe('send each approved report to the parents', () => {
  const EXAMPLE = 'Example: send each approved report to the parents';
  const sent = async () => (await runExample(EXAMPLE)).passedOn.get('2');

  it('sends the text once the report is approved, and nothing about other reports', async () => {
    const { account } = tutorCruncher.now;
    const [template] = account.list('reports').filter(({ id }) => id === 1207);
    account.addList('reports', []);
    // The test sends no event, because TutorCruncher sends none when reports are approved in a batch.
    const { id } = account.add('reports', { ...template, approved: false, dt_created: new Date().toISOString() });
    expect(await sent()).toBeUndefined();
    account.change('reports', id, { approved: true });
    expect(await sent()).toEqual({
      To: 'priya.raman@example.com',
      Subject: 'Report on Quadratic equations',
      Body: expect.stringMatching(
        /^Hello Priya, this is the report on the lesson with Leo Raman on \w{3} \d+ \w{3} \d{4}, .+: A good lesson: /,
      ),
    });
    const rcras = account.find('appointments', 9106)?.rcras as JsonObject[];
    account.change('appointments', 9106, { rcras: [{ ...rcras[0], status: 'missed' }] });
    expect(await sent()).toBeUndefined();
    expect(tutorCruncher.writes()).toEqual([]);
  });
});

describe('chase a missing report', () => {
  const EXAMPLE = 'Example: chase a missing report';

  it('writes to the tutor of the lesson, unless it is complete, and nothing to TutorCruncher', async () => {
    expect((await runExample(EXAMPLE)).passedOn.get('3')).toEqual({
      To: 'samuel.okoro@example.com',
      Subject: 'Report missing: Sight-reading',
      Body: expect.stringMatching(
        /^Hello Samuel, please write the report on the lesson with Ada Adeyemi on \w{3} \d+ \w{3} \d{4}, \d\d:\d\d to /,
      ),
    });
    tutorCruncher.now.account.change('appointments', 9102, { status: 'complete' });
    expect((await runExample(EXAMPLE)).passedOn.size).toBe(0);
    expect(tutorCruncher.writes()).toEqual([]);
  });
});
