import { describe, expect, it } from '@jest/globals';
import type { Bundle, ZObject } from 'zapier-platform-core';

import { directZ, PRIVATE_KEY } from '../../local/hook-calls.ts';
import type { ReceivedDelivery } from '../../src/hooks/kept-events.ts';
import { openedDeliveries, openedRequest, openerFor } from '../../src/hooks/sealed-deliveries.ts';
import type { JsonObject } from '../../wire/json.ts';
import { readEnvelope } from '../../wire/sealing/format.ts';
import { RELAY_ORIGIN as ORIGIN, sealedEnvelope, withBurst } from '../support/sealed-envelope.ts';

const OTHER_KEY = 'another-private-key-of-nobody-0123456789';
const BODY = '\ufeff{"events": [{"action": "A", "subject": {"first_name": "Zoë"}}]}';
const CONTENT = { signature: 'a signature', contentType: 'application/json', body: Buffer.from(BODY) };
const DELIVERY: ReceivedDelivery = {
  content: BODY,
  headers: { 'Webhook-Signature': 'a signature' },
  previous: null,
  burst: [],
  isRepeat: false,
};

const open = (content: unknown, privateKey = PRIVATE_KEY): Promise<ReceivedDelivery> => {
  const bundle = { authData: { private_key: privateKey }, rawRequest: { content } } as unknown as Bundle;
  return openedRequest(directZ, bundle, ORIGIN, 'Lesson Completed');
};

/** Returns an envelope with one changed field. */
const withField = (envelope: string, changes: object): string =>
  JSON.stringify({ ...(JSON.parse(envelope) as object), ...changes });

describe('a sealed request', () => {
  it('contains the delivery as TutorCruncher sent it', async () => {
    expect(await open(await sealedEnvelope(PRIVATE_KEY, CONTENT))).toEqual(DELIVERY);
  });

  it('contains the previous delivery, unless it cannot be opened', async () => {
    const envelope = await sealedEnvelope(PRIVATE_KEY, CONTENT);
    const earlier = { ...CONTENT, signature: 'an earlier signature' };
    const previous = JSON.parse(await sealedEnvelope(PRIVATE_KEY, earlier)) as JsonObject;
    expect(await open(withField(envelope, { previous }))).toEqual({
      ...DELIVERY,
      previous: { content: BODY, headers: { 'Webhook-Signature': 'an earlier signature' } },
    });
    expect(await open(withField(envelope, { previous: { ...previous, event_time: 1 } }))).toEqual(DELIVERY);
  });

  it('contains the deliveries of the burst in their order, and whether it is a repetition', async () => {
    const burst = await Promise.all(
      ['first', 'second'].map((signature) => sealedEnvelope(PRIVATE_KEY, { ...CONTENT, signature })),
    );
    const envelope = withBurst(await sealedEnvelope(PRIVATE_KEY, CONTENT), burst);
    expect(await open(withField(envelope, { is_repeat: true }))).toEqual({
      ...DELIVERY,
      burst: ['first', 'second'].map((signature) => ({ content: BODY, headers: { 'Webhook-Signature': signature } })),
      isRepeat: true,
    });
  });

  it('is refused with advice if it is not an envelope', async () => {
    for (const content of ['', BODY, '{}', undefined, 7]) {
      await expect(open(content)).rejects.toThrow(
        /is not a sealed event .* check in TutorCruncher \(Settings > API\) .* not the URL of this Zap\. .* tell the person who gave you this app\.$/,
      );
    }
  });

  it('is refused with advice if it is sealed for another connection', async () => {
    await expect(open(await sealedEnvelope(OTHER_KEY, CONTENT))).rejects.toThrow(
      /sealed for another private key, .* given another private key while the Zap was on\. Turn the Zap off and on again\. .* by hand\.$/,
    );
  });

  it('leaves a marker for the status of its trigger only if it is sealed for another connection', async () => {
    const markers: string[] = [];
    const cache = {
      set: (key: string) =>
        new Promise((resolve) => {
          setImmediate(() => {
            resolve(markers.push(key) > 0);
          });
        }),
    };
    const z = { ...directZ, cache } as unknown as ZObject;
    const openWith = async (content: string) => {
      const bundle = { authData: { private_key: PRIVATE_KEY }, rawRequest: { content } } as unknown as Bundle;
      await openedRequest(z, bundle, ORIGIN, 'Lesson Completed').catch(() => null);
    };
    const envelope = await sealedEnvelope(PRIVATE_KEY, CONTENT);
    for (const content of ['{}', envelope, withField(envelope, { actions: ['B'] })]) await openWith(content);
    expect(markers).toEqual([]);
    await openWith(await sealedEnvelope(OTHER_KEY, CONTENT));
    expect(markers).toEqual([expect.stringMatching(/^old_key_Lesson_Completed_/)]);
  });

  it('is refused with advice if it was changed in transit', async () => {
    const envelope = withField(await sealedEnvelope(PRIVATE_KEY, CONTENT), { actions: ['B'] });
    await expect(open(envelope)).rejects.toThrow(
      /was changed after the relay sealed it, .* look up the event in TutorCruncher, .* send this message to the person who gave you this app\.$/,
    );
  });

  it.each([
    ['', /no private key\. Reconnect/],
    ['two words', /contains a space\..* copy only the private key/],
    ['too-short', /too short .* Reconnect/],
  ])('is refused with advice about the connection if its private key is %j', async (privateKey, message) => {
    await expect(open(await sealedEnvelope(PRIVATE_KEY, CONTENT), privateKey)).rejects.toThrow(message);
  });

  it('is refused by halting the run, so that the Zap stays on and its history does not show the request', async () => {
    await expect(open('{}')).rejects.toBeInstanceOf(directZ.errors.HaltedError);
    await expect(open('{}')).rejects.toMatchObject({ doNotContextify: true });
  });
});

