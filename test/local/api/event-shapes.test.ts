/** The shapes of the subjects in the stand-in's events, and the runs of Zaps that receive these events. */

import { describe, expect, it } from '@jest/globals';

import { PRIVATE_KEY } from '../../../local/hook-calls.ts';
import { isJsonObject, type JsonObject } from '../../../wire/json.ts';
import { deliver } from '../../support/app-tester.ts';
import { useTutorCruncher } from '../../support/running-tutorcruncher.ts';

const tutorCruncher = useTutorCruncher();

/** Writes to the stand-in. Returns the subject of the event that it sends. */
async function subjectAfter(path: string, body: JsonObject): Promise<JsonObject> {
  const response = await fetch(`${tutorCruncher.now.origin}/api/${path}`, {
    method: 'POST',
    headers: { Authorization: `token ${PRIVATE_KEY}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(response.status).toBe(200);
  const [event] = ((await tutorCruncher.deliveries()).at(-1)?.events ?? []) as JsonObject[];
  if (!isJsonObject(event?.subject)) throw new Error('The stand-in has sent no event.');
  return event.subject;
}

const edit = (path = 'clients/301/') => subjectAfter(path, { first_name: 'Pria' });
const addLabel = (path = 'clients/301/') => subjectAfter(`${path}add_label/`, { label: 22 });

const SHORT = ['model', 'url', 'id', 'first_name', 'last_name', 'email', 'role_type', 'is_deleted'].sort();

describe('the subjects in events of the stand-in', () => {
  it('are complete and flat by default', async () => {
    expect(await edit()).toMatchObject({ first_name: 'Pria', labels: [{ id: 21 }], status: 'live' });
    expect(await addLabel()).toMatchObject({ first_name: 'Pria', labels: [{ id: 21 }, { id: 22 }] });
  });

  it('have eight fields if `shortSubjects` is set, and the subject is a client', async () => {
    tutorCruncher.now.behaviour.shortSubjects = true;
    for (const subject of [await edit(), await addLabel()]) expect(Object.keys(subject).sort()).toEqual(SHORT);
    expect(await edit('contractors/402/')).toMatchObject({ status: 'approved' });
  });

  it('contain no labels, or none of them, depending on `labelsInClientEvents`, except in events about a label', async () => {
    const { behaviour } = tutorCruncher.now;
    behaviour.labelsInClientEvents = 'none';
    const without = await edit();
    expect([Object.keys(without).includes('labels'), without.status]).toEqual([false, 'live']);
    behaviour.labelsInClientEvents = 'empty';
    expect((await edit()).labels).toEqual([]);
    expect(await addLabel()).toMatchObject({ labels: [{ id: 21 }, { id: 22 }] });
    expect(await edit('recipients/503/')).toMatchObject({ labels: [{}] });
  });

  it('have a nested user in events about a label if `labelEventShape` says so', async () => {
    tutorCruncher.now.behaviour.labelEventShape = 'user';
    const { user, labels, ...others } = await addLabel();
    expect(user).toMatchObject({ first_name: 'Priya', email: 'priya.raman@example.com' });
    expect((labels as JsonObject[]).map((label) => Object.keys(label))).toEqual([
      ['id', 'name', 'machine_name'],
      ['id', 'name', 'machine_name'],
    ]);
    expect(Object.keys(others).sort()).toEqual(['associated_admin', 'extra_attrs', 'id', 'model', 'status', 'url']);
    expect(await edit()).not.toHaveProperty('user');
    expect(await addLabel('services/705/')).not.toHaveProperty('user');
  });
});

describe('a Zap with a chosen label', () => {
  it.each<[string, JsonObject]>([
    ['short subjects', { shortSubjects: true }],
    ['no labels', { labelsInClientEvents: 'none' }],
    ['empty labels', { labelsInClientEvents: 'empty' }],
    ['complete subjects', {}],
  ])('runs for the same clients with %s', async (_shape, changes) => {
    Object.assign(tutorCruncher.now.behaviour, changes);
    await edit();
    const [delivery] = await tutorCruncher.deliveries();
    expect(await deliver('client_updated', delivery, { label: '21' })).toHaveLength(1);
    expect(await deliver('client_updated', delivery, { label: '22' })).toEqual([]);
  });
});
