import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { expect, it } from '@jest/globals';

import type { Outcome } from '../../local/app-runner.ts';
import { consoleLinkOf, postToRelay, recordAfter, turnOnAll, webhookUrlOf } from '../../local/relayed-zaps.ts';
import { APP, NOTE, printedRuns, REQUEST, runnerWith } from '../support/zap-runs.ts';

const field = (helpText: string) => [{ key: 'copy', label: 'Copy', helpText }];
const noRun = (): Outcome => ({ records: [] });

it('reads the webhook URL and the link to the console from the first field in the editor', async () => {
  const helpText = 'Paste `http://r.example/hooks/a` there. See the [console](http://r.example/console#key.GBP).';
  const zapier = runnerWith(noRun, field(helpText));
  expect(await webhookUrlOf(zapier, 'note_added')).toBe('http://r.example/hooks/a');
  expect(await consoleLinkOf(zapier, 'note_added')).toBe('http://r.example/console#key.GBP');
});

it('fails if the editor shows no URL or link', async () => {
  const zapier = runnerWith(noRun, field('See [the relay](http://r.example/).'));
  await expect(webhookUrlOf(zapier, 'note_added')).rejects.toThrow('the editor shows no webhook URL.');
  await expect(consoleLinkOf(zapier, 'note_added')).rejects.toThrow('the editor shows no link to the console.');
});

it.each([
  [202, 'fulfilled'],
  [200, 'rejected'],
  [503, 'rejected'],
])('a request to which the relay responds with %s is %s', async (status, expected) => {
  const server = createServer((_request, response) => response.writeHead(status).end());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const [result] = await Promise.allSettled([postToRelay(url, REQUEST)]);
  server.close();
  expect(result.status).toBe(expected);
});

/** Returns a set-up without a relay, and the calls of its app. */
function setUpWith(outcome: Outcome) {
  const calls: unknown[] = [];
  const zapier = {
    ...runnerWith(() => outcome),
    call: (method: string, bundle?: object) => {
      calls.push([method, bundle]);
      return Promise.resolve([]);
    },
  };
  const runs = printedRuns(zapier);
  runs.isPrinted = false;
  const webhookUrl = () => Promise.reject(new Error('There is no relay.'));
  const zapOrigin = 'http://z.example';
  return { app: APP, zapier, zapOrigin, privateKey: 'a-key', runs, zapsOn: new Set<string>(), webhookUrl, calls };
}

it('turns each Zap on once, with a URL at the stand-in for Zapier', async () => {
  const setUp = setUpWith({ records: [] });
  await turnOnAll(setUp, 'note_added', 'note_added');
  await turnOnAll(setUp, 'note_added');
  const target = { targetUrl: 'http://z.example/hooks/note_added' };
  expect(setUp.calls).toEqual([['triggers.note_added.operation.performSubscribe', target]]);
});

it('returns the record of the next run of a trigger', async () => {
  const setUp = setUpWith({ records: [NOTE] });
  const record = recordAfter(setUp, 'note_added');
  setUp.runs.receive('note_added', REQUEST);
  expect(await record).toBe(NOTE);
});

it('fails if the next run has no record, or if the relay does not accept a delivery', async () => {
  const setUp = setUpWith({ records: [] });
  const record = recordAfter(setUp, 'note_added');
  setUp.runs.receive('note_added', REQUEST);
  await expect(record).rejects.toThrow('the Zap with the trigger Note Added did not run.');
  await expect(recordAfter(setUp, 'note_added', {})).rejects.toThrow('There is no relay.');
});
