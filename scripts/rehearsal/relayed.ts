/** The release of an app whose Zaps subscribe at a relay. */

import assert from 'node:assert/strict';

import { strFromU8, unzipSync } from 'fflate';

import type { RunningTutorCruncher } from '../../local/api/tutorcruncher.ts';
import type { Version } from '../../local/developer-api/integration.ts';
import { sendToRelay, webhookUrlOf } from '../../local/relayed-zaps.ts';
import lesson from '../../objects/samples/lesson.json' with { type: 'json' };
import { until } from '../../relay/harness/until.ts';
import { deriveToken } from '../../wire/capability.ts';
import { isJsonObject } from '../../wire/json.ts';
import { CHANNEL_PATH } from '../../wire/relay-api.ts';
import { startLambda } from './lambda.ts';
import type { RelayAccess } from './relay-access.ts';
import { Release, type Rehearsal } from './release.ts';
import { logOf, PRIVATE_KEY, runSteps, runTrigger, TRIGGER, TRIGGER_PATH, type Log } from './steps.ts';

/** Sends a request for the connection's channel to the relay. */
const requestChannel = (relayUrl: string, method: string): Promise<Response> =>
  fetch(`${relayUrl}${CHANNEL_PATH}`, {
    method,
    headers: { Authorization: `Bearer ${deriveToken(PRIVATE_KEY, relayUrl)}` },
  });

/** Checks the number of subscriptions of the connection's channel. */
async function expectSubscriptions(relayUrl: string, count: number): Promise<void> {
  const state: unknown = await (await requestChannel(relayUrl, 'GET')).json();
  assert(isJsonObject(state) && Array.isArray(state.subscriptions), 'The relay did not return the channel.');
  assert.equal(state.subscriptions.length, count);
}

/** Checks that an upload does not contain the registration secret, which is in the environment of each push. */
function expectWithout(secret: string, { buildZip, sourceZip }: Version): void {
  for (const [name, bytes] of [buildZip, sourceZip].flatMap((zip) => Object.entries(unzipSync(zip)))) {
    assert(!strFromU8(bytes, true).includes(secret), `The upload contains the registration secret in ${name}.`);
  }
}

/** Turns a Zap on, delivers an event through the relay, runs the other steps, and turns the Zap off. */
async function runUpload(
  version: Version,
  { url, target, targetOrigin }: RelayAccess,
  tutorCruncher: RunningTutorCruncher,
  log: Log,
): Promise<void> {
  const app = startLambda(version, { TUTORCRUNCHER_URL: tutorCruncher.origin }, PRIVATE_KEY);
  try {
    const targetUrl = `${targetOrigin}/hooks/1`;
    const subscribeData = await app.call(`${TRIGGER_PATH}.performSubscribe`, { targetUrl });
    await expectSubscriptions(url, 1);

    const { status } = await sendToRelay(await webhookUrlOf(app, TRIGGER), lesson, PRIVATE_KEY);
    assert.match(status, /^202/);
    await until(() => target.received.length > 0);
    const [request] = target.received;
    assert(request);
    await runTrigger(app, log, request);
    await runSteps(app, log, tutorCruncher);

    await app.call(`${TRIGGER_PATH}.performUnsubscribe`, { targetUrl, subscribeData });
    await expectSubscriptions(url, 0);
  } finally {
    await app.stop();
    await requestChannel(url, 'DELETE');
  }
}

/**
 * Rehearses the release.
 *
 * @throws {Error} if the outcome of a command or a run differs from RELEASING.md
 */
export async function releaseRelayed(rehearsal: Rehearsal, relay: RelayAccess): Promise<void> {
  const { api, tutorCruncher } = rehearsal;
  const release = new Release('relay', rehearsal, {
    ZAPIER_DEPLOY_KEY: api.deployKey,
    RELAY_REGISTRATION_SECRET: relay.registrationSecret,
  });
  const { shell } = release;
  await release.register(relay.url);

  const first = await release.push(/Push complete!/);
  expectWithout(relay.registrationSecret, first);
  const setting = `RELAY_REGISTRATION_SECRET=${relay.registrationSecret}`;
  await shell.zapier(['env:set', first.version, setting], { says: /Successfully wrote/ });
  await runUpload(first, relay, tutorCruncher, logOf(release.integration, first.version));
  shell.print(
    `The uploaded app subscribed at ${relay.url}, received a delivery, ran its test data, an action and a search, and ` +
      'unsubscribed.',
  );
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
