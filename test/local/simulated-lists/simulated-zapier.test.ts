import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { Bundle, ZObject } from 'zapier-platform-core';

import type { SimulatedZap } from '../../../local/simulated-lists/polled-list.ts';
import { MINUTE, WEEK_START } from '../../../local/simulated-lists/simulated-time.ts';
import { SimulatedTutorCruncher } from '../../../local/simulated-lists/simulated-tutorcruncher.ts';
import { SimulatedZapier, type ZapierBehaviour } from '../../../local/simulated-lists/simulated-zapier.ts';
import { NO_CACHE, NO_ZAP_ID } from '../../../src/polled/first-poll.ts';
import { forgottenMessage, lateMessage, missedMessage, recoveryMessage } from '../../../src/polled/missed-records.ts';
import { newNotes, zapIdOf } from '../../../src/polled/zap-notes.ts';
import { NEUTRAL_LOCALE } from '../../../src/record/locale.ts';
import type { FlatRecord } from '../../../src/record/record.ts';
import { polledTriggers } from '../../../triggers/index.ts';

const TRIGGER = 'review_created';
const zapWith = (id: string): SimulatedZap => ({
  id,
  trigger: TRIGGER,
  inputData: { name: `Zap ${id}` },
  times: () => new Map(),
});

/** The arguments of a poll that a test replaces. */
interface PollArguments {
  readonly z: ZObject;
  readonly bundle: Bundle;
  readonly tutorCruncher: SimulatedTutorCruncher;
  /** The full minutes since the first poll of the Zap. */
  readonly minute: number;
}

/** A function that replaces the polls of all Zaps. */
type Poll = (poll: PollArguments) => FlatRecord[] | Promise<FlatRecord[]>;

/** The settings of a simulation. */
interface Playing extends ZapierBehaviour {
  /** The ids of the Zaps; default: a single Zap. */
  readonly zapIds?: readonly string[];
  /** The number of minutes to simulate, with a poll in each minute; default: 3. */
  readonly minutes?: number;
  /** Milliseconds that a response of TutorCruncher takes. */
  readonly slowMs?: number;
}

afterEach(() => {
  jest.restoreAllMocks();
});

/** Simulates minutes in which the polls of Zaps are replaced by a function. */
async function playedWith(
  poll: Poll,
  { zapIds = ['7'], minutes = 3, slowMs, ...behaviour }: Playing = {},
): Promise<SimulatedZapier> {
  const tutorCruncher = new SimulatedTutorCruncher([], { from: Infinity, to: Infinity });
  tutorCruncher.slowMs = slowMs ?? null;
  const trigger = polledTriggers.find(({ definition }) => definition.key === TRIGGER);
  if (!trigger) throw new Error(`There is no trigger ${TRIGGER}.`);
  jest
    .spyOn(trigger.definition.operation, 'perform')
    .mockImplementation(async (z, bundle) =>
      poll({ z, bundle, tutorCruncher, minute: Math.floor((tutorCruncher.now - WEEK_START) / MINUTE) }),
    );
  const zaps = zapIds.map((id) => zapWith(id));
  const zapier = new SimulatedZapier(tutorCruncher, zaps, behaviour);
  await zapier.play({ from: WEEK_START, to: WEEK_START + minutes * MINUTE }, MINUTE);
  return zapier;
}

it('ends the simulation if no trigger has the key of a Zap', async () => {
  const zaps = [{ ...zapWith('7'), trigger: 'review_creatd' }];
  const zapier = new SimulatedZapier(new SimulatedTutorCruncher([], { from: Infinity, to: Infinity }), zaps);
  await expect(zapier.play({ from: WEEK_START, to: WEEK_START + MINUTE }, MINUTE)).rejects.toThrow(
    'There is no polled trigger with the key review_creatd.',
  );
});

const recordsOf = (ids: readonly (string | number)[] = []): FlatRecord[] => ids.map((id) => ({ id }));

/** Returns a poll that returns records with the given ids in each minute. */
const returning =
  (...lists: readonly (readonly (string | number)[])[]): Poll =>
  ({ minute }) =>
    recordsOf(lists[minute]);

/** Returns the ids that ran a Zap, with the minutes of their runs. */
const runsOf = ({ runs }: SimulatedZapier, zap = '7') =>
  runs.get(zap)?.map(({ id, at }) => [id, (at - WEEK_START) / MINUTE]);

const range = (length: number): number[] => Array.from({ length }, (_, index) => index);

