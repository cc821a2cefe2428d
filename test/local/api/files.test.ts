import { expect, it } from '@jest/globals';

import { Files } from '../../../local/api/files.ts';

const files = new Files('http://files.example');
const statusOf = (link: string) => files.respond(new URL(link), undefined)?.[0] ?? null;

it('serves the file of a link until the link expires', () => {
  files.linkSeconds = 60;
  const link = files.linkTo('invoices', 148);
  expect(link).toMatch(/^http:\/\/files\.example\/files\/invoices\/148\.pdf\?Expires=\d+$/);
  expect(statusOf(link)).toBe(200);
  files.linkSeconds = -1;
  expect(statusOf(files.linkTo('invoices', 148))).toBe(403);
  expect(statusOf('http://files.example/files/invoices/148.pdf')).toBe(403);
  expect(files.requests).toHaveLength(3);
});

it('leaves other paths to the API', () => {
  expect(statusOf('http://files.example/api/invoices/148/')).toBeNull();
});

it('a test can replace the response', () => {
  files.intercept = () => [500, null];
  expect(statusOf(files.linkTo('invoices', 148))).toBe(500);
});
