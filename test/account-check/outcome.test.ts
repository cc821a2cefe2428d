/** The output at the end of `npm run check:account`: the result, and the advice. */

import { describe, expect, it } from '@jest/globals';

import { Findings } from '../../account-check/findings.ts';
import { outcomeLines } from '../../account-check/outcome.ts';

type Difference = readonly [name: string, where: string];

const outcomeOf = (differences: readonly Difference[], unfinished: string | null = null): string[] => {
  const findings = new Findings();
  findings.add('lists.past-end', true, 'clients');
  findings.add('options.enquiry', null, 'enquiry');
  for (const [name, where] of differences) findings.add(name, false, where);
  return outcomeLines(findings.all, unfinished);
};

const NOTHING: readonly Difference[] = [];
const TOLERATED: readonly Difference[] = [['lists.next-host', 'clients']];
const EMAIL: readonly Difference[] = [['filters.email', 'clients?user__email']];
const SIGNATURE: readonly Difference[] = [['delivery.signature', 'webhook-signature']];

describe('a check', () => {
  it.each<[result: string, differences: readonly Difference[], unfinished: string | null]>([
    ['Go on: nothing differs.', NOTHING, null],
    ['Go on: the app tolerates all differences.', TOLERATED, null],
    ['Go on without these parts: searches for Clients by email address.', EMAIL, null],
    ['Go on without these parts: New Task.', [['events.actions', 'CREATED_A_TASK']], null],
    ['Go on without these parts: New Task.', [['events.models', 'CREATED_A_TASK']], null],
    ['Go on: the app tolerates all differences.', [['events.models', 'action-types']], null],
    [
      'Go on without these parts: steps that read Tutors; steps that read Labels.',
      [
        ['lists.page-size', 'contractors'],
        ['lists.page-size', 'labels?page_size'],
      ],
      null,
    ],
    ['Stop: do not build Zaps until the differences below are resolved.', [...SIGNATURE, ...EMAIL], null],
    ['Stop: do not build Zaps until the differences below are resolved. Run it again.', SIGNATURE, 'Run it again.'],
    ['Not finished: Run it again.', NOTHING, 'Run it again.'],
    ['Not finished: Run it again.', EMAIL, 'Run it again.'],
  ])('ends with "%s"', (result, differences, unfinished) => {
    const lines = outcomeOf(differences, unfinished);
    expect(lines[0]).toBe(result);
    expect(lines).toHaveLength(1 + new Set(differences.map(([name]) => name)).size);
  });

  it.each<[differences: readonly Difference[], step: string]>([
    [TOLERATED, '- lists.next-host: The app tolerates this.'],
    [
      EMAIL,
      '- filters.email: Until a new version corrects this, do not build Zaps with: searches for Clients by email address.',
    ],
    [[['api.branch', 'currency']], '- api.branch: Do not build Zaps until a new version corrects this.'],
    [[['access.plan', 'branch']], "- access.plan: Ask TutorCruncher's support which plan the key needs"],
    [[['api.host', 'branch']], '- api.host: Set the host of your agency'],
    [SIGNATURE, '- delivery.signature: Check that the key belongs to the integration that sent these webhooks.'],
  ])('says what to do about %j', (differences, step) => {
    expect(outcomeOf(differences)[1]).toContain(step);
  });
});
