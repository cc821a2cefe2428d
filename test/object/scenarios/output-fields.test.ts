/** The keys of records and the output fields that Zapier's editor shows for them. */

import { expect, it } from '@jest/globals';

import { startTutorCruncher } from '../../../local/api/tutorcruncher.ts';
import { deliveryOf, PRIVATE_KEY } from '../../../local/hook-calls.ts';
import { recordObjects } from '../../../objects/index.ts';
import { listPath, recordOfObject } from '../../../src/object/object-record.ts';
import type { FlatRecord } from '../../../src/record/record.ts';
import { sampleLocale } from '../../../src/object/samples.ts';
import { webhookTriggers } from '../../../triggers/index.ts';
import type { JsonObject } from '../../../wire/json.ts';
import { deliver } from '../../support/app-tester.ts';

/**
 * Returns the keys of a record in the form of output fields. Custom fields have separate output fields for each
 * account.
 */
const fieldKeysOf = (record: FlatRecord): string[] =>
  Object.entries(record)
    .flatMap(([key, value]) =>
      Array.isArray(value)
        ? [key, ...value.flatMap((item) => Object.keys(item).map((each) => `${key}[]${each}`))]
        : [key],
    )
    .filter((key) => !key.startsWith('custom_'));

const keysWithoutField = (record: FlatRecord, fields: readonly { readonly key: string }[]): string[] => {
  // A list has one output field for each key of its items.
  const keys = new Set(fields.flatMap(({ key }) => [key, key.split('[]')[0]]));
  return [...new Set(fieldKeysOf(record))].filter((key) => !keys.has(key));
};

/** Subjects that agencies have observed: a client with few fields, and a job from which somebody was removed. */
const OBSERVED: Readonly<Record<string, JsonObject>> = {
  Client: {
    model: 'Client',
    url: 'https://app.tutorcruncher.com/api/clients/301/',
    id: 301,
    first_name: 'Priya',
    last_name: 'Raman',
    email: 'priya.raman@example.com',
    role_type: 'Client',
    is_deleted: false,
  },
  Job: {
    model: 'Job',
    id: 705,
    url: 'https://app.tutorcruncher.com/api/services/705/',
    name: 'GCSE Maths for Leo',
    conjobs: [{ contractor: 403, name: 'Samuel Okoro', pay_rate: '30.00' }],
    rcrs: [{ recipient: 503, recipient_name: 'Leo Raman', paying_client: 301, paying_client_name: 'Priya Raman' }],
  },
};

it.each(recordObjects.filter(({ api }) => api !== null).map((object) => [object.word, object] as const))(
  'each key of a record of the stand-in about a %s has an output field',
  async (_word, object) => {
    const tutorCruncher = await startTutorCruncher(PRIVATE_KEY);
    try {
      const read = async (path: string): Promise<JsonObject> =>
        (await (await fetch(path, { headers: { Authorization: `token ${PRIVATE_KEY}` } })).json()) as JsonObject;
      const { results } = await read(`${tutorCruncher.origin}/api/${listPath(object)}`);
      const rows = results as JsonObject[];
      expect(rows.length).toBeGreaterThan(0);
      for (const row of rows) {
        const found = object.api?.hasFullRows
          ? row
          : await read(`${tutorCruncher.origin}${new URL(String(row.url)).pathname}`);
        // No step makes a record from the row of an ad hoc charge.
        for (const each of object.word === 'ad_hoc_charge' ? [found] : [row, found]) {
          expect(keysWithoutField(recordOfObject(object, each, sampleLocale()), object.ownOutputFields)).toEqual([]);
        }
      }
    } finally {
      await tutorCruncher.stop();
    }
  },
);

/**
 * Returns true for a trigger that receives one of the observed subjects. None of these subjects comes from an event
 * about a deletion.
 */
const receives = (model: string, trigger: (typeof webhookTriggers)[number]): boolean =>
  model === 'Job'
    ? trigger.definition.key.endsWith('_removed_from_job')
    : trigger.object?.word === 'client' && !trigger.isDeletion;

// New Event has fields for the object of the chosen actions.
it.each(
  webhookTriggers.filter(({ object }) => object !== null).map((trigger) => [trigger.definition.key, trigger] as const),
)('each key of a record of %s has an output field', async (key, trigger) => {
  const { sampleEvent, outputFields } = trigger;
  const observed = Object.entries(OBSERVED).filter(([model]) => receives(model, trigger));
  for (const subject of [sampleEvent.subject, ...observed.map(([, each]) => each)]) {
    const records = await deliver(key, deliveryOf({ ...sampleEvent, subject }));
    expect(records).toHaveLength(1);
    expect(records.flatMap((record) => keysWithoutField(record, outputFields))).toEqual([]);
  }
});
