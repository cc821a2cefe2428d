/**
 * Tests of the messages of the worker threads that run a SQLite store. The worker's code runs in the thread of the
 * tests, where a stand-in for its port records the messages.
 */

import { join } from 'node:path';

import { afterEach, describe, expect, it, jest } from '@jest/globals';

import { HOUR, SECOND } from '../../../harness/durations.ts';
import { CHANNEL } from '../../../harness/sample-delivery.ts';
import { MAX_SHARED_BYTES } from '../../../free-memory.ts';
import type { NewDelivery } from '../../../store/deliveries/new-delivery.ts';
import type { Delivery } from '../../../store/deliveries/stored-delivery.ts';
import { OPENED, type Call, type WorkerData, type WorkerMessage } from '../../../store/sqlite/sqlite-thread.ts';
import { delivery } from '../../support/new-delivery.ts';
import { LIMITS, T0, TEST_OPTIONS } from '../../support/store-context.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** A message from the worker, and the memory that it transfers instead of copying it. */
interface Sent {
  readonly message: WorkerMessage;
  readonly transferred: readonly ArrayBuffer[];
}

const folder = temporaryFolder();
const workerData: Partial<WorkerData> = {};
const sent: Sent[] = [];
/** Called with the response to a call, by its id. */
const pending = new Map<number, (response: Sent) => void>();
let receive: ((call: Call) => void) | undefined;
let isClosed = false;
let count = 0;

jest.unstable_mockModule('node:worker_threads', () => ({
  workerData,
  parentPort: {
    postMessage: (message: WorkerMessage, transferred: readonly ArrayBuffer[] = []): void => {
      sent.push({ message, transferred });
      if ('id' in message) pending.get(message.id)?.({ message, transferred });
    },
    on: (_event: string, listener: (call: Call) => void): void => {
      receive = listener;
    },
  },
  Worker: jest.fn(),
}));

const newPath = (): string => join(folder, `${++count}.sqlite`);

/** Starts the worker's code. Returns its first message. */
async function start(data: Partial<WorkerData> = {}): Promise<WorkerMessage | undefined> {
  sent.length = 0;
  receive = undefined;
  isClosed = false;
  Object.assign(workerData, { path: newPath(), options: TEST_OPTIONS, isReader: false }, data);
  // The module starts the worker when it is loaded, so it is loaded again for each test.
  jest.resetModules();
  await import('../../../store/sqlite/sqlite-worker.ts');
  return sent[0]?.message;
}

/** Calls a method of the worker. Returns the message with its result, and the memory that the message transfers. */
function call(method: string, ...args: unknown[]): Promise<Sent> {
  const id = ++count;
  const response = new Promise<Sent>((resolve) => pending.set(id, resolve));
  receive?.({ id, method, args });
  return response;
}

afterEach(async () => {
  if (receive && !isClosed) await call('close');
});

/** Starts the writing worker with a registered channel. */
async function startWithChannel(data: Partial<WorkerData> = {}): Promise<void> {
  await start(data);
  await call('registerChannel', CHANNEL, LIMITS, T0);
}

/** Closes the store of the worker, so that all later calls fail. */
async function closeStore(): Promise<void> {
  await call('close');
  isClosed = true;
}

/** Returns an event about one subject, at a time. */
const event = (eventTime: number): NewDelivery => delivery('A', { subjectId: '1', eventTime, receivedAt: eventTime });

describe('the memory of the sealed contents in a result', () => {
  it('is transferred, once for each content, and includes the contents of previous deliveries', async () => {
    await startWithChannel();
    // The second and the third event are a burst. The first event is the previous delivery of both.
    for (const time of [T0, T0 + HOUR, T0 + HOUR + SECOND]) await call('ingest', [event(time)]);
    const { message, transferred } = await call('latest', CHANNEL, 'A', 2);
    const [third, second] = ('result' in message ? message.result : []) as Delivery[];
    expect(third?.previous?.sealed).toBe(second?.previous?.sealed);
    expect(transferred).toHaveLength(3);
    const contents = [third, second, third?.previous].map((each) => each?.sealed.buffer);
    expect(contents.map((memory) => transferred.some((each) => each === memory))).toEqual([true, true, true]);
  });

  it('is not looked for in results without contents', async () => {
    await startWithChannel();
    for (const [method, ...args] of [['totals'], ['channelState', CHANNEL, T0], ['latest', CHANNEL, 'A', 9]] as const) {
      expect((await call(method, ...args)).transferred).toEqual([]);
    }
    const { message, transferred } = await call('ingest', [event(T0)]);
    expect([message, transferred]).toEqual([{ id: count, result: ['stored'] }, []]);
  });
});

