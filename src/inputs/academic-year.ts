import { invalidValue, makeInput, singleValue, type Input, type InputText } from './input.ts';
import { comparable } from '../list-search.ts';

/** TutorCruncher's numbers of academic years, as its users report them: 1 is Reception, 2 is Year 1, 14 is Year 13. */
const YEARS: Record<string, string> = { 1: 'Reception' };
for (let year = 1; year <= 13; year++) YEARS[year + 1] = `Year ${year}`;

/** An input for an academic year. A text such as Year 9 means the year of this name, and a number is TutorCruncher's. */
export const academicYearInput = (text: InputText): Input<string> =>
  makeInput(
    text,
    { type: 'string', choices: YEARS },
    (value, context) => {
      const wanted = comparable(String(singleValue(value, text, context)));
      const year = Object.keys(YEARS).find((key) => key === wanted || comparable(YEARS[key] ?? '') === wanted);
      if (year !== undefined) return year;
      throw invalidValue(context, text, 'must contain an academic year: Reception, or Year 1 to Year 13.');
    },
    Number,
  );
