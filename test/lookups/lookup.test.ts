/** The details that lookups add to an event or to a row of a poll, without a network. */

import { describe, expect, it } from '@jest/globals';
import type { Bundle, ZObject } from 'zapier-platform-core';

import { PRIVATE_KEY } from '../../local/hook-calls.ts';
import { client } from '../../objects/client.ts';
import { lesson } from '../../objects/lesson.ts';
import { tutor } from '../../objects/tutor.ts';
import { CompletedSubject } from '../../src/lookups/completed-subject.ts';
import { contacts, withDetails } from '../../src/lookups/fetched-details.ts';
import { chosenLookups, lookUp, requestsFor, type ChosenLookup, type Lookup } from '../../src/lookups/lookup.ts';
import { NEUTRAL_LOCALE } from '../../src/record/locale.ts';
import { Run } from '../../src/api/run.ts';
import type { JsonObject } from '../../wire/json.ts';
import { directZWith } from '../support/direct-z.ts';
import { failureOf } from '../support/steps.ts';

const bundleWith = (inputData: JsonObject = {}) =>
  ({ authData: { private_key: PRIVATE_KEY }, inputData }) as unknown as Bundle;

const OWNER = { id: 5, name: 'Owen' };

it.each<[subject: JsonObject, details: JsonObject, completed: JsonObject]>([
  [{ labels: [1] }, { labels: [1, 2] }, { labels: [1] }],
  [{ labels: [] }, { labels: [1, 2] }, { labels: [1, 2] }],
  [{ labels: [] }, {}, { labels: [] }],
  [{ labels: null }, { labels: [1] }, { labels: null }],
  [{ skills: [] }, { skills: [1] }, { skills: [] }],
  [{ name: '' }, { name: 'Ann', town: 'Wells' }, { name: '', town: 'Wells' }],
  [{ agent: 5 }, { agent: OWNER }, { agent: OWNER }],
  [{ agent: 6 }, { agent: OWNER }, { agent: 6 }],
  [{ agent: null }, { agent: OWNER }, { agent: null }],
  [{ agent: { id: '5', email: 'x' } }, { agent: OWNER }, { agent: { id: '5', name: 'Owen', email: 'x' } }],
  [{ agent: { id: 6 } }, { agent: OWNER }, { agent: { id: 6 } }],
  [{ agent: { email: 'x' } }, { agent: { name: 'Owen' } }, { agent: { email: 'x' } }],
])('the subject %j with the details %j is %j', (subject, details, completed) => {
  expect(withDetails(subject, details)).toEqual(completed);
  expect(withDetails(subject, undefined)).toBe(subject);
});

it.each([
  [client, {}, 'client'],
  [null, { id: 5 }, 'record'],
])('the record of an event cannot be read without an object and an id', async (object, subject, noun) => {
  const kept = { event: { action: 'A', subject }, previous: null, burst: [] };
  const run = Run.ofEvent(
    directZWith(() => ({})),
    bundleWith(),
  );
  expect(await failureOf(CompletedSubject.ofEvent(kept, subject, object, run).details())).toBe(
    `The event does not say which ${noun} it is about.`,
  );
});

/** Returns the entry of a student of a client in a lesson. */
const studentOf = (clientId: number) => ({ recipient: 500 + clientId, paying_client: clientId });

