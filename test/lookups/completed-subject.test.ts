/** Conditions that a Zap's owner has chosen, on events whose subjects have the shapes that TutorCruncher sends. */

import { describe, expect, it } from '@jest/globals';
import type { Bundle } from 'zapier-platform-core';

import { deliveryOf, triggerOf } from '../../local/hook-calls.ts';
import { client } from '../../objects/client.ts';
import { StepRun } from '../../src/api/step-run.ts';
import { labelCondition, stageCondition } from '../../src/choices/event-filter.ts';
import type { KeptEvent } from '../../src/hooks/kept-events.ts';
import { CompletedSubject } from '../../src/lookups/completed-subject.ts';
import type { JsonObject } from '../../wire/json.ts';
import { deliver } from '../support/app-tester.ts';
import { directRun, directZWith } from '../support/direct-z.ts';
import { run, shown } from '../support/lookups.ts';
import { useTutorCruncher } from '../support/running-tutorcruncher.ts';
import { failureOf } from '../support/steps.ts';

const tutorCruncher = useTutorCruncher();
const paths = () => tutorCruncher.requests().map(({ path }) => decodeURIComponent(path));

const WEEKEND = { label: '21' };
const TRIAL = { label: '22' };

/** Fields of client 301 in the stand-in for TutorCruncher. */
const setClient = (fields: JsonObject) => tutorCruncher.now.account.change('clients', 301, fields);

const NAMES = { id: 301, first_name: 'Priya', last_name: 'Raman' };
const SHORT = { ...NAMES, email: 'priya@example.com', role_type: 'Client', is_deleted: false };
const FLAT = { ...NAMES, status: 'live', pipeline_stage: null, email: null, extra_attrs: [] };
const NESTED = { id: 301, user: { first_name: 'Priya', last_name: 'Raman' }, status: 'live', extra_attrs: [] };

describe('a chosen label', () => {
  it.each<[shape: string, subject: JsonObject]>([
    ['the short subject of a deleted or administrative user', SHORT],
    ['a subject without labels', FLAT],
    ['a subject without labels in the older shape', NESTED],
    ['an empty list of labels', { ...FLAT, labels: [] }],
    ['labels that are null', { ...FLAT, labels: null }],
    ['a list of null', { ...FLAT, labels: [null] }],
    ['labels that are names', { ...FLAT, labels: ['Weekend', 'Trial'] }],
    ['labels without ids', { ...FLAT, labels: [{ name: 'Weekend' }] }],
  ])('is decided by the record if an event has %s', async (_shape, subject) => {
    for (const key of ['client_created', 'client_updated', 'client_label_added']) {
      expect(await run(key, subject, WEEKEND)).toHaveLength(1);
      expect(await run(key, subject, TRIAL)).toEqual([]);
    }
    expect(new Set(paths())).toEqual(new Set(['/api/clients/301/']));
    expect(paths()).toHaveLength(6);
  });

  it('is decided without a request if an event contains labels', async () => {
    const labels = [{ id: 22, name: 'Trial', machine_name: 'trial' }];
    for (const subject of [
      { ...FLAT, labels },
      { ...NESTED, labels },
      { ...FLAT, labels: [22] },
      { id: 301, user: { first_name: 'Priya', labels } },
    ]) {
      expect(await run('client_label_added', subject, TRIAL)).toHaveLength(1);
      expect(await run('client_label_added', subject, WEEKEND)).toEqual([]);
    }
    expect(paths()).toEqual([]);
  });

  it('is not met by a record without labels', async () => {
    setClient({ labels: [] });
    expect(await run('client_created', SHORT, WEEKEND)).toEqual([]);
  });

  it('is not met by a record that no longer exists', async () => {
    expect(await run('client_updated', { ...SHORT, id: 999 }, WEEKEND)).toEqual([]);
    expect(paths()).toEqual(['/api/clients/999/']);
  });

  it.each([
    ['tutor_updated', '/api/contractors/402/', 402],
    ['student_updated', '/api/recipients/503/', 503],
    ['affiliate_updated', '/api/agents/604/', 604],
    ['job_updated', '/api/services/705/', 705],
  ])('of %s reads the record', async (key, path, id) => {
    const [{ id: label = null } = {}] = (tutorCruncher.now.account.find(path.split('/')[2] ?? '', id)?.labels ??
      []) as JsonObject[];
    expect(await run(key, { id }, { label })).toHaveLength(1);
    expect(await run(key, { id }, { label: '999' })).toEqual([]);
    expect(paths()).toEqual([path, path]);
  });

  it('reads nothing about events of other actions and objects, and without the choice', async () => {
    const { sampleEvent } = triggerOf('client_updated');
    const others = [
      { ...sampleEvent, action: 'DELETED_A_CLIENT', subject: { model: 'Client', ...SHORT } },
      { ...sampleEvent, subject: { model: 'Tutor', ...SHORT } },
    ];
    expect(await deliver('client_updated', deliveryOf(...others))).toEqual([]);
    expect(await run('client_updated', SHORT, { label: '' })).toHaveLength(1);
    expect(paths()).toEqual([]);
  });
});

