/**
 * The hidden trigger that shows the values that Zapier passes to a poll, and how long Zapier's cache keeps an entry.
 */

import { afterEach, describe, expect, it } from '@jest/globals';
import type { Bundle, ZObject } from 'zapier-platform-core';

import app from '../../index.ts';
import { directZ, PRIVATE_KEY } from '../../local/hook-calls.ts';
import { connectionCheck } from '../../src/app/connection-check.ts';
import { recordsOf } from '../support/app-tester.ts';

/** Returns the bundle of a poll with keys that must not appear in a result. */
const bundleOf = (meta: object = {}): Bundle =>
  ({
    authData: { private_key: PRIVATE_KEY, connection_name: 'Bright Sparks' },
    inputData: { client: '301' },
    meta,
  }) as unknown as Bundle;

/** Returns a `z` with a cache. @param changes - functions that replace those of the cache */
function zWithCache(changes: object = {}): ZObject {
  const entries = new Map<string, unknown>();
  const cache = {
    get: (key: string) => Promise.resolve(entries.get(key) ?? null),
    set: (key: string, value: unknown, _ttl: number, _scope: unknown, nx?: boolean) => {
      if (nx && entries.has(key)) return Promise.resolve(false);
      entries.set(key, value);
      return Promise.resolve(true);
    },
    ...changes,
  };
  return { ...directZ, cache } as unknown as ZObject;
}

const check = async (z: ZObject, bundle = bundleOf()) => (await connectionCheck.operation.perform(z, bundle))[0];

afterEach(() => {
  delete process.env.RELAY_REGISTRATION_SECRET;
});

describe('Connection Check', () => {
  it('is a hidden trigger of the app, and returns its output fields', async () => {
    expect(app.triggers).toHaveProperty('connection_check');
    expect(connectionCheck.display.hidden).toBe(true);
    const [record = {}] = await recordsOf(connectionCheck.operation.perform, bundleOf());
    expect(Object.keys(record)).toEqual(connectionCheck.operation.outputFields.map(({ key }) => key));
    expect(Object.keys(connectionCheck.operation.sample)).toEqual(Object.keys(record));
  });

  it('has the sample of a Zap whose cache works, in an app that is built for a relay', () => {
    const working = { has_zap_id: true, stamp: 'read', nx_works: true, has_relay: true };
    expect(connectionCheck.operation.sample).toMatchObject(working);
  });

  it('shows the keys of bundle.meta, and whether the Zap has an id, without any values', async () => {
    const found = await check(zWithCache(), bundleOf({ page: 7, isLoadingSample: false, zap: { id: '98765' } }));
    expect(found).toMatchObject({ meta_keys: 'isLoadingSample, page, zap', has_zap_id: true });
    expect(JSON.stringify(found)).not.toMatch(/98765|Bright Sparks|301/);
    expect(JSON.stringify(found)).not.toContain(PRIVATE_KEY);
    expect(await check(zWithCache())).toMatchObject({ meta_keys: '', has_zap_id: false });
  });

  it('writes a stamp once, and returns its age in later runs', async () => {
    const z = zWithCache();
    expect(await check(z)).toMatchObject({ stamp: 'written', stamp_age_seconds: null });
    const now = Date.now;
    try {
      for (const minutes of [1, 90]) {
        const later = now() + minutes * 60_000;
        Date.now = () => later;
        const found = await check(z);
        expect(found).toMatchObject({ stamp: 'read' });
        expect(Math.round(Number(found?.stamp_age_seconds) / 60)).toBe(minutes);
        Date.now = now;
      }
    } finally {
      Date.now = now;
    }
  });

  it('reports a cache that keeps nothing or does not respond', async () => {
    const nothing = zWithCache({ get: () => Promise.resolve(null) });
    expect(await check(nothing)).toMatchObject({ stamp: 'not kept', stamp_age_seconds: null });
    const failing = zWithCache({ get: () => Promise.reject(new Error()), set: () => Promise.reject(new Error()) });
    expect(await check(failing)).toMatchObject({ stamp: 'no response', nx_works: null });
  });

  it('shows whether nx lets only the first of two writes succeed', async () => {
    expect(await check(zWithCache())).toMatchObject({ nx_works: true });
    expect(await check(zWithCache({ set: () => Promise.resolve(true) }))).toMatchObject({ nx_works: false });
    expect(await check(zWithCache({ set: () => Promise.resolve(undefined) }))).toMatchObject({ nx_works: false });
  });

  it('shows the settings that are present, the versions, and whether the app is built for a relay', async () => {
    const found = await check(zWithCache());
    expect(found).toMatchObject({ settings: '', has_relay: false, node_version: process.versions.node });
    expect(found?.core_version).toMatch(/^\d+\.\d+\.\d+$/);
    process.env.RELAY_REGISTRATION_SECRET = 'a-secret-of-nobody-0123456789';
    const changed = await check(zWithCache());
    expect(changed).toMatchObject({ settings: 'RELAY_REGISTRATION_SECRET' });
    expect(JSON.stringify(changed)).not.toContain('a-secret-of-nobody');
  });
});
