// Takes the place of a native watchdog that ends the extension host when its parent is gone and its event loop is
// blocked. The test server ends its whole process group instead.
const process = require('node:process');

exports.start = () => undefined;
exports.exit = (code) => process.exit(code);
