/** The release of an app whose Zaps subscribe at a relay. */

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

import type { RunningTutorCruncher } from '../../local/api/tutorcruncher.ts';
import type { Version } from '../../local/developer-api/integration.ts';
import { sendToRelay, webhookUrlOf } from '../../local/relayed-zaps.ts';
import { createTemporaryFolder } from '../../local/temporary-folder.ts';
import lesson from '../../objects/samples/lesson.json' with { type: 'json' };
import { freePort } from '../../relay/harness/free-port.ts';
import { startRelayProcess } from '../../relay/harness/relay-process.ts';
import { startTargetServer, type TargetServer } from '../../relay/harness/target-server.ts';
import { until } from '../../relay/harness/until.ts';
import { deriveToken } from '../../wire/capability.ts';
import { isJsonObject } from '../../wire/json.ts';
import { CHANNEL_PATH } from '../../wire/relay-api.ts';
import { startLambda } from './lambda.ts';
import { Release, type Rehearsal } from './release.ts';
import { logOf, PRIVATE_KEY, runSteps, runTrigger, TRIGGER, TRIGGER_PATH, type Log } from './steps.ts';

/** A relay, and a server in place of Zapier's webhook URLs. */
interface Delivery {
  readonly relayUrl: string;
  readonly target: TargetServer;
}

/** Checks the number of subscriptions of the connection's channel. */
async function expectSubscriptions(relayUrl: string, count: number): Promise<void> {
  const headers = { Authorization: `Bearer ${deriveToken(PRIVATE_KEY, relayUrl)}` };
  const state: unknown = await (await fetch(`${relayUrl}${CHANNEL_PATH}`, { headers })).json();
  assert(isJsonObject(state) && Array.isArray(state.subscriptions), 'The relay did not return the channel.');
  assert.equal(state.subscriptions.length, count);
}

/** Turns a Zap on, delivers an event through the relay, runs the other steps, and turns the Zap off. */
async function runUpload(
  version: Version,
  { relayUrl, target }: Delivery,
  tutorCruncher: RunningTutorCruncher,
  log: Log,
): Promise<void> {
  const app = startLambda(version, { TUTORCRUNCHER_URL: tutorCruncher.origin }, PRIVATE_KEY);
  try {
    const targetUrl = `${target.origin}/hooks/1`;
    const subscribeData = await app.call(`${TRIGGER_PATH}.performSubscribe`, { targetUrl });
    await expectSubscriptions(relayUrl, 1);

    const { status } = await sendToRelay(await webhookUrlOf(app, TRIGGER), lesson, PRIVATE_KEY);
    assert.equal(status, '202 Accepted');
    await until(() => target.received.length > 0);
    const [request] = target.received;
    assert(request);
    await runTrigger(app, log, request);
    await runSteps(app, log, tutorCruncher);

    await app.call(`${TRIGGER_PATH}.performUnsubscribe`, { targetUrl, subscribeData });
    await expectSubscriptions(relayUrl, 0);
  } finally {
    await app.stop();
  }
}

async function release(rehearsal: Rehearsal, delivery: Delivery, registrationSecret: string): Promise<void> {
  const { api, tutorCruncher } = rehearsal;
  const release = new Release('relay', rehearsal, { ZAPIER_DEPLOY_KEY: api.deployKey });
  const { shell } = release;
  await release.register(delivery.relayUrl);

  const first = await release.push(/Push complete!/);
  const setting = `RELAY_REGISTRATION_SECRET=${registrationSecret}`;
  await shell.zapier(['env:set', first.version, setting], { says: /Successfully wrote/ });
  await runUpload(first, delivery, tutorCruncher, logOf(release.integration, first.version));
  shell.print('The uploaded app subscribed, ran a trigger, its test data, an action and a search, and unsubscribed.');
  await release.invite();
  await shell.zapier(['promote', first.version, '--yes'], { says: /Your integration passes validation/ });

  // Zapier's team publishes the integration after a review.
  release.integration.isPublic = true;
  await shell.zapier(['promote', first.version, '--yes'], { says: /Promotion successful!/ });
  await release.startNextVersion();
  const second = await release.push(/Push complete!/);
  assert.deepEqual(second.environment, first.environment);
  await shell.zapier(['promote', second.version, '--yes'], { says: /Promotion successful!/ });
  await shell.zapier(['env:set', second.version, setting], { fails: true, says: /is the production version/ });
  await shell.zapier(['env:set', second.version, setting, '--force'], { says: /Successfully wrote/ });
  await release.migrate(first, second, 10);
  await release.migrate(first, second);
  await release.inspect(new RegExp(`${first.version}[^]*available[^]*${second.version}[^]*promoted`));
}

/**
 * Rehearses the release with a relay in a process of its own.
 *
 * @throws {Error} if the outcome of a command or a run differs from RELEASING.md
 */
export async function releaseRelayed(rehearsal: Rehearsal): Promise<void> {
  const registrationSecret = randomBytes(32).toString('hex');
  const target = await startTargetServer();
  const relay = await startRelayProcess({
    port: await freePort(),
    environment: {
      RELAY_REGISTRATION_SECRET: registrationSecret,
      RELAY_SQLITE_PATH: join(createTemporaryFolder(), 'relay.sqlite'),
      RELAY_TARGET_ORIGINS: target.origin,
    },
  });
  try {
    await release(rehearsal, { relayUrl: relay.url, target }, registrationSecret);
  } finally {
    await relay.kill('SIGTERM');
    target.close();
  }
}
