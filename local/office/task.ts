/** A task of an office, and the steps that a reader of the definitions is expected to run. */

/** An expected run of a step. */
export interface ExpectedStep {
  readonly key: string;
  /**
   * The inputs. `{1.0.client_id}` stands for a value of an earlier result: the number of the step (from 1), the index
   * of the record (from 0) and the path of the field.
   */
  readonly inputs: Readonly<Record<string, string>>;
  /** Keys of inputs whose values the reader chooses freely, in agreement with the words of the task. */
  readonly free?: readonly string[];
  /** Keys of inputs that the reader can leave empty. */
  readonly optional?: readonly string[];
  /** Fields that the first record must have. */
  readonly gives?: Readonly<Record<string, unknown>>;
  /** The number of records that the step must return; any number if missing. */
  readonly records?: number;
  /** Text in the error with which the step must fail. A failed step writes nothing. */
  readonly fails?: string;
}

/** A text in the definitions from which a reader learns that a task is impossible. */
export interface Ground {
  /** The key of the step whose description or help text contains the text. */
  readonly step: string;
  readonly text: string;
}

/** The way in which a task ends. */
export type Ending =
  | { readonly kind: 'done' }
  /** The reader answers. Each text must occur, perhaps in other words. */
  | { readonly kind: 'answer'; readonly says: readonly string[] }
  /** The reader asks before anything is written. `then` contains the steps after the answer. */
  | { readonly kind: 'question'; readonly asks: string; readonly then: readonly ExpectedStep[] }
  /** The reader refuses, and says where in TutorCruncher the office can do the task. */
  | {
      readonly kind: 'refusal';
      readonly where: string;
      readonly grounds: readonly Ground[];
      /** Matches words that do not occur in the label of any search or action, because no step can do the task. */
      readonly noStepFor: RegExp;
      /** Steps that a reader might try. The app or TutorCruncher refuses them. */
      readonly attempts: readonly ExpectedStep[];
    };

/** The expected fields of a record in the account after a task. */
export type ExpectedState = readonly [path: string, id: number, fields: Readonly<Record<string, unknown>>];

/** A task of an office. */
export interface Task {
  readonly id: string;
  /** The task in the words of an office. */
  readonly text: string;
  /** The facts with which the office answers questions. */
  readonly facts: readonly string[];
  /** The steps in order; if the reader asks a question, only the steps before the question. */
  readonly steps: readonly ExpectedStep[];
  readonly ending: Ending;
  /** Alternatives that also count as correct. */
  readonly alternatives: readonly string[];
  /** Mistakes that make a run wrong even if everything else is correct. */
  readonly wrong: readonly string[];
  /** The number of write requests in the whole task. */
  readonly writes: number;
  /** The expected records after the task. */
  readonly state: readonly ExpectedState[];
}
