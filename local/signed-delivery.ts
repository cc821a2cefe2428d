/** Stand-in for TutorCruncher's webhook dispatcher, which formats and signs deliveries as TutorCruncher does. */

import { sign, SIGNATURE_HEADER } from '../wire/signature.ts';

/** Body and headers of a POST request as TutorCruncher sends it. */
export interface SignedRequest {
  readonly body: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Returns JSON as TutorCruncher writes it: with a space after each comma and colon, and with all characters outside
 * ASCII escaped. The format matters because TutorCruncher signs the bytes.
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

/** Returns a delivery as the signed request that TutorCruncher sends. */
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
