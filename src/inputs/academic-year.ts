import type { JsonObject } from '../../wire/json.ts';
import { cached } from '../api/cache.ts';
import { comparable } from '../record/spelling.ts';
import type { StepRun } from '../api/step-run.ts';
import { optionsOf } from './choice.ts';
import { InvalidValue, makeInput, textIn, type Input, type InputField, type InputText } from './input.ts';

/** The names of academic years, by the numbers that TutorCruncher uses. */
type Years = Readonly<Record<string, string>>;

/** The usual academic years, according to TutorCruncher's users. */
const USUAL_YEARS: Years = {
  1: 'Reception',
  ...Object.fromEntries(Array.from({ length: 13 }, (_, index) => [index + 2, `Year ${index + 1}`])),
};

const USUAL_HELP = 'The year in a British school. Check the result once if your branch counts years differently.';

const choicesOf = (years: Years): Pick<InputField, 'choices'> => ({
  choices: Object.fromEntries(Object.values(years).map((name) => [name, name])),
});

/**
 * An input for an academic year. The value is TutorCruncher's number, which is usually 10 for Year 9. A bare number is
 * refused, because a user who types 9 means Year 9. TutorCruncher does not document an account's academic years, so the
 * choices come from the OPTIONS response for the list of students; if the response contains no years, the choices are
 * the usual years.
 *
 * @param path - the path of the list of students
 */
export function academicYearInput<Text extends InputText>(
  key: string,
  path: string,
  text: Text,
): Input<number | string, Text> {
  const readYears = async (run: StepRun): Promise<Years> => {
    const years = await cached(run.z, run.bundle, 'academic_years', async () => {
      const { academic_year: field }: JsonObject = (await run.readMetadata(path)) ?? {};
      return optionsOf(field);
    });
    return Object.keys(years).length > 0 ? years : USUAL_YEARS;
  };
  const input = makeInput(key, { ...text, helpText: USUAL_HELP }, choicesOf(USUAL_YEARS), async (value, { run }) => {
    const years = await readYears(run);
    const wanted = comparable(textIn(value));
    const [year] = Object.entries(years).find(([, name]) => comparable(name) === wanted) ?? [];
    if (year !== undefined) return /^\d+$/.test(year) ? Number(year) : year;
    throw new InvalidValue(`must contain an academic year in words: ${Object.values(years).join(', ')}.`);
  });
  const { helpText, ...field } = input.field;
  return {
    ...input,
    fieldOfAccount: async (run) => {
      const years = await readYears(run);
      return { ...field, ...choicesOf(years), ...(years === USUAL_YEARS && { helpText }) };
    },
  };
}
