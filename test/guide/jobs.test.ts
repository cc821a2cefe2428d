/** The examples of `docs/examples.md` about jobs and tutors, against the stand-in for TutorCruncher. */

import { describe, expect, it, jest } from '@jest/globals';

import { useTutorCruncher } from '../support/running-tutorcruncher.ts';
import { UNUSED_RELAY } from '../support/sealed-envelope.ts';

jest.unstable_mockModule('../../src/hooks/relay-url.ts', () => ({ RELAY_URL: UNUSED_RELAY }));
jest.resetModules();
const { runExample } = await import('./examples.ts');

const tutorCruncher = useTutorCruncher();

describe('tell the office about a job without a tutor', () => {
  const EXAMPLE = 'Example: tell the office about a job without a tutor';

  it('posts the job with its students, unless it has a tutor or another status', async () => {
    expect((await runExample(EXAMPLE)).passedOn.get('2')).toEqual({
      'Message Text': expect.stringMatching(/^No tutor yet: Maths for Kenji for Kenji Tanabe, created on \w{3} \d+ /),
    });
    const tutor = { contractor: 402, name: 'Hannah Whitlock' };
    for (const changes of [{ status: 'finished' }, { status: 'pending', conjobs: [tutor] }]) {
      tutorCruncher.now.account.change('services', 709, changes);
      expect([changes, (await runExample(EXAMPLE)).passedOn.size]).toEqual([changes, 0]);
    }
    expect(tutorCruncher.writes()).toEqual([]);
  });
});

describe('write to families whose lessons have stopped', () => {
  const EXAMPLE = 'Example: write to families whose lessons have stopped';

  it('writes to the client of the last lesson, unless the job has another lesson or is finished', async () => {
    const { account } = tutorCruncher.now;
    const later = account.add('appointments', { ...account.find('appointments', 9106), status: 'cancelled' });
    account.change('appointments', later.id, { finish: new Date(Date.now() + 3_600_000).toISOString() });
    expect((await runExample(EXAMPLE)).passedOn.get('2')).toEqual({
      To: 'priya.raman@example.com',
      Subject: 'More lessons for Leo Raman?',
      Body: expect.stringMatching(
        /^Hello Priya, the last lesson of Leo Raman with Hannah Whitlock was on \w{3} \d+ \w{3} \d{4}, \d\d:\d\d to /,
      ),
    });
    account.change('appointments', later.id, { status: 'planned' });
    expect((await runExample(EXAMPLE)).passedOn.size).toBe(0);
    account.change('appointments', later.id, { status: 'cancelled' });
    account.change('services', 705, { status: 'finished' });
    expect((await runExample(EXAMPLE)).passedOn.size).toBe(0);
    expect(tutorCruncher.writes()).toEqual([]);
  });
});

describe("tell the office when a tutor's availability changes", () => {
  it('names the tutor and the subjects', async () => {
    const { passedOn } = await runExample("Example: tell the office when a tutor's availability changes");
    expect(passedOn.get('2')).toEqual({
      'Message Text': 'Hannah Whitlock has changed their availability. Subjects: Maths',
    });
    expect(tutorCruncher.writes()).toEqual([]);
  });
});
