/** Warnings about SQLite files that do not outlast their container. */

import { describe, expect, it } from '@jest/globals';

import { isInContainer, volumeProblem } from '../../monitoring/volume.ts';

describe('the problem of a SQLite file', () => {
  const OWN =
    /^\/data\/relay\.sqlite is in the container itself, not on a volume, so the next update or restart of the container/;
  const MEMORY =
    /^\/data\/relay\.sqlite is in memory \(tmpfs\), so the next restart of the machine deletes all channels/;
  it.each<[place: string, point: string, type: string, isContainer: boolean, problem: RegExp | null]>([
    ['in a container of Docker', '/', 'overlay', true, OWN],
    ['in a container that is not recognized', '/', 'overlay', false, OWN],
    ['in a virtual machine of a platform', '/', 'ext4', true, OWN],
    ['on a volume', '/data', 'ext4', true, null],
    ['on a server', '/', 'ext4', false, null],
    ['in memory', '/data', 'tmpfs', true, MEMORY],
    ['in memory, on a server', '/tmp', 'tmpfs', false, MEMORY],
  ])('%s', (_name, point, type, isContainer, problem) => {
    const found = volumeProblem('/data/relay.sqlite', { mount: { point, type }, isContainer });
    if (problem === null) expect(found).toBeNull();
    else expect(found).toMatch(problem);
  });

  it('is unknown if the mounts are unknown', () => {
    expect(volumeProblem('/data/relay.sqlite', { mount: null, isContainer: true })).toBeNull();
  });
});

it.each([
  [true, {}, '/.dockerenv'],
  [true, {}, '/run/.containerenv'],
  [true, { RENDER: 'true' }, ''],
  [true, { KUBERNETES_SERVICE_HOST: '10.0.0.1' }, ''],
  [false, { RELAY_ORIGIN: 'https://relay.example.com' }, '/etc/hostname'],
])('a process is in a container: %s, with the variables %j and the file %s', (expected, environment, file) => {
  expect(isInContainer(environment, (path) => path === file)).toBe(expected);
});
