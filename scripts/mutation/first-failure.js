import OrdinaryGlobals from '../../test/ordinary-globals.js';

/** The environment of the tests of mutants. It skips the remaining tests of a file after the first failure. */
export default class FirstFailure extends OrdinaryGlobals {
  #hasFailed = false;

  /**
   * @override
   * @param {import('@jest/types').Circus.Event} event
   */
  async handleTestEvent(event) {
    if (event.name === 'test_done' && event.test.errors.length > 0) this.#hasFailed = true;
    if (event.name === 'test_start' && this.#hasFailed) event.test.mode = 'skip';
  }
}
