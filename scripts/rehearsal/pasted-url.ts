/** Release of an app whose users paste the URLs of their Zaps into TutorCruncher. */

import type { RunningTutorCruncher } from '../../local/api/tutorcruncher.ts';
import type { Version } from '../../local/developer-api/integration.ts';
import { startLambda } from './lambda.ts';
import { Release, type Rehearsal } from './release.ts';
import { logOf, PRIVATE_KEY, refuse, runSteps, runTrigger, signedDelivery, type Log } from './steps.ts';

async function runUpload(version: Version, tutorCruncher: RunningTutorCruncher, log: Log): Promise<void> {
  const app = startLambda(version, { TUTORCRUNCHER_URL: tutorCruncher.origin }, PRIVATE_KEY);
  try {
    await runTrigger(app, log, signedDelivery());
    await refuse(app, signedDelivery(`${PRIVATE_KEY}-of-a-forger`));
    await runSteps(app, log, tutorCruncher);
  } finally {
    await app.stop();
  }
}

/** Rehearses the release. @throws {Error} if the outcome of a command or a run differs from RELEASING.md */
export async function releasePastedUrl(rehearsal: Rehearsal): Promise<void> {
  const release = new Release('pasted URL', rehearsal);
  const { shell } = release;
  const answers = `${rehearsal.api.deployKey}\n`;
  await shell.zapier(['login', '--sso'], { answers, says: /Your deploy key has been saved/ });
  await shell.zapier(['push'], { fails: true, says: /hasn't yet been associated with an existing Zapier/ });
  await release.register('pasted-url');

  const first = await release.push(/D017[^]*Push complete!/);
  await runUpload(first, rehearsal.tutorCruncher, logOf(release.integration, first.version));
  shell.print('The uploaded app ran a trigger, its test data, an action and a search, and refused a forged delivery.');
  await release.invite();
  await shell.zapier(['promote', first.version, '--yes'], { fails: true, says: /Promotion failed[^]*D017/ });

  await release.startNextVersion();
  const env = { RELAY_URL: 'https://relay.example.com' };
  await shell.zapier(['push'], { env, fails: true, says: /is built for pasted webhook URLs/ });
  const second = await release.push(/D017[^]*Push complete!/);
  await release.migrate(first, second, 10);
  await release.migrate(first, second);
  await release.migrate(second, first);
  await release.inspect(new RegExp(`${first.version}[^]*private[^]*${second.version}[^]*private`));
}
