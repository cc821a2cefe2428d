/**
 * The hidden trigger `connection_check`, which `zapier-platform invoke --remote` runs at Zapier. The trigger reveals
 * undocumented behaviour of Zapier: the values that Zapier passes to a poll, and the lifetime of a cache entry. The
 * trigger sends no requests and returns no data from the account.
 */

import zapier, { type Bundle, type ZObject } from 'zapier-platform-core';

import { cacheKey } from '../api/cache.ts';
import { metaOf } from '../api/bundle.ts';
import { IS_RELAYED } from '../instant/event-source.ts';
import { zapIdOf } from '../polled/zap-notes.ts';
import { sharedFields, sharedPart } from '../shared-part.ts';

/** The settings that change how the app works at Zapier. */
const SETTINGS = ['TUTORCRUNCHER_URL', 'RELAY_REGISTRATION_SECRET'];

/** Longest lifetime of the app's cache entries, in seconds: the lifetime of a Zap's notes. */
const TTL_SECONDS = 14 * 86_400;
/** Lifetime of the entry that tests `nx`, in seconds. */
const PROBE_TTL_SECONDS = 60;

/**
 * The outcome of reading the stamp of an earlier run. A stamp is never replaced, so the age of the stamp shows how long
 * the entry has existed.
 */
interface Stamp {
  readonly state: 'read' | 'written' | 'not kept' | 'no response';
  /** Seconds since the stamp was written; null if it was written now. */
  readonly age: number | null;
}

async function readStamp({ cache }: ZObject, key: string, now: number): Promise<Stamp> {
  try {
    const writtenAt: unknown = await cache.get(key);
    if (typeof writtenAt === 'number') return { state: 'read', age: Math.round((now - writtenAt) / 1000) };
    await cache.set(key, now, TTL_SECONDS);
    return { state: (await cache.get(key)) === now ? 'written' : 'not kept', age: null };
  } catch {
    return { state: 'no response', age: null };
  }
}

/** Returns true if only the first of two writes with `nx` succeeds; null if the cache does not respond. */
async function testNx({ cache }: ZObject, key: string): Promise<boolean | null> {
  try {
    const first: unknown = await cache.set(key, 1, PROBE_TTL_SECONDS, undefined, true);
    const second: unknown = await cache.set(key, 2, PROBE_TTL_SECONDS, undefined, true);
    return first === true && second !== true;
  } catch {
    return null;
  }
}

async function perform(z: ZObject, bundle: Bundle) {
  const now = Date.now();
  const stamp = await readStamp(z, cacheKey(bundle, 'connection_check'), now);
  return [
    {
      id: 'connection_check',
      meta_keys: Object.keys(metaOf(bundle)).sort().join(', '),
      has_zap_id: zapIdOf(bundle) !== null,
      stamp: stamp.state,
      stamp_age_seconds: stamp.age,
      nx_works: await testNx(z, cacheKey(bundle, `connection_check_nx_${now}`)),
      node_version: process.versions.node,
      core_version: zapier.version,
      settings: SETTINGS.filter((name) => process.env[name]).join(', '),
      has_relay: IS_RELAYED,
    },
  ];
}

const SAMPLE = {
  id: 'connection_check',
  meta_keys: 'isLoadingSample, isPopulatingDedupe, limit, page',
  has_zap_id: true,
  stamp: 'read',
  stamp_age_seconds: 3600,
  nx_works: true,
  node_version: '22.0.0',
  core_version: '19.1.0',
  settings: 'RELAY_REGISTRATION_SECRET',
  has_relay: true,
};

/** The definition of the hidden trigger. */
export const connectionCheck = {
  key: 'connection_check',
  noun: 'Connection Check',
  display: sharedPart({
    label: 'Connection Check',
    description: 'Triggers when the developer of this app checks what Zapier passes to it.',
    hidden: true,
  }),
  operation: {
    type: 'polling' as const,
    perform,
    sample: sharedPart(SAMPLE),
    outputFields: sharedFields([
      { key: 'id', label: 'Check ID', type: 'string' as const },
      { key: 'meta_keys', label: 'Keys in Meta', type: 'string' as const },
      { key: 'has_zap_id', label: 'Has a Zap ID', type: 'boolean' as const },
      { key: 'stamp', label: 'Stamp in Cache', type: 'string' as const },
      { key: 'stamp_age_seconds', label: 'Age of Stamp (Seconds)', type: 'integer' as const },
      { key: 'nx_works', label: 'Only First Write Is Made', type: 'boolean' as const },
      { key: 'node_version', label: 'Version of Node.js', type: 'string' as const },
      { key: 'core_version', label: 'Version of Core', type: 'string' as const },
      { key: 'settings', label: 'Settings', type: 'string' as const },
      { key: 'has_relay', label: 'Built for a Relay', type: 'boolean' as const },
    ]),
  },
};
