/**
 * Stand-in for zapier-platform-schema, which loads the package on first use. Otherwise, each test file with an app
 * would compile the JSON schemas in the package, although only a few test files validate an app.
 */
module.exports = {
  get validateAppDefinition() {
    return require('../../node_modules/zapier-platform-schema/schema.js').validateAppDefinition;
  },
};
