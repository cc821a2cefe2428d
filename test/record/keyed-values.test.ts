/** Values of different fields that would get the same key. */

import { describe, expect, it } from '@jest/globals';

import { KeyedValues } from '../../src/record/keyed-values.ts';
import { recordWith, deliver } from '../support/app-tester.ts';
import { deliveryOf, triggerOf } from '../../local/hook-calls.ts';
import { withoutNetwork } from '../support/tutorcruncher-api.ts';

const lesson = triggerOf('lesson_completed').sampleEvent;
const recordOf = async (event: object) => (await deliver('any_event', deliveryOf(event)))[0] ?? {};

withoutNetwork();

describe('fields with the same key', () => {
  it('keep the first value under the key, and other values except null under numbered keys, each once', async () => {
    const record = await recordWith('ad_hoc_charge_created', {
      category: { id: 5, name: 'Books', dft_net_gross: 'net' },
      category_name: 'Materials',
      category_id: 5,
      mood: { a: { b: 1 }, 'a b': 2 },
      'mood a b': 3,
      'mood-a-b': null,
      'mood.a.b': 2,
    });
    expect(Object.entries(record).filter(([key]) => /category_(?:id|name)|mood/.test(key))).toEqual(
      expect.arrayContaining([
        ['ad_hoc_charge_category_id', 5],
        ['ad_hoc_charge_category_name', 'Materials'],
        ['ad_hoc_charge_category_name_2', 'Books'],
        ['ad_hoc_charge_mood_a_b', 3],
        ['ad_hoc_charge_mood_a_b_2', 2],
        ['ad_hoc_charge_mood_a_b_3', 1],
      ]),
    );
    expect(record).not.toHaveProperty('ad_hoc_charge_category_id_2');
    expect(record).not.toHaveProperty('ad_hoc_charge_mood_a_b_4');
  });
});

it('a reserved key keeps its null, and the field of the subject has a numbered key', async () => {
  const subject = { model: 'Actor', id: 9, name: 'Bob', url: 'u' };
  expect(await recordOf({ ...lesson, actor: null, subject })).toMatchObject({
    actor_name: null,
    actor_id: null,
    actor_url: null,
    actor_name_2: 'Bob',
    actor_id_2: 9,
  });
});

it('the keys of values that are computed from other values are known', () => {
  const values = new KeyedValues();
  values.put('first_name', 'Priya');
  values.putDerived('name', 'Priya Raman');
  expect([values.record, [...values.derivedKeys]]).toEqual([{ first_name: 'Priya', name: 'Priya Raman' }, ['name']]);
});
