/** The stand-in for Zapier's developer API, used by Zapier's CLI. */

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { strToU8, zipSync } from 'fflate';

import { startDeveloperApi, type DeveloperApi } from '../local/developer-api/server.ts';

const REGISTRATION = {
  ...{ title: 'TutorCruncher', description: 'An integration of nobody.' },
  ...{ intention: 'private', role: 'user', app_category: 'education' },
};

/** A trigger that subscribes automatically, and a trigger whose users paste its URL. */
const SUBSCRIBING = { type: 'hook', performSubscribe: '$func$2$f$', performUnsubscribe: '$func$2$f$' };
const STATIC = { type: 'hook', perform: '$func$2$f$' };

let api: DeveloperApi;
beforeEach(async () => {
  api = await startDeveloperApi();
});
afterEach(() => api.stop());

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

async function send(
  method: string,
  path: string,
  body?: object,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(`${api.origin}/api/platform/cli${path}`, {
    method,
    headers: { 'X-Deploy-Key': api.deployKey, ...headers },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

async function register(): Promise<string> {
  const { status, body } = await send('POST', '/apps?formId=create', REGISTRATION);
  expect(status).toBe(201);
  return `/apps/${String(body.id)}`;
}

const definitionOf = (version: string, operation: object = SUBSCRIBING) => ({
  ...{ version, platformVersion: '19.1.0' },
  triggers: { lesson_completed: { key: 'lesson_completed', display: {}, operation } },
});

function push(app: string, version: string, operation?: object, pushed = version): Promise<Answer> {
  const zip = zipSync({ 'definition.json': strToU8(JSON.stringify(definitionOf(version, operation))) });
  const zip_file = Buffer.from(zip).toString('base64');
  return send('PUT', `${app}/versions/${pushed}`, { zip_file, source_zip_file: '', skip_validation: false });
}

const promote = (app: string, to_version: string): Promise<Answer> =>
  send('POST', `${app}/migrations`, { job: { name: 'promote', to_version } });

const migrate = (app: string, from_version: string, to_version: string): Promise<Answer> =>
  send('POST', `${app}/migrations`, { job: { name: 'migrate', from_version, to_version } });

describe('the account', () => {
  it('accepts only its deploy key', async () => {
    expect((await send('GET', '/check')).status).toBe(200);
    const { status, body } = await send('GET', '/check', undefined, { 'X-Deploy-Key': 'another' });
    expect([status, body.errors]).toEqual([401, ['The deploy key is not valid.']]);
    expect((await send('GET', '/apps/fields-choices', undefined, { 'X-Deploy-Key': '' })).status).toBe(200);
  });

  it('lists the integrations that were registered', async () => {
    const app = await register();
    expect((await send('GET', '/apps')).body.objects).toEqual([
      { id: Number(app.slice('/apps/'.length)), key: expect.any(String), title: 'TutorCruncher' },
    ]);
    expect((await send('GET', app)).body).toMatchObject({ ...REGISTRATION, status: 'private', all_versions: [] });
    expect((await send('GET', '/apps/1')).status).toBe(404);
  });

  it.each([{ title: 'TutorCruncher for Zapier' }, { role: undefined }])('refuses to register %j', async (change) => {
    expect((await send('POST', '/apps?formId=create', { ...REGISTRATION, ...change })).status).toBe(400);
  });
});

describe('a push', () => {
  it('creates a version with the environment of the version before it', async () => {
    const app = await register();
    expect((await push(app, '1.0.0')).status).toBe(200);
    await send('POST', `${app}/versions/1.0.0/multi-environment`, { NAME: 'value' });
    expect((await push(app, '1.1.0')).status).toBe(200);
    expect((await push(app, '1.0.0')).status).toBe(200);
    for (const version of ['1.0.0', '1.1.0']) {
      expect((await send('GET', `${app}/versions/${version}/environment`)).body.objects).toEqual([
        { key: 'NAME', value: 'value' },
      ]);
    }
    expect((await send('GET', `${app}/versions`)).body.objects).toMatchObject([
      { version: '1.0.0', platform_version: '19.1.0', lifecycle: { status: 'private' } },
      { version: '1.1.0' },
    ]);
  });

  it('is refused without a definition of the same version', async () => {
    const app = await register();
    expect((await send('PUT', `${app}/versions/1.0.0`, { zip_file: 'bm8gemlw' })).body.errors).toEqual([
      'zip_file contains no definition.json.',
    ]);
    expect((await push(app, '1.0.0', SUBSCRIBING, '2.0.0')).status).toBe(400);
    expect((await push(app, '1.0.0', SUBSCRIBING, '0.0.0-test')).status).toBe(200);
  });
});

describe('a check', () => {
  it('finds a publishing task for each static hook', async () => {
    const results = async (operation: object) =>
      (await send('POST', '/check', { app_definition: definitionOf('1.0.0', operation) }, { 'X-Deploy-Key': '' })).body;
    expect(await results(SUBSCRIBING)).toMatchObject({
      errors: { total_failures: 0 },
      warnings: { total_failures: 0 },
    });
    const { errors, warnings } = await results(STATIC);
    expect([errors, warnings]).toMatchObject([{ total_failures: 0 }, { total_failures: 2 }]);
    expect(JSON.stringify(warnings)).toMatch(/lesson_completed.*D017.*D016/);
  });
});

describe('a promotion', () => {
  it('of a version with publishing tasks is refused, and lists the tasks', async () => {
    const app = await register();
    await push(app, '1.0.0', STATIC);
    const { status, body } = await promote(app, '1.0.0');
    expect([status, JSON.stringify(body)]).toEqual([400, expect.stringContaining('D017')]);
  });

  it('of a private integration leads to the form for its publication', async () => {
    const app = await register();
    await push(app, '1.0.0');
    const { status, body } = await promote(app, '1.0.0');
    expect([status, body.activationInfo]).toEqual([400, { url: expect.stringContaining('1.0.0') }]);
    expect((await send('GET', `${app}/migrations`)).body.objects).toEqual([]);
  });

  it('of a public integration makes the version final, and its environment protected', async () => {
    const app = await register();
    await push(app, '1.0.0');
    for (const integration of api.integrations) integration.isPublic = true;
    expect((await promote(app, '1.0.0')).status).toBe(200);
    expect((await push(app, '1.0.0')).status).toBe(400);
    const path = `${app}/versions/1.0.0/multi-environment`;
    expect((await send('POST', path, { NAME: 'value' })).status).toBe(409);
    expect((await send('POST', path, { NAME: 'value' }, { 'X-Force-Env-Var-Update': 'true' })).status).toBe(200);
    await push(app, '1.1.0');
    expect((await promote(app, '1.1.0')).status).toBe(200);
    expect((await send('GET', `${app}/versions`)).body.objects).toMatchObject([
      { lifecycle: { status: 'available' } },
      { lifecycle: { status: 'promoted' } },
    ]);
  });

  it('of a version that has a label or does not exist is refused', async () => {
    const app = await register();
    await push(app, '1.0.0', SUBSCRIBING, '0.0.0-test');
    expect((await promote(app, '0.0.0-test')).body.errors).toEqual([expect.stringContaining('has a label')]);
    expect((await promote(app, '1.0.0')).status).toBe(404);
  });
});

describe('a migration', () => {
  it('stays within a major version', async () => {
    const app = await register();
    for (const version of ['1.0.0', '1.1.0', '2.0.0']) await push(app, version);
    expect((await migrate(app, '1.0.0', '1.1.0')).status).toBe(200);
    expect((await migrate(app, '1.0.0', '2.0.0')).body.errors).toEqual([
      'Versions 1.0.0 and 2.0.0 have different major versions.',
    ]);
    expect((await migrate(app, '0.9.0', '1.0.0')).status).toBe(404);
    expect((await send('GET', `${app}/migrations`)).body.objects).toMatchObject([
      { job_kind: 'migrate', from_selected_api: expect.stringMatching(/@1\.0\.0$/) },
    ]);
  });

  it('asks for confirmation if the versions have different environments, without showing a value', async () => {
    const app = await register();
    await push(app, '1.0.0');
    await push(app, '1.1.0');
    const job = { job: { name: 'migrate', from_version: '1.0.0', to_version: '1.1.0' } };
    const check = () => send('POST', `${app}/pre-migration-require-confirmation-checks`, job);
    expect((await check()).status).toBe(200);
    await send('POST', `${app}/versions/1.1.0/multi-environment`, { NAME: 'value' });
    expect(await check()).toEqual({
      status: 409,
      body: { errors: ['NAME differs between versions 1.0.0 and 1.1.0.'] },
    });
  });
});

it('invites people, and shows the logs of runs', async () => {
  const app = await register();
  expect((await send('POST', `${app}/invitees/ada%40example.com`)).status).toBe(200);
  expect((await send('POST', `${app}/invitees/ada%40example.com/1.0.0`)).status).toBe(404);
  const [integration] = api.integrations;
  expect(integration?.invitations).toEqual([{ email: 'ada@example.com', version: null }]);
  integration?.logs.push({ version: '1.0.0', message: 'perform', input: '{}', output: '[]', at: new Date(0) });
  const logs = async (query: string) => (await send('GET', `${app}/logs?${query}`)).body.objects;
  expect(await logs('type=bundle&limit=20')).toEqual([
    { message: 'perform', input: '{}', output: '[]', app_cli_version: '1.0.0', timestamp: '1970-01-01T00:00:00.000Z' },
  ]);
  expect(await logs('type=http&limit=20')).toEqual([]);
});

it('responds with an error to a body that is not JSON, and to an unknown path', async () => {
  const headers = { 'X-Deploy-Key': api.deployKey };
  const response = await fetch(`${api.origin}/api/platform/cli/check`, { method: 'POST', headers, body: '{' });
  expect(response.status).toBe(500);
  expect((await send('GET', '/elsewhere')).status).toBe(404);
  expect((await send('DELETE', await register())).status).toBe(404);
});
