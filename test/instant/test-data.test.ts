/** The records that Zapier's editor shows when the owner of a Zap tests a trigger. */

import { describe, expect, it } from '@jest/globals';

import type { JsonObject } from '../../wire/json.ts';
import { loadRelayedTriggers, testRecords, type SentEvent } from '../support/relayed-triggers.ts';
import { withoutNetwork } from '../support/tutorcruncher-api.ts';
import { bundleOf, eventAt, found, sealed, zWith, type ReadResponse } from '../support/record-reads.ts';
import { skipPauses } from '../support/skipped-pauses.ts';

withoutNetwork();

const relayed = await loadRelayedTriggers();
skipPauses();

const WEEKEND = { label: '21' };
const LABELS = { labels: [{ id: 21, name: 'Weekend' }] };

describe('test data', () => {
  const renamed: SentEvent = { subject: { last_name: 'Patel' }, earlier: {} };
  const moved: SentEvent = { subject: { town: 'Bath' }, earlier: {} };
  const changesOf = async (key: string, events: SentEvent[], inputData = {}) =>
    (await testRecords(relayed(key), events, inputData)).map((record) => record.changed_fields);

  it('consists of received events, compared with the events before them', async () => {
    expect(await changesOf('client_updated', [renamed, moved, { earlier: null }])).toEqual([
      'Client Last Name',
      'Client Town',
      null,
    ]);
    expect(await changesOf('client_updated', Array<SentEvent>(9).fill(renamed))).toHaveLength(3);
  });

  it('consists of events that would trigger the Zap', async () => {
    const inputData = { only_when_changed: ['client_town'], skip_when_unknown: true };
    expect(await changesOf('client_updated', [renamed, { earlier: null }, moved], inputData)).toEqual(['Client Town']);
  });

  it('is searched for in more events than a test shows', async () => {
    const events = [...Array<SentEvent>(5).fill({ earlier: {} }), { subject: { name: 'GCSE Physics' }, earlier: {} }];
    expect(await changesOf('job_updated', events, { only_when_changed: ['job_name'] })).toEqual(['Job Name']);
  });

  const ofSample = { changes_known: true, changed_fields: 'Client Last Name' };

  it.each<[key: string, inputData: JsonObject, record: JsonObject]>([
    ['client_updated', { skip_when_unknown: true }, { ...ofSample, client_name: 'Priya Raman' }],
    ['client_updated', { only_when_changed: ['client_mobile'] }, { ...ofSample, client_name: 'Priya Raman' }],
    ['client_deleted', {}, { ...ofSample, client_status: 'live' }],
    ['client_status_changed', { statuses: ['dormant'] }, { changes_known: true, client_status: 'dormant' }],
    ['client_created', {}, { changes_known: false, changes: null }],
    ['any_event', {}, { changes_known: false, changes: null }],
  ])('of %s with the choices %j is the sample if no event was received', async (key, inputData, record) => {
    expect(await testRecords(relayed(key), [], inputData)).toMatchObject([record]);
  });

  const shown = async (subjects: readonly JsonObject[], response: ReadResponse) => {
    const stored = await Promise.all(subjects.map((subject, index) => sealed(eventAt(9 - index, subject))));
    const { z, reads } = zWith(response, stored);
    const records = await relayed('client_updated').definition.operation.performList(z, bundleOf(WEEKEND));
    return { names: records.map(({ client_name }) => client_name), reads: reads.length };
  };

  it('reads three records at most', async () => {
    const short = Array.from({ length: 5 }, (_, index) => ({ last_name: `Raman ${index}` }));
    const names = [0, 1, 2].map((index) => `Priya Raman ${index}`);
    expect(await shown(short, found(LABELS))).toEqual({ names, reads: 3 });
  });

  it('prefers events that need no read', async () => {
    const labelled = [1, 2, 3].map((index) => ({ ...LABELS, last_name: `Raman ${index}` }));
    const short = { last_name: 'Shah' };
    const names = labelled.map(({ last_name }) => `Priya ${last_name}`);
    const response = found({ labels: [] });
    expect(await shown([short, short, ...labelled], response)).toEqual({ names, reads: 0 });
    expect(await shown([short, ...labelled.slice(1), short], response)).toEqual({ names: names.slice(1), reads: 1 });
  });

  it.each<[string, ReadResponse]>([
    ['a read fails', { status: 503, data: {} }],
    ['no record meets the condition', found({ labels: [] })],
  ])('is the sample if %s', async (_case, response) => {
    expect(await shown([{}, {}], response)).toEqual({ names: ['Priya Raman'], reads: 2 });
  });
});
