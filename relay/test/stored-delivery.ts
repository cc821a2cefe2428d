import type { Delivery, EarlierDelivery } from '../store/delivery.ts';
import { CHANNEL } from '../harness/sample-delivery.ts';
import { DATA_KEY } from './new-delivery.ts';

/** Returns a stored delivery with one event. Its content is not sealed. */
export const storedDelivery = (changes: Partial<Delivery> = {}): Delivery => ({
  seq: 1,
  channel: CHANNEL,
  id: '00000000-0000-4000-8000-0000000000d1',
  keyId: DATA_KEY.keyId,
  wrappedKey: DATA_KEY.wrappedKey,
  receivedAt: 1_000_000,
  actions: ['A'],
  model: 'lesson',
  subjectId: '1234',
  eventTime: 999_000,
  sealed: Buffer.from('sealed content'),
  previous: null,
  isRepeat: false,
  burst: [],
  ...changes,
});

/** Returns a previous delivery about the same subject as {@link storedDelivery}. Its content is not sealed. */
export const previousDelivery = (changes: Partial<EarlierDelivery> = {}): EarlierDelivery => ({
  channel: CHANNEL,
  id: '00000000-0000-4000-8000-0000000000d2',
  keyId: DATA_KEY.keyId,
  wrappedKey: DATA_KEY.wrappedKey,
  receivedAt: 500_000,
  actions: ['B'],
  model: 'lesson',
  subjectId: '1234',
  eventTime: 499_000,
  sealed: Buffer.from('earlier sealed content'),
  ...changes,
});