describe('a record', () => {
  it('runs the Zap once, unless the first poll has returned its id', async () => {
    const zapier = await playedWith(returning(['a'], ['b', 'a'], ['c', 'b'], ['a', 'b', 'c']), { minutes: 4 });
    expect(runsOf(zapier)).toEqual([
      ['b', 1],
      ['c', 2],
    ]);
  });

  it('runs the Zap as the first poll with its id returns it', async () => {
    const zapier = await playedWith(({ minute }) => (minute > 0 ? [{ id: 5, topic: `Topic ${minute}` }] : []));
    expect(zapier.runs.get('7')).toEqual([{ id: '5', at: WEEK_START + MINUTE, record: { id: 5, topic: 'Topic 1' } }]);
  });

  it('runs each Zap that does not know its id', async () => {
    const zapier = await playedWith(
      ({ bundle, minute }) => recordsOf(minute > 0 || zapIdOf(bundle) === '7' ? ['a'] : []),
      { zapIds: ['7', '8'] },
    );
    expect([runsOf(zapier, '7'), runsOf(zapier, '8')]).toEqual([[], [['a', 1]]]);
  });

  it.each([0, 1])('must not be in the result of a poll twice: minute %d', async (wrong) => {
    await expect(playedWith(({ minute }) => recordsOf(minute === wrong ? ['a', 'b', 'a'] : []))).rejects.toThrow(
      'A poll of review_created returned an id twice.',
    );
  });

  it('must not be in the result of a poll with more than 100 new ids, except the first poll', async () => {
    const zapier = await playedWith(returning(range(101), range(201)));
    expect(zapier.runs.get('7')).toHaveLength(100);
    await expect(playedWith(returning(range(101), range(202)))).rejects.toThrow(
      'A poll of review_created returned more than 100 new ids.',
    );
  });
});

describe('the polls', () => {
  it('begin at the start of the period and at the interval before its end, and the first poll is marked', async () => {
    const polls: [minute: number, isPopulatingDedupe: unknown][] = [];
    await playedWith(({ bundle, minute }) => {
      polls.push([minute, bundle.meta.isPopulatingDedupe]);
      return [];
    });
    expect(polls).toEqual([
      [0, true],
      [1, false],
      [2, false],
    ]);
  });

  it.each([
    [false, { zap: { id: '7' } }],
    [true, {}],
  ])('have the inputs of their Zap, and its id unless Zapier hides it: %p', async (hidesZapIds, meta) => {
    const bundles: Bundle[] = [];
    await playedWith(
      ({ bundle }) => {
        bundles.push(bundle);
        return [];
      },
      { minutes: 1, hidesZapIds },
    );
    expect(bundles).toEqual([
      {
        authData: { private_key: expect.stringMatching(/^[\w-]{30,}$/) },
        inputData: { name: 'Zap 7', time_zone: 'Europe/London' },
        meta: { isPopulatingDedupe: true, ...meta },
      },
    ]);
  });

  it.each<[title: string, playing: Playing, seconds: number[]]>([
    ['follow each other', {}, [0, 0.25, 60, 60.25]],
    ['begin at the same moment if TutorCruncher is slow', { slowMs: 5_000 }, [0, 0, 60, 60]],
    ['begin at the same moment if the cache is slow', { cacheMs: 1 }, [0, 0, 60, 60]],
  ])('of two Zaps %s', async (_title, playing, seconds) => {
    const starts: number[] = [];
    await playedWith(
      async ({ z, tutorCruncher }) => {
        starts.push((tutorCruncher.now - WEEK_START) / 1000);
        await z.request({ url: 'https://tc.example/api/branch/' });
        return [];
      },
      { zapIds: ['7', '8'], minutes: 2, ...playing },
    );
    expect(starts).toEqual(seconds);
  });

  it('can make errors, and references to files', async () => {
    const made: unknown[] = [];
    await playedWith(
      ({ z }) => {
        made.push(
          new z.errors.Error('The poll has failed.'),
          z.dehydrateFile(() => 'file', {}),
        );
        return [];
      },
      { minutes: 1 },
    );
    expect(made).toEqual([new Error('The poll has failed.'), 'a reference to a file']);
  });

  it('stop waiting for a slow response after the timeout of the request', async () => {
    const errors: unknown[] = [];
    await playedWith(
      async ({ z }) => {
        await z.request({ url: 'https://tc.example/api/branch/', timeout: 1_000 }).catch((error: unknown) => {
          errors.push(error);
        });
        return [];
      },
      { minutes: 1, slowMs: 1_001 },
    );
    expect(errors).toEqual([expect.objectContaining({ type: 'request-timeout' })]);
  });

  it('happen twice at the same time after the first, and each record still runs the Zap once', async () => {
    const starts: number[] = [];
    const zapier = await playedWith(
      async ({ minute, tutorCruncher }) => {
        starts.push((tutorCruncher.now - WEEK_START) / MINUTE);
        await tutorCruncher.wait(1_000);
        return recordsOf([minute]);
      },
      { pollsTwice: true },
    );
    expect(starts).toEqual([0, 1, 1, 2, 2]);
    expect(runsOf(zapier)).toEqual([
      ['1', 1],
      ['2', 2],
    ]);
  });

  it('have at most three responses if they fail, which the first poll never does', async () => {
    const left: number[] = [];
    await playedWith(
      ({ tutorCruncher }) => {
        left.push(tutorCruncher.requestsLeft);
        return [];
      },
      { minutes: 14, pollsPerFailure: 3 },
    );
    const usual = [Infinity, Infinity];
    expect(left).toEqual([Infinity, ...usual, 3, ...usual, 2, ...usual, 1, ...usual, 0, Infinity]);
  });
});

