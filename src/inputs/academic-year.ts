import { cached } from '../api/cache.ts';
import { describedField, optionsOf } from '../api/metadata.ts';
import { comparable } from '../list-search.ts';
import type { Run } from '../run.ts';
import { invalidValue, makeInput, singleValue, type Input, type InputText } from './input.ts';

/** Academic years by TutorCruncher's number, according to its users. */
const USUAL_YEARS: Readonly<Record<string, string>> = {
  1: 'Reception',
  ...Object.fromEntries(Array.from({ length: 13 }, (_, index) => [index + 2, `Year ${index + 1}`])),
};

const USUAL_HELP = 'The year in a British school. Check the result once if your branch counts years differently.';

/** An input for one of these academic years, by the value that TutorCruncher expects. */
function inputFor(text: InputText, years: Readonly<Record<string, string>>): Input<number | string> {
  const names = Object.values(years);
  const choices = Object.fromEntries(names.map((name) => [name, name]));
  return makeInput(text, { type: 'string', choices }, (value, context) => {
    const wanted = comparable(String(singleValue(value, text, context)));
    const [year] = Object.entries(years).find(([, name]) => comparable(name) === wanted) ?? [];
    if (year !== undefined) return /^\d+$/.test(year) ? Number(year) : year;
    throw invalidValue(context, text, `must contain an academic year in words: ${names.join(', ')}.`);
  });
}

/**
 * An input for an academic year. Its value is TutorCruncher's number, which is usually 10 for Year 9. A number alone is
 * refused, because users would mean the year, not TutorCruncher's number. TutorCruncher does not document the years of
 * an account, so they come from the OPTIONS response for the list of students, if it has them.
 *
 * @param path - the path of the list of students
 */
export function academicYearInput(text: Omit<InputText, 'helpText'>, path: string): Input<number | string> {
  const usual = inputFor({ ...text, helpText: USUAL_HELP }, USUAL_YEARS);
  const ofAccount = async (run: Run): Promise<Input<number | string>> => {
    const years = await cached(run.z, run.bundle, 'academic_years', async () =>
      optionsOf(describedField(await run.readMetadata(path), 'academic_year')?.choices),
    );
    return Object.keys(years).length > 0 ? inputFor(text, years) : usual;
  };
  return { ...usual, ofAccount };
}
