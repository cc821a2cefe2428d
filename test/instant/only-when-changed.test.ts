/** The input Only When Changed, in an app that is built for a relay. */

import { describe, expect, it } from '@jest/globals';

import { PRIVATE_KEY } from '../../local/hook-calls.ts';
import type { InputField } from '../../src/choices/filter-fields.ts';
import { recordsOf } from '../support/app-tester.ts';
import { loadRelayedTriggers, send, type SentEvent } from '../support/relayed-triggers.ts';
import { tutorCruncherApi, withoutNetwork } from '../support/tutorcruncher-api.ts';

withoutNetwork();

const relayed = await loadRelayedTriggers();

/** Returns true if an event triggers a Zap. @param inputData - the choices of the Zap */
async function runs(key: string, inputData: SentEvent['inputData'] = {}, event: SentEvent = { earlier: {} }) {
  return (await send(relayed(key), { ...event, inputData })).length === 1;
}

describe('Only When Changed', () => {
  const renamed: SentEvent = { subject: { last_name: 'Patel' }, earlier: {} };

  it('triggers only if one of the chosen fields has changed', async () => {
    expect(await runs('client_updated', { only_when_changed: ['client_last_name'] }, renamed)).toBe(true);
    expect(await runs('client_updated', { only_when_changed: ['client_email', 'client_last_name'] }, renamed)).toBe(
      true,
    );
    expect(await runs('client_updated', { only_when_changed: 'client_last_name' }, renamed)).toBe(true);
    expect(await runs('client_updated', { only_when_changed: ['client_email'] }, renamed)).toBe(false);
    expect(await runs('client_updated', { only_when_changed: ['client_last_name'] })).toBe(false);
  });

  const manager = (first_name: string, id: number) => ({ associated_admin: { id, first_name, last_name: 'Mercer' } });
  const board = (value: string) => ({ extra_attrs: [{ machine_name: 'exam_board', name: 'Exam Board', value }] });

  it.each<[string, string, SentEvent]>([
    ['a name', 'client_name', renamed],
    ['an address', 'client_address', { subject: { postcode: 'BS1 1AA' }, earlier: {} }],
    ['a manager', 'client_associated_admin', { subject: manager('Sam', 12), earlier: manager('Dana', 11) }],
    ['a pipeline stage', 'client_pipeline_stage', { subject: { pipeline_stage: { id: 9 } }, earlier: {} }],
    ['a list', 'client_label_names', { subject: { labels: [{ id: 21 }] }, earlier: {} }],
    ['a custom field', 'custom_exam_board', { subject: board('OCR'), earlier: board('AQA') }],
  ])('has one choice for %s', async (_what, choice, event) => {
    expect(await runs('client_updated', { only_when_changed: [choice], skip_when_unknown: true }, event)).toBe(true);
    const other = { subject: { email: 'new@example.com' }, earlier: {} };
    expect(await runs('client_updated', { only_when_changed: [choice] }, other)).toBe(false);
    expect(await runs('client_updated', { only_when_changed: ['client_email'] }, event)).toBe(false);
  });

  it('knows that a nested record is unchanged by its id alone', async () => {
    const event = { subject: { pipeline_stage: { id: 3, name: 'Trial' } }, earlier: { pipeline_stage: { id: 3 } } };
    expect(await runs('client_updated', { only_when_changed: ['client_pipeline_stage'] }, event)).toBe(false);
    const unknown = { subject: { pipeline_stage: undefined }, earlier: {} };
    expect(await runs('client_updated', { only_when_changed: ['client_pipeline_stage'] }, unknown)).toBe(true);
  });

  it.each<[string, SentEvent]>([
    ['client_last_name', renamed],
    ['client_latitude', { subject: { latitude: '1' }, earlier: {} }],
    ['client_associated_admin_first_name', { subject: manager('Sam', 11), earlier: manager('Dana', 11) }],
    ['client_pipeline_stage_colour', { subject: { pipeline_stage: { colour: 'Red' } }, earlier: {} }],
  ])('still accepts the choice %s, which it no longer offers', async (choice, event) => {
    const inputData = { only_when_changed: [choice], skip_when_unknown: true };
    expect(await runs('client_updated', inputData, event)).toBe(true);
    expect(await runs('client_updated', inputData, { subject: { title: 'Dr' }, earlier: {} })).toBe(false);
  });

  it('triggers on every update if no field is chosen', async () => {
    for (const only_when_changed of [undefined, [], '', ['']]) {
      expect(await runs('client_updated', { only_when_changed })).toBe(true);
    }
  });

  const STUDENTS = 'client_paid_student_names';
  it.each<[string, string, SentEvent]>([
    ['a field', 'client_email', { earlier: { email: undefined } }],
    [
      'a record without a value',
      'client_pipeline_stage_name',
      { subject: { pipeline_stage: undefined }, earlier: { pipeline_stage: null } },
    ],
    [
      'a field of a record',
      'client_pipeline_stage_name',
      { subject: { pipeline_stage: { id: 3, name: 'Trial' } }, earlier: { pipeline_stage: { id: 3 } } },
    ],
    ['a list', STUDENTS, { subject: { paid_recipients: [] }, earlier: { paid_recipients: undefined } }],
    [
      'a list without a value',
      STUDENTS,
      { subject: { paid_recipients: null }, earlier: { paid_recipients: undefined } },
    ],
    // TutorCruncher sometimes sends an empty list in place of the labels.
    ['a list of labels', 'client_label_names', { subject: { labels: [] }, earlier: {} }],
    ['a list of earlier labels', 'client_label_names', { earlier: { labels: [] } }],
    ['a custom field', 'custom_exam_board', { earlier: { extra_attrs: [] } }],
  ])('counts the change as unknown if %s is in only one of the two events', async (_what, key, event) => {
    const trigger = relayed('client_updated');
    const subject = { extra_attrs: [{ machine_name: 'exam_board', value: 'OCR' }], ...event.subject };
    const earlier = { extra_attrs: subject.extra_attrs, ...event.earlier };
    const onlyWhen = (keys: string[], skip_when_unknown = false) =>
      send(trigger, { subject, earlier, inputData: { only_when_changed: keys, skip_when_unknown } });

    expect(await onlyWhen([key])).toMatchObject([{ changes_known: false, changes: null }]);
    expect(await onlyWhen(['client_last_name', key])).toHaveLength(1);
    expect(await onlyWhen([key], true)).toEqual([]);
    expect(await onlyWhen(['client_last_name'])).toEqual([]);
  });

  it('knows the change if another chosen field has changed', async () => {
    const event: SentEvent = { subject: { last_name: 'Patel' }, earlier: { email: undefined } };
    const inputData = { only_when_changed: ['client_email', 'client_last_name'], skip_when_unknown: true };
    expect(await send(relayed('client_updated'), { ...event, inputData })).toMatchObject([
      { changes_known: true, changed_fields: 'Client Last Name' },
    ]);
  });

  it('does not trigger if a chosen field is in neither of the two events', async () => {
    const without = { email: undefined, pipeline_stage: undefined, labels: undefined, extra_attrs: undefined };
    for (const key of ['client_email', 'client_pipeline_stage_name', 'client_label_names', 'custom_school']) {
      const inputData = { only_when_changed: [key] };
      expect(await runs('client_updated', inputData, { subject: without, earlier: without })).toBe(false);
    }
  });

  /**
   * Returns the input Only When Changed as the editor gets it.
   *
   * @param extra_attrs - the custom fields of the account's clients; null if reading clients fails
   * @param only_when_changed - the choices of the Zap
   */
  async function fieldWith(extra_attrs: unknown[] | null, only_when_changed: string[] = []) {
    const rows = tutorCruncherApi().get('/api/clients/');
    if (extra_attrs === null) rows.reply(500, {});
    else {
      rows.reply(200, { results: [{ id: 301 }] });
      tutorCruncherApi().get('/api/clients/301/').reply(200, { id: 301, extra_attrs });
    }
    const [method] = relayed('client_updated').definition.operation.inputFields.slice(1);
    const bundle = { authData: { private_key: PRIVATE_KEY }, inputData: { only_when_changed } };
    const [field] = (await recordsOf(method, bundle)) as unknown as InputField[];
    return field;
  }

  it("offers the object's fields and the account's custom fields by their labels", async () => {
    const examBoard = { machine_name: 'exam_board', name: 'Exam Board (GCSE)', type: 'Dropdown', value: 'AQA' };
    const field = await fieldWith([examBoard], ['custom_exam_board']);
    expect(field).toMatchObject({ key: 'only_when_changed', list: true });
    expect(field?.choices).toMatchObject({
      client_name: 'Client Name',
      client_status: 'Client Status',
      client_label_names: 'Client Label Names',
      client_associated_admin: 'Client Manager',
      custom_exam_board: 'Exam Board (GCSE)',
    });
    const offered = Object.keys(field?.choices ?? {});
    expect(offered.filter((key) => /_balance$|_updated|_text$|^client_(?:id|url)$/.test(key))).toEqual([]);
  });

  it('offers the fields of the object if the custom fields cannot be read', async () => {
    expect((await fieldWith(null))?.choices).toMatchObject({ client_name: 'Client Name' });
  });

  it('still shows the chosen fields that it no longer offers by their labels', async () => {
    const chosen = ['client_last_name', 'client_associated_admin_id', 'custom_gone', 'client_name'];
    expect((await fieldWith([], chosen))?.choices).toMatchObject({
      client_name: 'Client Name',
      client_last_name: 'Client Last Name',
      client_associated_admin_id: 'Client Manager ID',
      custom_gone: 'Custom Gone',
    });
  });
});