describe('a result', () => {
  it('does not run the Zap if it is lost, but a later result with the same ids does', async () => {
    const zapier = await playedWith(returning(['a'], ['b'], ['a', 'b', 'c'], ['c', 'd'], ['e', 5], ['f']), {
      minutes: 6,
      resultsPerLoss: 2,
    });
    expect(runsOf(zapier)).toEqual([
      ['b', 1],
      ['c', 3],
      ['d', 3],
      ['f', 5],
    ]);
    expect(zapier.lost).toEqual(new Map([['7', new Set(['a', 'b', 'c', 'e', '5'])]]));
  });

  it('is lost if the poll takes more than 30 seconds, unless it is the first poll', async () => {
    const durations = [30_001, 30_000, 30_001];
    const zapier = await playedWith(async ({ minute, tutorCruncher }) => {
      await tutorCruncher.wait(durations[minute] ?? 0);
      return recordsOf([minute, ...(minute > 0 ? [0] : [])]);
    });
    expect(runsOf(zapier)).toEqual([['1', 1]]);
    expect(zapier.lost).toEqual(new Map([['7', new Set(['2', '0'])]]));
  });

  it('is not lost by default', async () => {
    const zapier = await playedWith(({ minute }) => recordsOf([minute]), { minutes: 30 });
    expect(zapier.runs.get('7')).toHaveLength(29);
    expect(zapier.lost.size).toBe(0);
  });
});

