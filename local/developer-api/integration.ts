/** An integration at the stand-in for Zapier's developer API, and its versions. All data is in memory. */

import { unzipSync } from 'fflate';

import { isJsonObject, type JsonObject } from '../../wire/json.ts';

/** Fields that `zapier-platform register` sends. */
export interface Registration {
  readonly title: string;
  readonly description: string;
  readonly intention: string;
  readonly role: string;
  readonly app_category: string;
}

/** A version that was pushed. */
export interface Version {
  readonly version: string;
  /** The contents of `build/build.zip`. */
  readonly buildZip: Uint8Array;
  /** The contents of `build/source.zip`. */
  readonly sourceZip: Uint8Array;
  /** The contents of `definition.json` in `build.zip`. */
  readonly definition: JsonObject;
  /** The version's environment variables. */
  readonly environment: Map<string, string>;
  readonly pushedAt: Date;
}

/** An entry of `zapier-platform logs --type=bundle`. */
export interface BundleLog {
  readonly version: string;
  readonly message: string;
  readonly input: string;
  readonly output: string;
  readonly at: Date;
}

/** An invitation to one or all versions of an integration. */
export interface Invitation {
  readonly email: string;
  readonly version: string | null;
}

/** An accepted promotion or migration. */
export interface Job {
  readonly kind: 'promote' | 'migrate';
  /**
   * The version that users move from. In a promotion, this is the previously promoted version, or the new version if
   * there is none.
   */
  readonly from: string;
  readonly to: string;
  readonly at: Date;
}

/** An integration. */
export interface Integration {
  readonly id: number;
  readonly key: string;
  readonly registration: Registration;
  /** True once Zapier has published the integration. */
  isPublic: boolean;
  /** The version that new Zaps of a public integration use; null before the first promotion. */
  promoted: string | null;
  /** Versions, in order of their first push. */
  readonly versions: Map<string, Version>;
  readonly invitations: Invitation[];
  readonly jobs: Job[];
  /** Newest first. */
  readonly logs: BundleLog[];
}

/** Creates a private integration without versions. */
export const createIntegration = (id: number, registration: Registration): Integration => ({
  ...{ id, key: `App${id}`, registration, isPublic: false, promoted: null },
  ...{ versions: new Map(), invitations: [], jobs: [], logs: [] },
});

/** Returns the definition in a `build.zip`; null if there is none. */
export function definitionIn(buildZip: Uint8Array): JsonObject | null {
  try {
    const { 'definition.json': file } = unzipSync(buildZip, { filter: ({ name }) => name === 'definition.json' });
    const definition: unknown = JSON.parse(Buffer.from(file ?? []).toString('utf8'));
    return isJsonObject(definition) ? definition : null;
  } catch {
    return null;
  }
}

/** Stores a pushed version. A new version inherits the environment of the previous version. */
export function storeVersion(
  { versions }: Integration,
  pushed: Omit<Version, 'environment' | 'pushedAt'>,
  pushedAt: Date,
): void {
  const previous = versions.get(pushed.version) ?? [...versions.values()].at(-1);
  versions.set(pushed.version, { ...pushed, environment: new Map(previous?.environment), pushedAt });
}

/** Returns true for a version that has a label, such as 0.0.0-test. */
export const isLabelled = (version: string): boolean => version.includes('-');
