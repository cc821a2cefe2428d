import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';

import { afterAll, expect, it } from '@jest/globals';

import { freePort } from '../../relay/harness/free-port.ts';
import { sign, SIGNATURE_HEADER } from '../../wire/signature.ts';
import { runToEnd } from '../support/npm-start.ts';
import { sendFrom } from '../support/send-from.ts';

const folder = mkdtempSync(join(tmpdir(), 'tutorcruncher-zapier-test-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Returns the path of a file with this content. */
function fileWith(content: string): string {
  const path = join(folder, 'body.json');
  writeFileSync(path, content);
  return path;
}

/** Sends the sample of a trigger to a stand-in that responds with this result. Returns the output and the request. */
async function sentFor(result: object, choices: readonly string[] = []) {
  const requests: unknown[] = [];
  const server = createServer((request, response) => {
    void json(request).then((body) => {
      requests.push({ url: request.url, signature: request.headers[SIGNATURE_HEADER.toLowerCase()], body });
      response.end(JSON.stringify(result));
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const { output, error } = await sendFrom(String(port), 'note_added', undefined, 'a-key', choices);
  server.close();
  return { output, error, requests };
}

it('sends the signed sample of the trigger and the choices of its Zap', async () => {
  const { requests } = await sentFor({ records: 1, reads: [] }, ['label=21', 'only=a b']);
  expect(requests).toEqual([
    {
      url: '/send/note_added?choice=label%3D21&choice=only%3Da+b',
      signature: expect.stringMatching(/^[0-9a-f]{64}$/),
      body: { request_time: expect.any(Number), events: [expect.objectContaining({ verb: 'Added a Note' })] },
    },
  ]);
});

it('signs the bytes of a file with the private key', async () => {
  const content = '{"events":  [{"action": "CREATED_NOTE"}]}\n';
  let signature: unknown;
  const server = createServer((request, response) => {
    signature = request.headers[SIGNATURE_HEADER.toLowerCase()];
    response.end('{"records": 0}');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  await sendFrom(String(port), 'note_added', fileWith(content), 'a-key');
  server.close();
  expect(signature).toBe(sign(content, 'a-key'));
});

it.each<[result: object, choices: string[], output: RegExp]>([
  [{ records: 2, reads: [] }, [], /^Sent \d+ bytes to the relay\.\nAccepted: the Zap runs with 2 records\.\n$/],
  [{ records: 0 }, [], /\nAccepted, but the delivery has no event for this trigger\. The Zap does not run\.\n$/],
  [{ records: 0 }, ['label=22'], /\nAccepted, but the delivery has no event for this trigger and its choices\. The /],
  [
    { records: 1, reads: ['/api/clients/1/', '/api/clients/1/'] },
    [],
    /relay\.\nThe trigger has read \/api\/clients\/1\/ from TutorCruncher 2 times\.\nAccepted: the Zap runs with 1 record\.\n$/,
  ],
])('prints the result %j of an accepted delivery with the choices %j', async (result, choices, output) => {
  expect(await sentFor(result, choices)).toMatchObject({ output: expect.stringMatching(output), error: '' });
});

it.each<[result: object, message: RegExp]>([
  [{ refused: 'Wrong signature.', reads: [] }, /^Refused: Wrong signature\.\n\n.*TUTORCRUNCHER_PRIVATE_KEY/],
  [
    { failed: 'No record.', reads: ['/api/notes/5/'] },
    /^Failed: No record\.\n\nThe trigger has read \/api\/notes\/5\/ from TutorCruncher\.$/,
  ],
])('fails with the result %j', async (result, message) => {
  expect(await sentFor(result)).toMatchObject({ output: '', error: expect.stringMatching(message) });
});

it.each<[content: string, message: RegExp]>([
  [' \n', /^"[^"]+" is empty\. Save the body of a webhook in it\.$/],
  ['{"events": [', /^"[^"]+" is not valid JSON: [^\n]+$/],
  ['{}', /^"[^"]+" has no events\. The body of a webhook has a list "events", and each /],
  ['{"events": [{"verb": "Created"}]}', /^"[^"]+" has no events\./],
])('sends nothing of note_added with the file %j', async (content, message) => {
  const { output, error } = await sendFrom('1', 'note_added', fileWith(content));
  expect(error).toMatch(message);
  expect(output).toBe('');
});

it('sends nothing of a file that does not exist', async () => {
  const { error } = await sendFrom('1', 'note_added', '/no/file');
  expect(error).toMatch(/^Could not read "\/no\/file": ENOENT[^\n]*$/);
});

it('send explains what to do if nothing, or another server, listens on the port', async () => {
  const port = String(await freePort());
  const { code, errors } = await runToEnd(['send', 'note_added'], { PORT: port });
  expect(errors).toMatch(new RegExp(`^Nothing listens at [^\n]*, in another terminal: PORT=${port} npm start\n$`));
  expect(code).toBe(1);
  const server = createServer((_request, response) => response.end('{"status": "success"}'));
  await once(server.listen(Number(port), '127.0.0.1'), 'listening');
  const { error } = await sendFrom(port, 'note_added');
  server.close();
  expect(error).toMatch(/^The server on port \d+ is not the stand-in for Zapier/);
});
