/**
 * The factory of the searches for many records. Criteria, the reading of lists and the comparison of rows are the same
 * as in searches for one record. Searches for many records stop reading under different conditions, and their first
 * result contains a summary.
 */

import { customFieldsOrNone } from '../../object/account-fields.ts';
import { allEnded } from '../../all-ended.ts';
import type { Params } from '../../api/client.ts';
import { inputDataOf } from '../../api/bundle.ts';
import { isYes } from '../../choices/filter-fields.ts';
import { InputValues, type Input } from '../../inputs/input.ts';
import { booleanInput } from '../../inputs/yes-or-no.ts';
import { nounOf, readPresent, recordOfObject } from '../../object/object-record.ts';
import { once } from '../../once.ts';
import { Ration, type Share } from '../../api/ration.ts';
import { layoutOf } from '../../record/key-order.ts';
import { currencySign } from '../../record/money.ts';
import { outputFieldsOf } from '../../record/output-fields.ts';
import type { FlatRecord } from '../../record/record.ts';
import { flattenSubject } from '../../record/subject.ts';
import type { StepRun } from '../../api/step-run.ts';
import { branchFields } from '../../record/branch-fields.ts';
import { SAMPLE_BRANCH, SAMPLES } from '../../object/samples.ts';
import { makeSearch, type Search } from '../search.ts';
import { REQUESTS_PER_RUN } from '../../api/step-throttle.ts';
import { localeIn } from '../../inputs/run-time-zone.ts';
import { RECORD_NAMES, type TutorCruncherObject } from '../../object/tutorcruncher-object.ts';
import { unfinishedSearch } from '../unfinished-search.ts';
import type { JsonObject } from '../../../wire/json.ts';
import { refuseIgnored, type HiddenFilter } from './hidden-filters.ts';
import { matchingRows, withIds, type MatchingRows, type RowQuery } from './matching-rows.ts';
import { summaryOf, type SummaryRules } from './summary.ts';

const MAX_RESULTS = 100;
/** Maximum number of records that are read in full. Each record takes one request. */
const MAX_DETAILS = 25;
/** Maximum number of concurrent requests for details. */
const MAX_PARALLEL = 5;
/**
 * The share of a minute's requests that all long searches of a connection use together. A search does not
 * exceed the share if it is the only long search in its minute.
 */
const LONG_SEARCHES: Share = { name: 'searches', portions: 20, withoutCache: 40 };

/** The criteria of a run. */
export interface ManyCriteria extends Pick<RowQuery, 'isRow' | 'isPast' | 'order'> {
  /** Filters whose effect the rows show. */
  readonly params?: Params;
  readonly filters: readonly HiddenFilter[];
  /** Filters of which a record must match at least one. Each filter results in a separate list. */
  readonly alternatives?: readonly Params[];
  /** The rows to compare instead of a list, if there are no hidden filters; null to read the list. */
  readonly known?: readonly JsonObject[] | null;
  /** True if TutorCruncher might leave out records that match, because it compares a criterion differently. */
  readonly mayMiss?: boolean;
  /** Compares a record that was read in full with the criteria that the record's row does not show. */
  readonly isMatch?: (found: JsonObject) => boolean;
  /** True if only a record that was read in full can match. */
  readonly needsDetails?: boolean;
  /** The statuses that the step chooses; null or missing if the step accepts all statuses. */
  readonly statuses?: readonly string[] | null;
}

/** A search for many records as written in `searches/`. The label contains the name of the object. */
export interface ManySearchStep extends SummaryRules {
  readonly key: string;
  readonly description: string;
  readonly object: TutorCruncherObject;
  /** The inputs of which at least one must be filled in. */
  readonly criteria: readonly Input[];
  /** Returns the criteria of a run. @throws {Error} if the inputs contradict each other */
  readonly criteriaIn: (run: StepRun, values: InputValues) => ManyCriteria | Promise<ManyCriteria>;
  /**
   * Advice on narrowing a search that found nothing and could not compare every record, in the words of the step's
   * fields.
   */
  readonly narrow: string;
}

/** The input with the choice to read results in full. */
export const DETAILS = booleanInput('find_details', {
  label: 'Details',
  becomes: null,
  altersDynamicFields: true,
  helpText:
    `Choose true to read each result in full, which takes one request for each and returns at most ${MAX_DETAILS} results. Otherwise, ` +
    `up to ${MAX_RESULTS} results have the few fields of TutorCruncher's lists. The first result also contains Matches (the number of ` +
    'records that match), Matches as Text (a line for each match) and Is Complete (false if the results are not all ' +
    'records that match).',
});

/** Returns the shape of the rows of an object's list: layout, sample record and output fields. */
function rowShape(object: TutorCruncherObject) {
  const fields = Object.entries(object.sample.subject).filter(([name]) => object.api?.rowFields?.includes(name));
  const layout = layoutOf(object.word, Object.fromEntries(fields));
  const keys = new Set(['id', ...layout.keys, ...Object.keys(branchFields(SAMPLE_BRANCH))]);
  return {
    layout,
    sample: Object.fromEntries(Object.entries(object.ownSample).filter(([key]) => keys.has(key))),
    outputFields: object.ownOutputFields.filter(({ key }) => keys.has(key)),
  };
}

/**
 * Returns the function that reserves requests for a run. The function throws an error if the minute's requests are used
 * up.
 */
