/** The worked examples in `docs/guide.md` against the stand-in for TutorCruncher, over HTTP. */

import { readFileSync } from 'node:fs';

import { describe, expect, it, jest } from '@jest/globals';

import type { JsonObject } from '../wire/json.ts';
import { lessonMoved } from './changes/sequences/jobs-and-lessons.ts';
import { deliveriesOf } from './changes/sequences/sequence.ts';
import { useTutorCruncher } from './running-tutorcruncher.ts';
import { UNUSED_RELAY } from './sealed-envelope.ts';

jest.unstable_mockModule('../src/hooks/relay-url.ts', () => ({ RELAY_URL: UNUSED_RELAY }));
jest.resetModules();
const { actions, searchOrCreates } = await import('../creates/index.ts');
const { objectSearches } = await import('../searches/index.ts');
const { polledTriggers, webhookTriggers } = await import('../triggers/index.ts');
const { allSampleFields } = await import('../src/lookups/lookup.ts');
const { outputFieldsOf } = await import('../src/record/output-fields.ts');
const { CLASS_LESSON, FAMILIES, FAMILY_CLIENTS } = await import('./class-of-nine.ts');
const { runExample, sectionUnder } = await import('./guide-examples.ts');
const { act, failureOf, find } = await import('./steps.ts');

const tutorCruncher = useTutorCruncher();

/** Bold names that do not belong to the app: Zapier's terms, steps of other apps, and the first words of paragraphs. */
const OTHER_NAMES = [
  "Create TutorCruncher Client if it doesn't exist yet?",
  ...['Custom', 'Find', 'Find or Create', 'Filter by Zapier', 'Formatter by Zapier: Date / Time', 'Zap history'],
  ...['Looping by Zapier: Create Loop From Line Items', 'Paths by Zapier'],
  ...[
    'Fields for a record',
    'Searches',
    'Lists.',
    'Updates',
    'Emails and money.',
    'Errors',
    'Loops.',
    'Several people.',
  ],
  ...['Slack: Send Channel Message', 'Test the Zap.', 'Test both Zaps.', 'Test trigger', 'instant', 'polled'],
];

/** The labels of the app: of steps, of inputs and of the fields of records. */
const LABELS = new Set([
  ...[...webhookTriggers, ...polledTriggers, ...objectSearches, ...actions].map(
    ({ definition }) => definition.display.label,
  ),
  ...Object.values(searchOrCreates).map(({ display }) => display.label),
  ...[...objectSearches, ...actions].flatMap(({ inputs }) => inputs.map(({ field }) => field.label)),
  ...objectSearches.flatMap(({ ownFields }) => ownFields().map(({ label }) => label)),
  ...webhookTriggers.flatMap(({ inputFields, outputFields, lookups }) =>
    [...inputFields, ...outputFields, ...outputFieldsOf(allSampleFields(lookups))].map(({ label }) => label),
  ),
  ...polledTriggers.flatMap(({ inputFields, outputFields }) =>
    [...inputFields, ...outputFields()].map(({ label }) => label),
  ),
]);

