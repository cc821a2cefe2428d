/** The fields that name the branch in the records of all triggers, searches and actions. */

import { describe, expect, it } from '@jest/globals';

import { creates } from '../../creates/index.ts';
import { BRANCH } from '../../local/api/choices.ts';
import { bundleOf, deliveryOf, PRIVATE_KEY, triggerOf } from '../../local/hook-calls.ts';
import { searches } from '../../searches/index.ts';
import { branchFields, branchOfEvent, isOtherBranch, UNKNOWN_BRANCH } from '../../src/record/branch-fields.ts';
import { flattenEvent } from '../../src/record/event.ts';
import { NEUTRAL_LOCALE } from '../../src/record/locale.ts';
import { noticeTriggers, polledTriggers, webhookTriggers } from '../../triggers/index.ts';
import { ACTION_RUNS } from '../support/action-runs.ts';
import { requestFromTutorCruncher } from '../../local/signed-delivery.ts';
import { perform } from '../support/app-tester.ts';
import { poll } from '../support/polls.ts';
import { useTutorCruncher } from '../support/running-tutorcruncher.ts';
import { SEARCH_RUNS } from '../support/search-runs.ts';
import { act, search } from '../support/steps.ts';

const tutorCruncher = useTutorCruncher();
const OF_BRANCH = { branch_id: BRANCH.id, branch_name: BRANCH.name };
const OF_NONE = { branch_id: null, branch_name: null };

/** Sets the stand-in's response to a read of the branch. */
const answerForBranch = (status: number, branch: object = {}) => {
  tutorCruncher.now.behaviour.intercept = ({ path }) => (path === '/api/branch/' ? [status, branch] : null);
};
const branchRequests = () => tutorCruncher.now.requests.filter(({ path }) => path === '/api/branch/');

const { sampleEvent } = triggerOf('lesson_completed');
const completed = (event: object = sampleEvent) =>
  perform('lesson_completed', bundleOf(requestFromTutorCruncher(deliveryOf(event), PRIVATE_KEY)));

describe('names its branch', () => {
  /** The keys of the searches that have found a record. */
  const found = new Set<string>();

  it.each(Object.entries(ACTION_RUNS))('a record of %s', async (key, inputData) => {
    expect(await act(key, inputData)).toMatchObject(OF_BRANCH);
    expect(branchRequests()).toHaveLength(1);
  });

  it.each(SEARCH_RUNS)('each record of %s: %j', async (key, inputData) => {
    const records = await search(key, inputData);
    for (const record of records) expect(record).toMatchObject(OF_BRANCH);
    if (records.length > 0) found.add(key);
    expect(branchRequests().length).toBeLessThanOrEqual(1);
  });

  it('a record of every search', () => {
    expect([...found].sort()).toEqual(Object.keys(searches).sort());
  });

  it('a record of an event', async () => {
    expect(await completed()).toMatchObject([OF_BRANCH]);
    expect(branchRequests()).toHaveLength(1);
  });

  it.each(polledTriggers.map(({ definition: { key } }) => [key]))('a record of %s', async (key) => {
    const records = await poll(key);
    expect(records).not.toEqual([]);
    for (const record of records) expect(record).toMatchObject(OF_BRANCH);
  });

  it('each sample', () => {
    const triggers = [...webhookTriggers, ...polledTriggers, ...noticeTriggers].map(({ definition }) => definition);
    for (const { key, operation } of [...triggers, ...Object.values(searches), ...Object.values(creates)]) {
      expect({ key, ...operation.sample }).toMatchObject({ key, ...OF_BRANCH });
    }
  });
});

describe('a branch that cannot be read', () => {
  it.each([
    [404, {}],
    [403, { detail: 'Not allowed.' }],
    [200, []],
  ])('is null after the response %i %j', async (status, branch) => {
    answerForBranch(status, branch);
    expect(await act('update_client', { client: '301', town: 'Wells' })).toMatchObject(OF_NONE);
    expect(await act('api_request', ACTION_RUNS.api_request ?? {})).toMatchObject(OF_NONE);
    expect(await act('create_enquiry', ACTION_RUNS.create_enquiry ?? {})).toMatchObject(OF_NONE);
    expect(await completed()).toMatchObject([{ branch_id: BRANCH.id, branch_name: null }]);
  });

  it('without a name has an id', async () => {
    answerForBranch(200, { id: 4021, name: '' });
    expect(await act('update_client', { client: '301', town: 'Wells' })).toMatchObject({
      branch_id: 4021,
      branch_name: null,
    });
  });
});

describe('the branch of an event', () => {
  const own = { id: 4021, name: 'Bristol' };

  it.each([
    [4021, own, own],
    [null, own, own],
    [17, own, { id: 17, name: null }],
    ['south', own, { id: 'south', name: null }],
    [4021, UNKNOWN_BRANCH, { id: 4021, name: null }],
    [4021, { id: null, name: 'Bristol' }, { id: 4021, name: null }],
    [null, UNKNOWN_BRANCH, UNKNOWN_BRANCH],
  ])('is, if %j was sent to the connection of %j: %j', (sent, connection, branch) => {
    expect(branchOfEvent(sent, connection)).toEqual(branch);
  });

  it.each([
    [4021, own, false],
    [17, own, true],
    [null, own, false],
    [4021, UNKNOWN_BRANCH, false],
    [null, UNKNOWN_BRANCH, false],
  ])('%j differs from the branch of the connection %j: %j', (sent, connection, differs) => {
    expect(isOtherBranch(sent, connection)).toBe(differs);
  });

  it('does not become part of the id unless it was sent', () => {
    const event = { ...sampleEvent, branch: undefined };
    const idIn = (locale: typeof NEUTRAL_LOCALE) => flattenEvent(event, null, { hash: (text) => text, locale });
    const [known, unknown] = [idIn({ ...NEUTRAL_LOCALE, branch: own }), idIn(NEUTRAL_LOCALE)];
    expect(known).toMatchObject(branchFields(own));
    expect(known.id).toBe(unknown.id);
    expect(unknown.id).toMatch(/^\[null,/);
  });
});
