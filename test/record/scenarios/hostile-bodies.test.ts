/**
 * Large bodies that a stranger could send. The time to flatten a body is proportional to its size.
 *
 * @slow bodies of megabytes, 2 s of CPU
 */

import { describe, expect, it } from '@jest/globals';

import { cpuTimeOf, shortestDuration } from '../../../relay/harness/shortest-duration.ts';
import type { FlatRecord } from '../../../src/record/record.ts';
import { deliver } from '../../support/app-tester.ts';
import { isFlat } from '../../support/record-forms.ts';

const bodyWith = (subject: string) =>
  Buffer.from(`{"events": [{"action": "EDITED_A_CLIENT", "subject": {"model": "Client", ${subject}}}]}`);

describe('a hostile body', () => {
  let record: FlatRecord;
  /** Delivers a subject, and stores the resulting record in `record`. Returns the CPU time of the delivery. */
  const timeToDeliver = async (subject: string): Promise<number> => {
    const body = bodyWith(subject);
    const time = await cpuTimeOf(async () => {
      [record = {}] = await deliver('client_updated', body);
    });
    expect(isFlat(record)).toBe(true);
    return time;
  };
  /**
   * Expects a subject of four times the size to take less than ten times as long. With quadratic time, the subject
   * would take 16 times as long.
   *
   * @param subjectOf - returns the subject; a scale of 1 is the full size
   */
  const inProportion = async (subjectOf: (scale: number) => string) => {
    const small = subjectOf(1 / 4);
    const limit = 10 * Math.min(await timeToDeliver(small), await timeToDeliver(small));
    const large = subjectOf(1);
    expect(await shortestDuration(limit, () => timeToDeliver(large))).toBeLessThan(limit);
  };
  const many = (count: number, entry: (index: number) => string) =>
    Array.from({ length: count }, (_, i) => entry(i)).join();

  it('with long decimals is flattened in time proportional to its size', async () => {
    const digits = (scale: number) => `0.${'0'.repeat(500_000 * scale)}1`;
    await inProportion((scale) => `"invoice_balance": "${digits(scale)}"`);
    expect(record.client_invoice_balance).toBe(digits(1));
  });

  it('with long names of records and fields is flattened in time proportional to its size', async () => {
    await inProportion((scale) => `"${'x'.repeat(70_000)}": {${many(5000 * scale, (i) => `"f${i}": ${i}`)}}`);
    await inProportion((scale) => `"${'x'.repeat(70_000 * scale)}": {${many(2000, (i) => `"f${i}": ${i}`)}}`);
    await inProportion((scale) => many(50, (i) => `"${'a_'.repeat(30_000 * scale)}${i}": ${i}`));
  });

  it('with many fields and custom fields of one name is flattened in time proportional to its size', async () => {
    await inProportion((scale) =>
      many(19_000 * scale, (i) => `"a${'!'.repeat(i % 50)}${' '.repeat(i / 50)}": ${i}`)
        .slice(0, 5_000_000)
        .replace(/,[^,]*$/, ''),
    );
    await inProportion(
      (scale) => `"extra_attrs": [${many(9_900 * scale, (i) => `{"machine_name": "x", "value": ${i}}`)}]`,
    );
  });

  it('with very long lists or many ragged lists is flattened in time proportional to its size', async () => {
    await inProportion((scale) => `"labels": [${many(1_000_000 * scale, () => '{}')}]`);
    expect(typeof record.client_labels).toBe('string');
    const ragged = (list: number, length: number) => `"list${list}": [${many(length, (i) => `{"k${i}": 1}`)}]`;
    await inProportion((scale) => many(40 * scale, (list) => ragged(list, 400)));
  });
});

describe('a subject with many keys', () => {
  const fields = (count: number) => Array.from({ length: count }, (_, i) => `"f${i}": ${i}`).join();

  it('is flattened if it has 20,000 keys', async () => {
    const [record = {}] = await deliver('client_updated', bodyWith(fields(19_999)));
    expect(record).toMatchObject({ client_f0: 0, client_f19998: 19_998 });
  });

  it('is refused if it has more, at any level, with a message', async () => {
    for (const subject of [
      fields(20_000),
      `"x": {${fields(19_999)}}`,
      `"charges": [{${fields(9_999)}}, {${fields(10_000)}}]`,
      `"extra_attrs": {${fields(19_999)}}`,
    ]) {
      await expect(deliver('client_updated', bodyWith(subject))).rejects.toThrow(
        /^This event was refused because its record has more than 20,000 fields.*TutorCruncher's support/,
      );
    }
  });

  it('takes less than 250 ms of processor time if it has 300,000 keys', async () => {
    const body = bodyWith(fields(300_000));
    const refused = () => expect(deliver('client_updated', body)).rejects.toThrow('more than 20,000 fields');
    expect(await shortestDuration(250, () => cpuTimeOf(refused))).toBeLessThan(250);
  });
});

describe('nesting', () => {
  const nested = (levels: number) => `${'{"a": '.repeat(levels)}1${'}'.repeat(levels)}`;
  const deliverNested = (value: string) => deliver('client_updated', bodyWith(`"x": ${value}`));

  it('beyond eight levels becomes JSON text', async () => {
    const [record = {}] = await deliverNested(nested(20));
    expect(isFlat(record)).toBe(true);
    expect(record.client_x_a_a_a_a_a_a_a).toBe(`{${'"a":{'.repeat(12)}"a":1${'}'.repeat(13)}`);
  });

  it('beyond 200 levels makes a delivery count as empty, regardless of the depth', async () => {
    // The delivery around the nested value adds four levels.
    await expect(deliverNested(nested(196))).resolves.toHaveLength(1);
    for (const value of [nested(197), nested(19_000), '['.repeat(200_000) + ']'.repeat(200_000)]) {
      await expect(deliverNested(value)).resolves.toEqual([]);
    }
  });
});