describe('stored deliveries', () => {
  it('are opened in order, without entries that are damaged, foreign or not envelopes', async () => {
    const second = { ...CONTENT, signature: 'the second signature' };
    const texts = [
      await sealedEnvelope(PRIVATE_KEY, CONTENT),
      withField(await sealedEnvelope(PRIVATE_KEY, CONTENT), { received_at: 1 }),
      await sealedEnvelope(OTHER_KEY, CONTENT),
      'null',
      await sealedEnvelope(PRIVATE_KEY, second),
    ];
    const envelopes = texts.map((text) => JSON.parse(text) as unknown);
    const metadataOf = (text = '') => readEnvelope(JSON.parse(text)).metadata;
    expect(await openedDeliveries(openerFor(PRIVATE_KEY, ORIGIN), envelopes)).toEqual([
      { ...DELIVERY, metadata: metadataOf(texts[0]) },
      { ...DELIVERY, headers: { 'Webhook-Signature': 'the second signature' }, metadata: metadataOf(texts[4]) },
    ]);
  });
});

describe('openerFor', () => {
  const keyOf = (index: number) => `private-key-of-nobody-number-${index}`;

  it('returns one opener for each private key and relay', () => {
    const opener = openerFor(PRIVATE_KEY, ORIGIN);
    expect(openerFor(PRIVATE_KEY, ORIGIN)).toBe(opener);
    expect(openerFor(OTHER_KEY, ORIGIN)).not.toBe(opener);
    expect(openerFor(PRIVATE_KEY, 'https://other.example.com')).not.toBe(opener);
  });

  it('forgets the least recently used opener when there are more than 100', () => {
    const [first, second] = [0, 1].map((index) => openerFor(keyOf(index), ORIGIN));
    for (let index = 2; index < 100; index++) openerFor(keyOf(index), ORIGIN);
    expect(openerFor(keyOf(0), ORIGIN)).toBe(first);
    openerFor(keyOf(100), ORIGIN);
    expect(openerFor(keyOf(0), ORIGIN)).toBe(first);
    expect(openerFor(keyOf(1), ORIGIN)).not.toBe(second);
  });
});
