/**
 * A fake of Zapier's developer API, to which `ZAPIER_BASE_ENDPOINT` points Zapier's CLI. Responses contain only the
 * fields that zapier-platform-cli 19.1.0 reads, and all data is in memory. `npm run release:fake` starts the fake
 * manually.
 */

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

import { strFromU8, unzipSync } from 'fflate';

import { isJsonObject, type JsonObject } from '../wire/json.ts';
import { HOST } from './environment.ts';

/** A version that was pushed. */
export interface Version {
  readonly version: string;
  readonly buildZip: Uint8Array;
  readonly sourceZip: Uint8Array;
  /** The contents of `definition.json` in `build.zip`. */
  readonly definition: JsonObject;
  readonly environment: Map<string, string>;
  readonly pushedAt: string;
}

/** A registered integration. */
export interface Integration {
  readonly id: number;
  /** Fields that `zapier-platform register` sends. */
  readonly registration: JsonObject;
  /** True once Zapier has published the integration. */
  isPublic: boolean;
  /** The version that new Zaps of a public integration use. */
  promoted: string | null;
  readonly versions: Map<string, Version>;
  readonly jobs: { readonly kind: string; readonly from: string; readonly to: string; readonly at: number }[];
}

/** A running fake. */
export interface DeveloperApi {
  readonly origin: string;
  readonly deployKey: string;
  /** The integrations, in order of registration. */
  readonly integrations: readonly Integration[];
  readonly stop: () => Promise<void>;
}

type Response = readonly [status: number, body: object];
const refusal = (status: number, ...errors: readonly string[]): Response => [status, { errors }];
const NOT_FOUND = refusal(404, 'Not found.');

/** The choices of `zapier-platform register`. Zapier has many more categories. */
const choicesOf = (...values: readonly string[]) => values.map((value) => ({ value, name: value }));
const FIELD_CHOICES = {
  intention: choicesOf('global', 'private'),
  role: choicesOf('employee', 'contractor', 'user'),
  app_category: choicesOf('crm', 'education', 'scheduling'),
};

/** Returns the keys of the triggers whose URLs users must paste. */
function staticHooks({ triggers }: JsonObject): readonly string[] {
  return Object.values(isJsonObject(triggers) ? triggers : {}).flatMap((trigger) => {
    if (!isJsonObject(trigger) || !isJsonObject(trigger.operation)) return [];
    const { type, performSubscribe } = trigger.operation;
    return type === 'hook' && performSubscribe === undefined ? [String(trigger.key)] : [];
  });
}

/**
 * Returns the results of Zapier's checks. The fake performs only the check D017. Zapier performs many other checks,
 * which are listed at https://docs.zapier.com/integrations/publish/integration-checks-reference.
 */
function checksOf(definition: JsonObject) {
  const results = [{ tag: 'D017', message: 'Static webhooks are not permitted in public integrations.' }];
  const violations = staticHooks(definition).map((type) => ({ type, results }));
  const none = { total_failures: 0, results: [] };
  const warnings = { total_failures: violations.length, results: [{ type: 'read', violations }] };
  return {
    errors: { ...none, display_label: 'Errors' },
    warnings: { ...(violations.length > 0 ? warnings : none), display_label: 'Publishing Tasks' },
    suggestions: { ...none, display_label: 'Warnings' },
    passes: [],
  };
}

function push({ versions, promoted }: Integration, version: string, body: JsonObject): Response {
  if (version === promoted) return refusal(400, `Version ${version} is promoted and cannot be changed.`);
  const [buildZip, sourceZip] = [body.zip_file, body.source_zip_file].map((zip) => Buffer.from(String(zip), 'base64'));
  if (!buildZip || !sourceZip) return NOT_FOUND;
  const definition: unknown = JSON.parse(strFromU8(unzipSync(buildZip)['definition.json'] ?? new Uint8Array()));
  if (!isJsonObject(definition)) return refusal(400, 'zip_file contains no definition.json.');
  // A new version inherits the environment of the previous version.
  const { environment } = versions.get(version) ?? [...versions.values()].at(-1) ?? {};
  const pushedAt = new Date().toISOString();
  versions.set(version, { version, buildZip, sourceZip, definition, environment: new Map(environment), pushedAt });
  return [200, {}];
}

