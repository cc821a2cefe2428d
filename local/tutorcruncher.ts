/** Plays TutorCruncher: writes and signs deliveries the way its webhook dispatcher does. */

import { sign, SIGNATURE_HEADER } from '../wire/signature.ts';

/** A POST as TutorCruncher sends it. */
export interface SignedRequest {
  readonly body: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * JSON as TutorCruncher writes it: a space after each comma and colon, every character beyond ASCII escaped. A body
 * written in another way never has the same signature.
 */
export function toTutorCruncherJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(toTutorCruncherJson).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .map(([name, member]) => `${toTutorCruncherJson(name)}: ${toTutorCruncherJson(member)}`);
    return `{${members.join(', ')}}`;
  }
  return JSON.stringify(value ?? null).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/**
 * Signs a delivery.
 *
 * @param delivery - bytes are sent as they are, anything else as TutorCruncher's JSON
 * @param privateKey - the key of the integration that sends it
 */
export function requestFromTutorCruncher(delivery: unknown, privateKey: string): SignedRequest {
  const body = delivery instanceof Uint8Array ? delivery : Buffer.from(toTutorCruncherJson(delivery));
  return {
    body,
    headers: {
      'User-Agent': 'TutorCruncher',
      'Content-Type': 'application/json',
      [SIGNATURE_HEADER]: sign(body, privateKey),
    },
  };
}
