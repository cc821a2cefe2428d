/**
 * Stand-in for zapier-platform-schema, which loads the package on first use. Each test file with an app would compile
 * the JSON schemas in it, and only few validate an app.
 */
module.exports = {
  get validateAppDefinition() {
    return require('../node_modules/zapier-platform-schema/schema.js').validateAppDefinition;
  },
};
