import { invalidValue, makeInput, singleValue, type Input, type InputText } from './input.ts';
import { comparable } from '../list-search.ts';

/** Academic years in the order of TutorCruncher's numbers, which start at 1, according to its users. */
const YEARS = ['Reception', ...Array.from({ length: 13 }, (_, index) => `Year ${index + 1}`)];

/**
 * An input for an academic year. Its value is TutorCruncher's number, which is 10 for Year 9. A number alone is
 * refused, because users would mean the year, not TutorCruncher's number.
 */
export const academicYearInput = (text: InputText): Input<number> =>
  makeInput(
    text,
    { type: 'string', choices: Object.fromEntries(YEARS.map((year) => [year, year])) },
    (value, context) => {
      const wanted = comparable(String(singleValue(value, text, context)));
      const index = YEARS.findIndex((year) => comparable(year) === wanted);
      if (index >= 0) return index + 1;
      throw invalidValue(context, text, 'must contain an academic year in words: Reception, or Year 1 to Year 13.');
    },
  );
