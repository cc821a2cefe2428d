/** The steps of a release that are the same for both kinds of app. */

import assert from 'node:assert/strict';

import type { RunningTutorCruncher } from '../../local/api/tutorcruncher.ts';
import type { Integration, Version } from '../../local/developer-api/integration.ts';
import type { DeveloperApi } from '../../local/developer-api/server.ts';
import { copyProject, describeVersion, versionOf } from './project-copy.ts';
import { Shell } from './shell.ts';

/** Stand-ins and settings of a rehearsal. */
export interface Rehearsal {
  /** Stand-in for Zapier's developer API, with a separate account for each rehearsal. */
  readonly api: DeveloperApi;
  readonly tutorCruncher: RunningTutorCruncher;
  /** True to print the output of each command. */
  readonly isVerbose: boolean;
}

/** The title of the integration, and the flags that answer all questions of `zapier-platform register`. */
export const REGISTRATION = [
  ...['TutorCruncher', '--desc', 'Starts Zaps when something happens in a tutoring agency, and updates its records.'],
  ...['--url', 'https://tutorcruncher.com', '--audience', 'private', '--role', 'user'],
  ...['--category', 'education', '--no-subscribe'],
];

/** A release of the app from a copy of this project. */
export class Release {
  readonly shell: Shell;
  readonly #folder: string;
  readonly #api: DeveloperApi;

  /** @param environment - variables for all commands */
  constructor(title: string, { api, isVerbose }: Rehearsal, environment: NodeJS.ProcessEnv = {}) {
    this.#api = api;
    this.#folder = copyProject();
    this.shell = new Shell(title, this.#folder, { ZAPIER_BASE_ENDPOINT: api.origin, ...environment }, isVerbose);
  }

  /** The integration at the stand-in. @throws {Error} if no integration has been registered */
  get integration(): Integration {
    const [integration] = this.#api.integrations;
    assert(integration, 'No integration has been registered at the stand-in.');
    return integration;
  }

  /** Registers the integration and records its kind. @param kind - `pasted-url`, or the URL of a relay */
  async register(kind: string): Promise<void> {
    await this.shell.zapier(['register', ...REGISTRATION], { says: /Finished! Now that your integration/ });
    await this.shell.run('npm', ['run', '--silent', 'app-kind', '--', kind], { says: /Commit app-kinds\.json/ });
    assert.equal(this.integration.registration.title, 'TutorCruncher');
  }

  /** Pushes the current version. @returns the version that the stand-in received */
  async push(says: RegExp): Promise<Version> {
    await this.shell.zapier(['push'], { says });
    const version = this.integration.versions.get(versionOf(this.#folder));
    assert(version, 'The stand-in did not receive the version.');
    return version;
  }

  /** Starts the next minor version. */
  async startNextVersion(): Promise<void> {
    await this.shell.run('npm', ['version', 'minor', '--no-git-tag-version'], { says: /^v\d+\.\d+\.0$/m });
    describeVersion(this.#folder, versionOf(this.#folder));
  }

  /** Invites a person to all versions. */
  async invite(): Promise<void> {
    await this.shell.zapier(['users:add', 'ada@example.com', '--force'], { says: /Inviting user/ });
    assert.deepEqual(this.integration.invitations, [{ email: 'ada@example.com', version: null }]);
  }

  /** Moves users from one version to another. @param percent - the share of the users; default: all */
  async migrate(from: Version, to: Version, percent?: number): Promise<void> {
    const versions = [from.version, to.version, ...(percent === undefined ? [] : [String(percent)])];
    await this.shell.zapier(['migrate', ...versions, '--yes'], { says: /Migration successfully queued/ });
    const { kind, from: before, to: after } = this.integration.jobs.at(-1) ?? {};
    assert.deepEqual([kind, before, after], ['migrate', from.version, to.version]);
  }

  /** Lists the versions, jobs and logs. @param versions - the list of versions */
  async inspect(versions: RegExp): Promise<void> {
    await this.shell.zapier(['versions'], { says: versions });
    await this.shell.zapier(['jobs'], { says: /migrate/ });
    await this.shell.zapier(['logs', '--type=bundle', '--limit=20'], { says: /performList/ });
  }
}
