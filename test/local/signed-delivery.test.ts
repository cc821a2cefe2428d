import { describe, expect, it } from '@jest/globals';

import { requestFromTutorCruncher, toTutorCruncherJson } from '../../local/signed-delivery.ts';
import { sign } from '../../wire/signature.ts';

describe('toTutorCruncherJson', () => {
  it('writes spaces after separators and escapes all characters outside ASCII', () => {
    expect(toTutorCruncherJson({ a: [1, 'é🎻\u2028"'], b: null, c: undefined, d: { e: true } })).toBe(
      '{"a": [1, "\\u00e9\\ud83c\\udfbb\\u2028\\""], "b": null, "d": {"e": true}}',
    );
  });
});

describe('requestFromTutorCruncher', () => {
  it('signs the bytes of the JSON that it writes', () => {
    const { body, headers } = requestFromTutorCruncher({ a: 'é' }, 'a-key');
    expect(Buffer.from(body).toString()).toBe('{"a": "\\u00e9"}');
    expect(headers['Webhook-Signature']).toBe(sign(body, 'a-key'));
  });

  it('leaves bytes as they are', () => {
    const bytes = Buffer.from('{"a":"é"}');
    expect(requestFromTutorCruncher(bytes, 'a-key').body).toBe(bytes);
  });
});