describe('the contact details of the clients of a lesson', () => {
  const lookup = contacts(client, tutor);
  const subjectWith = (run: Run, clients: readonly number[]) =>
    CompletedSubject.ofRecord({ id: 1, rcras: clients.map(studentOf) }, lesson, run);
  const details = (url: URL) => ({
    id: Number(/\d+/.exec(url.pathname)?.[0]),
    email: `c${url.pathname.slice(-3, -1)}@x`,
  });
  const find = (run: Run, clients: readonly number[]) =>
    lookup.find(subjectWith(run, clients), 'true', run, NEUTRAL_LOCALE);

  it.each([
    [[], 0],
    [[11, 12], 2],
    [[11, 11], 1],
    [[11, 12, 13, 14], 3],
  ])('of %j take %d requests', (clients, requests) => {
    expect(lookup.requestsFor?.({ rcras: clients.map(studentOf) }, 'true')).toBe(requests);
    expect(lookup.requestsFor?.({}, 'true')).toBe(0);
  });

  it('lack a client who cannot be read, except in a poll, which reads the lesson again', async () => {
    const failing = directZWith((url) => {
      if (url.pathname.endsWith('/12/')) throw new Error('The client cannot be read.');
      return details(url);
    });
    const z = {
      ...failing,
      request: (request: { readonly url: string }) => Promise.resolve().then(() => failing.request(request)),
    } as unknown as ZObject;
    expect(await find(Run.ofEvent(z, bundleWith()), [11, 12])).toMatchObject({
      fields: { client_emails: 'c11@x', details_fetched: false },
    });
    await expect(find(Run.ofSearch(z, bundleWith()), [11, 12])).rejects.toThrow('The client cannot be read.');
  });

  it.each([
    [[], null],
    [[11], 'c11@x'],
    [[11, 12], null],
  ])('of one person are read only if the lesson of a run has one: %j', async (clients, email) => {
    const run = Run.ofEvent(directZWith(details), bundleWith());
    const found = await lookup.forPerson?.('client').find(subjectWith(run, clients), 'true', run, NEUTRAL_LOCALE);
    expect(found?.fields).toMatchObject({ client_email: email, client_emails: email, details_fetched: email !== null });
  });
});

describe('the lookups of a Zap', () => {
  const field = (key: string, type: 'boolean' | 'string') => ({ key, label: key, type });
  const lookup = (key: string, parts: Partial<Lookup> = {}): Lookup => ({
    field: field(key, 'boolean'),
    sample: {},
    find: () => Promise.resolve({ fields: { [key]: 1 } }),
    ...parts,
  });
  const failing: Partial<Lookup> = { find: () => Promise.reject(new Error('The request failed.')) };
  const run = Run.ofEvent(
    directZWith(() => ({})),
    bundleWith(),
  );
  const foundBy = (lookups: readonly Lookup[], mayFail?: boolean) => {
    const chosen = lookups.map((each): ChosenLookup => ({ ...each, choice: 'true' }));
    return lookUp(chosen, CompletedSubject.ofRecord({ id: 1 }, lesson, run), run, NEUTRAL_LOCALE, mayFail);
  };

  it('are those whose fields have a value, which means yes for a boolean', () => {
    const lookups = [lookup('a'), lookup('b'), lookup('c', { field: field('c', 'string') }), lookup('d')];
    const chosen = chosenLookups(lookups, bundleWith({ a: true, b: 'no', c: 'no' }));
    expect(chosen.map(({ field: { key }, choice }) => [key, choice])).toEqual([
      ['a', 'true'],
      ['c', 'no'],
    ]);
  });

  it('differ in a Zap that runs for each person', () => {
    const lookups = [lookup('a', { forPerson: (kind) => ({ ...lookup('a'), sample: { kind } }) })];
    const samplesFor = (run_for: string) =>
      chosenLookups(lookups, bundleWith({ a: true, run_for })).map(({ sample }) => sample);
    expect([samplesFor('tutor'), samplesFor('lesson')]).toEqual([[{ kind: 'tutor' }], [{}]]);
  });

  it('take one request each, unless they say otherwise', () => {
    const chosen = [lookup('a'), lookup('b', { requestsFor: () => 3 }), lookup('c', { requestsFor: () => 0 })];
    expect(
      requestsFor(
        chosen.map((each) => ({ ...each, choice: 'true' })),
        {},
      ),
    ).toBe(4);
    expect(requestsFor([], {})).toBe(0);
  });

  it('add their fields together, and the last details', async () => {
    const details = { id: 7 };
    const withDetail = lookup('b', { find: () => Promise.resolve({ fields: { b: 2 }, details }) });
    expect(await foundBy([lookup('a'), withDetail, lookup('c')])).toEqual({ fields: { a: 1, b: 2, c: 1 }, details });
  });

  it('keep the Zap from running if one of them says so', async () => {
    expect(await foundBy([lookup('a', { find: () => Promise.resolve(null) }), lookup('b', failing)])).toBeNull();
  });

  it('that fail add unknown values, unless they decide whether the Zap runs or may not fail', async () => {
    const optional = lookup('a', { ...failing, unknown: { a: null } });
    expect(await foundBy([optional, lookup('b')])).toEqual({ fields: { a: null, b: 1 } });
    await expect(foundBy([optional], false)).rejects.toThrow('The request failed.');
    await expect(foundBy([lookup('a', failing)])).rejects.toThrow('The request failed.');
  });
});
