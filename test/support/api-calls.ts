/** Requests to the stand-in for TutorCruncher's API, over HTTP. */

import { expect } from '@jest/globals';

import { PRIVATE_KEY } from '../../local/hook-calls.ts';
import type { JsonObject } from '../../wire/json.ts';
import type { TutorCruncherOfTests } from './running-tutorcruncher.ts';

/** A request, its body, and the expected response: see {@link apiCalls}. */
export type Call = readonly [request: string, body: object | null, expected: number | readonly string[] | object];

/** Returns functions that send requests to the stand-in of the current test. */
export function apiCalls(tutorCruncher: TutorCruncherOfTests) {
  async function call(request: string, body: object | null = null) {
    const [method, path = ''] = request.split(' ');
    const response = await fetch(`${tutorCruncher.now.origin}/api/${path}`, {
      method: method ?? '',
      headers: { Authorization: `token ${PRIVATE_KEY}`, 'Content-Type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    return { status: response.status, data: (await response.json()) as JsonObject };
  }

  /**
   * Expects a status, the names of the fields that the refusal of a request lists, or a successful response with these
   * members.
   */
  async function expectAnswer([request, body, expected]: Call): Promise<void> {
    const { status, data } = await call(request, body);
    if (typeof expected === 'number') expect([request, status]).toEqual([request, expected]);
    else if (!Array.isArray(expected)) expect({ request, status, data }).toMatchObject({ status: 200, data: expected });
    else
      expect([request, status, ...Object.keys(data).sort()]).toEqual([request, 400, ...(expected as string[]).sort()]);
  }

  /** Sends requests one after another, and expects their responses. */
  async function expectAnswers(...calls: readonly Call[]): Promise<void> {
    for (const each of calls) await expectAnswer(each);
  }

  return { call, expectAnswers };
}

/** The body of a new lesson. */
export const LESSON = {
  topic: 'Fractions',
  status: 'planned',
  service: 705,
  start: '2027-01-12T16:00:00+00:00',
  finish: '2027-01-12T17:00:00+00:00',
};

/** The body of a new job. */
export const JOB = { name: 'Latin', dft_charge_rate: '40.00', dft_contractor_rate: 25 };
