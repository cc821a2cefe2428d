/** The address of the repository in documents and in `render.yaml`. */

import { readFileSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';

import ownPackage from '../../package.json' with { type: 'json' };
import { relayImage, renderLink, repositoryLines } from '../../scripts/repository.ts';

/** The name of an image with a tag, as registries accept it: https://pkg.go.dev/github.com/distribution/reference */
const IMAGE_NAME = /^[a-z\d.]+(?:\/[a-z\d]+(?:(?:\.|__?|-+)[a-z\d]+)*)+:[\w.-]+$/;

it('comes from package.json, and a missing address is named as such', () => {
  expect(repositoryLines('')).toEqual([expect.stringContaining('If you publish this project, set `repository`')]);
  expect(repositoryLines('https://github.com/a/b')).toEqual([
    'The repository is <https://github.com/a/b>, and its releases are at <https://github.com/a/b/releases>.',
  ]);
});

it.each(['README.md', 'docs/relay.md'])('is in %s', (page) => {
  const words = (text: string): string => text.replace(/\s+/g, ' ');
  expect(words(readFileSync(page, 'utf8'))).toContain(words(repositoryLines(ownPackage.repository).join(' ')));
});

describe('the image of the relay', () => {
  it('has the name of the repository in lower case, and the version', () => {
    expect(relayImage('https://github.com/Some-Owner/Tutor.Cruncher', '1.1.0')).toBe(
      'ghcr.io/some-owner/tutor.cruncher-relay:1.1.0',
    );
    expect(relayImage('https://github.com/a/b', '1.1.0')).toMatch(IMAGE_NAME);
  });

  it('has a name that no registry accepts while the address is not set', () => {
    expect(relayImage('', '1.1.0')).toMatch(/:1\.1\.0$/);
    expect(relayImage('', '1.1.0')).not.toMatch(IMAGE_NAME);
    expect(renderLink('')).not.toMatch(/github\.com\/[a-z]/);
  });

  it.each([
    'a/b',
    'github:a/b',
    'git+https://github.com/a/b.git',
    'https://github.com/a/b.git',
    'https://gitlab.com/a/b',
  ])('is refused for the address %s, from which it could have another name', (address) => {
    expect(() => relayImage(address, '1.1.0')).toThrow('must be empty or like https://github.com/owner/name');
    expect(() => renderLink(address)).toThrow(address);
  });

  it('is the one of this version in render.yaml', () => {
    const { services } = parse(readFileSync('render.yaml', 'utf8')) as { services: readonly unknown[] };
    expect(services).toEqual([
      expect.objectContaining({
        runtime: 'image',
        image: { url: relayImage(ownPackage.repository, ownPackage.version) },
      }),
    ]);
  });
});
