import { adHocCharge } from '../objects/ad-hoc-charge.ts';
import type { JsonObject } from '../wire/json.ts';
import { unexpectedResponse } from '../src/api/client.ts';
import { objectAction } from '../src/action/action.ts';
import { fieldOfStep, type InputValues } from '../src/inputs/input.ts';
import { dayOrTimeInput, noonToday } from '../src/inputs/date-time.ts';
import { NO_EMPTY_VALUE } from '../src/inputs/mapped-empty.ts';
import { objectInput, recordInput } from '../src/inputs/record-input.ts';
import { amountInput } from '../src/inputs/number.ts';
import { longTextInput } from '../src/inputs/text.ts';
import { booleanInput } from '../src/inputs/yes-or-no.ts';
import { searchList } from '../src/search/list-search.ts';
import { aroundSpan } from '../src/search/span-filter.ts';
import { listPath, readChosen } from '../src/object/object-record.ts';
import { comparable } from '../src/record/spelling.ts';
import { localTime } from '../src/record/local-time.ts';
import { translate } from '../src/record/product-words.ts';
import { UTC } from '../src/record/time-zone.ts';
import { referencedId, refersTo, rowText } from '../src/api/rows.ts';
import type { StepRun } from '../src/api/step-run.ts';
import { inputTimeZone } from '../src/inputs/run-time-zone.ts';
import { dayOf } from '../searches/ad-hoc-charge.ts';
import { loopHelp, updateAction } from './update.ts';

const DAY_MS = 86_400_000;
const CATEGORIES = 'charge_category_list';
const DAY_HELP =
  'The day that the charge is about, for example the day of an exam, such as 2026-06-10. A time without an offset from UTC is in the time zone of your branch.';
const CATEGORY = recordInput('category', CATEGORIES, {
  required: true,
  helpText: loopHelp('New Ad Hoc Charge', 'creating a charge'),
});
const DATE = dayOrTimeInput('date', {
  becomes: 'date_occurred',
  ifMappedEmpty: 'fail',
  helpText: `${DAY_HELP} Leave empty for today. ${NO_EMPTY_VALUE}`,
});
const DESCRIPTION = longTextInput('description', {
  required: true,
  helpText: 'The text that the invoice or payment order shows, such as Exam fee for Leo Raman.',
});
const SKIP = booleanInput('skip_if_exists', {
  label: 'Skip if It Exists',
  becomes: null,
  ifMappedEmpty: 'fail',
  helpText:
    'If the client or tutor already has a charge with the same category, day and description, whatever its amount, this ' +
    'step creates nothing and returns that charge. Ad Hoc Charge Is New is then false. Fill in Date as well. Without this option, replaying a run creates the charge again.',
});

const CLIENT = objectInput('client', { becomes: 'client', ifMappedEmpty: 'fail', helpText: 'The client to charge.' });
const CHARGE_CLIENT = amountInput('charge_client', {
  ifMappedEmpty: 'fail',
  helpText:
    "The amount for the client, in the branch's currency. The settings of the category decide whether tax is included or added: Net " +
    'or Gross in the result shows it. The default amount of the category is not used.',
});
const TUTOR = objectInput('tutor', {
  becomes: 'contractor',
  ifMappedEmpty: 'fail',
  helpText: 'The tutor to pay, for example for travel.',
});
const PAY_TUTOR = amountInput('pay_tutor', {
  becomes: 'pay_contractor',
  ifMappedEmpty: 'fail',
  helpText: "The amount for the tutor, in the branch's currency.",
});

/** Inputs for the people of a charge, each with the amount that TutorCruncher requires for the person. */
const PEOPLE = [
  { person: CLIENT, amount: CHARGE_CLIENT },
  { person: TUTOR, amount: PAY_TUTOR },
] as const;

/**
 * Checks the people and the amounts.
 *
 * @throws {Error} if no person is chosen, or if a person or an amount is filled in without the other
 */
function refuseIncomplete(run: StepRun, values: InputValues): void {
  for (const { person, amount } of PEOPLE) {
    const [empty, ...others] = [person, amount].filter((input) => values.of(input) === null);
    if (!empty || others.length > 0) continue;
    const filled = empty === person ? amount : person;
    throw run.refusal(
      `${fieldOfStep(empty.field)} is empty, but "${filled.field.label}" is not. Fill in both or neither ` +
        'of them. Nothing was changed.',
    );
  }
  if (PEOPLE.some(({ person }) => values.of(person) !== null)) return;
  throw run.refusal(
    'This step does not say whom the charge is for. Fill in "Client" and "Charge Client", or "Tutor" and "Pay Tutor", ' +
      'or all four. Nothing was changed.',
  );
}

/**
 * Returns the date of a new charge; today if the step contains no date.
 *
 * @throws {Error} if the step compares the charge with existing charges but has no date. The current day is not used
 *   instead, because a replay can run on a different day
 */
async function dateOf(run: StepRun, values: InputValues): Promise<string> {
  const date = values.of(DATE);
  if (date !== null) return date;
  if (values.of(SKIP) !== true) return noonToday((await inputTimeZone(run)) ?? UTC);
  throw run.refusal(
    `${fieldOfStep(DATE.field)} is empty, but "${SKIP.field.label}" compares it with existing charges. Fill in "Date". ` +
      'Nothing was changed.',
  );
}

/**
 * Returns an existing charge for the same people with the same category, day and description; null if there is no such
 * charge.
 *
 * @throws {Error} if a charge lacks a field that is compared
 */
