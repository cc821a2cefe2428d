import { describe, expect, it } from '@jest/globals';

import { isSignedLink, withoutSignature } from '../../src/record/signed-link.ts';

const PHOTO = 'https://tc-media.s3.amazonaws.com/photo/301.jpg';
const SIGNED = `${PHOTO}?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20260610T180500Z&X-Amz-Expires=3600&X-Amz-Signature=`;

describe('a signed link', () => {
  it.each([
    `${SIGNED}0a1b`,
    `${PHOTO}?AWSAccessKeyId=AKIA&Signature=x%3D&Expires=1781114700`,
    `${PHOTO}?response-content-type=image%2Fjpeg&amp;Expires=1781114700`,
    `${PHOTO}?sv=2026&se=2026-06-10&sig=abc`,
    '/photo/301.jpg?expires=1781114700#top',
  ])('is recognized by its query: %s', (link) => {
    expect(isSignedLink(link)).toBe(true);
    expect(PHOTO).toContain(withoutSignature(link));
  });

  it.each([
    'X-Amz-Signature',
    'X-Goog-Signature',
    'Signature',
    'sig',
    'hmac',
    'Expires',
    'expires_at',
    'expiry',
    'expiration',
    'AWSAccessKeyId',
    'GoogleAccessId',
    'Key-Pair-Id',
  ])('is recognized by the single parameter %s', (name) => {
    expect(withoutSignature(`${PHOTO}?${name}=x`)).toBe(PHOTO);
    expect(isSignedLink(`${PHOTO}?my-${name}=x`)).toBe(false);
  });

  it.each([PHOTO, `${PHOTO}?size=large`, `${PHOTO}?design=1`, `See ${SIGNED}0a1b`, `${SIGNED}0a1b and more`, '', 7])(
    'is no other value: %s',
    (value) => {
      expect(isSignedLink(value)).toBe(false);
      expect(withoutSignature(String(value))).toBe(String(value));
    },
  );
});