function requestsOf(run: StepRun): (count?: number) => Promise<void> {
  const ration = new Ration(run.z, run.bundle, Date.now(), LONG_SEARCHES);
  // The limit on runs per minute already allows for these requests. Further requests are taken from the share of long
  // searches.
  let usual = REQUESTS_PER_RUN;
  return async (count = 1) => {
    const further = Math.max(0, count - usual);
    usual = Math.max(0, usual - count);
    if (further === 0) return;
    if ((await ration.reserve(further)) < further) {
      throw new run.z.errors.ThrottledError(
        'Other steps have used the requests that long searches may send to TutorCruncher in this minute. Zapier runs this ' +
          'step again in a few minutes.',
        // The delay is random, because steps that waited for the same minute would otherwise compete for its requests.
        60 + Math.floor(Math.random() * 240),
      );
    }
    ration.spendReserved(further);
  };
}

/**
 * Reads in full the records that the rows show. Returns null for a record that does not match, or that has been
 * deleted.
 */
async function readDetails(
  run: StepRun,
  object: TutorCruncherObject,
  rows: readonly JsonObject[],
  isMatch: ManyCriteria['isMatch'] = () => true,
): Promise<(JsonObject | null)[]> {
  const read: (JsonObject | null)[] = [];
  for (let start = 0; start < rows.length; start += MAX_PARALLEL) {
    const part = rows.slice(start, start + MAX_PARALLEL);
    const found = await allEnded(part.map((row) => readPresent(run, object, String(row.id))));
    read.push(...found.map((record) => (record && isMatch(record) ? record : null)));
  }
  return read;
}

/** The matching rows of a run. */
interface FoundRows extends MatchingRows {
  /**
   * True if TutorCruncher might have left out matches; see {@link ManyCriteria.mayMiss}. False for known rows, because
   * TutorCruncher did not filter them.
   */
  readonly mayMiss: boolean;
}

/** Reads the rows that match. If the rows are known, compares them without a request for a list. */
async function findRows(
  run: StepRun,
  object: TutorCruncherObject,
  { params = {}, filters, alternatives = [{}], known = null, mayMiss = false, ...query }: ManyCriteria,
  spend: () => Promise<void>,
): Promise<FoundRows> {
  if (known && filters.length === 0) {
    return { rows: withIds(known.filter(query.isRow)), gap: null, mayMiss: false };
  }
  await refuseIgnored(run, object, filters, spend);
  const filtered = filters.reduce<Params>((all, filter) => ({ ...all, ...filter.params }), params);
  const lists = alternatives.map((alternative) => ({ ...filtered, ...alternative }));
  return { ...(await matchingRows(run, object, { ...query, lists, spend })), mayMiss };
}

/** Defines a search for many records. */
export function searchForMany({
  key,
  description,
  object,
  criteria,
  criteriaIn,
  narrow,
  ...rules
}: ManySearchStep): Search {
  const noun = nounOf(object);
  const inputs = [...criteria, DETAILS];
  const rows = once(() => rowShape(object));
  const sampleSummary = (): FlatRecord => {
    const records = {
      rows: [rows().sample],
      results: [object.ownSample],
      isCompared: true,
      isComplete: true,
      statuses: null,
    };
    return summaryOf(rules, records, currencySign('GBP'));
  };

  const perform = async (run: StepRun): Promise<FlatRecord[]> => {
    const values = await InputValues.read(inputs, run);
    if (criteria.every((input) => values.of(input) === null)) {
      const labels = criteria.map(({ field }) => `"${field.label}"`).join(', ');
      throw run.refusal(`This step does not say which ${noun}s to find. Fill in at least one of these: ${labels}.`);
    }
    const chosen = await criteriaIn(run, values);
    const spend = requestsOf(run);
    const { rows: listed, gap, mayMiss } = await findRows(run, object, chosen, spend);
    const first = values.of(DETAILS) ? listed.slice(0, MAX_DETAILS) : null;
    if (first) await spend(first.length);
    const details = first && (await readDetails(run, object, first, chosen.isMatch));
    const isCompared = gap === null && !(chosen.needsDetails && listed.length > MAX_DETAILS);
    const matching = listed.filter((_, index) => {
      const found = details?.[index];
      return found === undefined ? !chosen.needsDetails : found !== null;
    });
    const locale = await localeIn(run);
    const rowRecords = matching.map((match) => flattenSubject(match, rows().layout, locale));
    const records = details
      ? details.filter((found) => found !== null).map((found) => recordOfObject(object, found, locale))
      : rowRecords.slice(0, MAX_RESULTS);
    const showsAll = isCompared && records.length === matching.length;
    if (records.length === 0 && !showsAll) {
      throw unfinishedSearch(run, noun, { gap: gap ?? 'details', compared: MAX_DETAILS, back: '' }, narrow);
    }
    const isComplete = showsAll && !mayMiss;
    const summary = summaryOf(
      rules,
      { rows: rowRecords, results: records, isCompared, isComplete, statuses: chosen.statuses ?? null },
      locale.currencySign,
    );
    const noSummary = Object.fromEntries(Object.keys(summary).map((name) => [name, null]));
    return records.map((record, index) => ({ ...record, ...(index === 0 ? summary : noSummary) }));
  };

  return makeSearch({
    key,
    label: `Find ${RECORD_NAMES[object.word]}s`,
    description,
    object,
    inputs,
    ownFields: () => outputFieldsOf(sampleSummary()),
    sample: () => SAMPLES?.searches[key] ?? { ...rows().sample, ...sampleSummary() },
    outputFields: [
      async (z, bundle) => {
        if (!isYes(String(inputDataOf(bundle)[DETAILS.field.key]))) return [...rows().outputFields];
        return [...object.ownOutputFields, ...(await customFieldsOrNone(z, bundle, object))];
      },
    ],
    perform,
  });
}
