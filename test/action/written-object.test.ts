/** The object that an action returns after its write, read again if the response is incomplete. */

import { expect, it } from '@jest/globals';

import { client } from '../../objects/client.ts';
import { lesson } from '../../objects/lesson.ts';
import { writtenObject } from '../../src/action/written-object.ts';
import type { StepRun } from '../../src/api/step-run.ts';
import type { TutorCruncherObject } from '../../src/object/tutorcruncher-object.ts';
import type { JsonObject } from '../../wire/json.ts';

/** The circumstances of a write. */
interface Circumstances {
  /** The id in the path of the write; default: null. */
  readonly knownId?: string | null;
  /** True if the response does not contain the changed object; default: false. */
  readonly isPartial?: boolean;
  /** False if there is no time for a read; default: true. */
  readonly hasTime?: boolean;
  /** The record that a read finds; null if the read fails. */
  readonly found?: JsonObject | null;
  readonly object?: TutorCruncherObject;
}

/** Returns the object that the action returns, and the paths of the reads. */
async function written(response: JsonObject, circumstances: Circumstances = {}) {
  const { knownId = null, isPartial = false, hasTime = true, object = client } = circumstances;
  const { found = { id: 5, last_name: 'Read' } } = circumstances;
  const reads: string[] = [];
  const run: Partial<StepRun> = {
    startReadsAfterWrite: () => hasTime,
    read: (path) => {
      reads.push(path);
      return found ? Promise.resolve(found) : Promise.reject(new Error('The read failed.'));
    },
  };
  return { returned: await writtenObject(run as StepRun, object, response, knownId, isPartial), reads };
}

const CLIENT = { id: 5, last_name: 'Sent' };
const READ = ['clients/5/'];

it('a complete response is the object', async () => {
  expect(await written(CLIENT)).toMatchObject({ returned: CLIENT, reads: [] });
});

it.each<[reason: string, ...Parameters<typeof written>]>([
  ['has no id', { last_name: 'Sent' }, { knownId: '5' }],
  ['is about another object', CLIENT, { isPartial: true }],
  ['has the older shape', { status: 'success', role: CLIENT }],
])('an object is read after a response that %s', async (_reason, response, options = {}) => {
  expect(await written(response, options)).toMatchObject({ returned: { last_name: 'Read' }, reads: READ });
  const url = expect.stringMatching(/\/api\/clients\/5\/$/);
  const failed = await written(response, { ...options, found: null });
  expect(failed).toMatchObject({ returned: { id: 5, url, last_name: 'Sent' }, reads: READ });
  const late = await written(response, { ...options, hasTime: false });
  expect(late).toMatchObject({ returned: { id: 5, url, last_name: 'Sent' }, reads: [] });
});

it('a response about another object is not the object, and none of its fields are shown', async () => {
  const other = { id: 6, last_name: 'Stranger', url: 'https://x/6/' };
  expect(await written(other, { knownId: '5' })).toMatchObject({ returned: { last_name: 'Read' }, reads: READ });
  const { returned } = await written(other, { knownId: '5', found: null });
  expect(returned).toEqual({ id: 5, url: expect.stringMatching(/\/api\/clients\/5\/$/) });
});

it('an object whose responses differ from its records is always read', async () => {
  expect((await written({ id: 5 }, { object: lesson })).reads).toEqual(['appointments/5/']);
});

it('a response without any id is returned unchanged', async () => {
  expect(await written({ status: 'success' })).toEqual({ returned: { status: 'success' }, reads: [] });
});
