/**
 * The input for a path of TutorCruncher's API. The input rejects values that URL parsing could turn into a different
 * host or path.
 */

import { tutorCruncherOrigin } from '../api/origin.ts';
import { isEmpty } from './empty-values.ts';
import { emptyPartProblem, isMapped, withoutPlaceholders } from './mapped-empty.ts';
import { InvalidValue, makeInput, wordIn, type InputFactory } from './input.ts';

/** Matches a URL with an ASCII host. `URL` converts all other hosts, possibly to a host that looks different. */
const FULL_URL = /^([A-Za-z]+:\/\/[A-Za-z0-9.:-]+)(\/.*)$/;

/**
 * Matches a path of TutorCruncher's API: names and ids between single slashes. No other character is allowed, because
 * dots, backslashes, percent signs and characters that URL parsing normalises can change the path or the host.
 */
const PATH = /^(?:[A-Za-z0-9_-]+\/)*[A-Za-z0-9_-]+\/?$/;

const countSegments = (path: string): number => path.split('/').filter((segment) => !isEmpty(segment)).length;

/**
 * Returns true if a segment of a path is mapped and empty. Without its id, `clients/{{123__id}}/` would become the list
 * of all clients.
 */
const lacksSegment = (raw: unknown, path: string): boolean =>
  typeof raw === 'string' && isMapped(raw) && countSegments(withoutPlaceholders(raw, 'x')) > countSegments(path);

/** Returns true if a URL has the origin of TutorCruncher's API. */
const isOwnOrigin = (url: string): boolean => URL.canParse(url) && new URL(url).origin === tutorCruncherOrigin();

/**
 * An input for a path of TutorCruncher's API. The value is the path below `/api/` in lower case, with a trailing slash.
 */
export const apiPathInput: InputFactory<string> = (key, text) =>
  makeInput(key, text, {}, (value, { raw }) => {
    const typed = wordIn(value);
    if (lacksSegment(raw, typed)) throw new InvalidValue(emptyPartProblem('part'));
    if (typed.includes('?')) {
      throw new InvalidValue('contains a question mark. Move the names and values after it to Query.');
    }
    const [, origin, pathOfUrl] = FULL_URL.exec(typed) ?? [];
    if (origin !== undefined && !(isOwnOrigin(origin) && pathOfUrl?.startsWith('/api/'))) {
      throw new InvalidValue(`contains a URL that does not start with ${tutorCruncherOrigin()}/api/.`);
    }
    const path = (pathOfUrl ?? typed).replace(/^\/?(?:api\/)?/i, '');
    if (PATH.test(path)) return `${path.toLowerCase().replace(/\/$/, '')}/`;
    throw new InvalidValue(
      'must contain a path such as `clients/123/`: letters, digits, hyphens and underscores between single slashes.',
    );
  });
