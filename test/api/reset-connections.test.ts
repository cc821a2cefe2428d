/** Connections that TutorCruncher resets, as it does in busy hours, against the stand-in for its API, over HTTP. */

import { describe, expect, it } from '@jest/globals';

import { useTutorCruncher } from '../support/running-tutorcruncher.ts';
import { act, failureOf, find } from '../support/steps.ts';

const tutorCruncher = useTutorCruncher();
const reset = (resetsAfter: number) => {
  tutorCruncher.now.behaviour.resetsAfter = resetsAfter;
};
const sent = () => tutorCruncher.requests().map(({ method, path }) => `${method} ${path}`);

describe('a reset connection', () => {
  it('of a read is followed by one more request', async () => {
    reset(0);
    expect(await find('find_client', { client: '301' })).toMatchObject([{ client_id: 301 }]);
    expect(sent()).toEqual(['GET /api/clients/301/', 'GET /api/clients/301/']);
  });

  it('of the repeated read becomes advice', async () => {
    tutorCruncher.now.server.prependListener('request', () => {
      reset(0);
    });
    const message = await failureOf(find('find_client', { client: '301' }));
    expect(message).toBe('TutorCruncher could not be reached. Try again in a few minutes.');
    expect(sent()).toHaveLength(2);
  });

  it('of a write leaves the outcome unknown, and the write is not repeated', async () => {
    // The first request is for the branch.
    reset(1);
    const message = await failureOf(act('update_client', { client: '301', town: 'Wells' }));
    expect(message).toMatch(/or the connection broke\. The changes may still have been saved\. /);
    expect(tutorCruncher.writes()).toHaveLength(1);
  });
});
