/**
 * Routes of the stand-in for Zapier's developer API. Responses contain only the fields that zapier-platform-cli 19.1.0
 * reads. The rules for versions follow https://docs.zapier.com/integrations/manage/versions.
 */

import { isJsonObject, type JsonObject } from '../../wire/json.ts';
import {
  createIntegration,
  definitionIn,
  isLabelled,
  storeVersion,
  type Integration,
  type Registration,
  type Version,
} from './integration.ts';
import { confirmationChecks, startJob } from './jobs.ts';
import { checkDefinition } from './publishing-tasks.ts';
import { refusal, type DeveloperResponse } from './response.ts';

/** A request whose key has been checked. */
export interface DeveloperRequest {
  readonly method: string;
  readonly url: URL;
  /** Header names are in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: JsonObject;
}

/** The choices of `zapier-platform register`. Zapier has many more categories. */
const FIELD_CHOICES = {
  intention: [
    { value: 'global', name: 'Public' },
    { value: 'private', name: 'Private' },
  ],
  role: [
    { value: 'employee', name: 'Employee of [app_title]' },
    { value: 'contractor', name: 'Contractor of [app_title]' },
    { value: 'user', name: 'User of [app_title]' },
  ],
  app_category: [
    { value: 'crm', name: 'CRM' },
    { value: 'education', name: 'Education' },
    { value: 'scheduling', name: 'Scheduling' },
  ],
};

/** Returns the registration in a body; null if it lacks a field that the CLI asks for. */
function registrationIn({ title, description, intention, role, app_category }: JsonObject): Registration | null {
  const hasAll =
    typeof title === 'string' &&
    typeof description === 'string' &&
    typeof intention === 'string' &&
    typeof role === 'string' &&
    typeof app_category === 'string';
  return hasAll ? { title, description, intention, role, app_category } : null;
}

function register(integrations: Integration[], body: JsonObject): DeveloperResponse {
  const registration = registrationIn(body);
  if (!registration) return refusal(400, 'A field is missing.');
  if (/zapier/i.test(registration.title)) return refusal(400, 'title: The title must not contain "Zapier".');
  const integration = createIntegration(200_001 + integrations.length, registration);
  integrations.push(integration);
  return [201, { id: integration.id, key: integration.key }];
}

const integrationResponse = ({ id, registration, isPublic, promoted, versions }: Integration): DeveloperResponse => [
  200,
  {
    ...{ id, ...registration, status: isPublic ? 'public' : 'private', public: isPublic, public_ish: isPublic },
    ...{ latest_version: promoted, all_versions: [...versions.keys()] },
  },
];

function stateOf({ promoted, jobs }: Integration, version: string): string {
  if (version === promoted) return 'promoted';
  return jobs.some(({ kind, to }) => kind === 'promote' && to === version) ? 'available' : 'private';
}

const versionsResponse = (integration: Integration): DeveloperResponse => [
  200,
  {
    objects: [...integration.versions.values()].map(({ version, definition, pushedAt }) => ({
      ...{ version, platform_version: definition.platformVersion, user_count: 0 },
      ...{ lifecycle: { status: stateOf(integration, version) }, legacy_date: null, deprecation_date: null },
      ...{ date: pushedAt.toISOString(), last_changed: pushedAt.toISOString() },
    })),
  },
];

const bytesIn = (field: unknown): Buffer => Buffer.from(typeof field === 'string' ? field : '', 'base64');

function push(integration: Integration, version: string, body: JsonObject, now: Date): DeveloperResponse {
  if (version === integration.promoted) return refusal(400, `Version ${version} is promoted and cannot be changed.`);
  const buildZip = bytesIn(body.zip_file);
  const definition = definitionIn(buildZip);
  if (!definition) return refusal(400, 'zip_file contains no definition.json.');
  if (definition.version !== version && !isLabelled(version)) {
    return refusal(400, `The definition has version ${String(definition.version)}, but the request ${version}.`);
  }
  storeVersion(integration, { version, buildZip, sourceZip: bytesIn(body.source_zip_file), definition }, now);
  return [200, {}];
}

const environmentResponse = ({ environment }: Version): DeveloperResponse => [
  200,
  { objects: [...environment].map(([key, value]) => ({ key, value })) },
];

/** Sets variables of a version. Changes to the promoted version require the header that `--force` sends. */
function setEnvironment(integration: Integration, { version, environment }: Version, request: DeveloperRequest) {
  if (version === integration.promoted && request.headers['x-force-env-var-update'] !== 'true') {
    return refusal(409, `Version ${version} is the production version.`);
  }
  for (const [name, value] of Object.entries(request.body)) environment.set(name, String(value));
  return [200, {}] as const;
}

function invite({ invitations, versions }: Integration, email: string, version: string | null): DeveloperResponse {
  if (version !== null && !versions.has(version)) return refusal(404, `Version ${version} does not exist.`);
  invitations.push({ email, version });
  return [200, {}];
}

const logsResponse = ({ logs }: Integration, { searchParams }: URL): DeveloperResponse => [
  200,
  {
    objects: logs
      .filter(() => searchParams.get('type') === 'bundle')
      .slice(0, Number(searchParams.get('limit')))
      .map(({ version, at, ...log }) => ({ ...log, app_cli_version: version, timestamp: at.toISOString() })),
  },
];

const jobsResponse = ({ key, registration, jobs }: Integration): DeveloperResponse => [
  200,
  {
    objects: jobs.map(({ kind, from, to, at }, index) => ({
      ...{ app_title: registration.title, job_id: `job-${index + 1}`, job_kind: kind, job_stage: 'complete' },
      ...{ from_selected_api: `${key}@${from}`, to_selected_api: `${key}@${to}` },
      ...{ started_at: at.getTime(), updated_at: at.getTime() },
    })),
  },
];

/** Responds to a request about one integration. @param path - the segments after `/apps/<id>` */
function respondFor(integration: Integration, path: readonly string[], request: DeveloperRequest, now: Date) {
  const { method, url, body } = request;
  const [part = '', name = '', rest] = path;
  const version = integration.versions.get(name);
  switch (`${method} ${part}`) {
    case 'GET ':
      return integrationResponse(integration);
    case 'GET versions':
      return version ? environmentResponse(version) : versionsResponse(integration);
    case 'PUT versions':
      return push(integration, name, body, now);
    case 'POST versions':
      return version && rest === 'multi-environment' ? setEnvironment(integration, version, request) : null;
    case 'POST pre-migration-require-confirmation-checks':
      return confirmationChecks(integration, body);
    case 'POST migrations':
      return startJob(integration, body, now);
    case 'GET migrations':
      return jobsResponse(integration);
    case 'GET logs':
      return logsResponse(integration, url);
    case 'POST invitees':
      return invite(integration, decodeURIComponent(name), rest ?? null);
    default:
      return null;
  }
}

const NOT_FOUND = refusal(404, 'Not found.');

/** Responds to a request. @param integrations - the integrations of the account, to which `register` adds */
export function respond(integrations: Integration[], request: DeveloperRequest, now: Date): DeveloperResponse {
  const { method, url, body } = request;
  const [resource = '', id, ...path] = url.pathname.replace(/^\/api\/platform\/cli\//, '').split('/');
  const route = `${method} ${resource}`;
  if (route === 'POST analytics') return [200, { success: true }];
  if (route === 'GET check') return [200, {}];
  if (route === 'POST check')
    return [200, checkDefinition(isJsonObject(body.app_definition) ? body.app_definition : {})];
  if (resource !== 'apps') return NOT_FOUND;
  if (id === undefined) {
    if (method === 'POST') return register(integrations, body);
    return [200, { objects: integrations.map(({ id, key, registration: { title } }) => ({ id, key, title })) }];
  }
  if (id === 'fields-choices') return [200, FIELD_CHOICES];
  const integration = integrations.find((entry) => String(entry.id) === id);
  return (integration && respondFor(integration, path, request, now)) ?? NOT_FOUND;
}
