/** The checks at the end of a chaos run: each check fails for its fault, and only for its fault. */

import { beforeEach, describe, expect, it, jest } from '@jest/globals';

import { EnvelopeOpener } from '../../../wire/sealing/envelope-opener.ts';
import { ACCOUNT, OTHER_ACCOUNT } from '../../chaos/accounts.ts';
import { createSender, type Sender } from '../../chaos/sender.ts';
import type { TestBed } from '../../chaos/test-bed.ts';
import { failedChecks, printZaps } from '../../chaos/verdict.ts';
import type { Zap } from '../../chaos/zaps.ts';
import { ORIGIN } from '../../harness/sample-delivery.ts';

/** Number of faults of the run. */
const FAULTS = 2;
/** The events of each account in the order of sending. Each event was acknowledged before the next event was sent. */
const IDS = ['e0', 'e1', 'e2', 'e3'] as const;

let sender: Sender;
let otherSender: Sender;
let healthy: Zap;
let slow: Zap;
let ofOtherChannel: Zap;
let deleted: Zap;
let requestsAfterGone: number;
let bed: TestBed;

const zapOf = (name: string, ofSender: Sender): Zap => ({
  name,
  sender: ofSender,
  respond: () => 200,
  opener: new EnvelopeOpener(ofSender.account.key, ORIGIN),
  arrivals: new Map(),
  accepted: new Set(),
  requests: 0,
  forged: 0,
  misplaced: 0,
  repeated: 0,
  storedTwice: 0,
});

/** Records an event of a sender, with the times of its first request and of its acknowledgement. */
function addEvent({ events }: Sender, id: string, sentAt: number, ackedAt: number): void {
  events.set(id, { body: id, lesson: 0, sentAt, ackedAt, isUncertain: false });
}

/** Records that a Zap has received and accepted events in this order, and no others. */
function setArrivals(zap: Zap, ...ids: readonly string[]): void {
  zap.arrivals = new Map(ids.map((id) => [id, `delivery of ${id}`]));
  zap.accepted = new Set(ids);
}

const failures = (): string[] => failedChecks(bed, FAULTS);

beforeEach(() => {
  sender = createSender([], ACCOUNT, 1);
  otherSender = createSender([], OTHER_ACCOUNT, 1);
  for (const each of [sender, otherSender]) {
    for (const [index, id] of IDS.entries()) addEvent(each, id, 10 * index, 10 * index + 5);
    each.statuses.set(202, IDS.length);
  }
  healthy = zapOf('healthy', sender);
  slow = zapOf('slow', sender);
  ofOtherChannel = zapOf('of another channel', otherSender);
  deleted = zapOf('deleted', sender);
  const live = [healthy, slow, ofOtherChannel];
  for (const zap of live) setArrivals(zap, ...IDS);
  requestsAfterGone = 0;
  const nothing = (): void => undefined;
  bed = {
    zaps: {
      origin: '',
      close: nothing,
      healthy,
      ofOtherChannel,
      live,
      all: [...live, deleted],
      requestsAfterGone: () => requestsAfterGone,
    },
    senders: [sender, otherSender],
    relays: [],
    cluster: null,
    nextVersion: () => '',
    log: () => '',
    remove: () => Promise.resolve(),
  };
});

it('a run passes if each live Zap has accepted all events in order', () => {
  expect(failures()).toEqual([]);
});