function promote(integration: Integration, { version, definition }: Version): Response {
  const { warnings } = checksOf(definition);
  if (warnings.total_failures > 0) return [400, { errors: { results: warnings.results } }];
  if (!integration.isPublic) {
    const url = `https://developer.example.com/app/${integration.id}/submit/${version}`;
    return [400, { errors: ['The integration has not been published.'], activationInfo: { url } }];
  }
  integration.jobs.push({ kind: 'promote', from: integration.promoted ?? version, to: version, at: Date.now() });
  integration.promoted = version;
  return [200, {}];
}

/** Promotes a version, or moves users from one version to another. */
function startJob(integration: Integration, { job }: JsonObject): Response {
  const { name, from_version, to_version } = isJsonObject(job) ? job : {};
  const [from, to] = [from_version, to_version].map((version) => integration.versions.get(String(version)));
  if (to && name === 'promote') return promote(integration, to);
  if (!from || !to) return refusal(404, 'The version does not exist.');
  const [majorBefore, majorAfter] = [from, to].map(({ version }) => version.split('.')[0]);
  if (majorBefore !== majorAfter) return refusal(400, 'The versions have different major versions.');
  integration.jobs.push({ kind: 'migrate', from: from.version, to: to.version, at: Date.now() });
  return [200, {}];
}

const described = ({ id, registration, isPublic, promoted, versions }: Integration) => ({
  id,
  ...registration,
  key: `App${id}`,
  status: isPublic ? 'public' : 'private',
  public: isPublic,
  public_ish: isPublic,
  latest_version: promoted,
  all_versions: [...versions.keys()],
});

const versionsOf = ({ versions, promoted }: Integration) =>
  Array.from(versions.values(), ({ version, definition, pushedAt }) => ({
    version,
    platform_version: definition.platformVersion,
    user_count: 0,
    date: pushedAt,
    lifecycle: { status: version === promoted ? 'promoted' : 'private' },
    last_changed: pushedAt,
  }));

const jobsOf = ({ id, registration, jobs }: Integration) =>
  jobs.map(({ kind, from, to, at }, index) => ({
    app_title: registration.title,
    job_id: `job-${index + 1}`,
    job_kind: kind,
    job_stage: 'complete',
    from_selected_api: `App${id}@${from}`,
    to_selected_api: `App${id}@${to}`,
    started_at: at,
    updated_at: at,
  }));

/**
 * Sets variables of a version. The variables of the promoted version change only with the header that the CLI sends for
 * `--force`.
 */
function setEnvironment({ integration, body, isForced }: Call, { version, environment }: Version): Response {
  if (version === integration.promoted && !isForced)
    return refusal(409, `Version ${version} is the production version.`);
  for (const [name, value] of Object.entries(body)) environment.set(name, String(value));
  return [200, {}];
}

/** A request about an integration. */
interface Call {
  readonly integration: Integration;
  /** The version's name in the path. */
  readonly name: string;
  /** The version with this name; undefined if it has not been pushed. */
  readonly version: Version | undefined;
  readonly body: JsonObject;
  readonly isForced: boolean;
}

