import { createRequire } from 'node:module';

import { describe, expect, it } from '@jest/globals';
import type { FlatRecord } from '../src/record/record.ts';

import app from '../index.ts';
import { definitionSample } from '../src/definition-sample.ts';

interface Definitions {
  readonly triggers: Record<string, { readonly operation: { readonly sample: unknown } }>;
}

// The part of core that prepares the definition twice per call.
const { prepareApp } = createRequire(import.meta.url)('zapier-platform-core/src/tools/schema') as {
  prepareApp: (app: object) => Definitions;
};

describe('definitionSample', () => {
  const record: FlatRecord = { id: 'a1', lesson_topic: 'Maths', students: [{ id: 503, name: 'Leo Raman' }] };

  it('keeps the fields and their order', () => {
    expect(JSON.stringify(definitionSample(record))).toBe(JSON.stringify(record));
  });

  it('makes samples that zapier-platform-core passes by reference', () => {
    const definitions = (sample: FlatRecord) => ({ triggers: { any: { key: 'any', operation: { sample } } } });
    const sample = definitionSample(record);
    expect(prepareApp(definitions(sample)).triggers.any?.operation.sample).toBe(sample);
    expect(prepareApp(definitions(record)).triggers.any?.operation.sample).not.toBe(record);
  });
});

describe('the app', () => {
  const steps = Object.entries({ ...app.triggers, ...app.searches, ...app.creates });
  const isHidden = ({ display }: { readonly display: object }) => 'hidden' in display;

  it.each(steps.filter(([, step]) => !isHidden(step)))('has a sample in %s that core does not copy', (_key, step) => {
    expect(Object.prototype.toString.call(step.operation.sample)).toBe('[object DefinitionSample]');
  });
});