describe('a lost event', () => {
  it.each([
    ['healthy', () => healthy],
    ['slow', () => slow],
    ['of another channel', () => ofOtherChannel],
  ])('fails the run if it arrived, but was never accepted, at the Zap that is %s', (name, zapNamed) => {
    zapNamed().accepted = new Set(['e0', 'e1']);
    expect(failures()).toEqual([`${name}: acknowledged events that did not arrive: 2`]);
  });

  it('fails the run if it has not arrived', () => {
    setArrivals(slow, 'e0', 'e1', 'e2');
    expect(failures()).toEqual(['slow: acknowledged events that did not arrive: 1']);
  });

  it('fails the run even if the Zap has accepted as many events with other ids', () => {
    slow.accepted = new Set(['e4', 'e5', 'e6', 'e7']);
    expect(failures()).toEqual(['slow: acknowledged events that did not arrive: 4']);
  });

  it('is allowed before it is acknowledged', () => {
    addEvent(sender, 'e4', 40, Infinity);
    expect(failures()).toEqual([]);
  });

  it('is allowed only if it was acknowledged between a copy of the database and the failover to this copy', () => {
    for (const zap of [healthy, slow]) setArrivals(zap, 'e0', 'e1');
    sender.addStepBack(30, 50);
    expect(failures()).toEqual([
      'healthy: acknowledged events that did not arrive: 1',
      'slow: acknowledged events that did not arrive: 1',
    ]);
    sender.addStepBack(20, 50);
    expect(failures()).toEqual([]);
  });

  it('is allowed at the deleted Zap', () => {
    setArrivals(deleted, 'e0');
    expect(failures()).toEqual([]);
  });
});

describe('the order of events', () => {
  it('fails the run if an event arrives before an event that was acknowledged before it was sent', () => {
    for (const zap of [healthy, slow]) setArrivals(zap, 'e1', 'e0', 'e2', 'e3');
    setArrivals(ofOtherChannel, 'e3', 'e0', 'e1', 'e2');
    expect(failures()).toEqual([
      'healthy: events that arrived before an earlier one: 1',
      'slow: events that arrived before an earlier one: 1',
      'of another channel: events that arrived before an earlier one: 3',
    ]);
  });

  it('is compared with all events that arrived before, not only with the last one', () => {
    addEvent(sender, 'e1', 0, 100);
    for (const zap of [healthy, slow]) setArrivals(zap, 'e3', 'e1', 'e2', 'e0');
    expect(failures()).toEqual([
      'healthy: events that arrived before an earlier one: 2',
      'slow: events that arrived before an earlier one: 2',
    ]);
  });

  it('is free for events that overlapped, if all Zaps receive the same order', () => {
    // `e0` was acknowledged at the time of the first request with `e1`.
    addEvent(sender, 'e0', 0, 10);
    for (const zap of [healthy, slow]) setArrivals(zap, 'e1', 'e0', 'e2', 'e3');
    expect(failures()).toEqual([]);
  });

  it('fails the run if it differs between two Zaps of a channel', () => {
    for (const id of IDS) addEvent(sender, id, 0, 100);
    setArrivals(slow, 'e0', 'e2', 'e1', 'e3');
    expect(failures()).toEqual(['slow: events in a different order than at the healthy Zap: 2']);
  });

  it('fails the run if a Zap receives an event that is missing at the healthy Zap', () => {
    addEvent(sender, 'e3', 30, Infinity);
    setArrivals(healthy, 'e0', 'e1', 'e2');
    expect(failures()).toEqual(['slow: events in a different order than at the healthy Zap: 1']);
  });

  it('may differ between Zaps of different channels', () => {
    for (const id of IDS) addEvent(otherSender, id, 0, 100);
    setArrivals(ofOtherChannel, 'e3', 'e2', 'e1', 'e0');
    expect(failures()).toEqual([]);
  });

  it('is the order of first arrivals, not the order in which the Zap accepted the events', () => {
    slow.accepted = new Set([...IDS].reverse());
    expect(failures()).toEqual([]);
    slow.arrivals = new Map([...slow.arrivals].reverse());
    expect(failures()).toEqual([
      'slow: events that arrived before an earlier one: 3',
      'slow: events in a different order than at the healthy Zap: 4',
    ]);
  });

  it('leaves out events that may have been stored in a replaced state of the database', () => {
    // Of these events, `e2` and `e3` were stored between the copy and the failover.
    sender.addStepBack(25, 35);
    setArrivals(healthy, 'e2', 'e0', 'e3', 'e1');
    setArrivals(slow, 'e3', 'e0', 'e2', 'e1');
    expect(failures()).toEqual([]);
  });

  it('is not checked at the deleted Zap', () => {
    setArrivals(deleted, 'e3', 'e0');
    expect(failures()).toEqual([]);
  });
});

