/** The example of `docs/guide.md` about jobs without a tutor, against the stand-in for TutorCruncher. */

import { describe, expect, it, jest } from '@jest/globals';

import { useTutorCruncher } from './running-tutorcruncher.ts';
import { UNUSED_RELAY } from './sealed-envelope.ts';

jest.unstable_mockModule('../src/hooks/relay-url.ts', () => ({ RELAY_URL: UNUSED_RELAY }));
jest.resetModules();
const { runExample } = await import('./guide-examples.ts');

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
