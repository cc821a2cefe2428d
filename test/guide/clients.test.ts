/** The examples of `docs/examples.md` about clients, against the stand-in for TutorCruncher. */

import { describe, expect, it, jest } from '@jest/globals';

import { useTutorCruncher } from '../support/running-tutorcruncher.ts';
import { UNUSED_RELAY } from '../support/sealed-envelope.ts';

jest.unstable_mockModule('../../src/hooks/relay-url.ts', () => ({ RELAY_URL: UNUSED_RELAY }));
jest.resetModules();
const { runExample } = await import('./examples.ts');
const { act, failureOf, find } = await import('../support/steps.ts');

const tutorCruncher = useTutorCruncher();

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

describe('post a new review to Slack', () => {
  it('posts the rating and the text', async () => {
    const { passedOn } = await runExample('Example: post a new review to Slack');
    const text = "Patient, clear and always prepared. We'd recommend these lessons to anyone.";
    expect(passedOn.get('2')).toEqual({ 'Message Text': `Yuki Tanabe gave Chloé Marchand 5/5 stars: ${text}` });
  });
});