describe('chosen new statuses', () => {
  it.each([SHORT, { ...NAMES, status: null }, { ...NAMES, status: '' }])(
    'are decided by the record if an event lacks the status',
    async (subject) => {
      setClient({ status: 'Live' });
      expect(await run('client_status_changed', subject, { statuses: ['live', 'dormant'] })).toHaveLength(1);
      setClient({ status: 'dormant' });
      expect(await run('client_status_changed', subject, { statuses: ['live'] })).toEqual([]);
      expect(paths()).toEqual(['/api/clients/301/', '/api/clients/301/']);
    },
  );

  it('are decided by the event if it contains the status, whatever the record is by then', async () => {
    setClient({ status: 'dormant' });
    expect(await run('client_status_changed', { ...SHORT, status: 'live' }, { statuses: ['live'] })).toHaveLength(1);
    expect(await run('client_status_changed', { ...SHORT, status: 'prospect' }, { statuses: ['live'] })).toEqual([]);
    expect(paths()).toEqual([]);
  });

  it('are compared without the letter case and hyphens', async () => {
    const statuses = ['in-progress'];
    expect(await run('job_status_changed', { id: 705, status: 'In Progress' }, { statuses })).toHaveLength(1);
    expect(await run('job_status_changed', { id: 705, status: 'finished' }, { statuses })).toEqual([]);
    expect(paths()).toEqual([]);
  });
});

describe('chosen new pipeline stages', () => {
  const { isMet } = stageCondition('New Pipeline Stages', ['7']);

  it.each<[subject: JsonObject, verdict: boolean | null]>([
    [{ pipeline_stage: { id: 7 } }, true],
    [{ pipeline_stage: '7' }, true],
    [{ user: { pipeline_stage: 7 } }, true],
    [{ pipeline_stage: { id: 8 } }, false],
    [{ pipeline_stage: null }, false],
    [{}, null],
    [{ pipeline_stage: '' }, null],
    [{ pipeline_stage: 'Trial' }, null],
    [{ pipeline_stage: { name: 'Trial' } }, null],
    [{ pipeline_stage: { id: null } }, null],
  ])('make of %j the verdict %j', (subject, verdict) => {
    expect(isMet(subject, false)).toBe(verdict);
  });
});

describe('a condition that belongs to the trigger', () => {
  it('ignores a missing field, without a request', async () => {
    expect(await run('invoice_paid', { id: 148 }, {})).toHaveLength(1);
    expect(paths()).toEqual([]);
  });
});

describe('Fetch Details', () => {
  it('shares the request of a condition', async () => {
    const [record] = await run('client_created', SHORT, { ...WEEKEND, fetch_details: true });
    expect(record).toMatchObject({ details_fetched: true, client_label_names: 'Weekend', client_status: 'live' });
    expect(paths()).toEqual(['/api/clients/301/']);
  });

  it('does not fill in the record without being chosen', async () => {
    expect(await run('client_created', SHORT, WEEKEND)).toMatchObject([{ client_labels: null, client_status: null }]);
  });
});

