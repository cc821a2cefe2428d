import { CHANNEL } from '../../harness/sample-delivery.ts';
import type { Delivery, EarlierDelivery } from '../../store/deliveries/stored-delivery.ts';
import { DATA_KEY } from './new-delivery.ts';

const { keyId, wrappedKey } = DATA_KEY;
const METADATA = { channel: CHANNEL, keyId, wrappedKey, model: 'lesson', subjectId: '1234' } as const;

/** Returns a stored delivery with one event. Its content is not sealed. */
export const storedDelivery = (changes: Partial<Delivery> = {}): Delivery => ({
  ...METADATA,
  seq: 1,
  id: '00000000-0000-4000-8000-0000000000d1',
  receivedAt: 1_000_000,
  eventTime: 999_000,
  actions: ['A'],
  sealed: Buffer.from('sealed content'),
  previous: null,
  isRepeat: false,
  burst: [],
  ...changes,
});

/** Returns a previous delivery about the same subject as {@link storedDelivery}. Its content is not sealed. */
export const previousDelivery = (changes: Partial<EarlierDelivery> = {}): EarlierDelivery => ({
  ...METADATA,
  id: '00000000-0000-4000-8000-0000000000d2',
  receivedAt: 500_000,
  eventTime: 499_000,
  actions: ['B'],
  sealed: Buffer.from('earlier sealed content'),
  ...changes,
});
