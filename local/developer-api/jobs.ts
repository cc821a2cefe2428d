/** Promotions and migrations. */

import { isJsonObject, type JsonObject } from '../../wire/json.ts';
import { isLabelled, type Integration, type Version } from './integration.ts';
import { publishingTasks } from './publishing-tasks.ts';
import { refusal, type DeveloperResponse } from './response.ts';

/** A requested job. */
interface JobRequest {
  /** "promote" or "migrate". */
  readonly name: unknown;
  /** The version that users move from; null in a promotion. */
  readonly from: Version | null;
  readonly to: Version;
}

/** Returns the requested job, or the error if one of its versions does not exist. */
function jobIn({ versions }: Integration, body: JsonObject): JobRequest | DeveloperResponse {
  const { name, from_version, to_version } = isJsonObject(body.job) ? body.job : {};
  const to = typeof to_version === 'string' ? versions.get(to_version) : undefined;
  const from = typeof from_version === 'string' ? versions.get(from_version) : null;
  return to && from !== undefined ? { name, from, to } : refusal(404, 'The version does not exist.');
}

/**
 * Returns the response to the request that precedes a promotion or a migration. Its status is 409 if the versions have
 * different environment variables, which the user must confirm. The response does not contain the values.
 */
export function confirmationChecks(integration: Integration, body: JsonObject): DeveloperResponse {
  const job = jobIn(integration, body);
  if (!('to' in job)) return job;
  const from = job.from ?? integration.versions.get(integration.promoted ?? '');
  if (!from) return [200, {}];
  const names = new Set([...from.environment.keys(), ...job.to.environment.keys()]);
  const differing = [...names].filter((name) => from.environment.get(name) !== job.to.environment.get(name));
  return differing.length === 0
    ? [200, {}]
    : refusal(
        409,
        ...differing.map((name) => `${name} differs between versions ${from.version} and ${job.to.version}.`),
      );
}

/** Promotes a version: new Zaps of a public integration use it. */
function promote(integration: Integration, { version, definition }: Version, at: Date): DeveloperResponse {
  if (isLabelled(version)) return refusal(400, `Version ${version} has a label and cannot be promoted.`);
  const tasks = publishingTasks(definition);
  if (tasks.total_failures > 0) return [400, { errors: { results: tasks.results } }];
  if (!integration.isPublic) {
    const url = `https://developer.example.com/app/${integration.id}/submit/${version}`;
    return [400, { errors: ['The integration has not been published.'], activationInfo: { url } }];
  }
  integration.jobs.push({ kind: 'promote', from: integration.promoted ?? version, to: version, at });
  integration.promoted = version;
  return [200, {}];
}

const majorOf = (version: string): string => version.slice(0, version.indexOf('.'));

/** Performs a promotion or a migration. */
export function startJob(integration: Integration, body: JsonObject, at: Date): DeveloperResponse {
  const job = jobIn(integration, body);
  if (!('to' in job)) return job;
  const { name, from, to } = job;
  if (name === 'promote') return promote(integration, to, at);
  if (name !== 'migrate' || !from) return refusal(400, 'The job is neither a promotion nor a migration.');
  if (majorOf(from.version) !== majorOf(to.version)) {
    return refusal(400, `Versions ${from.version} and ${to.version} have different major versions.`);
  }
  integration.jobs.push({ kind: 'migrate', from: from.version, to: to.version, at });
  return [200, {}];
}
