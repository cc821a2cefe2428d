import { describe, expect, it } from '@jest/globals';

import app from '../../index.ts';
import { PRIVATE_KEY } from '../../local/hook-calls.ts';
import { appTester, createAppHandler } from '../support/app-tester.ts';
import { tutorCruncherApi, withoutNetwork } from '../support/tutorcruncher-api.ts';

withoutNetwork();

const { authentication } = app;
const bundle = { authData: { private_key: PRIVATE_KEY } };
const test = () => appTester(authentication?.test, bundle);
const BRANCH = { id: 4021, name: 'Bristol', agency: { id: 9, name: 'Bright Tutors' } };

describe('the connection', () => {
  it('is tested by requesting its branch with the key', async () => {
    tutorCruncherApi().get('/api/branch/').reply(200, BRANCH);
    await expect(test()).resolves.toEqual(BRANCH);
  });

  it.each<[what: string, body: object]>([
    ['a list', [BRANCH]],
    ['a page of a list', { count: 0, next: null, previous: null, results: [] }],
    ['a branch without an id', { name: 'Bristol' }],
    ['a branch without a name', { id: 4021, name: '' }],
    ['an error', { detail: 'x' }],
  ])('is not accepted if TutorCruncher responds with %s instead of a branch', async (_what, body) => {
    tutorCruncherApi().get('/api/branch/').reply(200, body);
    await expect(test()).rejects.toThrow(/contains no branch with an id and a name/);
  });

  it.each<[what: string, body: object | string]>([
    ['JSON', { detail: 'Not found.' }],
    ['HTML', '<html>Not found</html>'],
  ])('is tested with the list of clients if TutorCruncher has no branch (404 with %s)', async (_what, body) => {
    tutorCruncherApi().get('/api/branch/').reply(404, body);
    tutorCruncherApi().get('/api/clients/').reply(200, { count: 0, next: null, previous: null, results: [] });
    await expect(test()).resolves.toEqual({ id: null, name: null });
  });

  it('is not accepted if TutorCruncher has no branch, and rejects the key or does not respond with a list of clients', async () => {
    tutorCruncherApi().get('/api/branch/').reply(404, {});
    tutorCruncherApi().get('/api/clients/').reply(401, {});
    await expect(test()).rejects.toThrow(/rejected the private key/);
    tutorCruncherApi().get('/api/branch/').reply(404, {});
    tutorCruncherApi().get('/api/clients/').reply(200, {});
    await expect(test()).rejects.toThrow(/contains no list/);
  });

  it('declares to Zapier how requests are authenticated', async () => {
    const { results } = await createAppHandler(app)({ command: 'getAuthTemplate', bundle: {} });
    const headers = { Authorization: 'token {{bundle.authData.private_key}}' };
    expect(results).toMatchObject({ supported: true, template: { headers } });
  });

  const labelOf = (name: unknown, branch: object) =>
    appTester(authentication?.connectionLabel, {
      authData: { private_key: PRIVATE_KEY, connection_name: name },
      inputData: branch,
    });

  it('is labelled with its name, then its branch and agency', async () => {
    expect(await labelOf(' Lessons to Slack ', BRANCH)).toBe('Lessons to Slack – Bristol (Bright Tutors)');
    expect(await labelOf('Lessons to Slack', { id: null, name: null })).toBe('Lessons to Slack');
  });

  it('is labelled with its branch and agency if it has no name', async () => {
    expect(await labelOf(undefined, BRANCH)).toBe('Bristol (Bright Tutors)');
    expect(await labelOf(' ', { name: 'Bristol' })).toBe('Bristol');
    expect(await labelOf('', {})).toBe('');
  });
});
