import { createRequire } from 'node:module';

import { describe, expect, it } from '@jest/globals';

import app from '../index.ts';
import { dropdownTriggers } from '../src/app/dropdown-triggers.ts';
import { sharedSteps } from '../src/shared-part.ts';

// The functions of core that prepare the definition twice per call and create the JSON for Zapier.
const { prepareApp, serializeApp } = createRequire(import.meta.url)('zapier-platform-core/src/tools/schema') as {
  prepareApp: <T extends object>(app: T) => T;
  serializeApp: (app: object) => object;
};

/** The keys of steps whose samples have been computed before any test reads a sample. */
const madeSamples = [app.triggers, app.searches, app.creates]
  .flatMap((steps) => Object.entries<{ readonly operation: object }>(steps))
  .filter(([, { operation }]) => Object.getOwnPropertyDescriptor(operation, 'sample')?.get === undefined)
  .map(([key]) => key);

describe('sharedSteps', () => {
  it('makes collections that zapier-platform-core copies once instead of twice', () => {
    let reads = 0;
    const step = {
      key: 'any',
      get noun() {
        reads++;
        return 'Lesson';
      },
    };
    const steps = sharedSteps({ any: step });
    expect(prepareApp({ creates: steps }).creates.any).toEqual({ key: 'any', noun: 'Lesson' });
    expect(reads).toBe(1);
  });
});

/** Returns the paths of copied objects that contain no functions. */
function copiedParts(original: unknown, prepared: unknown, path = ''): string[] {
  if (original === prepared || typeof original !== 'object' || original === null) return [];
  const values = Object.entries(original);
  if (!Array.isArray(original) && !values.some(([, value]) => ['object', 'function'].includes(typeof value)))
    return [path];
  const copies = Object.entries(prepared ?? {});
  return values.flatMap(([key, value], index) => copiedParts(value, copies[index]?.[1], `${path}/${key}`));
}

describe('the app', () => {
  const { triggers, searches, creates } = app;
  const unshared = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(unshared);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, unshared(part)]));
  };

  it('makes no sample of a record when it is loaded', () => {
    expect(madeSamples).toEqual([...Object.keys(dropdownTriggers), 'connection_check']);
  });

  it('has triggers, searches and actions whose parts core copies only if they contain functions', () => {
    expect(copiedParts({ triggers, searches, creates }, prepareApp({ triggers, searches, creates }))).toEqual([]);
  });

  it('has the same definition for Zapier as if nothing were shared', () => {
    const definition = { triggers, searches, creates };
    expect(JSON.stringify(serializeApp(definition))).toBe(JSON.stringify(serializeApp(unshared(definition) as object)));
  });
});