async function sameCharge(run: StepRun, values: InputValues, date: string): Promise<JsonObject | null> {
  const category = values.required(CATEGORY);
  const description = comparable(values.required(DESCRIPTION));
  const people = PEOPLE.flatMap(({ person }): [string, string][] => {
    const id = values.of(person);
    return id === null ? [] : [[String(person.becomes), id]];
  });
  const zone = (await inputTimeZone(run)) ?? UTC;
  const day = localTime(date, zone)?.date;
  const moment = Date.parse(date);
  const match = await searchList(run, adHocCharge, {
    params: {
      ...Object.fromEntries(people),
      category,
      ...aroundSpan('date_occurred', { from: moment - DAY_MS, to: moment + DAY_MS }),
    },
    maxPages: 3,
    isRow: (row) => {
      if (typeof row.description !== 'string' || !(referencedId(row.category_id) > 0)) {
        throw unexpectedResponse(run.z, 'description and category of the charges');
      }
      const isSameDay = dayOf(run, row, zone) === day;
      return isSameDay && refersTo(row.category_id, category) && comparable(row.description) === description;
    },
    // The list of charges does not include people.
    isMatch: (charge) =>
      people.every(([name, id]) => {
        if (charge[name] === undefined) throw unexpectedResponse(run.z, `${translate(name)} of the charge`);
        return refersTo(charge[name], id);
      }),
    narrow: 'Turn off "Skip if It Exists", or look for the charge with Find Ad Hoc Charge in an earlier step.',
  });
  return match?.found ?? null;
}

const createAdHocCharge = objectAction({
  key: 'create_ad_hoc_charge',
  label: 'Create Ad Hoc Charge',
  description:
    'Creates an ad hoc charge for a client, a tutor or both. This step alone does not invoice or pay anyone: TutorCruncher ' +
    'adds the charge to the next invoice or payment order. Each run creates another charge unless Skip if It Exists is chosen.',
  object: adHocCharge,
  inputs: [
    CATEGORY,
    DATE,
    DESCRIPTION,
    ...PEOPLE.flatMap(({ person, amount }) => [person, amount]),
    objectInput('job', {
      becomes: 'service',
      ifMappedEmpty: 'omit',
      helpText: 'The job that the charge belongs to, if any.',
    }),
    objectInput('lesson', {
      becomes: 'appointment',
      ifMappedEmpty: 'omit',
      helpText:
        'The lesson that the charge belongs to, if any. The dropdown contains planned lessons. For another lesson, map ' +
        'its ID from an earlier step.',
    }),
    SKIP,
  ],
  isExclusive: true,
  isNewField: { key: 'ad_hoc_charge_is_new', label: 'Ad Hoc Charge Is New' },
  soughtIn: (values) =>
    values.of(SKIP) === true
      ? {
          category: values.required(CATEGORY),
          date: values.of(DATE),
          description: comparable(values.required(DESCRIPTION)),
          people: PEOPLE.map(({ person }) => values.of(person)),
        }
      : null,
  toWrite: async (values, body, run) => {
    refuseIncomplete(run, values);
    const date_occurred = await dateOf(run, values);
    const existing = values.of(SKIP) === true ? await sameCharge(run, values, date_occurred) : null;
    return existing ? { existing } : { method: 'POST', path: listPath(adHocCharge), body: { ...body, date_occurred } };
  },
  unknownOutcome: {
    advice: 'The charge may still have been created. Look for a charge with this description in TutorCruncher.',
    replay: 'creates it again unless Skip if It Exists is chosen',
  },
});

/**
 * Returns the people for whom an update of a charge changes an amount. TutorCruncher requires a person for each amount.
 *
 * @throws {Error} with a message for the Zap's owner, if the charge has no person for an amount
 */
function peopleWithAmounts(run: StepRun, values: InputValues, found: JsonObject): JsonObject {
  const changed = PEOPLE.filter(({ amount }) => values.of(amount) !== null);
  return Object.fromEntries(
    changed.map(({ person, amount }) => {
      const name = String(person.becomes);
      const id = referencedId(found[name]);
      if (id > 0) return [name, id];
      throw run.refusal(
        `${fieldOfStep(amount.field)} is filled in, but the charge has no ${person.field.key}. Empty ` +
          'the field, or create another charge. Nothing was changed.',
      );
    }),
  );
}

const updateAdHocCharge = updateAction({
  key: 'update_ad_hoc_charge',
  description:
    'Updates an ad hoc charge. This step alone does not invoice or pay anyone. Fields left empty keep their values.',
  object: adHocCharge,
  inputs: [
    longTextInput('description', {
      required: true,
      helpText:
        'The text that the invoice or payment order shows. If it stays the same, map Ad Hoc Charge Description of the step Find ' +
        "Ad Hoc Charge, because TutorCruncher's API requires it.",
    }),
    recordInput('category', CATEGORIES, { ifMappedEmpty: 'fail' }),
    dayOrTimeInput('date', { becomes: 'date_occurred', ifMappedEmpty: 'fail', helpText: DAY_HELP }),
    CHARGE_CLIENT,
    PAY_TUTOR,
  ],
  toPut: async (id, values, body, run) => {
    const found = await readChosen(run, adHocCharge, id);
    const date_occurred = rowText(found, 'date_occurred');
    const category = referencedId(found.category_id ?? found.category);
    const people = peopleWithAmounts(run, values, found);
    if (date_occurred === '' || !(category > 0)) throw unexpectedResponse(run.z, 'date and category of the charge');
    return { body: { date_occurred, category, ...people, ...body } };
  },
});

export const adHocChargeActions = [createAdHocCharge, updateAdHocCharge];
