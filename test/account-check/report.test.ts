/**
 * The report of `npm run check:account`: its vocabulary, and the guard that keeps the account's data out of the report.
 */

import { describe, expect, it } from '@jest/globals';

import { checkAccount } from '../../account-check/check-account.ts';
import { lineOf } from '../../account-check/findings.ts';
import { Reader } from '../../account-check/reader.ts';
import { guardDifferences, guardReport, reportText, UnsafeReport } from '../../account-check/report.ts';
import { STAND_IN_KEY, webhooksOf } from './stand-in.ts';
import type { TutorCruncher } from '../../local/api/tutorcruncher.ts';
import { isJsonObject } from '../../wire/json.ts';
import { withStandIn } from './checked-stand-in.ts';

const MARKER = 'Zq';
/** Numbers that the stand-in does not use. */
const FIRST_NUMBER = 700_000_000;

/** Plants a marker in every text of a value, and adds unknown fields with marked names, texts and numbers. */
class Markers {
  readonly planted = new Set<string>();

  next = (): string => {
    const marker = `${MARKER}${this.planted.size}x`;
    this.planted.add(marker);
    return marker;
  };

  number(): number {
    const number = FIRST_NUMBER + this.planted.size;
    this.planted.add(String(number));
    return number;
  }

  /** Returns a text with a marker, unless the app depends on the form of the text. */
  #text(text: string): string {
    const hasForm = /^[\d:. -]*$|^\d{4}-\d\d-\d\d|^https?:|^[a-z]+(?:[-_][a-z]+)*$|^[A-Z_]+$/.test(text);
    if (text.includes('@')) return `${this.next()}.${text}`;
    return hasForm ? text : `${text} ${this.next()}`;
  }

  in(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((item) => this.in(item));
    if (typeof value === 'string') return this.#text(value);
    if (!isJsonObject(value)) return value;
    const entries = Object.entries(value).map(([name, member]) => [name, this.in(member)] as const);
    const unknown = { [this.next()]: this.next(), [this.next()]: this.number(), [this.next()]: [{ [this.next()]: 1 }] };
    return { ...Object.fromEntries(entries), ...unknown };
  }
}

const readerOf = ({ origin }: TutorCruncher): Reader =>
  new Reader({
    tutorCruncher: origin,
    relay: null,
    privateKey: STAND_IN_KEY,
    pause: () => Promise.resolve(),
    showProgress: () => undefined,
  });

describe('the report', () => {
  it('contains none of the unique markers that fill an account, and neither do the lines', async () => {
    const markers = new Markers();
    const { result, values } = await withStandIn(async (tutorCruncher) => {
      const webhooks = webhooksOf(tutorCruncher, ['CREATED_A_CLIENT', 'CREATED_REPORT', 'CREATED_A_TASK']).map(
        (one) => ({
          ...one,
          body: JSON.stringify(markers.in(JSON.parse(one.body))),
        }),
      );
      tutorCruncher.behaviour.alter = (_request, [status, body, headers = {}]) => [status, markers.in(body), headers];
      const reader = readerOf(tutorCruncher);
      const readDeliveries = () => Promise.resolve(webhooks);
      const checked = await checkAccount({ reader, privateKey: STAND_IN_KEY, withPdf: true, readDeliveries });
      return { result: checked, values: reader.values };
    });
    expect(markers.planted.size).toBeGreaterThan(100);
    expect(
      [...markers.planted].filter((marker) => !values.has(marker) && marker.startsWith(String(FIRST_NUMBER))),
    ).toEqual([]);
    const shown = `${result.findings.map(lineOf).join('\n')}\n${reportText(result.report)}`;
    expect([...markers.planted].filter((marker) => shown.includes(marker))).toEqual([]);
    expect(shown).not.toMatch(/Bristol|Raman|Bright Sparks|Weekend|school|contract_signed/);
    expect(shown).not.toContain(STAND_IN_KEY);
    expect(result.unfinished).toBeNull();
    // The report contains only the number and the forms of unknown fields.
    expect(result.report.lists?.clients?.unknownFields).toEqual({ integer: 10, 'list(1)': 10, 'text(short)': 10 });
    expect(() => {
      guardReport(result.report, values);
    }).not.toThrow();
  });

  it('has no field below custom fields, and no value of an enumeration that the code does not know', async () => {
    const { result } = await withStandIn(async (tutorCruncher) => {
      const { account } = tutorCruncher;
      const [client] = account.list('clients');
      account.change('clients', client?.id ?? 0, { status: 'on-the-moon' });
      const reader = readerOf(tutorCruncher);
      return { result: await checkAccount({ reader, privateKey: STAND_IN_KEY, withPdf: false, readDeliveries: null }) };
    });
    const text = reportText(result.report);
    expect(result.report.details?.clients?.values.status).toEqual(
      ['live', 'other', 'prospect'].filter((status) => text.includes(`"${status}"`)),
    );
    expect(text).not.toContain('on-the-moon');
    expect(text).toContain('extra_attrs');
    expect(text).not.toMatch(/extra_attrs(?:\[\])?\./);
  });

  it('is JSON with each list on one line', () => {
    const text = reportText({ app: '1.0.0', isFinished: true, findings: {} });
    expect(text).toBe('{\n "app": "1.0.0",\n "isFinished": true,\n "findings": {}\n}\n');
  });
});

describe('the guard of printed differences', () => {
  const guard = (...differences: string[]) => {
    guardDifferences([{ differences: [] }, { differences }], new Set(['', 'Bright Sparks', 'CREATED_A_THING', 'live']));
  };

  it('accepts names of fields and lists, words of the vocabulary, and codes of actions', () => {
    guard('clients', 'appointments?start_lte', 'rcras, cjas', 'live', 'CREATED_A_THING', '');
  });

  it.each(['Bright Sparks', 'clients, Bright Sparks', 'clients.Bright Sparks', 'clients?Bright Sparks'])(
    'refuses %j, which contains a value of the account, without repeating it',
    (difference) => {
      const check = () => {
        guard('clients', difference);
      };
      expect(check).toThrow(UnsafeReport);
      expect(check).not.toThrow(/Bright/);
    },
  );
});

describe('the guard', () => {
  const guard = (report: object, ...values: string[]) => {
    guardReport(report, new Set(values));
  };

  it('accepts words of the vocabulary, even if they are values of the account as well', () => {
    guard({ findings: { 'lists.envelope': 'holds' } }, 'holds', 'live');
    guard({ lists: { clients: { status: 404, rows: 1_000, statuses: ['live', 'other'] } } }, '404');
    guard({ fields: { 'iso-Z/6 | null': ['client.email', 'rcras[].status'], 'list(2-9)': ['labels'] } });
  });

  it.each<[report: object]>([
    [{ host: 'Bright Sparks' }],
    [{ 'Bright Sparks': 1 }],
    [{ lists: { clients: ['live', 'with Bright Sparks inside'] } }],
    [{ rows: 48_213 }],
  ])('refuses %j, which contains a value of the account, without repeating it', (report) => {
    const check = () => {
      guard(report, 'Bright Sparks', '48213');
    };
    expect(check).toThrow(UnsafeReport);
    expect(check).toThrow(/^The report would contain a value of your account/);
    expect(check).not.toThrow(/Bright|48213/);
  });

  it.each([[{ host: 'secret' }], [{ rows: 12 }], [{ fields: { text: ['extra_attrs.school'] } }]])(
    'refuses %j, which is not in the vocabulary',
    (report) => {
      expect(() => {
        guard(report, 'Bright Sparks');
      }).toThrow(/a word that is not in its vocabulary/);
    },
  );
});
