/**
 * Compares the stand-in in `local/api/` with a report: the facts from which the stand-in differs, and the stand-in's
 * behaviour without a fact.
 */

import type { ActionFacts } from '../../../account-check/action-types.ts';
import type { ConnectionFacts } from '../../../account-check/connection.ts';
import { SEPARATOR, type ReportedForms } from '../../../account-check/forms.ts';
import type { ListFacts } from '../../../account-check/lists.ts';
import type { Facts, Report } from '../../../account-check/report.ts';

/** Facts without information, which are not compared. */
const SILENT: readonly unknown[] = ['unknown', 'none', null, undefined];

/** Collects the differences between the facts of a report and of the stand-in. */
class Comparison {
  readonly differences: string[] = [];

  /** Compares two facts, unless one of them contains no information. */
  same(where: string, reported: unknown, played: unknown): void {
    if (SILENT.includes(reported) || SILENT.includes(played) || reported === played) return;
    this.differences.push(`${where}: ${String(reported)} in the report, ${String(played)} in the stand-in`);
  }

  /** Calls a function for each subject in both the report and the stand-in, with the two facts about the subject. */
  each<F>(
    reported: Readonly<Record<string, F>> | undefined,
    played: Readonly<Record<string, F>> | undefined,
    compare: (name: string, one: F, other: F) => void,
  ): void {
    for (const [name, fact] of Object.entries(reported ?? {})) {
      const other = played?.[name];
      if (other !== undefined) compare(name, fact, other);
    }
  }
}

/**
 * Returns forms without the differences that depend on the records: the lengths of lists and texts, and missing values.
 */
const classesOf = (forms: readonly string[]): string[] =>
  forms
    .filter((form) => form !== 'null')
    .map((form) => {
      if (form.includes('list')) return 'list';
      if (/^(?:integer|number)$/.test(form)) return 'number';
      return /^(?:iso-|decimal-text|boolean$|object$)/.test(form) ? form : 'text';
    });

type Fields = ReadonlyMap<string, readonly string[]>;

/** Returns the forms of the fields in a report by path. */
const formsByPath = ({ fields }: ReportedForms): Fields =>
  new Map(
    Object.entries(fields).flatMap(([forms, paths]) => paths.map((path) => [path, forms.split(SEPARATOR)] as const)),
  );

/** Returns true if the record or the list that would contain a field was seen. */
function hasParent(fields: Fields, path: string): boolean {
  if (!path.includes('.')) return true;
  const parent = path.slice(0, path.lastIndexOf('.'));
  if (!parent.endsWith('[]')) return fields.get(parent)?.includes('object') ?? false;
  return [...fields.keys()].some((field) => field.startsWith(`${parent}.`));
}

/**
 * Returns the fields that one side lacks although it shows the record that would contain them. Leaves out items of
 * lists, because lists can be empty.
 */
const missingFrom = (fields: Fields, others: Fields): string[] =>
  [...others.keys()].filter((path) => !fields.has(path) && hasParent(fields, path) && !path.endsWith('[]'));

/** Compares the fields of records. @param isWhole - false if the stand-in has only some of the fields */
function compareFields(
  { differences }: Comparison,
  where: string,
  one: ReportedForms,
  other: ReportedForms,
  isWhole = true,
): void {
  const [reported, played] = [formsByPath(one), formsByPath(other)];
  if (reported.size === 0 || played.size === 0) return;
  for (const [path, forms] of reported) {
    const classes = classesOf(forms);
    const others = classesOf(played.get(path) ?? []).filter((form) => !classes.includes(form));
    if (classes.length > 0 && others.length > 0) {
      differences.push(`${where}.${path}: ${classes.join(', ')} in the report, ${others.join(', ')} in the stand-in`);
    }
  }
  const lacking = isWhole ? missingFrom(played, reported) : [];
  for (const path of lacking) differences.push(`${where}.${path}: in the report, not in the stand-in`);
  for (const path of missingFrom(reported, played)) {
    differences.push(`${where}.${path}: not in the report, in the stand-in`);
  }
}

function compareConnection(comparison: Comparison, reported: ConnectionFacts, played: ConnectionFacts): void {
  comparison.same('wrong key', reported.wrongKeyStatus, played.wrongKeyStatus);
  comparison.same('path without slash', reported.withoutSlashStatus, played.withoutSlashStatus);
  compareFields(comparison, 'branch', reported.branch, played.branch, false);
}

function compareList(comparison: Comparison, path: string, reported: ListFacts, played: ListFacts): void {
  const where = `rows of ${path}`;
  for (const fact of ['status', 'isEnvelope', 'order', 'nextPage', 'pastEndStatus'] as const) {
    comparison.same(`${where}, ${fact}`, reported[fact], played[fact]);
  }
  compareFields(comparison, where, reported, played);
}

function compareActions({ differences }: Comparison, reported: ActionFacts, played: ActionFacts): void {
  const invented = reported.unknownToTutorCruncher.filter((action) => !played.unknownToTutorCruncher.includes(action));
  for (const action of invented) differences.push(`action ${action}: unknown in the report, known to the stand-in`);
}

function compareFacts(comparison: Comparison, reported: Facts, played: Facts): void {
  if (reported.connection && played.connection) compareConnection(comparison, reported.connection, played.connection);
  comparison.each(reported.lists, played.lists, (path, one, other) => {
    compareList(comparison, path, one, other);
  });
  comparison.each(reported.details, played.details, (path, one, other) => {
    comparison.same(`details of ${path}, shape`, one.shape, other.shape);
    compareFields(comparison, `details of ${path}`, one, other);
  });
  comparison.each(reported.filters, played.filters, (path, one, other) => {
    comparison.each<string>(one, other, (name, outcome, ownOutcome) => {
      // Compare `applied, and refused` as `applied`, because the app does not depend on the refusal of values that no
      // record has.
      const [plain = '', ownPlain = ''] = [outcome, ownOutcome].map((text) => text.split(',')[0]);
      comparison.same(`filter ${path}?${name}`, plain, ownPlain);
    });
  });
  comparison.same('start_lte', reported.lessonTimes?.startLte, played.lessonTimes?.startLte);
  comparison.same('time of day', reported.lessonTimes?.timeOfDay, played.lessonTimes?.timeOfDay);
  comparison.each(reported.options, played.options, (path, one, other) => {
    comparison.same(`OPTIONS of ${path}, takesPost`, one.takesPost, other.takesPost);
  });
  if (reported.actions && played.actions) compareActions(comparison, reported.actions, played.actions);
  comparison.each(reported.deliveries?.actions, played.deliveries?.actions, (action, one, other) => {
    comparison.same(`event ${action}, shape`, one.shape, other.shape);
    compareFields(comparison, `event ${action}`, one, other);
  });
}

/** Returns the differences between a report and the stand-in, in the words of the report. */
export function differencesBetween(reported: Report, played: Report): string[] {
  const comparison = new Comparison();
  comparison.each(reported.findings, played.findings, (name, one, other) => {
    comparison.same(name, one, other);
  });
  compareFacts(comparison, reported, played);
  return comparison.differences;
}
