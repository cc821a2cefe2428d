/** The fake of Zapier's developer API, with the requests of Zapier's CLI. */

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { strToU8, zipSync } from 'fflate';

import { startDeveloperApi, type DeveloperApi } from '../../local/zapier-developer-api.ts';
import type { JsonObject } from '../../wire/json.ts';

let api: DeveloperApi;
beforeEach(async () => {
  api = await startDeveloperApi();
});
afterEach(() => api.stop());

/** Sends a request with the deploy key. Returns the status and the JSON of the response. */
async function call(request: string, body?: object, headers: Record<string, string> = {}) {
  const [method, path = ''] = request.split(' ');
  const response = await fetch(`${api.origin}/api/platform/cli/${path}`, {
    method: method ?? '',
    headers: { 'X-Deploy-Key': api.deployKey, ...headers },
    ...(body && { body: JSON.stringify(body) }),
  });
  return [response.status, (await response.json()) as JsonObject] as const;
}

const zipped = (files: Record<string, string>): string => {
  const entries = Object.entries(files).map(([name, text]) => [name, strToU8(text)] as const);
  return Buffer.from(zipSync(Object.fromEntries(entries))).toString('base64');
};

/** Pushes a version with these triggers. */
const push = (version: string, triggers: object = {}) =>
  call(`PUT apps/200001/versions/${version}`, {
    zip_file: zipped({ 'definition.json': JSON.stringify({ platformVersion: '19.1.0', triggers }) }),
    source_zip_file: zipped({ 'index.js': '' }),
  });
const startJob = (name: string, from: string, to: string) =>
  call('POST apps/200001/migrations', { job: { name, from_version: from, to_version: to } });
const environmentOf = async (version: string) => (await call(`GET apps/200001/versions/${version}`))[1].objects;

/** Registers an integration. @param isPublic - true if Zapier has published the integration */
async function register(isPublic: boolean): Promise<void> {
  await call('POST apps', { title: 'TutorCruncher' });
  const [integration] = api.integrations;
  if (integration) integration.isPublic = isPublic;
}

const PASTED = { key: 'client_created', operation: { type: 'hook' } };
const SUBSCRIBED = { key: 'client_created', operation: { type: 'hook', performSubscribe: {} } };

it('refuses requests with a wrong deploy key, except those that need none', async () => {
  const wrong = { 'X-Deploy-Key': 'wrong' };
  expect(await call('GET apps', undefined, wrong)).toEqual([401, { errors: ['The deploy key is not valid.'] }]);
  expect((await call('GET apps/fields-choices', undefined, wrong))[0]).toBe(200);
  expect((await call('GET apps/1/versions'))[0]).toBe(404);
});

it('warns about triggers whose URLs users must paste', async () => {
  const warningsFor = async (trigger: object) =>
    (await call('POST check', { app_definition: { triggers: { client_created: trigger } } }))[1].warnings;
  expect(await warningsFor(SUBSCRIBED)).toMatchObject({ total_failures: 0 });
  expect(await warningsFor(PASTED)).toMatchObject({
    total_failures: 1,
    results: [{ violations: [{ type: 'client_created', results: [{ tag: 'D017' }] }] }],
  });
});

describe('a version', () => {
  it('needs a definition', async () => {
    await register(false);
    const body = { zip_file: zipped({ 'definition.json': '[]' }), source_zip_file: zipped({}) };
    expect(await call('PUT apps/200001/versions/1.0.0', body)).toEqual([
      400,
      { errors: ['zip_file contains no definition.json.'] },
    ]);
  });

  it('inherits the environment of the previous version', async () => {
    await register(false);
    await push('1.0.0');
    await call('POST apps/200001/versions/1.0.0', { A: 'b' });
    await push('1.0.1');
    await call('POST apps/200001/versions/1.0.1', { B: 'c' });
    const inherited = { key: 'A', value: 'b' };
    expect(await environmentOf('1.0.0')).toEqual([inherited]);
    expect(await environmentOf('1.0.1')).toEqual([inherited, { key: 'B', value: 'c' }]);
    expect((await call('POST apps/200001/versions/2.0.0', { A: 'b' }))[0]).toBe(404);
  });

  it('can be promoted only if the integration is public and users paste no URLs', async () => {
    await register(false);
    await push('1.0.0', { client_created: SUBSCRIBED });
    await push('1.0.1', { client_created: PASTED });
    expect(await startJob('promote', '', '1.0.0')).toMatchObject([
      400,
      { activationInfo: { url: expect.stringContaining('/submit/1.0.0') } },
    ]);
    const [integration] = api.integrations;
    if (integration) integration.isPublic = true;
    expect((await startJob('promote', '', '1.0.1'))[0]).toBe(400);
    expect((await startJob('promote', '', '1.0.0'))[0]).toBe(200);
    expect(integration?.promoted).toBe('1.0.0');
  });

  it('cannot be pushed again once it is promoted, and its environment can be changed only by force', async () => {
    await register(true);
    await push('1.0.0');
    await startJob('promote', '', '1.0.0');
    expect((await push('1.0.0'))[0]).toBe(400);
    expect((await call('POST apps/200001/versions/1.0.0', { A: 'b' }))[0]).toBe(409);
    const forced = await call('POST apps/200001/versions/1.0.0', { A: 'b' }, { 'X-Force-Env-Var-Update': 'true' });
    expect(forced[0]).toBe(200);
    expect(await environmentOf('1.0.0')).toEqual([{ key: 'A', value: 'b' }]);
  });

  it('gives its users to a version with the same major version', async () => {
    await register(true);
    for (const version of ['1.0.0', '1.1.0', '2.0.0']) await push(version);
    expect((await startJob('migrate', '1.0.0', '2.0.0'))[0]).toBe(400);
    expect((await startJob('migrate', '1.0.0', '1.2.0'))[0]).toBe(404);
    expect((await startJob('migrate', '1.0.0', '1.1.0'))[0]).toBe(200);
    expect(api.integrations[0]?.jobs).toMatchObject([{ kind: 'migrate', from: '1.0.0', to: '1.1.0' }]);
  });
});