describe('the cache', () => {
  /** The cache of Zapier, without the type `any`. */
  interface Cache {
    readonly get: (key: string) => Promise<unknown>;
    readonly set: (
      key: string,
      value: unknown,
      ttl: number,
      scope?: undefined,
      nx?: boolean,
    ) => Promise<boolean | null>;
    readonly delete: (key: string) => Promise<boolean>;
  }

  /** Simulates minutes with these operations of the cache. Returns the results by minute. */
  async function resultsOf<T>(operations: (cache: Cache, minute: number) => Promise<T>, playing?: Playing) {
    const results: T[] = [];
    await playedWith(async ({ z, minute }) => {
      results.push(await operations(z.cache, minute));
      return [];
    }, playing);
    return results;
  }

  const isRefused = (operation: Promise<unknown>): Promise<boolean> =>
    operation.then(
      () => false,
      (error: unknown) => error instanceof Error && error.message === 'cache',
    );

  it('keeps copies of values until they are replaced or deleted', async () => {
    const value = { list: [1] };
    const results = await resultsOf(
      async (cache) => {
        const before = await cache.get('key');
        const isSet = await cache.set('key', value, 60);
        value.list.push(2);
        const copy = await cache.get('key');
        await cache.set('key', 'other', 60);
        const other = await cache.get('key');
        await cache.set('another key', 3, 60);
        const isDeleted = await cache.delete('key');
        return [before, isSet, copy, other, isDeleted, await cache.get('key'), await cache.get('another key')];
      },
      { minutes: 1 },
    );
    expect(results).toEqual([[null, true, { list: [1] }, 'other', true, null, 3]]);
  });

  it('is shared by all Zaps', async () => {
    const results = await resultsOf(
      async (cache) => {
        const before = await cache.get('key');
        await cache.set('key', 'kept', 60);
        return before;
      },
      { zapIds: ['7', '8'], minutes: 2 },
    );
    expect(results).toEqual([null, 'kept', 'kept', 'kept']);
  });

  it.each([
    [true, [true, false, true]],
    [false, [true, false, false]],
  ])('sets a value with nx only if there is none, or if it has expired: %p', async (expires, isSet) => {
    const results = await resultsOf(
      async (cache, minute) => {
        // The value of each minute would expire after two minutes.
        const wasSet = await cache.set('key', minute, 120, undefined, true);
        return [wasSet, await cache.get('key')];
      },
      { expires },
    );
    expect(results).toEqual(isSet.map((wasSet, minute) => [wasSet, wasSet ? minute : 0]));
  });

  it.each([
    [true, [null, 'kept'], [null, null]],
    [false, ['kept', 'kept'], ['kept', 'kept']],
  ])('forgets entries at the end of their lifetime if they expire: %p', async (expires, ...later) => {
    const results = await resultsOf(
      async (cache, minute) => {
        if (minute === 0) {
          await cache.set('60 seconds', 'kept', 60);
          await cache.set('61 seconds', 'kept', 61);
        }
        return [await cache.get('60 seconds'), await cache.get('61 seconds')];
      },
      { expires },
    );
    expect(results).toEqual([['kept', 'kept'], ...later]);
  });

  it.each<[title: string, behaviour: ZapierBehaviour, found: (number | null)[]]>([
    ['nothing by default', {}, [null, 0, 0, 0, 0]],
    [
      'everything after the polls of a minute',
      { forgetting: [WEEK_START + MINUTE, WEEK_START + 4 * MINUTE - 1] },
      [null, 0, null, 2, null],
    ],
    ['everything at an interval, before the polls', { forgetsEveryMs: 2 * MINUTE }, [null, 0, null, 2, null]],
    ['everything at an interval from the last time', { forgetsEveryMs: 1.5 * MINUTE }, [null, 0, null, 2, null]],
    ['everything before each poll', { forgetsEveryMs: MINUTE }, [null, null, null, null, null]],
  ])('forgets %s', async (_title, behaviour, found) => {
    const results = await resultsOf(
      async (cache, minute) => {
        const entry = await cache.get('key');
        if (entry === null) await cache.set('key', minute, 60);
        return entry;
      },
      { minutes: 5, ...behaviour },
    );
    expect(results).toEqual(found);
  });

  const ALL = { get: true, set: true, delete: true };
  const NONE = { get: false, set: false, delete: false };

  it.each<[refuses: ZapierBehaviour['refuses'], once: object]>([
    [undefined, NONE],
    ['everything', ALL],
    ['writes', { ...ALL, get: false }],
  ])('refuses operations once the Zaps are on: %p', async (refuses, once) => {
    const results = await resultsOf(
      async (cache) => ({
        get: await isRefused(cache.get('key')),
        set: await isRefused(cache.set('key', 1, 60)),
        delete: await isRefused(cache.delete('other key')),
      }),
      { ...(refuses && { refuses }), zapIds: ['7', '8'], minutes: 2 },
    );
    expect(results).toEqual([NONE, NONE, once, once]);
  });

  it('does not make a change that it refuses', async () => {
    const results = await resultsOf(
      async (cache, minute) => {
        await cache.set('key', minute, 60).catch(() => null);
        if (minute > 0) await cache.delete('key').catch(() => null);
        return cache.get('key');
      },
      { refuses: 'writes' },
    );
    expect(results).toEqual([0, 0, 0]);
  });

  it('fails in every 97th operation, which has no effect', async () => {
    const results = await resultsOf(
      async (cache) => {
        const failures: boolean[] = [];
        for (const index of range(97)) {
          const operations = [
            () => cache.set('key', index, 60),
            () => cache.get('key'),
            () => cache.delete('other key'),
          ];
          failures.push(await isRefused(operations[index % 3]?.() ?? Promise.resolve()));
        }
        return [failures.indexOf(true), failures.lastIndexOf(true), await cache.get('key')];
      },
      { minutes: 2 },
    );
    // The second poll begins with the 99th operation.
    expect(results).toEqual([
      [96, 96, 93],
      [95, 95, 96],
    ]);
  });

  it('takes the given time for each operation', async () => {
    const times: number[] = [];
    await playedWith(
      async ({ z, tutorCruncher }) => {
        await z.cache.set('key', 1, 60);
        await z.cache.get('key');
        times.push(tutorCruncher.now - WEEK_START);
        await Promise.all([z.cache.get('key'), z.cache.delete('key').catch(() => null)]);
        times.push(tutorCruncher.now - WEEK_START);
        return [];
      },
      { cacheMs: 300, minutes: 1 },
    );
    expect(times).toEqual([600, 900]);
  });
});

