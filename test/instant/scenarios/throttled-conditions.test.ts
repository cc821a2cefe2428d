/** Many events within seconds, for a Zap with a chosen label, while TutorCruncher accepts 100 requests per minute. */

import { afterEach, expect, it, jest } from '@jest/globals';
import type { Bundle, ZObject } from 'zapier-platform-core';

import { bundleOf, deliveryOf, directZ, PRIVATE_KEY, triggerOf } from '../../../local/hook-calls.ts';
import { requestFromTutorCruncher } from '../../../local/signed-delivery.ts';
import type { JsonObject } from '../../../wire/json.ts';

const EVENTS = 300;
const SPAN_MS = 10_000;
const REQUESTS_PER_MINUTE = 100;

afterEach(() => {
  jest.restoreAllMocks();
});

/** Simulates TutorCruncher's rate limit, and Zapier, which repeats a throttled run once after its delay. */
class Simulation {
  now = Date.now();
  readonly #accepted: number[] = [];
  readonly requestsOf = new Map<number, number>();
  readonly #trigger = triggerOf('client_updated');

  constructor() {
    jest.spyOn(Date, 'now').mockImplementation(() => this.now);
  }

  /** Responds to a read of a client. Clients with an odd id have the label. */
  #respond(id: number): Promise<unknown> {
    this.requestsOf.set(id, (this.requestsOf.get(id) ?? 0) + 1);
    const inLastMinute = this.#accepted.filter((time) => time > this.now - 60_000);
    if (inLastMinute.length >= REQUESTS_PER_MINUTE) {
      return Promise.reject(new directZ.errors.ThrottledError('The server returned 429 (Too Many Requests)'));
    }
    this.#accepted.push(this.now);
    return Promise.resolve({ status: 200, data: { id, labels: id % 2 === 0 ? [] : [{ id: 21 }] } });
  }

  /**
   * Returns true if the Zap runs for a client, and false if the Zap does not run. If the run is throttled, returns the
   * delay in seconds.
   */
  async run(id: number): Promise<boolean | number> {
    const event = { ...this.#trigger.sampleEvent, subject: { model: 'Client', id, first_name: 'Priya' } };
    const bundle = { ...bundleOf(requestFromTutorCruncher(deliveryOf(event), PRIVATE_KEY)), meta: {} };
    const request = ({ url }: { readonly url: string }) =>
      url.includes('/clients/')
        ? this.#respond(Number(/\d+(?=\/$)/.exec(url)?.[0]))
        : Promise.reject(new Error('The branch is not available.'));
    const cache = { get: () => Promise.resolve(null), set: () => Promise.resolve(true) };
    const z = { ...directZ, request, cache } as unknown as ZObject;
    try {
      const inputData = { ...bundle.inputData, label: '21' };
      const records = await this.#trigger.definition.operation.perform(z, {
        ...bundle,
        inputData,
      } as unknown as Bundle);
      return records.length > 0;
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'ThrottledError') throw error;
      return Number((JSON.parse(error.message) as JsonObject).delay);
    }
  }
}

it('decides each of 300 events within ten seconds, with at most two requests for each', async () => {
  const simulation = new Simulation();
  const start = simulation.now;
  const decided = new Map<number, boolean | number>();
  const repeated: { readonly id: number; readonly time: number }[] = [];
  for (let id = 1; id <= EVENTS; id++) {
    simulation.now = start + (id * SPAN_MS) / EVENTS;
    const outcome = await simulation.run(id);
    if (typeof outcome === 'number') repeated.push({ id, time: simulation.now + outcome * 1000 });
    else decided.set(id, outcome);
  }
  expect([decided.size, repeated.length]).toEqual([REQUESTS_PER_MINUTE, EVENTS - REQUESTS_PER_MINUTE]);
  for (const { id, time } of repeated.toSorted((one, other) => one.time - other.time)) {
    simulation.now = time;
    decided.set(id, await simulation.run(id));
  }
  const ids = Array.from({ length: EVENTS }, (_, index) => index + 1);
  expect(ids.map((id) => decided.get(id))).toEqual(ids.map((id) => id % 2 === 1));
  expect(Math.max(...simulation.requestsOf.values())).toBe(2);
  expect(simulation.now - start).toBeLessThan(SPAN_MS + 301_000);
});

it('repeats a throttled event after one to five minutes', async () => {
  const simulation = new Simulation();
  for (let id = 1; id <= REQUESTS_PER_MINUTE; id++) await simulation.run(id);
  jest.spyOn(Math, 'random').mockReturnValueOnce(0).mockReturnValueOnce(0.999);
  expect([await simulation.run(301), await simulation.run(302)]).toEqual([60, 300]);
});