describe('the content of a new delivery', () => {
  const large = (letter: string): NewDelivery => delivery('A', { body: Buffer.alloc(MAX_SHARED_BYTES + 1, letter) });
  const sizeOf = ({ content }: NewDelivery): number | undefined => content?.sealed.byteLength;

  it('is released once it is stored, if it is large', async () => {
    await startWithChannel({ options: { ...TEST_OPTIONS, maxChannelBytes: 1e9 } });
    const [one, small, empty, other] = [large('x'), event(T0), delivery('B', { actions: [] }), large('y')];
    const { message } = await call('ingest', [one, small, empty, other]);
    expect(message).toMatchObject({ result: ['stored', 'stored', expect.any(String), 'stored'] });
    expect([one, other].map(sizeOf)).toEqual([0, 0]);
    expect(sizeOf(small)).toBeGreaterThan(0);
    const stored = (await call('latest', CHANNEL, 'A', 9)).message;
    const contents = 'result' in stored ? (stored.result as Delivery[]).map(({ sealed }) => sealed.byteLength) : [];
    expect(contents).toEqual([MAX_SHARED_BYTES + 1, sizeOf(small), MAX_SHARED_BYTES + 1]);
  });

  it('is released if it cannot be stored', async () => {
    await startWithChannel();
    await closeStore();
    const one = large('x');
    expect((await call('ingest', [one])).message).toMatchObject({ error: {} });
    expect(sizeOf(one)).toBe(0);
  });
});

describe('a worker', () => {
  const namesIn = (message: WorkerMessage | undefined): unknown[] =>
    message && 'result' in message && message.id === OPENED ? (message.result as unknown[]) : [];

  it('first sends the names of its methods: the reader has only the methods that read, and its own end', async () => {
    const path = newPath();
    const ofWriter = namesIn(await start({ path }));
    await call('close');
    const ofReader = namesIn(await start({ path, isReader: true }));
    expect(ofWriter).toEqual(expect.arrayContaining(['ingest', 'claim', 'latest', 'close']));
    expect(ofReader).toEqual(expect.arrayContaining(['latest', 'events', 'close']));
    expect(ofWriter).toEqual(expect.arrayContaining(ofReader));
    expect(ofReader).not.toContain('ingest');
  });

  it('sends the changes of channels', async () => {
    await startWithChannel();
    await call('subscribe', CHANNEL, { targetUrl: 'https://x', filter: { actions: ['A'] } }, 9, T0);
    await call('ingest', [event(T0)]);
    const changes = sent.map(({ message }) => message).filter((message) => 'channel' in message);
    expect(changes).toEqual([
      { channel: CHANNEL, what: 'subscriptions' },
      { channel: CHANNEL, what: 'deliveries' },
    ]);
  });

  it('sends the message and the code of an error instead of a result', async () => {
    await startWithChannel();
    const failing = {
      get actions(): never {
        throw Object.assign(new Error('the argument is wrong'), { code: 'WRONG' });
      },
    };
    const { message } = await call('subscribe', CHANNEL, { targetUrl: 'https://x', filter: failing }, 9, T0);
    expect(message).toEqual({ id: count, error: { message: 'the argument is wrong', code: 'WRONG' } });
    expect((await call('no method')).message).toEqual({
      id: count,
      error: { message: expect.stringContaining('not a function'), code: null },
    });
  });

  it('sends the error instead of its methods if another process uses the file', async () => {
    const path = newPath();
    await start({ path });
    const receiveFirst = receive;
    const opened = await start({ path });
    expect(opened).toEqual({
      id: OPENED,
      error: { message: expect.stringContaining('Another process uses'), code: null, isTemporary: false },
    });
    receive = receiveFirst;
  });

  it('ends with any other error while it opens the file', async () => {
    await expect(start({ isReader: true })).rejects.toThrow('unable to open database file');
    expect(sent).toEqual([]);
  });
});