describe('an error of a poll', () => {
  const POLL = {
    readRows: () => Promise.resolve([]),
    momentOf: () => 0,
    span: { from: 0, to: Infinity },
    isDue: () => true,
  };
  const missed = (count: number, isMissedCounted = true): string =>
    missedMessage({ ...newNotes(0), missed: range(count), isMissedCounted }, 'task', NEUTRAL_LOCALE, POLL);
  const forgotten = (isLost: boolean): string => forgottenMessage([1, 2], 'task', NEUTRAL_LOCALE, POLL, isLost);
  const fail = (message: string): never => {
    throw new Error(message);
  };

  /** The numbers that an error of the Zap changes; default: 0. */
  interface Counts {
    readonly messages?: number;
    readonly reportedMisses?: number;
    readonly recoveries?: number;
    readonly failedPolls?: number;
  }

  it.each<[kind: string, message: string, counts: Counts]>([
    ['a missed record', missed(1), { messages: 1, reportedMisses: 1 }],
    ['many missed records', missed(1_234), { messages: 1, reportedMisses: 1_234 }],
    ['an unknown number of missed records', missed(2, false), { messages: 1, reportedMisses: Infinity }],
    ['records for which the Zap may have run', forgotten(true), { messages: 1, reportedMisses: 2 }],
    ['records before the Zap was turned on', forgotten(false), { messages: 1, reportedMisses: 2 }],
    ['polls that come too late', lateMessage(0, 'task', NEUTRAL_LOCALE), { messages: 1 }],
    ['a Zap without an id', NO_ZAP_ID, { messages: 1 }],
    ['a cache that does not respond', NO_CACHE, { messages: 1 }],
    [
      'too many requests',
      'The polled triggers of this connection have used the requests of this minute.',
      { messages: 1 },
    ],
    ['too many records', 'TutorCruncher lists too many records for this step to read all of them.', { messages: 1 }],
    ['lost notes', recoveryMessage(1_234, 'task'), { recoveries: 1 }],
    ['no connection', 'TutorCruncher could not be reached. Try again.', { failedPolls: 1 }],
    ['no response', 'TutorCruncher did not respond within 2 seconds.', { failedPolls: 1 }],
    ['late responses', 'TutorCruncher responded too slowly. Try again.', { failedPolls: 1 }],
  ])('is counted by its kind: %s', async (_kind, message, counts) => {
    const zapier = await playedWith(({ minute }) => (minute === 1 ? fail(message) : recordsOf([minute])));
    const { messages, reportedMisses, recoveries, failedPolls, errors } = zapier;
    expect(errors).toEqual(new Map([['7', [{ at: WEEK_START + MINUTE, message }]]]));
    expect(messages).toEqual(counts.messages ? [message] : []);
    expect({
      messages: messages.length,
      reportedMisses: reportedMisses.get('7') ?? 0,
      recoveries,
      failedPolls: failedPolls.get('7') ?? 0,
    }).toEqual({ messages: 0, reportedMisses: 0, recoveries: 0, failedPolls: 0, ...counts });
    expect(runsOf(zapier)).toEqual([['2', 2]]);
  });

  it('is counted for its Zap, at the end of the poll', async () => {
    const responses = 'TutorCruncher responded too slowly.';
    const { reportedMisses, failedPolls, errors, messages } = await playedWith(
      async ({ bundle, minute, tutorCruncher }) => {
        await tutorCruncher.wait(500);
        if (zapIdOf(bundle) === '7') return fail(missed(minute + 1));
        return minute > 0 ? fail(responses) : [];
      },
      { zapIds: ['7', '8'], cacheMs: 1 },
    );
    expect(reportedMisses).toEqual(new Map([['7', 1 + 2 + 3]]));
    expect(failedPolls).toEqual(new Map([['8', 2]]));
    expect(messages).toEqual([missed(1), missed(2), missed(3)]);
    const at = (minute: number) => WEEK_START + minute * MINUTE + 500;
    expect([...errors]).toEqual([
      ['7', [0, 1, 2].map((minute) => ({ at: at(minute), message: missed(minute + 1) }))],
      ['8', [1, 2].map((minute) => ({ at: at(minute), message: responses }))],
    ]);
  });

  it.each([
    'The trigger has a mistake.',
    'This step stopped. TutorCruncher could not be reached.',
    'Zapier has lost what this Zap remembered, and it cannot tell more.',
    'This Zap has run for a while.',
  ])('of an unknown kind ends the simulation: %s', async (message) => {
    await expect(playedWith(() => fail(message))).rejects.toThrow(message);
  });
});
