/**
 * Events of a branch other than the connection's branch. Some of these events are signed with the connection's key, and
 * some are sent to the wrong URL.
 */

import { describe, expect, it } from '@jest/globals';

import { BRANCH } from '../../local/api/choices.ts';
import { bundleOf, deliveryOf, PRIVATE_KEY, triggerOf } from '../../local/hook-calls.ts';
import { requestFromTutorCruncher } from '../../local/signed-delivery.ts';
import type { FlatRecord } from '../../src/record/record.ts';
import { appTester } from '../support/app-tester.ts';
import { useTutorCruncher } from '../support/running-tutorcruncher.ts';
import { failureOf } from '../support/steps.ts';

const tutorCruncher = useTutorCruncher();

const { sampleEvent, definition } = triggerOf('lesson_completed');
const ofBranch = (branch: unknown) => ({ ...sampleEvent, branch });

/** Runs a Zap for a delivery of events. @param signingKey - the key of the integration that sends the events */
const run = async (events: readonly object[], { signingKey = PRIVATE_KEY, hasEmptyCache = true } = {}) => {
  const bundle = bundleOf(requestFromTutorCruncher(deliveryOf(...events), signingKey));
  return (await appTester(definition.operation.perform, bundle, hasEmptyCache)) as FlatRecord[];
};

describe('an event that is signed with the key of the connection', () => {
  it.each([
    ['another number', 17],
    ['a text', 'Bristol'],
  ])('is refused if its branch is %s, with both branches in the message', async (_what, branch) => {
    const message = await failureOf(run([ofBranch(branch)]));
    expect(message).toMatch(/^This event was refused because it is about a different branch than this connection's\./);
    expect(message).toContain(`about the branch with the ID ${branch}, and`);
    expect(message).toContain('belongs to Bristol Branch (branch ID 4021).');
    expect(message).not.toContain('does not match');
    expect(message).not.toContain(PRIVATE_KEY);
  });

  it('halts its run, so that the Zap stays on', async () => {
    await expect(run([ofBranch(17)])).rejects.toMatchObject({ name: 'HaltedError' });
  });

  it('is refused together with an event of its own branch, so that none is lost without a word', async () => {
    expect(await failureOf(run([sampleEvent, { ...ofBranch(17), timestamp: '2026-06-10T18:06:00Z' }]))).toMatch(
      /ID 17/,
    );
  });

  it('counts as an event of the connection if it has no branch', async () => {
    const of = { branch_id: BRANCH.id, branch_name: BRANCH.name };
    for (const event of [ofBranch(undefined), ofBranch(null)]) expect(await run([event])).toMatchObject([of]);
  });

  it('runs the Zap if its branch is a text with the number', async () => {
    expect(await run([ofBranch('4021')])).toMatchObject([{ branch_id: 4021, branch_name: BRANCH.name }]);
  });

  it.each([
    [404, {}],
    [500, {}],
    [200, { name: 'Bristol Branch' }],
  ])('runs the Zap if the branch of the connection is unknown, after the response %i %j', async (status, body) => {
    tutorCruncher.now.behaviour.intercept = ({ path }) => (path === '/api/branch/' ? [status, body] : null);
    expect(await run([ofBranch(17)])).toMatchObject([{ branch_id: 17, branch_name: null }]);
  });

  it('is not refused by a trigger for which it is none', async () => {
    expect(await run([{ ...ofBranch(17), action: 'CREATED_A_CLIENT' }])).toEqual([]);
  });
});
