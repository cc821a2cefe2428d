/** The definition that zapier-platform-core gets for a trigger. */

import { expect, it } from '@jest/globals';
import type { Bundle } from 'zapier-platform-core';

import { directZ, PRIVATE_KEY, triggerOf } from '../../local/hook-calls.ts';
import type { OutputField } from '../../src/record/output-fields.ts';
import { withoutNetwork } from '../support/tutorcruncher-api.ts';
import { loadRelayedTriggers } from '../support/relayed-triggers.ts';

withoutNetwork();

const relayed = await loadRelayedTriggers();

it('the fields of lookups precede the fields of the subject, and the fields of changes and of the event are last', async () => {
  const bundle = { authData: { private_key: PRIVATE_KEY }, inputData: { fetch_details: true } } as unknown as Bundle;
  const groups = relayed('lesson_updated').definition.operation.outputFields;
  const fields: (readonly OutputField[])[] = [];
  for (const group of groups) fields.push(await group(directZ, bundle));
  const keys = fields.flat().map(({ key }) => key);
  const places = ['details_fetched', 'lesson_topic', 'tutor_names', 'changes_known', 'event_action', 'id'].map((key) =>
    keys.indexOf(key),
  );
  expect(places).not.toContain(-1);
  expect(places).toEqual(places.toSorted((one, other) => one - other));
});

it('the description of an app without a relay replaces only the description of the same trigger', () => {
  for (const key of ['lesson_updated', 'client_updated']) {
    const [without, withRelay] = [triggerOf(key), relayed(key)].map(({ definition }) => definition.display.description);
    expect([key, without === withRelay]).toEqual([key, key === 'client_updated']);
  }
});

it('inputs whose choices depend on the account are functions in the definition for Zapier', () => {
  const { inputFields, definition } = relayed('lesson_updated');
  const keys = inputFields.map(({ key }) => key);
  const inDefinition = definition.operation.inputFields.slice(-keys.length);
  expect(typeof inDefinition[keys.indexOf('only_when_changed')]).toBe('function');
  expect(inDefinition[keys.indexOf('fetch_details')]).toMatchObject({ key: 'fetch_details' });
});