/** Responses to requests about an integration, keyed by the method and the segment after `/apps/ID`. */
const ROUTES: Readonly<Record<string, (call: Call) => Response>> = {
  'GET ': ({ integration }) => [200, described(integration)],
  'GET versions': ({ integration, version }) => {
    const variables = version && Array.from(version.environment, ([key, value]) => ({ key, value }));
    return [200, { objects: variables ?? versionsOf(integration) }];
  },
  'PUT versions': ({ integration, name, body }) => push(integration, name, body),
  'POST versions': (call) => (call.version ? setEnvironment(call, call.version) : NOT_FOUND),
  'GET migrations': ({ integration }) => [200, { objects: jobsOf(integration) }],
  'POST migrations': ({ integration, body }) => startJob(integration, body),
  'GET logs': () => [200, { objects: [] }],
  'POST invitees': () => [200, {}],
  'POST pre-migration-require-confirmation-checks': () => [200, {}],
};

/** Returns the response to a request. Adds a newly registered integration to `integrations`. */
function respond(integrations: Integration[], request: IncomingMessage, body: JsonObject): Response {
  const { method = '', url = '', headers } = request;
  const { pathname } = new URL(url, `http://${HOST}`);
  const [resource = '', id = '', part = '', name = ''] = pathname.replace('/api/platform/cli/', '').split('/');
  switch (`${method} ${resource}/${id}`) {
    case 'POST analytics/':
    case 'GET check/':
      return [200, { success: true }];
    case 'POST check/':
      return [200, checksOf(isJsonObject(body.app_definition) ? body.app_definition : {})];
    case 'GET apps/fields-choices':
      return [200, FIELD_CHOICES];
    case 'GET apps/':
      return [200, { objects: integrations.map(described) }];
    case 'POST apps/': {
      const unpublished = { isPublic: false, promoted: null, versions: new Map<string, Version>(), jobs: [] };
      const integration = { id: 200_001 + integrations.length, registration: body, ...unpublished };
      integrations.push(integration);
      return [201, described(integration)];
    }
  }
  const integration = integrations.find((entry) => String(entry.id) === id);
  const route = ROUTES[`${method} ${part}`];
  if (!integration || !route) return NOT_FOUND;
  const isForced = headers['x-force-env-var-update'] === 'true';
  return route({ integration, name, version: integration.versions.get(name), body, isForced });
}

/** Requests that the CLI sends without a deploy key. */
const WITHOUT_KEY = new Set(['GET /api/platform/cli/apps/fields-choices', 'POST /api/platform/cli/check']);

/** Starts the fake on a free port of this machine. @param print - called with a line for each request */
export async function startDeveloperApi(print: (line: string) => void = () => undefined): Promise<DeveloperApi> {
  // The CLI accepts keys of 32 characters.
  const deployKey = randomBytes(16).toString('hex');
  const integrations: Integration[] = [];

  async function responseTo(request: IncomingMessage): Promise<Response> {
    const content = await text(request);
    const body: unknown = content === '' ? {} : JSON.parse(content);
    const hasKey = request.headers['x-deploy-key'] === deployKey;
    const isAllowed = hasKey || WITHOUT_KEY.has(`${request.method ?? ''} ${request.url ?? ''}`);
    if (!isAllowed) return refusal(401, 'The deploy key is not valid.');
    return respond(integrations, request, isJsonObject(body) ? body : {});
  }

  // On a busy machine, the CLI may pause for longer than the default of 5 s before it reuses a connection.
  const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
    void responseTo(request)
      .catch((error: unknown) => refusal(500, String(error)))
      .then(([status, body]) => {
        print(`${request.method ?? ''} ${request.url ?? ''}: ${status}`);
        response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
      });
  });
  await once(server.listen(0, HOST), 'listening');
  const stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { deployKey, integrations, stop, origin: `http://${HOST}:${(server.address() as AddressInfo).port}` };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { origin, deployKey } = await startDeveloperApi(console.log);
  console.log(`Fake of Zapier's developer API. Press Ctrl-C to stop.

In a second terminal, make the CLI use it:

  export ZAPIER_BASE_ENDPOINT=${origin}
  export ZAPIER_DEPLOY_KEY=${deployKey}

Then follow RELEASING.md from step 2 of the first release, in a clone that you delete afterwards.
`);
}