describe('the counter of a Zap', () => {
  it.each<[counter: 'forged' | 'misplaced' | 'storedTwice', failure: string]>([
    ['forged', 'forged or damaged deliveries'],
    ['misplaced', 'wrong earlier events'],
    ['storedTwice', 'events that were stored twice'],
  ])('`%s` fails the run, even if the Zap is deleted', (counter, failure) => {
    healthy[counter] = 1;
    ofOtherChannel[counter] = 2;
    deleted[counter] = 3;
    expect(failures()).toEqual([
      `healthy: ${failure}: 1`,
      `of another channel: ${failure}: 2`,
      `deleted: ${failure}: 3`,
    ]);
  });

  it('`repeated` does not fail the run, because each fault can repeat requests', () => {
    for (const zap of bed.zaps.all) zap.repeated = 9;
    expect(failures()).toEqual([]);
  });
});

describe('requests to the deleted Zap after its 410', () => {
  it('pass up to the number of faults', () => {
    requestsAfterGone = FAULTS;
    expect(failures()).toEqual([]);
  });

  it.each([FAULTS + 1, NaN])('fail the run if their number is %d', (count) => {
    requestsAfterGone = count;
    expect(failures()).toEqual([`requests to the deleted Zap after its 410: ${count}`]);
  });
});

describe('responses to the senders', () => {
  it('pass with the status 202 or 503, or if the connection failed', () => {
    sender.statuses.set(503, 7).set('no response', 8);
    expect(failures()).toEqual([]);
  });

  it('fail the run with any other status, with each such status once for a sender', () => {
    sender.statuses.set(500, 7).set(200, 1);
    otherSender.statuses.set(429, 1);
    expect(failures()).toEqual(['unexpected responses to the sender (500, 200, 429): 3']);
  });
});

it('reports all failures of a run', () => {
  setArrivals(slow, 'e1', 'e0', 'e2');
  slow.forged = 1;
  requestsAfterGone = 5;
  sender.statuses.set(401, 1);
  expect(failures()).toEqual([
    'slow: acknowledged events that did not arrive: 1',
    'slow: events that arrived before an earlier one: 1',
    'slow: events in a different order than at the healthy Zap: 2',
    'slow: forged or damaged deliveries: 1',
    'requests to the deleted Zap after its 410: 5',
    'unexpected responses to the sender (401): 1',
  ]);
});

it('prints the events, the possible and the actual losses and the responses of each account, and a row for each Zap', () => {
  const log = jest.spyOn(console, 'log').mockReturnValue();
  const table = jest.spyOn(console, 'table').mockReturnValue();
  sender.addStepBack(20, 50);
  sender.statuses.set(503, 1);
  setArrivals(healthy, 'e0', 'e1', 'e2');
  setArrivals(slow, 'e0');
  Object.assign(slow, { requests: 7, forged: 1, repeated: 2 });
  printZaps('sqlite', bed);
  const printed = log.mock.calls.map(([line]) => String(line));
  const rows: unknown = table.mock.calls[0]?.[0];
  jest.restoreAllMocks();
  const [id, otherId] = [ACCOUNT, OTHER_ACCOUNT].map(({ channel }) => channel.slice(0, 8));
  // Of the two events that can be lost, the healthy Zap has accepted one.
  const losses = (possible: number, lost: number): string =>
    `of which ${possible} were acknowledged between a copy and the failover to it, and ${lost} of them were lost`;
  expect(printed).toEqual([
    `\nsqlite: 4 events of the channel ${id}, ${losses(2, 1)}. Responses to the sender: 202: 4, 503: 1`,
    `\nsqlite: 4 events of the channel ${otherId}, ${losses(0, 0)}. Responses to the sender: 202: 4`,
  ]);
  expect(rows).toEqual({
    healthy: { requests: 0, lost: 0, forged: 0, repeated: 0 },
    slow: { requests: 7, lost: 1, forged: 1, repeated: 2 },
    'of another channel': { requests: 0, lost: 0, forged: 0, repeated: 0 },
    deleted: { requests: 0, lost: '-', forged: 0, repeated: 0 },
  });
});
