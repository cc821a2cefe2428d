/** The stand-in for Zapier, with the app and the stand-in for TutorCruncher. */

import { describe, expect, it } from '@jest/globals';

import app from '../../index.ts';
import {
  choicesOf,
  createRunner,
  inputFieldsOf,
  outputFieldsOf,
  recordsOf,
  shownMessageOf,
  triggerLabelOf,
} from '../../local/app-runner.ts';
import { deliveryOf, PRIVATE_KEY, triggerOf } from '../../local/hook-calls.ts';
import { requestFromTutorCruncher } from '../../local/signed-delivery.ts';
import { useTutorCruncher } from '../support/running-tutorcruncher.ts';

const tutorCruncher = useTutorCruncher();
const zapier = createRunner(app, PRIVATE_KEY);

const { sampleEvent } = triggerOf('client_created');
const requestAbout = (subject: object, key = PRIVATE_KEY) =>
  requestFromTutorCruncher(deliveryOf({ ...sampleEvent, subject }), key);

describe('the outcome of a trigger', () => {
  it('is the records', async () => {
    const outcome = await zapier.perform('client_created', requestAbout(sampleEvent.subject));
    expect(outcome).toEqual({ records: [expect.objectContaining({ client_last_name: 'Raman' })] });
    expect(recordsOf(outcome)).toHaveLength(1);
  });

  it('is a refusal if the signature does not match', async () => {
    const outcome = await zapier.perform('client_created', requestAbout(sampleEvent.subject, 'another'));
    expect(outcome).toEqual({ error: expect.stringContaining('signature does not match'), isRefusal: true });
    expect(recordsOf(outcome)).toEqual([]);
  });

  it('is a failure without a refusal if the trigger cannot decide', async () => {
    tutorCruncher.now.behaviour.intercept = () => [401, { detail: 'Invalid token.' }];
    const request = requestAbout({ model: 'Client', id: 301, first_name: 'D' });
    expect(await zapier.perform('client_created', request, { label: '21' })).toEqual({
      error: expect.stringMatching(/^This Zap has not run for this event, /),
      isRefusal: false,
    });
  });
});

it('polls a trigger in a Zap that was turned on when nothing was due', async () => {
  expect(await zapier.poll('lesson_starting')).toMatchObject([{ lesson_topic: 'Ratios' }]);
});

it('has a new cache for each run unless runs share a cache', async () => {
  const readsOf = async (runner: typeof zapier): Promise<number> => {
    const before = tutorCruncher.now.requests.length;
    for (let run = 0; run < 2; run++) await runner.perform('client_created', requestAbout(sampleEvent.subject));
    return tutorCruncher.now.requests.slice(before).filter(({ path }) => path === '/api/branch/').length;
  };
  expect(await readsOf(zapier)).toBe(2);
  expect(await readsOf(createRunner(app, PRIVATE_KEY, {}))).toBe(1);
});

it('reads the fields of a step and the pages of a dropdown', async () => {
  const path = 'creates.add_label.operation';
  const keys = async (inputData?: object) => (await inputFieldsOf(zapier, path, inputData)).map(({ key }) => key);
  expect(await keys()).not.toContain('job');
  expect(await keys({ type: 'job' })).toContain('job');
  expect(await outputFieldsOf(zapier, 'searches.find_tutor.operation')).toContainEqual(
    expect.objectContaining({ key: 'tutor_mobile', label: 'Tutor Mobile' }),
  );
  expect(await choicesOf(zapier, 'label_list.id.name', 0)).toContainEqual({ id: '21', name: 'Weekend' });
  expect(await choicesOf(zapier, 'label_list.id.name', 1)).not.toContainEqual({ id: '21', name: 'Weekend' });
});

it.each([
  [new Error('{"message":"Wrapped.","code":"x"}'), 'Wrapped.'],
  [new Error('Plain.'), 'Plain.'],
  [new Error('{"code":"x"}'), '{"code":"x"}'],
  ['a text', 'a text'],
])('shows the message of %p', (error, message) => {
  expect(shownMessageOf(error)).toBe(message);
});

it('shows the label of a trigger, or the key of an unknown trigger', () => {
  expect(triggerLabelOf(app, 'client_created')).toBe('New Client');
  expect(triggerLabelOf(app, 'other')).toBe('other');
});
