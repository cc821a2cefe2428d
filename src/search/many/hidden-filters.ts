/**
 * Filters of a list by fields that the list's rows do not show. TutorCruncher ignores an unknown filter and lists every
 * record, and the rows would not reveal this.
 */

import { cached } from '../../api/cache.ts';
import type { Params } from '../../api/client.ts';
import type { Input, InputValues } from '../../inputs/input.ts';
import { listPath, nounOf } from '../../object/object-record.ts';
import type { StepRun } from '../../api/step-run.ts';
import type { TutorCruncherObject } from '../../object/tutorcruncher-object.ts';

const DAY_SECONDS = 86_400;
/** An id that no record has: the maximum of a 32-bit integer, the usual type of an id column. */
const NO_ID = 2_147_483_647;

/** A filter whose effect the rows of the list do not show. */
export interface HiddenFilter {
  /** The label of the input. */
  readonly criterion: string;
  readonly params: Params;
  /** The filter with a value that no record has. */
  readonly probe: Params;
}

/** Returns the filters for the records that are chosen in a step's inputs. */
export const idFilters = (values: InputValues, inputs: readonly Input<string>[]): HiddenFilter[] =>
  inputs.flatMap((input) => {
    const id = values.of(input);
    const { field, becomes } = input;
    if (id === null || becomes === null) return [];
    return [{ criterion: field.label, params: { [becomes]: id }, probe: { [becomes]: NO_ID } }];
  });

/**
 * Checks that TutorCruncher applies filters: a filter with a value that no record has must return an empty list. The
 * result is cached for a day. Status 400 also shows that the filter is applied, because TutorCruncher has checked the
 * value.
 *
 * @throws {Error} if TutorCruncher lists records despite the filter
 */
export async function refuseIgnored(
  run: StepRun,
  object: TutorCruncherObject,
  filters: readonly HiddenFilter[],
  spend: () => Promise<void>,
): Promise<void> {
  for (const { criterion, probe } of filters) {
    const name = `filter_${object.word}_${Object.keys(probe).join('_')}`;
    const hasRows = async (): Promise<boolean> => {
      await spend();
      const { rows, count } = await run.readPage(listPath(object), probe, 1, { mayBeRefused: true });
      return rows.length > 0 || (count ?? 0) > 0;
    };
    if (await cached(run.z, run.bundle, name, hasRows, DAY_SECONDS)) {
      throw run.refusal(
        `TutorCruncher ignores "${criterion}" when it lists ${nounOf(object)}s, so this step would also find ${nounOf(object)}s ` +
          `that do not match. Leave "${criterion}" empty. If TutorCruncher changes this, the step notices it within a day.`,
      );
    }
  }
}
