import { createRequire } from 'node:module';

import { describe, expect, it } from '@jest/globals';

import app from '../index.ts';
import { sharedSteps, sharedFields, sharedPart } from '../src/shared-part.ts';

// The functions of core that prepare the definition twice per call and create the JSON for Zapier.
const { prepareApp, serializeApp } = createRequire(import.meta.url)('zapier-platform-core/src/tools/schema') as {
  prepareApp: <T extends object>(app: T) => T;
  serializeApp: (app: object) => object;
};

const record = { id: 'a1', lesson_topic: 'Maths', students: [{ id: 503, name: 'Leo Raman' }] };

describe('sharedPart', () => {
  it('keeps the fields and their order', () => {
    expect(JSON.stringify(sharedPart(record))).toBe(JSON.stringify(record));
  });

  it('makes parts that zapier-platform-core passes by reference', () => {
    const creates = sharedSteps({ any: { key: 'any', sample: sharedPart(record), unshared: record } });
    const prepared = prepareApp({ creates }).creates.any;
    expect(prepared.sample).toBe(creates.any.sample);
    expect(prepared.unshared).not.toBe(record);
    expect(prepared.unshared).toEqual(record);
  });
});

describe('sharedFields', () => {
  it('keeps functions', () => {
    const compute = () => Promise.resolve([]);
    const [shared, computed] = sharedFields<object>([{ key: 'label' }, compute]);
    expect(JSON.stringify(shared)).toBe('{"key":"label"}');
    expect(computed).toBe(compute);
  });
});

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

/** Returns the paths of objects without functions that were copied. */
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

  it('has triggers, searches and actions whose parts core copies only if they contain functions', () => {
    expect(copiedParts({ triggers, searches, creates }, prepareApp({ triggers, searches, creates }))).toEqual([]);
  });

  it('has the same definition for Zapier as if nothing were shared', () => {
    const definition = { triggers, searches, creates };
    expect(JSON.stringify(serializeApp(definition))).toBe(JSON.stringify(serializeApp(unshared(definition) as object)));
  });
});