const GUIDE = readFileSync('docs/guide.md', 'utf8');
const SECTIONS = GUIDE.match(/(?<=^## )(?:Example: |Steps that |Instant or |Tasks without ).+/gm) ?? [];

it.each(SECTIONS)('the guide contains only labels of the app under "%s"', (heading) => {
  const bold = [...sectionUnder(heading).matchAll(/\*\*([^*]+)\*\*/g)].map(([, text = '']) =>
    text.replace(/\s+/g, ' '),
  );
  const names = bold.filter((text) => !text.startsWith('Step ') && !OTHER_NAMES.includes(text));
  expect(names.filter((name) => !LABELS.has(name))).toEqual([]);
  expect(bold.length).toBeGreaterThan(0);
});

it('the messages in the guide contain only fields of the app', () => {
  const messages = GUIDE.match(/`[^`]*\[[A-Z][^`]*`/g) ?? [];
  const fields = messages.flatMap((message) => [...message.matchAll(/\[([^\]]+)\]/g)].map(([, label = '']) => label));
  expect(fields).toHaveLength(5);
  expect(fields.filter((label) => !LABELS.has(label) && !label.startsWith('2. '))).toEqual([]);
});

describe('turn a form on your website into a client, a student, a job and a first lesson', () => {
  const EXAMPLE = 'Example: turn a form on your website into a client, a student, a job and a first lesson';
  const written = () => tutorCruncher.writes().map(({ path }) => path);

  it('creates each record for the record of the previous step, once, and emails nobody', async () => {
    const { records } = await runExample(EXAMPLE);
    expect(records.get('2')).toMatchObject({
      client_name: 'Maria Lindgren',
      client_email: 'maria.lindgren@example.com',
      client_mobile: '07700 900456',
      client_status: 'prospect',
    });
    expect(records.get('3')).toMatchObject({ student_name: 'Elsa Lindgren', client_name: 'Maria Lindgren' });
    expect(records.get('4')).toMatchObject({ job_name: 'Maths for Elsa Lindgren', student_names: 'Elsa Lindgren' });
    expect(records.get('5')).toMatchObject({
      lesson_topic: 'First lesson',
      lesson_status: 'planned',
      lesson_when: 'Tue 12 Jan 2027, 16:00 to 17:00',
      job_name: 'Maths for Elsa Lindgren',
      student_names: 'Elsa Lindgren',
    });
    expect(written()).toEqual(['/api/clients/', '/api/recipients/', '/api/services/', '/api/appointments/']);
    expect(tutorCruncher.writes().map(({ body }) => body?.send_emails)).toEqual([false, false, undefined, undefined]);

    const again = await runExample(EXAMPLE);
    expect(written()).toHaveLength(4);
    expect([...again.records.values()].map(({ id }) => id)).toEqual([...records.values()].map(({ id }) => id));
  });

  it('creates a separate job for a second child, and for a child of another client with the same name', async () => {
    const first = await runExample(EXAMPLE);
    const { records } = await runExample(EXAMPLE, { form: { 'Child First Name': 'Els' } });
    expect(written().slice(4)).toEqual(['/api/recipients/', '/api/services/', '/api/appointments/']);
    expect(records.get('5')).toMatchObject({ job_name: 'Maths for Els Lindgren', student_names: 'Els Lindgren' });

    const form = { Email: 'ulla.lindgren@example.com', 'Parent First Name': 'Ulla' };
    const other = await runExample(EXAMPLE, { form });
    expect(['2', '3', '4', '5'].filter((step) => other.records.get(step)?.id === first.records.get(step)?.id)).toEqual(
      [],
    );
    expect(other.records.get('3')?.client_name).toBe('Ulla Lindgren');
  });

  it('stops at a form without an email address, before it writes anything', async () => {
    expect(await failureOf(runExample(EXAMPLE, { form: { Email: '' } }))).toMatch(/^This step has no email address/);
    expect(written()).toEqual([]);
  });
});

describe('save every invoice to a folder', () => {
  it('passes the file on, and its name', async () => {
    const { passedOn } = await runExample('Example: save every invoice to a folder');
    const { File: file, ...rest } = passedOn.get('2') ?? {};
    expect(rest).toEqual({ Folder: 'Invoices', 'File Name': 'INV-148, Priya Raman' });
    expect(file).toMatch(/^hydrate\|\|\|/);
  });
});

describe('create each invoice in your accounting app', () => {
  it('passes on the client, the number and a complete line', async () => {
    const { passedOn } = await runExample('Example: create each invoice in your accounting app');
    expect(passedOn.get('2')).toEqual({
      'Contact Name': 'Priya Raman',
      'Contact Email': 'priya.raman@example.com',
      'Invoice Number': 'INV-148',
      Date: '2026-06-09',
      Description: 'Quadratic equations, GCSE Maths for Leo, Wed 10 Jun 2026, 1.5 hours',
      Quantity: '1.5',
      'Unit Price': '42',
      'Tax Amount': '10.5',
      'Account Code': '200',
    });
  });
});

describe('record each payment in your accounting app', () => {
  it('passes on the number, the amount and the day of the payment', async () => {
    const { passedOn } = await runExample('Example: record each payment in your accounting app');
    expect(passedOn.get('2')).toEqual({ 'Invoice Number': 'INV-148', Amount: '63', Date: '2026-06-10' });
  });
});

describe('text the tutor when a lesson is cancelled', () => {
  it('finds her mobile number, and writes nothing to TutorCruncher', async () => {
    const { passedOn } = await runExample('Example: text the tutor when a lesson is cancelled');
    expect(passedOn.get('3')).toEqual({
      'To Number': '+447700900246',
      Message:
        'Hello Hannah, the lesson "Quadratic equations" with Leo Raman on Wed 10 Jun 2026, 17:00 to 18:30 is cancelled.',
    });
    expect(tutorCruncher.writes()).toEqual([]);
  });
});

describe('text the parents of a cancelled lesson', () => {
  const EXAMPLE = 'Example: text the parents of a cancelled lesson';
  const Message = 'The lesson "Quadratic equations" of Leo Raman on Wed 10 Jun 2026, 17:00 to 18:30 is cancelled.';

  it('takes one step and one request, and has no number if TutorCruncher does not respond', async () => {
    const { records, passedOn } = await runExample(EXAMPLE);
    expect(passedOn).toEqual(new Map([['2', { 'To Number': '+447700900123', Message }]]));
    expect(records.size).toBe(1);
    expect(tutorCruncher.requests().map(({ path }) => path)).toEqual(['/api/clients/301/']);

    tutorCruncher.now.behaviour.intercept = () => [503, {}];
    const failed = await runExample(EXAMPLE);
    expect(failed.passedOn.get('2')).toEqual({ 'To Number': '', Message });
    expect(failed.records.get('1')?.details_fetched).toBe(false);
  });
});

describe("text the parents only when the lesson's time changes", () => {
  const EXAMPLE = "Example: text the parents only when the lesson's time changes";
  const [created = {}, moved = {}, renamed = {}] = deliveriesOf(lessonMoved);

  it('texts them when the lesson is moved, but not when its topic changes or no previous event is known', async () => {
    const { passedOn } = await runExample(EXAMPLE, { received: { delivery: moved, previous: created } });
    expect(passedOn.get('2')).toEqual({
      'To Number': '+447700900123',
      Message:
        'The lesson "Quadratic equations" of Leo Raman has been moved. The new time is Thu 11 Jun 2026, 18:00 to 19:30.',
    });
    for (const received of [{ delivery: renamed, previous: moved }, { delivery: moved }]) {
      const others = await runExample(EXAMPLE, { received });
      expect([others.records.size, others.passedOn.size]).toEqual([0, 0]);
    }
    expect(tutorCruncher.writes()).toEqual([]);
  });
});

describe('update an existing client from another app', () => {
  const EXAMPLE = 'Example: update an existing client from another app';
  const DETAILS = { client_mobile: '07700 900555', client_street: '3 Orchard Road', client_postcode: 'BS6 6AA' };

  it('changes an existing client, but no fields that the guide leaves empty', async () => {
    const [before = {}] = await find('find_client', { client: '301' });
    const after = (await runExample(EXAMPLE)).records.get('3') ?? {};
    expect(tutorCruncher.writes()).toHaveLength(1);
    expect(after).toMatchObject(DETAILS);
    const changed = Object.keys(after).filter((key) => JSON.stringify(after[key]) !== JSON.stringify(before[key]));
    expect(changed.filter((key) => !key.startsWith('client_last_updated'))).toEqual([
      ...['client_mobile', 'client_mobile_international', 'client_address', 'client_street', 'client_postcode'],
    ]);
  });

  it('creates a client who does not exist, without an email to them', async () => {
    const email = 'zoe.marsh@example.com';
    const { records } = await runExample(EXAMPLE, {
      form: { Email: email, 'First Name': 'Zoë', 'Last Name': 'Marsh' },
    });
    expect(records.get('3')).toMatchObject({ id: 306, client_name: 'Zoë Marsh', client_email: email, ...DETAILS });
    expect(tutorCruncher.writes().map(({ path, body }) => [path, body?.send_emails])).toEqual([
      ['/api/clients/', false],
      ['/api/clients/306/', undefined],
    ]);
  });
});

type Polled = readonly [
  example: string,
  passedOn: object,
  path: string,
  id: number,
  unless: readonly JsonObject[],
  lastStep?: string,
];

describe.each<Polled>([
  [
    'remind parents a day before a lesson',
    {
      'To Number': '+447700900123',
      Message: expect.stringMatching(
        /^Hello Yuki, we remind you of the lesson "Ratios" of Kenji Tanabe with Chloé Marchand: \w{3} \d+ \w{3} \d{4}, \d\d:\d\d to /,
      ),
    },
    ...(['appointments', 9104] as const),
    [{ status: 'cancelled' }, { start: new Date(Date.now() + 48 * 3_600_000).toISOString() }],
    '2',
  ],
  [
    'chase a missing report',
    {
      To: 'samuel.okoro@example.com',
      Subject: 'Report missing: Sight-reading',
      Body: expect.stringMatching(
        /^Hello Samuel, please write the report on the lesson with Ada Adeyemi on \w{3} \d+ \w{3} \d{4}, \d\d:\d\d to /,
      ),
    },
    ...(['appointments', 9102] as const),
    [{ status: 'complete' }],
  ],
  [
    'chase an overdue invoice',
    {
      To: 'yuki.tanabe@example.com',
      Subject: 'Reminder 1: invoice INV-152 is unpaid',
      Body: expect.stringMatching(
        /^Hello Yuki, we sent you invoice INV-152 on \w{3} \d+ \w{3} \d{4}, \d\d:\d\d\. £63\.00 is still to pay\.$/,
      ),
    },
    ...(['invoices', 152] as const),
    ['paid', 'void', 'payment-pending'].map((status) => ({ status })),
  ],
])('%s', (example, expected, path, id, unless, lastStep = '3') => {
  it('writes to the person of the polled record, unless it has another state, and nothing to TutorCruncher', async () => {
    expect((await runExample(`Example: ${example}`)).passedOn.get(lastStep)).toEqual(expected);
    for (const changes of unless) {
      tutorCruncher.now.account.change(path, id, changes);
      expect([changes, (await runExample(`Example: ${example}`)).passedOn.size]).toEqual([changes, 0]);
    }
    expect(tutorCruncher.writes()).toEqual([]);
  });
});

it('chase an overdue invoice sends a second and a last reminder, and nothing between them', async () => {
  const { account } = tutorCruncher.now;
  const subjects: unknown[] = [];
  for (const days of [20.9, 21.1, 26.1, 28.1]) {
    account.change('invoices', 152, { date_sent: new Date(Date.now() - days * 24 * 3_600_000).toISOString() });
    const { records, passedOn } = await runExample('Example: chase an overdue invoice');
    subjects.push([days, records.get('1')?.is_last_reminder, passedOn.get('3')?.Subject]);
  }
  expect(subjects).toEqual([
    [20.9, undefined, undefined],
    [21.1, false, 'Reminder 2: invoice INV-152 is unpaid'],
    [26.1, undefined, undefined],
    [28.1, true, 'Reminder 3: invoice INV-152 is unpaid'],
  ]);
});

it('remind parents a day before a class of nine sends seven texts, each with the own children of a family only', async () => {
  const { account } = tutorCruncher.now;
  const { rcras, cjas } = CLASS_LESSON;
  account.addList(
    'clients',
    FAMILY_CLIENTS.map((client, index) => ({ ...client, mobile: `07700 90010${index}` })),
  );
  account.change('appointments', 9104, { rcras, cjas });
  const texts: JsonObject[] = [];
  for (let runNumber = 0; ; runNumber++) {
    const { records, passedOn } = await runExample('Example: remind parents a day before a lesson', { runNumber });
    if (records.size === 0) break;
    expect([[...records.keys()], [...passedOn.keys()]]).toEqual([['1'], ['2']]);
    texts.push(passedOn.get('2') ?? {});
  }
  expect(texts).toEqual(
    FAMILIES.map(({ students }, index) => ({
      'To Number': `+44770090010${index}`,
      Message: expect.stringMatching(
        new RegExp(
          `^Hello Parent, we remind you of the lesson "Ratios" of ${students.map(({ name }) => name).join(', ')} with ` +
            'Hannah Whitlock, Samuel Okoro: [A-Z]',
        ),
      ),
    })),
  );
});

describe('post a new review to Slack', () => {
  it('posts the rating and the text', async () => {
    const { passedOn } = await runExample('Example: post a new review to Slack');
    const text = "Patient, clear and always prepared. We'd recommend these lessons to anyone.";
    expect(passedOn.get('2')).toEqual({ 'Message Text': `Yuki Tanabe gave Chloé Marchand 5/5 stars: ${text}` });
  });
});

describe('add ad hoc charges from a sheet without duplicates', () => {
  const EXAMPLE = 'Example: add ad hoc charges from a sheet without duplicates';
  const added = () => tutorCruncher.writes().map(({ body }) => body?.description);

  it('charges the client of the row, once', async () => {
    const { records } = await runExample(EXAMPLE);
    expect(records.get('3')).toMatchObject({
      client_name: 'Priya Raman',
      ad_hoc_charge_category_name: 'Exam fee',
      ad_hoc_charge_client_cost: 95,
      ad_hoc_charge_date_occurred_date: '2026-06-12',
    });
    const again = await runExample(EXAMPLE);
    expect(again.records.get('3')).toEqual(records.get('3'));
    await runExample(EXAMPLE, { form: { Number: '105' } });
    expect(added()).toEqual(['GCSE entry (sheet 104)', 'GCSE entry (sheet 105)']);
  });
});

describe('let labels follow the stage in your CRM without a loop', () => {
  const EXAMPLE = 'Example: let labels follow the stage in your CRM without a loop';
  const fromCrm = (form?: Record<string, string>) =>
    runExample(EXAMPLE, { zap: 'Zap 1: from the CRM to TutorCruncher', ...(form && { form }) });
  const fromTutorCruncher = (delivery: object) =>
    runExample(EXAMPLE, { zap: 'Zap 2: from TutorCruncher to the CRM', received: { delivery } });
  const labelsOf = async () => (await find('find_client', { client: '301' }))[0]?.client_label_names;

  it('adds the label of the stage to the client, and removes the previous label', async () => {
    await act('add_label', { type: 'client', client: '301', label: '27' });
    expect(await labelsOf()).toBe('Weekend, Trial booked');
    await fromCrm();
    expect(await labelsOf()).toBe('Weekend, Signed up');
  });

  it('starts no loop, whether the other Zap or a person in TutorCruncher added the label', async () => {
    await fromCrm();
    const [delivery = {}, ...others] = await tutorCruncher.deliveries();
    expect(others).toEqual([]);
    const stopped = await fromTutorCruncher(delivery);
    expect(stopped.records.get('1')).toMatchObject({ client_id: 301, event_message: 'Added via the API.' });
    expect(stopped.passedOn.size).toBe(0);

    const events = delivery.events as object[];
    const byPerson = events.map((event) => ({ ...event, extra_msg: 'Added via the web interface.' }));
    const { passedOn } = await fromTutorCruncher({ ...delivery, events: byPerson });
    expect(passedOn.get('3')).toEqual({ Email: 'priya.raman@example.com', Stage: 'Signed up' });
    // The CRM starts Zap 1 again.
    await fromCrm();
    expect(await tutorCruncher.deliveries()).toHaveLength(1);
  });

  it('does nothing at another stage, or for another label', async () => {
    await fromCrm({ Stage: 'Lost' });
    expect(tutorCruncher.now.requests).toEqual([]);
    await act('add_label', { type: 'client', client: '301', label: '27' });
    const [delivery = {}] = await tutorCruncher.deliveries();
    expect((await fromTutorCruncher(delivery)).records.size).toBe(0);
  });
});
