/** The commands of the GitHub workflows, run with stand-ins for npm, gh and docker. */

import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach } from '@jest/globals';
import { parse } from 'yaml';

import ownPackage from '../../package.json' with { type: 'json' };

export const WORKFLOWS = '.github/workflows';
/** The digest that the stand-in for docker reports for each image. */
export const IMAGE_DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;
export const TAG = `v${ownPackage.version}`;

/** A step of a job. */
interface Step {
  readonly name?: string;
  readonly run?: string;
  readonly uses?: string;
  readonly with?: object;
  readonly env?: object;
}
/** A job of a workflow. */
export interface Job {
  readonly needs?: string | readonly string[];
  readonly if?: string;
  readonly environment?: string;
  readonly permissions?: object;
  readonly steps: readonly Step[];
}
/** A workflow of GitHub. */
export interface Workflow {
  readonly on: object;
  readonly permissions?: object;
  readonly jobs: Readonly<Record<string, Job>>;
}

/** Reads a workflow. */
export const readWorkflow = (name: string): Workflow => parse(readFileSync(join(WORKFLOWS, name), 'utf8')) as Workflow;

/** Creates the stand-ins before each test. Returns the jobs of a workflow, and a function that runs a job. */
export function workflowRuns(name: string) {
  const { jobs } = readWorkflow(name);
  /** The folder of the stand-ins, which is new for each test. */
  const paths = { folder: '' };
  beforeEach(() => {
    const folder = mkdtempSync(join(tmpdir(), 'tutorcruncher-workflow-'));
    paths.folder = folder;
    // Each fake command prints its arguments, or its input if it reads a password.
    for (const command of ['npm', 'gh', 'docker']) {
      const lines = [
        '#!/bin/sh',
        `echo "${command} $*" >> "$COMMANDS"`,
        `case "$*" in *stdin*) cat >> "$COMMANDS";; esac`,
      ];
      const output = `case "$*" in *imagetools*) echo ${IMAGE_DIGEST};; *) echo "output of ${command}";; esac`;
      writeFileSync(join(folder, command), `${lines.join('\n')}\n${output}\n`);
      chmodSync(join(folder, command), 0o755);
    }
  });
  afterEach(() => {
    rmSync(paths.folder, { recursive: true });
  });

  /**
   * Runs the shell commands of a job as GitHub does, in the checkout or another folder. Returns the commands that they
   * start.
   */
  function run(job: string, env: Readonly<Record<string, string>> = {}, cwd = '.') {
    const { folder } = paths;
    const commands = join(folder, 'commands');
    writeFileSync(commands, '');
    let status: number | null = 0;
    let output = '';
    for (const { run: script } of jobs[job]?.steps ?? []) {
      if (script === undefined || script === '.ci/run' || status !== 0) continue;
      const result = spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script], {
        cwd,
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

  return { jobs, paths, run };
}
