/**
 * Events that the stand-in sends in addition to the event of each write, and its signed links, as an app that is built
 * for a relay receives them.
 */

import { describe, expect, it } from '@jest/globals';

import { PRIVATE_KEY } from '../../../local/hook-calls.ts';
import { isSignedLink } from '../../../src/record/signed-link.ts';
import type { TutorCruncherEvent } from '../../../wire/delivery.ts';
import type { JsonObject } from '../../../wire/json.ts';
import { loadRelayedTriggers, receive } from '../../support/relayed-triggers.ts';
import { useTutorCruncher } from '../../support/running-tutorcruncher.ts';
import { sealedEnvelope, signedContent, withBurst } from '../../support/sealed-envelope.ts';

const tutorCruncher = useTutorCruncher();
const relayed = await loadRelayedTriggers();

interface Delivery {
  readonly events: readonly [TutorCruncherEvent];
}

/** Writes to the stand-in. Returns the deliveries so far, in the order of their events. */
async function deliveriesAfter(path: string, body: JsonObject): Promise<Delivery[]> {
  const response = await fetch(`${tutorCruncher.now.origin}/api/${path}`, {
    method: 'POST',
    headers: { Authorization: `token ${PRIVATE_KEY}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(response.status).toBe(200);
  const deliveries = (await tutorCruncher.deliveries()) as unknown as Delivery[];
  const timeOf = ({ events: [event] }: Delivery) => String(event.timestamp);
  return deliveries.sort((a, b) => (timeOf(a) < timeOf(b) ? -1 : 1));
}

/**
 * Returns the records that a Zap makes from the last of several deliveries. The relay sends the earlier deliveries
 * together with the last delivery.
 */
async function recordsOf(key: string, deliveries: readonly Delivery[], inputData: JsonObject = {}) {
  const sealed = (delivery: Delivery) => sealedEnvelope(PRIVATE_KEY, signedContent(delivery, PRIVATE_KEY));
  const envelopes = await Promise.all(deliveries.map(sealed));
  const [last = ''] = envelopes.slice(-1);
  return receive(relayed(key), withBurst(last, envelopes.slice(0, -1)), inputData);
}

const actionsOf = (deliveries: readonly Delivery[]) => deliveries.map(({ events: [{ action }] }) => action);

describe('the photo of a person', () => {
  it('is signed anew in each event and response with `signsPhotos`, which is no change', async () => {
    tutorCruncher.now.behaviour.signsPhotos = true;
    await deliveriesAfter('clients/301/', { first_name: 'Pria' });
    const deliveries = await deliveriesAfter('clients/301/', { last_name: 'Rahman' });
    const photos = deliveries.map(({ events: [{ subject }] }) => subject.photo);
    expect(photos.every(isSignedLink)).toBe(true);
    expect(new Set(photos).size).toBe(2);
    const [record] = await recordsOf('client_updated', deliveries);
    expect(record).toMatchObject({ changes_known: true, changed_fields: expect.stringContaining('Last Name') });
    expect(record?.changed_fields).not.toContain('Photo');
    expect(await recordsOf('client_updated', deliveries, { only_when_changed: ['client_photo'] })).toEqual([]);
  });

  it('has no signature without the switch', async () => {
    const [delivery] = await deliveriesAfter('clients/301/', { first_name: 'Pria' });
    expect(isSignedLink(delivery?.events[0].subject.photo)).toBe(false);
  });
});

describe('the event about a label', () => {
  it('comes again with `refiresLabels`, and runs a Zap once', async () => {
    tutorCruncher.now.behaviour.refiresLabels = true;
    const deliveries = await deliveriesAfter('clients/301/add_label/', { label: 22 });
    expect(actionsOf(deliveries)).toEqual(['ADDED_A_LABEL_TO_A_USER', 'ADDED_A_LABEL_TO_A_USER']);
    expect(await recordsOf('client_label_added', deliveries.slice(0, 1))).toHaveLength(1);
    expect(await recordsOf('client_label_added', deliveries)).toEqual([]);
  });

  it('also comes after another event about a person with labels, and not about others', async () => {
    tutorCruncher.now.behaviour.refiresLabels = true;
    tutorCruncher.now.account.change('clients', 302, { labels: [] });
    await deliveriesAfter('clients/302/', { first_name: 'Mark' });
    const deliveries = await deliveriesAfter('clients/301/', { first_name: 'Pria' });
    expect(actionsOf(deliveries)).toEqual(['EDITED_A_CLIENT', 'EDITED_A_CLIENT', 'ADDED_A_LABEL_TO_A_USER']);
  });
});

describe('the event about a new client', () => {
  const create = () => deliveriesAfter('clients/', { first_name: 'Zoë', last_name: 'Marsh' });

  it.each([false, true])(
    'is followed by one about an edit with `pairsCreatedWithEdited`, which is no change (signed photos: %s)',
    async (signsPhotos) => {
      Object.assign(tutorCruncher.now.behaviour, { signsPhotos, pairsCreatedWithEdited: true });
      const deliveries = await create();
      expect(actionsOf(deliveries)).toEqual(['CREATED_A_CLIENT', 'EDITED_A_CLIENT']);
      const unchanged = { changes_known: true, changed_fields: '' };
      expect(await recordsOf('any_event', deliveries)).toMatchObject([unchanged]);
      const choices = { only_when_changed: ['client_photo'], skip_when_unknown: true };
      expect(await recordsOf('client_updated', deliveries, choices)).toEqual([]);
    },
  );

  it('comes alone without the switch', async () => {
    expect(actionsOf(await create())).toEqual(['CREATED_A_CLIENT']);
  });
});
