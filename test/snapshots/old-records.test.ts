/**
 * The records of released versions. This version opens the envelopes that older relays send, and records keep their
 * ids and keys, so that no Zap runs again for an old record.
 *
 * @slow the records of all released versions, 3 s of CPU
 */

import { describe, expect, it, jest } from '@jest/globals';

import type { App } from '../../local/app-runner.ts';
import { ORIGIN } from '../../relay/harness/sample-delivery.ts';
import { contractText, lostLines } from '../../scripts/contract.ts';
import type { JsonObject } from '../../wire/json.ts';
import { NOTICE_TRIGGER } from '../../wire/notice.ts';
import { recordsOfEnvelopes } from '../../snapshots/envelope-records.ts';
import { idsOfEvents, idsOfPolls } from '../../snapshots/record-ids.ts';
import ownPackage from '../../package.json' with { type: 'json' };
import { neighbours, sameMajor, snapshots } from '../../snapshots/snapshot.ts';

jest.unstable_mockModule('../../src/hooks/relay-url.ts', () => ({ RELAY_URL: ORIGIN }));
jest.resetModules();
const { default: app } = (await import('../../index.ts')) as unknown as { default: App };

it('this version has a snapshot, which "npm run release:snapshot" makes', () => {
  expect(snapshots.map(({ version }) => version)).toContain(ownPackage.version);
});

describe.each(neighbours)('an envelope of a relay of version $version', (snapshot) => {
  const envelopes = snapshot.envelopes();

  it('is in the snapshot in each kind', () => {
    const values = envelopes.map(({ text }) => JSON.parse(text) as JsonObject);
    const kinds = new Set(values.flatMap((value) => Object.keys(value)));
    expect([...kinds]).toEqual(expect.arrayContaining(['previous', 'burst', 'sent_again', 'is_repeat']));
    expect(values.some(({ actions }) => actions === null)).toBe(true);
    expect(envelopes.map(({ trigger }) => trigger)).toContain(NOTICE_TRIGGER);
    expect(envelopes.some(({ records }) => records.length > 1)).toBe(true);
  });

  it.each(envelopes.map((envelope, index) => ({ ...envelope, index })))(
    'opens with the same records: $index, $trigger',
    async (envelope) => {
      const [records] = await recordsOfEnvelopes(app, [envelope]);
      expect(records).toMatchObject(envelope.records);
      expect(records).toHaveLength(envelope.records.length);
    },
  );
});

describe.each(sameMajor)('of version $version', (snapshot) => {
  const { events, lists, polls } = snapshot.recordIds();

  it('the records of events have the same ids', async () => {
    for (const zap of events) {
      const { trigger, inputData, ids } = zap;
      expect([trigger, inputData, await idsOfEvents(zap)]).toEqual([trigger, inputData, ids]);
    }
    expect(events.every(({ ids }) => ids.length > 0)).toBe(true);
  });

  it('the records of polled triggers have the same ids', async () => {
    for (const zap of polls) {
      const { trigger, inputData, ids } = zap;
      expect([trigger, inputData, await idsOfPolls(lists, zap)]).toEqual([trigger, inputData, ids]);
    }
    expect(polls.every(({ ids }) => ids.length > 0)).toBe(true);
  });

  it('the contract has lost nothing', () => {
    expect(lostLines(snapshot.contract(), contractText())).toEqual([]);
  });
});