describe('the test data of a trigger with a chosen label', () => {
  it('are records that have the label, although the list ignores the filter', async () => {
    tutorCruncher.now.behaviour.ignoresFilters = true;
    for (const { id } of tutorCruncher.now.account.list('clients')) {
      tutorCruncher.now.account.change('clients', id, { labels: id === 303 ? [{ id: 22, name: 'Trial' }] : [] });
    }
    const records = await shown('client_updated', TRIAL);
    expect(records.map(({ client_id }) => client_id)).toEqual([303]);
    expect(paths()).toHaveLength(1 + 3);
  });

  it('have the fields of Fetch Details without further requests', async () => {
    const records = await shown('client_updated', { ...WEEKEND, fetch_details: true });
    expect(records).toMatchObject([{ client_id: 301, details_fetched: true, client_label_names: 'Weekend' }]);
    expect(paths()).toHaveLength(1 + 1);
  });
});

describe('the subject of an event', () => {
  const { choice, isMet } = labelCondition('Label', '21');
  const [LABELED, OTHER, EMPTY] = [{ labels: [21] }, { labels: [22] }, { labels: [] }];
  const eventOf = (action: string, fields: JsonObject = {}) => ({
    action,
    subject: { model: 'Client', id: 301, ...fields },
  });
  /** Returns an event after earlier events of its burst with these fields, oldest first. */
  const keptAfter = (action: string, ...earlier: readonly JsonObject[]): KeptEvent => ({
    event: eventOf(action),
    previous: null,
    burst: earlier.map((fields) => ({ event: eventOf('EDITED_A_CLIENT', fields), isSelected: true })),
  });
  const subjectOf = (kept: KeptEvent, run: StepRun, record?: JsonObject) =>
    CompletedSubject.ofEvent(kept, kept.event.subject, client, run, record);
  const found = (kept: KeptEvent, run: StepRun) => subjectOf(kept, run).find(choice, isMet);

  it.each([
    [LABELED, true],
    [OTHER, false],
  ])('decides a condition without a request if it contains the value: %j', async (fields, verdict) => {
    const { run, requests } = directRun([LABELED]);
    expect(await found({ ...keptAfter('EDITED_A_CLIENT'), event: eventOf('EDITED_A_CLIENT', fields) }, run)).toBe(
      verdict,
    );
    expect(requests()).toBe(0);
  });

  it('leaves the decision to the record that the run has read', async () => {
    const { run, requests } = directRun([]);
    const record = { id: 301, ...EMPTY };
    const subject = subjectOf(keptAfter('EDITED_A_CLIENT'), run, record);
    expect(await subject.find(choice, isMet)).toBe(false);
    expect(await subject.details()).toBe(record);
    const read = CompletedSubject.ofRecord(record, client, run);
    expect([await read.find(choice, isMet), await read.details(), read.shown]).toEqual([false, record, record]);
    expect(requests()).toBe(0);
  });

  const EARLIER: [earlier: JsonObject[], verdict: boolean | null][] = [
    [[OTHER, LABELED, EMPTY], true],
    [[LABELED, OTHER, {}], false],
    [[EMPTY, {}], null],
  ];

  it.each(EARLIER)(
    'leaves the decision to the newest earlier event with the value after a deletion: %j',
    async (...of) => {
      const [earlier, verdict] = of;
      const { run, requests } = directRun([LABELED]);
      expect(await found(keptAfter('DELETED_A_CLIENT', ...earlier), run)).toBe(verdict);
      expect(requests()).toBe(0);
    },
  );

  it.each(EARLIER)(
    'leaves the decision to the newest earlier event if its record no longer exists: %j',
    async (...of) => {
      const [earlier, verdict] = of;
      const { run, requests } = directRun([null]);
      expect(await found(keptAfter('EDITED_A_CLIENT', ...earlier), run)).toBe(verdict);
      expect(requests()).toBe(1);
    },
  );

  it.each(['CREATED_A_CLIENT', 'CLIENT_ENQUIRY', 'CLIENT_SIGN_UP', 'CONTRACTOR_SIGN_UP', 'REQUESTED_A_SERVICE'])(
    'decides nothing while TutorCruncher does not know the new record: %s, in the event or in its burst',
    async (action) => {
      const created = keptAfter(action, LABELED);
      const edited = {
        ...keptAfter('EDITED_A_CLIENT'),
        burst: [{ event: eventOf(action, LABELED), isSelected: false }],
      };
      for (const kept of [created, edited]) {
        expect(await failureOf(found(kept, directRun([null]).run))).toBe(
          'TutorCruncher does not know the new client yet.',
        );
      }
    },
  );

  it('reads the record again after a response without the value, which decides nothing', async () => {
    const { run } = directRun([{ id: 301 }, { id: 301, ...EMPTY }]);
    const subject = subjectOf(keptAfter('EDITED_A_CLIENT', LABELED), run);
    expect(await failureOf(subject.find(choice, isMet))).toBe(
      "TutorCruncher's response does not contain what the choice depends on.",
    );
    expect(await subject.find(choice, isMet)).toBe(false);
  });

  it('reads the record once, even if the record no longer exists', async () => {
    const { run, requests } = directRun([null, { id: 301 }]);
    const subject = subjectOf(keptAfter('EDITED_A_CLIENT'), run);
    expect([await subject.details(), await subject.details(), subject.record]).toEqual([null, null, null]);
    expect(requests()).toBe(1);
  });

  it('shows the fields of earlier events only after a deletion', () => {
    const shownAfter = (action: string) => subjectOf(keptAfter(action, LABELED), directRun([]).run).shown;
    expect(shownAfter('DELETED_A_CLIENT')).toMatchObject(LABELED);
    expect(shownAfter('EDITED_A_CLIENT')).not.toHaveProperty('labels');
  });

  describe('in a run for one person', () => {
    const OWN = { note: 'of the person' };
    const part = ({ id, labels }: JsonObject): JsonObject => ({
      id,
      ...OWN,
      ...(labels !== undefined && { labels: OTHER.labels }),
    });
    const personOf = (subject: CompletedSubject) => subject.ofPerson(part(subject.subject), part);

    it("shows and reads the person's part, with one request for all people", async () => {
      const { run, requests } = directRun([{ id: 301, ...LABELED }, { id: 301 }]);
      const subject = subjectOf(keptAfter('EDITED_A_CLIENT'), run);
      const [one, other] = [personOf(subject), personOf(subject)];
      expect(one.shown).toEqual({ id: 301, ...OWN });
      for (const person of [one, other, personOf(subject)]) {
        expect(await person.find(choice, isMet)).toBe(false);
        expect(await person.details()).toEqual({ id: 301, ...OWN, ...OTHER });
      }
      expect(personOf(subject).record).toEqual({ id: 301, ...OWN, ...OTHER });
      expect(requests()).toBe(1);
    });

    it("shows the person's part after a deletion, and takes it from earlier events for a decision", async () => {
      const { run } = directRun([]);
      const person = personOf(subjectOf(keptAfter('DELETED_A_CLIENT', LABELED), run));
      expect(person.shown).toEqual({ id: 301, ...OWN });
      expect(await person.find(choice, isMet)).toBe(false);
    });
  });
});

it.each([
  [client, {}, 'client'],
  [null, { id: 5 }, 'record'],
])('the record of an event cannot be read without an object and an id', async (object, subject, noun) => {
  const kept = { event: { action: 'A', subject }, previous: null, burst: [] };
  const run = StepRun.ofEvent(
    directZWith(() => ({})),
    { authData: {}, inputData: {} } as unknown as Bundle,
  );
  const error: unknown = await CompletedSubject.ofEvent(kept, subject, object, run)
    .details()
    .catch((thrown: unknown) => thrown);
  expect(JSON.parse(error instanceof Error ? error.message : '')).toMatchObject({
    code: 'InvalidInput',
    message: `The event does not say which ${noun} it is about.`,
  });
});
