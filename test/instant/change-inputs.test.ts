/**
 * Inputs that filter events by their changes, in an app that is built for a relay. `only-when-changed.test.ts` tests
 * the input Only When Changed.
 */

import { describe, expect, it } from '@jest/globals';

import { KEEP_ALL_EVENTS_FIELD } from '../../src/instant/change-inputs.ts';
import { webhookTriggers } from '../../triggers/index.ts';
import { loadRelayedTriggers, send, type SentEvent } from '../support/relayed-triggers.ts';
import { withoutNetwork } from '../support/tutorcruncher-api.ts';

withoutNetwork();

const relayed = await loadRelayedTriggers();

/** Returns true if an event triggers a Zap. @param inputData - the choices of the Zap */
async function runs(key: string, inputData: SentEvent['inputData'] = {}, event: SentEvent = { earlier: {} }) {
  return (await send(relayed(key), { ...event, inputData })).length === 1;
}

it('the inputs of an app that is built for a relay explain that the comparison is with the previous event', () => {
  const triggers = webhookTriggers.map(({ definition }) => relayed(definition.key));
  const comparing = triggers.filter(({ inputFields }) => inputFields.some(({ key }) => key === 'skip_when_unknown'));
  expect(comparing.length).toBeGreaterThan(10);
  for (const { inputFields } of comparing) {
    const [first] = inputFields.filter(({ key }) => !['statuses', 'time_zone'].includes(key));
    expect(first?.helpText).toMatch(/the previous event about (?:the|it)\b/);
  }
});

describe('Previous Statuses', () => {
  it('triggers only if the record had a chosen status before, in any letter case', async () => {
    const was = (status: unknown): SentEvent => ({ subject: { status: 'live' }, earlier: { status } });
    expect(await runs('client_status_changed', { from_statuses: ['prospect'] }, was('prospect'))).toBe(true);
    expect(await runs('client_status_changed', { from_statuses: ['prospect', 'dormant'] }, was('Dormant'))).toBe(true);
    expect(await runs('client_status_changed', { from_statuses: ['prospect'] }, was('dormant'))).toBe(false);
    expect(await runs('client_status_changed', { from_statuses: ['prospect'] }, was(null))).toBe(false);
    expect(await runs('client_status_changed', { from_statuses: [] }, was('dormant'))).toBe(true);
    expect(await runs('job_status_changed', { from_statuses: ['in-progress'] })).toBe(true);
    expect(await runs('tutor_status_changed', { from_statuses: ['pending'] })).toBe(false);
  });

  it('is combined with New Statuses', async () => {
    const event: SentEvent = { subject: { status: 'live' }, earlier: { status: 'prospect' } };
    const from_statuses = ['prospect'];
    expect(await runs('client_status_changed', { statuses: ['live'], from_statuses }, event)).toBe(true);
    expect(await runs('client_status_changed', { statuses: ['dormant'], from_statuses }, event)).toBe(false);
  });

  it('counts as unknown if the previous event does not contain the status', async () => {
    const event: SentEvent = { earlier: { status: undefined } };
    const inputData = { from_statuses: ['dormant'] };
    expect(await send(relayed('client_status_changed'), { ...event, inputData })).toMatchObject([
      { changes_known: false, changed_fields: null, previous_status: null },
    ]);
    expect(await runs('client_status_changed', { ...inputData, skip_when_unknown: true }, event)).toBe(false);
    expect(await runs('client_status_changed', inputData, { earlier: { status: 'prospect' } })).toBe(false);
  });
});

describe('Previous Pipeline Stages and New Pipeline Stages', () => {
  const moved = (from: unknown, to: unknown): SentEvent => ({
    subject: { pipeline_stage: to },
    earlier: { pipeline_stage: from },
  });
  const run = (inputData: SentEvent['inputData'], event: SentEvent) =>
    runs('client_pipeline_stage_changed', inputData, event);

  it('trigger only if the client has moved from a chosen stage', async () => {
    expect(await run({ from_stages: ['1', '2'] }, moved({ id: 1, name: 'New enquiry' }, { id: 3 }))).toBe(true);
    expect(await run({ from_stages: [1] }, moved({ id: '1' }, { id: 3 }))).toBe(true);
    expect(await run({ from_stages: ['1'] }, moved(1, 3))).toBe(true);
    expect(await run({ from_stages: ['2'] }, moved({ id: 1 }, { id: 3 }))).toBe(false);
    expect(await run({ from_stages: ['2'] }, moved(null, { id: 3 }))).toBe(false);
    expect(await run({ from_stages: ['2'] }, moved(undefined, { id: 3 }))).toBe(true);
    expect(await run({ from_stages: ['2'], skip_when_unknown: true }, moved(undefined, { id: 3 }))).toBe(false);
  });

  it('trigger only if the client has moved to a chosen stage, even if the changes are unknown', async () => {
    expect(await run({ to_stages: ['3'] }, moved({ id: 1 }, { id: 3 }))).toBe(true);
    expect(await run({ to_stages: ['3'] }, moved({ id: 1 }, null))).toBe(false);
    expect(await run({ to_stages: ['4'] }, { earlier: null })).toBe(false);
    expect(await run({ to_stages: ['3'] }, { earlier: null })).toBe(true);
    expect(await run({ from_stages: ['1'], to_stages: ['4'] }, moved({ id: 1 }, { id: 3 }))).toBe(false);
  });
});

describe('the field Label of a trigger for added labels', () => {
  const weekend = { id: 21, name: 'Weekend' };
  const sibling = { id: 22, name: 'Sibling discount' };

  it('triggers only if the comparison shows that the label was added', async () => {
    const added: SentEvent = { earlier: { labels: [weekend] } };
    expect(await runs('client_label_added', { label: '22' }, added)).toBe(true);
    expect(await runs('client_label_added', { label: 22 }, added)).toBe(true);
    expect(await runs('client_label_added', { label: '21' }, added)).toBe(false);
    expect(await runs('client_label_added', {}, added)).toBe(true);
  });

  it('triggers for records with the label if the added label is unknown, unless unknown changes are skipped', async () => {
    for (const event of [{ earlier: { labels: [weekend, sibling] } }, { earlier: null }]) {
      expect(await runs('client_label_added', { label: '21' }, event)).toBe(true);
      expect(await runs('client_label_added', { label: '99' }, event)).toBe(false);
      expect(await runs('client_label_added', { label: '21', skip_when_unknown: true }, event)).toBe(false);
      expect(await runs('client_label_added', { skip_when_unknown: true }, event)).toBe(false);
    }
  });
});

it.each([
  ['true', false],
  ['no', true],
])('Keep All Events with the choice %j limits the Zap to one run for a payment: %j', (choice, oncePerPayment) => {
  const filter = { actions: { actions: [] }, object: null };
  expect(KEEP_ALL_EVENTS_FIELD.narrow(filter, [choice])).toMatchObject({ changes: { oncePerPayment } });
});
